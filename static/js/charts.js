// Draws each figure that a page carries as JSON into the box before it.
//
// Colours are the page's own: a trace without a colour takes the next of --chart-1…4, and one
// with `meta: {"colour": "band-3"}` (or a list, one a bar) takes that token.
"use strict";

Plotly.register({
  moduleType: "locale",
  name: "vi",
  dictionary: { "Download plot": "Tải ảnh biểu đồ" },
  format: { decimal: ",", thousands: ".", grouping: [3], date: "%d/%m/%Y", time: "%H:%M", dateTime: "%H:%M %d/%m/%Y" },
});

const NARROW = 560;
const language = document.documentElement.lang;

const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const config = {
  locale: language,
  responsive: true,
  displaylogo: false,
  modeBarButtons: [["toImage"]],
  // A PNG would be drawn through a blob: image, which the policy forbids.
  toImageButtonOptions: { format: "svg" },
};

// Names of units and questions are long: broken into at most three lines, so that the bars keep
// most of the width.
const LINES = 3;
const LINE_HEIGHT = 17;
const wrap = (text, width) => {
  const lines = [""];
  for (const word of String(text).split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + word.length >= width) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines.length > LINES ? [...lines.slice(0, LINES - 1), `${lines[LINES - 1]}…`] : lines;
};

const coloured = (trace) => {
  const named = trace.meta?.colour;
  if (!named) return trace;
  const colour = Array.isArray(named) ? named.map(token) : token(named);
  const line = { color: token("edge"), width: 1 };
  return { ...trace, marker: { line, ...trace.marker, color: colour } };
};

// From few to many: light to dark, in grey as well.
const shades = () => [4, 3, 2, 1].map((band, i) => [i / 3, token(`band-${band}`)]);

const drawn = (trace) => {
  const whisker = { color: token("ink"), thickness: 1.5, width: 5 };
  return {
    ...(trace.type === "heatmap" && { colorscale: shades() }),
    ...coloured(trace),
    ...(trace.error_x && { error_x: { ...whisker, ...trace.error_x } }),
    ...(trace.error_y && { error_y: { ...whisker, ...trace.error_y } }),
  };
};

// The names along the side of a chart, as lines; none for a chart that stands upright.
const sideNames = (figure, narrow) => {
  const sideways = figure.data.filter((trace) => trace.orientation === "h" || trace.type === "heatmap");
  const names = [...new Set(sideways.flatMap((trace) => [...(trace.y ?? [])]))];
  if (typeof names[0] !== "string") return null;
  const lines = names.map((name) => wrap(name, narrow ? 16 : 34));
  const most = Math.max(...lines.map((those) => those.length));
  return {
    axis: { showgrid: false, tickvals: names, ticktext: lines.map((those) => those.join("<br>")) },
    height: names.length * (most * LINE_HEIGHT + 6) + 90,
  };
};

const axis = (given, extra) => ({
  automargin: true,
  fixedrange: true,
  gridcolor: token("line"),
  zerolinecolor: token("edge"),
  ticks: "outside",
  tickcolor: "rgba(0,0,0,0)",
  linecolor: token("edge"),
  ...extra,
  ...given,
});

const draw = (box, figure) => {
  const narrow = box.clientWidth < NARROW;
  const side = sideNames(figure, narrow);
  const layout = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    colorway: ["chart-1", "chart-2", "chart-3", "chart-4"].map(token),
    separators: language === "vi" ? ",." : ".,",
    dragmode: false,
    margin: { l: 8, r: 16, t: 24, b: 32 },
    bargap: 0.35,
    legend: { orientation: "h", y: 1, yanchor: "bottom", x: 0, traceorder: "normal" },
    ...figure.layout,
    template: undefined,
    height: Math.max(figure.layout?.height ?? 0, side?.height ?? 0) || undefined,
    font: { family: token("sans"), size: narrow ? 13 : 14, color: token("ink") },
    hoverlabel: { font: { family: token("sans") } },
    xaxis: axis(figure.layout?.xaxis),
    yaxis: axis(figure.layout?.yaxis, side?.axis),
  };
  return Plotly.react(box, figure.data.map(drawn), layout, config);
};

const figures = [...document.querySelectorAll('script.chart[type="application/json"]')].map(
  (script) => [script.previousElementSibling, JSON.parse(script.textContent)],
);
const drawAll = () => figures.forEach(([box, figure]) => draw(box, figure));

// The axis' letters depend on the width and the tokens on the light, so both draw anew.
document.fonts.ready.then(drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
matchMedia(`(max-width: ${NARROW}px)`).addEventListener("change", drawAll);
