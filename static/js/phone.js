// The attendee's page with scripts on: one question a screen, every tap kept on the phone, and a
// hand-in that goes on trying.
(function () {
  "use strict";
  var source = document.getElementById("words");
  if (!source) { return; }
  var words = JSON.parse(source.textContent);
  var main = document.getElementById("main");
  var form = document.getElementById("sheet");  // none where there is nothing to answer
  var place = "sheet:" + location.pathname.toUpperCase(), door = place.split("/", 3).join("/");
  var questions = list(form, "fieldset.question");
  var cells = document.getElementById("cells"), ticket = document.getElementById("ticket");
  var kept = read(), order = Object.keys(kept.answers || {});
  var step = 0, tries = 0, timer, sending, saved = true, returning, note, stopped, tapped = 0;

  function list(within, selector) {
    return within ? Array.from(within.querySelectorAll(selector)) : [];
  }
  // Storage may be full or forbidden: then the page works, it only forgets.
  function store(verb, name, value) {
    try { return localStorage[verb + "Item"](name, value); } catch (e) { return false; }
  }
  function read() { return JSON.parse(store("get", place) || "{}"); }
  function keep() { return store("set", place, JSON.stringify(kept)) !== false; }
  // Away from an address that holds a ticket: its code is not kept beyond its use.
  function moveToDoor() {
    store("remove", place);
    place = door;
  }
  function say(key, values) {
    return words[key].replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }
  function make(tag, name, text) {
    var element = document.createElement(tag);
    if (name) { element.className = name; }
    if (text) { element.textContent = text; }
    return element;
  }
  function button(text, name, act) {
    var element = make("button", name, text);
    element.type = "button";
    element.onclick = act;
    return element;
  }
  function focus(element) {
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }
  function receipt() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (b) {
      return (b + 256).toString(16).slice(1);
    }).join("");
  }

  // ---- what was ticked. Options are kept by their words: each page orders them anew. Questions
  // stay in the order of the first, or a reload would pass over those that it moved to the front.
  if (order[0]) {  // older browsers would mix what is all the same
    questions.sort(function (a, b) { return order.indexOf(a.id) - order.indexOf(b.id); });
  }
  function label(input) { return input.parentNode.textContent.trim(); }
  function ticked(fieldset) { return list(fieldset, "input:checked").map(label); }
  // One that is found, and alone, is not chosen yet.
  function cell() {
    return (form.querySelector("[name=cell]:checked,[name=cell][type=hidden]") || {}).value;
  }
  function remember() {
    if (overtaken()) { return; }
    kept.answers = {};
    questions.forEach(function (question) { kept.answers[question.id] = ticked(question); });
    if (cell()) { kept.cell = cell(); }
    kept.name = list(cells, ":checked").map(label)[0];
    if (ticket) { kept.ticket = ticket.value; }
    kept.step = step - screens.length;  // from the end: the cell is not always asked for
    keep();
  }
  function restore() {
    questions.forEach(function (question) {
      var texts = (kept.answers || {})[question.id];
      if (!texts) { return; }
      list(question, "input").forEach(function (input) {
        input.checked = texts.indexOf(label(input)) >= 0;
      });
    });
    list(cells, "[name=cell]").forEach(function (input) {
      if (input.value === (kept.cell || store("get", "cell"))) { input.checked = true; }
    });
    if (ticket) { ticket.value = ticket.value || kept.ticket || ""; }
  }
  // Another tab may have gone further; two tabs are one receipt, so one sheet.
  function overtaken() {
    var other = read();
    kept.receipt = other.receipt || kept.receipt;
    if (!other.done && !other.body) { return false; }
    kept = other;
    resume();
    return true;
  }
  function resume() {
    if (kept.done) { alreadyDone(); } else { deliver(); }
  }

  // ---- one screen at a time
  var stage = make("div"), bar = make("div", "progress"), fill = make("i");
  var where = make("h1", "where"), foot = make("div", "foot");
  var back = button("", "secondary", function () { history.back(); });
  var next = button("", "primary", forward);
  var start = main.querySelector("section.start"), review = make("section", "review");
  var screens = [start].concat(cells || [], questions, review);

  function show(to) {
    step = Math.max(0, Math.min(+to || 0, screens.length - 1));
    var screen = screens[step], question = questions.indexOf(screen) + 1;
    screens.forEach(function (other) { other.hidden = other !== screen; });
    list(form, "audio").forEach(function (sound) { sound.pause(); });
    where.textContent = question ? say("where", { n: question, total: questions.length })
      : document.title;
    if (question) { screen.querySelector(".place").textContent = where.textContent; }
    fill.style.width = 100 * question / questions.length + "%";
    bar.hidden = !question;
    where.hidden = !step || screen === review;
    back.hidden = !step;
    back.textContent = words[question > 1 && !returning ? "previous" : "back"];
    if (screen === review) { returning = false; fillReview(); }
    next.textContent = words[screen === review ? "send"
      : returning || screens[step + 1] === review ? "review"
      : screen === cells || !step && stopped ? "goOn" : !step ? "begin" : "next"];
    stage.append(foot);  // or WebKit paints it as it was before
    window.scrollTo(0, 0);
    focus(screen.querySelector("legend, h1, h2"));
    var own = screen === cells && cells.querySelector(":checked");
    if (own) {
      var group = own.closest("details");
      if (group) { group.open = true; }
      own.parentNode.scrollIntoView({ block: "center" });
    }
  }
  function go(to) {
    history.pushState(to, "");
    show(to);
    remember();
  }
  function forward(event) {
    if (screens[step] === review) {
      // Not by the second tap of two: it was meant for the button that was here before.
      if (event.timeStamp - tapped > 400) { send(); }
      return;
    }
    tapped = event.timeStamp;
    if (!step && lacksTicket() || screens[step] === cells && lacksCell()) { return; }
    var to = returning ? screens.length - 1 : step + 1;
    // The way back leads through what one has answered.
    for (; !step && to < stopped; to += 1) { history.pushState(to, ""); }
    go(to);
    stopped = 0;
  }
  function lacksCell() { return cells && !cell() && ask(cells, cells.children[1], words.noCell); }
  function lacksTicket() {
    return ticket && !ticket.value.trim() && ask(start, ticket.parentNode, words.noTicket);
  }
  // What is lacking, said above the place where it is given.
  function ask(screen, field, text) {
    if (screens[step] !== screen) { returning = true; go(screens.indexOf(screen)); }
    hush();
    note = make("p", "problems", text);
    note.setAttribute("role", "alert");
    field.before(note);
    note.scrollIntoView();
    if (ticket) { ticket.focus(); }
    return true;
  }
  function hush() { if (note) { note.remove(); } }
  function fillReview() {
    var missing = 0, chosen = make("ol", "chosen");
    questions.forEach(function (question, index) {
      var texts = ticked(question), entry = make("li");
      var change = button(words.change, "link", function () {
        returning = true;
        go(screens.indexOf(question));
      });
      change.setAttribute("aria-label", words.change + ": " +
        say("where", { n: index + 1, total: questions.length }));
      if (!texts.length) { missing += 1; }
      entry.append(
        make("span", texts.length ? "" : "blank", texts.join("; ") || words.blank), change);
      chosen.append(entry);
    });
    review.textContent = "";
    review.append(make("h1", "", words.reviewTitle),
      missing ? make("p", "problems", say("missing", { n: missing })) : "",
      make("p", "quiet", words.noChange), chosen);
  }

  // ---- handing in: kept until the server says that it has it
  function send() {
    if (lacksTicket() || lacksCell()) { return; }
    remember();
    if (kept.done || kept.body) { return; }  // another tab's, and shown by now
    var body = new URLSearchParams(new FormData(form));
    body.set("r", kept.receipt);
    body.set("anyway", "1");
    kept.body = body.toString();
    saved = keep();
    deliver();
  }
  function put(element) {
    main.textContent = "";
    main.append(element);
    window.scrollTo(0, 0);
  }
  function box(name, title, text) {
    var section = make("section", name);
    section.append(make("h1", "", title), make("p", "", text));
    return section;
  }
  function waiting(title, text, more) {
    var status = document.getElementById("status");
    if (!status) {
      status = make("div");
      status.id = "status";
      status.setAttribute("role", "status");
      put(status);
      focus(status);
    }
    status.textContent = "";
    status.appendChild(box("sending", title, text)).append(make("p", "quiet", more));
  }
  function deliver() {
    clearTimeout(timer);
    if (sending || !kept.body) { return; }
    sending = true;
    tries += 1;
    if (tries === 1) { waiting(words.sending, words.wait); }
    var sent = kept.receipt, post = new XMLHttpRequest();  // which can be late on any phone
    post.open("POST", location.href);
    post.timeout = 30000;
    post.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    post.setRequestHeader("Accept", "application/json");
    post.onloadend = function () {
      var said;
      sending = false;
      if (!kept.body) { return; }  // another tab was told first
      try { said = JSON.parse(post.responseText); } catch (e) { /* not the server's words */ }
      // A wifi portal answers 200 to anything; only the server repeats the receipt. A refusal stays
      // one, but for "too slow", "too early", "too many".
      if (!said || said.receipt !== sent) {
        said = { state: /^4(?!08|25|29)/.test(post.status) ? "refused" : "weak" };
      }
      if (!/weak|busy|paused|planned/.test(said.state)) { finish(said); return; }
      waiting(words[said.state + "Title"] || words.sending,
        saved ? words[said.state] : words.notKept, say("again", { n: tries + 1 }));
      later(1000 * Math.min(30, Math.pow(2, tries)) * (0.5 + Math.random()));
    };
    post.send(kept.body);
  }
  // Spread out: a whole hall's network comes back in one instant.
  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(deliver, wait);
  }
  function finish(said) {
    var state = said.state, answer = make("div");
    answer.innerHTML = said.html || "";
    tries = 0;
    // A server that does not know the door may be mistaken.
    if (state !== "unknown") { delete kept.body; }
    if (state === "recorded" || state === "already") {
      if (kept.cell) { store("set", "cell", kept.cell); }
      kept = { done: said.code || read().done || true };
      moveToDoor();
    } else if (state === "closed") {
      kept = {};
      moveToDoor();
    } else if (!kept.body && state !== "refused") {
      delete kept.step;  // another page is read from its start
      delete kept.name;  // and says whether the cell is still called
      // Another slip is typed at the door itself.
      if (state !== "stale" && !ticket) { moveToDoor(); }
    }
    keep();
    if (!kept.receipt) { over(); }
    if (ticket && (state === "ticket" || state === "spent")) {
      put(stage);
      ask(start, ticket.parentNode, answer.querySelector("p").textContent);
      return;
    }
    if (!said.html) {
      answer = box("sending", words.refusedTitle, words.refused);
      addLink(answer, words.reopen);
    }
    put(answer);
    focus(main.querySelector("h1"));
  }
  // Nothing more is asked of this phone here.
  function over() { dispatchEvent(new Event("over")); }
  function addLink(section, text) {
    var link = make("a", "secondary", text);
    link.href = location.href;
    return section.appendChild(link);
  }
  function addNextPerson(section, text, path) {
    var link = addLink(section, text);
    link.pathname = path;
    link.setAttribute("data-next-person", "");
  }
  function alreadyDone() {
    clearTimeout(timer);
    over();
    var section = box("done", words.doneBefore,
      kept.done === true ? "" : say("doneCode", { code: kept.done }));
    addNextPerson(section, words.nextPerson, door.slice(6));  // not with a spent ticket
    put(section);
    focus(section.firstChild);
  }

  addEventListener("online", function () { later(2000 * Math.random()); });
  addEventListener("storage", function (event) {
    if (event.key === place && !kept.done && read().done) { overtaken(); }
  });
  main.addEventListener("click", function (event) {
    var link = event.target;
    if (link.matches("[data-resend]")) { deliver(); }
    if (link.matches(".problems a")) {
      event.preventDefault();
      go(screens.indexOf(document.querySelector(link.hash)));
    }
  });
  if (!form) {
    if (document.getElementById("over") && !kept.body && !kept.done) {
      moveToDoor();
      kept = read();
      over();
    }
    if (kept.done || kept.body) { resume(); }
    return;
  }
  document.body.classList.add("stepped");
  list(form, ".plain-only").forEach(function (part) { part.hidden = true; });
  list(form, "form > p:not(.plain-only)").forEach(function (part) { start.append(part); });
  bar.append(fill);
  stage.append(where, bar);
  while (main.firstChild) { stage.append(main.firstChild); }
  foot.append(back, next);
  form.append(review);
  put(stage);
  // The slip comes after the script.
  addEventListener("DOMContentLoaded", function () {
    list(main, "[type=hidden][form]").forEach(function (input) { form.append(input); });
  });
  if (kept.done) { resume(); return; }
  kept.receipt = kept.receipt || receipt();
  restore();
  if (kept.name || kept.ticket || /\["/.test(JSON.stringify(kept.answers))) {
    stopped = kept.step + screens.length;
    var held = start.insertBefore(make("section", "sending"), start.children[1]);
    held.append(make("p", "", words.held));
    addNextPerson(held, words.anew, location.pathname);
  }
  main.addEventListener("change", remember);
  main.addEventListener("input", hush);  // not on change: what is pressed would move away
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (document.activeElement.id !== "find") { forward(event); }
  });
  addEventListener("popstate", function (event) { show(event.state); });
  // A reload goes on where it was; another's hand sees the start.
  if (!(performance.navigation || 0).type) { history.replaceState(0, ""); }
  show(history.state);
  keep();
  if (kept.body) { deliver(); }
  // After a plain hand-in that lacked something: what is lacking, with the way to it.
  list(main, "section.problems").forEach(function (problems) { problems.focus(); });
})();
