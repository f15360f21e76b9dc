// The attendee's page with scripts on: one question a screen, every tap kept on the phone, and a
// hand-in that goes on trying. Without scripts the same page is one long form.
(function () {
  "use strict";
  var form = document.getElementById("sheet");
  if (!form) { return; }
  var main = document.getElementById("main");
  var words = JSON.parse(document.getElementById("words").textContent);
  var place = "sheet:" + location.pathname.toUpperCase();
  var questions = Array.prototype.slice.call(form.querySelectorAll("fieldset.question"));
  var cells = form.querySelector("fieldset.cells");
  var kept = read();
  var step = 0, tries = 0, timer = null;

  // Storage may be full, forbidden, or absent: then the page still works, it only forgets.
  function read() {
    try { return JSON.parse(localStorage.getItem(place)) || {}; } catch (e) { return {}; }
  }
  function keep() {
    try { localStorage.setItem(place, JSON.stringify(kept)); } catch (e) { /* it only forgets */ }
  }
  function forget() {
    kept = {};
    try { localStorage.removeItem(place); } catch (e) { /* nothing was kept */ }
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
    element.addEventListener("click", act);
    return element;
  }
  function receipt() {
    var bytes = new Uint8Array(16);
    crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (b) {
      return (b < 16 ? "0" : "") + b.toString(16);
    }).join("");
  }

  // ---- what was ticked. Options are kept by their words: the next page may order them anew.
  function inputs(fieldset) {
    return Array.prototype.slice.call(fieldset.querySelectorAll("input"));
  }
  function label(input) { return input.parentNode.textContent.trim(); }
  function ticked(fieldset) {
    return inputs(fieldset).filter(function (input) { return input.checked; });
  }
  function remember() {
    kept.answers = {};
    questions.forEach(function (question) {
      kept.answers[question.id] = ticked(question).map(label);
    });
    var cell = form.querySelector("input[name=cell]:checked");
    if (cell) { kept.cell = cell.value; }
    kept.step = step;
    keep();
  }
  function restore() {
    questions.forEach(function (question) {
      var texts = (kept.answers || {})[question.id] || [];
      inputs(question).forEach(function (input) {
        if (texts.indexOf(label(input)) >= 0) { input.checked = true; }
      });
    });
    var cell = kept.cell || ownCell();
    if (cell && cells) {
      inputs(cells).forEach(function (input) { input.checked = input.value === cell; });
    }
  }
  function ownCell() { try { return localStorage.getItem("cell"); } catch (e) { return null; } }

  // ---- one screen at a time
  var bar = make("div", "progress"), fill = make("i"), where = make("p", "where");
  var back = button(words.back, "secondary", function () { history.back(); });
  var next = button(words.next, "primary", forward);
  var foot = make("div", "foot");
  var review = make("section", "review");
  var screens = [main.querySelector("section.start")]
    .concat(cells ? [cells] : []).concat(questions).concat([review]);

  function show(to) {
    step = Math.max(0, Math.min(to, screens.length - 1));
    screens.forEach(function (screen, index) { screen.hidden = index !== step; });
    var question = questions.indexOf(screens[step]) + 1;
    where.textContent = question ? say("where", { n: question, total: questions.length }) : "";
    fill.style.width = (question ? 100 * question / questions.length : step ? 100 : 0) + "%";
    bar.hidden = where.hidden = !question;
    back.hidden = step === 0;
    next.textContent = step === 0 ? words.begin : screens[step] === review ? words.send
      : screens[step] === cells ? words.goOn
      : screens[step + 1] === review ? words.review : words.next;
    if (screens[step] === review) { fillReview(); }
    kept.step = step;
    window.scrollTo(0, 0);
    var heading = screens[step].querySelector("legend, h1, h2");
    if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
  }
  function go(to) {
    history.pushState({ step: to }, "");
    show(to);
    remember();
  }
  function forward() {
    if (screens[step] === review) { send(); return; }
    if (screens[step] === cells && !form.querySelector("input[name=cell]:checked")) {
      complain(cells, words.noCell);
      return;
    }
    go(step + 1);
  }
  function complain(fieldset, text) {
    var old = fieldset.querySelector(".problems");
    if (old) { old.remove(); }
    var note = make("p", "problems", text);
    note.setAttribute("role", "alert");
    fieldset.insertBefore(note, fieldset.children[1]);
    note.scrollIntoView();
  }
  function fillReview() {
    var missing = 0;
    var list = make("ol", "chosen");
    questions.forEach(function (question, index) {
      var texts = ticked(question).map(label);
      if (!texts.length) { missing += 1; }
      var entry = make("li");
      entry.appendChild(make("span", texts.length ? "" : "blank", texts.join("; ") || words.blank));
      entry.appendChild(button(words.change, "link", function () {
        go(screens.indexOf(questions[index]));
      }));
      list.appendChild(entry);
    });
    review.textContent = "";
    review.appendChild(make("h2", "", words.reviewTitle));
    if (missing) { review.appendChild(make("p", "problems", say("missing", { n: missing }))); }
    review.appendChild(make("p", "quiet", words.noChange));
    review.appendChild(list);
  }

  // ---- a filter over the list of cells: a few letters without marks
  function fold(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d");
  }
  function holds(text, word) {
    // "2" is Thôn 2 and not Thôn 12 or 20; letters may be the beginning of a word.
    return text.split(/\s+/).some(function (part) {
      return /^\d+$/.test(word) ? part === word : part.indexOf(word) === 0;
    });
  }
  function addFilter() {
    var box = make("input");
    box.type = "search";
    box.id = "find";
    box.autocomplete = "off";
    var title = make("label", "", words.find);
    title.htmlFor = "find";
    var groups = Array.prototype.slice.call(cells.querySelectorAll("details"));
    box.addEventListener("input", function () {
      var wanted = fold(box.value).split(/\s+/).filter(Boolean);
      groups.forEach(function (group) {
        var upper = fold(group.querySelector("summary").textContent), any = false;
        group.querySelectorAll("label").forEach(function (row) {
          var text = fold(row.textContent) + " " + upper;
          row.hidden = !wanted.every(function (word) { return holds(text, word); });
          any = any || !row.hidden;
        });
        group.hidden = !any;
        group.open = any && (wanted.length > 0 || groups.length === 1);
      });
    });
    cells.insertBefore(box, cells.children[1]);
    cells.insertBefore(title, box);
  }

  // ---- handing in: kept on the phone until the server says that it has it
  function send() {
    remember();
    if (!kept.receipt) { kept.receipt = receipt(); }
    var body = new URLSearchParams(new FormData(form));
    body.set("r", kept.receipt);
    body.set("anyway", "1");
    kept.body = body.toString();
    keep();
    tries = 0;
    deliver();
  }
  function waiting(text) {
    var status = document.getElementById("status");
    if (!status) {
      main.textContent = "";
      status = make("section", "sending");
      status.id = "status";
      status.setAttribute("role", "status");
      main.appendChild(status);
    }
    status.textContent = "";
    status.appendChild(make("h1", "", words.sending));
    status.appendChild(make("p", "", text));
  }
  function deliver() {
    clearTimeout(timer);
    tries += 1;
    waiting(tries === 1 ? words.wait : say("again", { n: tries }));
    var giveUp = window.AbortController ? new AbortController() : null;
    var late = setTimeout(function () { if (giveUp) { giveUp.abort(); } }, 30000);
    fetch(location.pathname + location.search, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: kept.body,
      signal: giveUp ? giveUp.signal : undefined
    }).then(function (answer) {
      return answer.json();
    }).then(function (said) {
      clearTimeout(late);
      // A wifi portal may answer 200 to anything; only the server repeats the receipt.
      if (said.receipt !== kept.receipt) { throw new Error("not the server"); }
      if (["busy", "paused", "planned"].indexOf(said.state) >= 0) { throw new Error(said.state); }
      finish(said);
    }).catch(function () {
      clearTimeout(late);
      // Spread out: a hall whose network comes back must not come back in one instant.
      var pause = Math.min(30, Math.pow(2, tries)) * (0.5 + Math.random());
      waiting(say("weak", { n: tries + 1 }));
      timer = setTimeout(deliver, pause * 1000);
    });
  }
  function finish(said) {
    var cell = kept.cell;
    if (said.state === "stale") {
      // The page no longer fits the sitting: what was ticked waits for the new page.
      delete kept.body;
      keep();
    } else {
      forget();
    }
    if (said.state === "recorded") {
      kept = { done: said.code };
      keep();
      if (cell) { try { localStorage.setItem("cell", cell); } catch (e) { /* asked again */ } }
    }
    main.innerHTML = said.html;
    window.scrollTo(0, 0);
    hookNextPerson();
  }
  function hookNextPerson() {
    var link = main.querySelector("a[data-next-person]");
    if (link) {
      link.addEventListener("click", function () {
        forget();
        try { localStorage.removeItem("cell"); } catch (e) { /* nothing was kept */ }
      });
    }
  }
  function alreadyDone() {
    main.textContent = "";
    var box = make("section", "done");
    box.appendChild(make("h1", "", words.doneBefore));
    box.appendChild(make("p", "", say("doneCode", { code: kept.done })));
    var link = make("a", "secondary", words.nextPerson);
    link.href = location.pathname + location.search;
    link.setAttribute("data-next-person", "");
    box.appendChild(link);
    main.appendChild(box);
    hookNextPerson();
  }

  window.addEventListener("online", function () { if (timer) { deliver(); } });
  if (kept.done) { alreadyDone(); return; }
  if (kept.body) { deliver(); return; }

  document.body.classList.add("stepped");
  form.querySelectorAll(".plain-only").forEach(function (part) { part.hidden = true; });
  bar.appendChild(fill);
  main.insertBefore(bar, main.firstChild);
  main.insertBefore(where, main.firstChild);
  form.appendChild(review);
  foot.appendChild(back);
  foot.appendChild(next);
  form.appendChild(foot);
  if (cells) { addFilter(); }
  restore();
  form.addEventListener("change", remember);
  form.addEventListener("submit", function (event) { event.preventDefault(); forward(); });
  window.addEventListener("popstate", function (event) {
    show(event.state ? event.state.step : 0);
  });
  history.replaceState({ step: 0 }, "");
  if (kept.step) { go(kept.step); } else { show(0); }
})();
