// The attendee's page with scripts on: one question a screen, every tap kept on the phone, and a
// hand-in that goes on trying. Without scripts the same page is one long form.
(function () {
  "use strict";
  var source = document.getElementById("words");
  if (!source) { return; }
  var words = JSON.parse(source.textContent);
  var main = document.getElementById("main");
  var form = document.getElementById("sheet");  // none on a page that says "not open"
  var place = "sheet:" + location.pathname.toUpperCase();
  var questions = form ? list(form, "fieldset.question") : [];
  var cells = form && form.querySelector("fieldset.cells");
  var kept = read();
  var step = 0, tries = 0, timer = null, sending = false, saved = true, returning = false;

  function list(within, selector) {
    return Array.prototype.slice.call(within.querySelectorAll(selector));
  }
  // Storage may be full, forbidden, or absent: then the page still works, it only forgets.
  function read() {
    try { return JSON.parse(localStorage.getItem(place)) || {}; } catch (e) { return {}; }
  }
  function keep() {
    try { localStorage.setItem(place, JSON.stringify(kept)); return true; } catch (e) { return false; }
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
  function focus(element) {
    if (!element) { return; }
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }
  function receipt() {
    var bytes = new Uint8Array(16);
    crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (b) {
      return (b < 16 ? "0" : "") + b.toString(16);
    }).join("");
  }

  // ---- what was ticked. Options are kept by their words: the next page may order them anew.
  function label(input) { return input.parentNode.textContent.trim(); }
  function ticked(fieldset) { return list(fieldset, "input:checked").map(label); }
  function ownCell() { try { return localStorage.getItem("cell"); } catch (e) { return null; } }
  function chosenCell() { return cells && cells.querySelector("input:checked"); }
  function remember() {
    if (overtaken()) { return; }
    kept.answers = {};
    questions.forEach(function (question) { kept.answers[question.id] = ticked(question); });
    if (chosenCell()) { kept.cell = chosenCell().value; }
    kept.step = step;
    keep();
  }
  function restore() {
    questions.forEach(function (question) {
      var texts = (kept.answers || {})[question.id] || [];
      list(question, "input").forEach(function (input) {
        if (texts.indexOf(label(input)) >= 0) { input.checked = true; }
      });
    });
    var cell = kept.cell || ownCell();
    if (cell && cells) {
      list(cells, "input").forEach(function (input) { input.checked = input.value === cell; });
    }
  }
  // Another tab of this phone may have gone further; two tabs are one receipt, so one sheet.
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
    fill.style.width = 100 * question / questions.length + "%";
    bar.hidden = where.hidden = !question;
    back.hidden = step === 0;
    if (screens[step] === review) { returning = false; fillReview(); }
    next.textContent = step === 0 ? words.begin : screens[step] === review ? words.send
      : returning || screens[step + 1] === review ? words.review
      : screens[step] === cells ? words.goOn : words.next;
    kept.step = step;
    window.scrollTo(0, 0);
    focus(screens[step].querySelector("legend, h1, h2"));
    if (screens[step] === cells && chosenCell()) {
      chosenCell().closest("details").open = true;
      chosenCell().parentNode.scrollIntoView({ block: "center" });
    }
  }
  function go(to) {
    history.pushState({ step: to }, "");
    show(to);
    remember();
  }
  function forward() {
    if (screens[step] === review) { send(); return; }
    if (screens[step] === cells && !chosenCell()) { askForCell(); return; }
    go(returning ? screens.length - 1 : step + 1);
  }
  function askForCell() {
    hush();
    var note = make("p", "problems", words.noCell);
    note.setAttribute("role", "alert");
    cells.insertBefore(note, cells.children[1]);
    note.scrollIntoView();
  }
  function hush() { list(form, "fieldset .problems").forEach(function (note) { note.remove(); }); }
  function fillReview() {
    var missing = 0;
    var chosen = make("ol", "chosen");
    questions.forEach(function (question) {
      var texts = ticked(question);
      if (!texts.length) { missing += 1; }
      var entry = make("li");
      entry.appendChild(make("span", texts.length ? "" : "blank", texts.join("; ") || words.blank));
      entry.appendChild(button(words.change, "link", function () {
        returning = true;
        go(screens.indexOf(question));
      }));
      chosen.appendChild(entry);
    });
    review.textContent = "";
    review.appendChild(make("h2", "", words.reviewTitle));
    if (missing) { review.appendChild(make("p", "problems", say("missing", { n: missing }))); }
    review.appendChild(make("p", "quiet", words.noChange));
    review.appendChild(chosen);
  }

  // ---- a filter over the list of cells: a few letters without marks, as survey/text.py folds
  function parts(text) {
    text = text.replace(/[’‘ʼ`´ʹ′]/g, "'").normalize("NFD").toLowerCase()
      .replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/ƀ/g, "b");
    return text.match(/[^\s,.;:()\-–\/]+/g) || [];
  }
  function holds(text, wanted) {
    // "2" is Thôn 2 and not Thôn 12 or 20; letters may be the beginning of a word.
    return wanted.every(function (word) {
      return text.some(function (part) {
        return /^\d+$/.test(word) ? part === word : part.indexOf(word) === 0;
      });
    });
  }
  function addFilter() {
    var box = make("input");
    box.type = "search";
    box.id = "find";
    box.autocomplete = "off";
    var title = make("label", "", words.find);
    title.htmlFor = "find";
    var groups = list(cells, "details");
    box.addEventListener("input", function () {
      var wanted = parts(box.value);
      groups.forEach(function (group) {
        var upper = parts(group.querySelector("summary").textContent), any = false;
        list(group, "label").forEach(function (row) {
          row.hidden = !holds(parts(row.textContent).concat(upper), wanted);
          any = any || !row.hidden;
        });
        group.hidden = !any;
        group.open = wanted.length > 0 || groups.length === 1 || group.contains(chosenCell());
      });
    });
    cells.insertBefore(box, cells.children[1]);
    cells.insertBefore(title, box);
  }

  // ---- handing in: kept on the phone until the server says that it has it
  function send() {
    if (cells && !chosenCell()) {
      returning = true;
      go(screens.indexOf(cells));
      askForCell();
      return;
    }
    remember();
    if (kept.done || kept.body) { return; }  // another tab's, and shown by now
    var body = new URLSearchParams(new FormData(form));
    body.set("r", kept.receipt);
    body.set("anyway", "1");
    kept.body = body.toString();
    saved = keep();
    deliver();
  }
  function waiting(title, text, more) {
    var status = document.getElementById("status");
    if (!status) {
      main.textContent = "";
      status = make("section", "sending");
      status.id = "status";
      status.setAttribute("role", "status");
      main.appendChild(status);
    }
    status.textContent = "";
    status.appendChild(make("h1", "", title));
    status.appendChild(make("p", "", text));
    if (more) { status.appendChild(make("p", "quiet", more)); }
  }
  function deliver() {
    clearTimeout(timer);
    if (sending || !kept.body) { return; }
    sending = true;
    tries += 1;
    if (tries === 1) { waiting(words.sending, words.wait); }
    var sent = kept.receipt;
    var giveUp = window.AbortController ? new AbortController() : null;
    var late = setTimeout(function () { if (giveUp) { giveUp.abort(); } }, 30000);
    fetch(location.pathname + location.search, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: kept.body,
      signal: giveUp ? giveUp.signal : undefined
    }).then(function (answer) {
      return answer.json().catch(function () { return {}; }).then(function (said) {
        // A wifi portal may answer 200 to anything; only the server repeats the receipt.
        if (said.receipt === sent) { return said; }
        // A refusal stays one at the tenth try, but for "too slow", "too early", "too many".
        var refused = /^4/.test(answer.status) && [408, 425, 429].indexOf(answer.status) < 0;
        return { state: refused ? "refused" : "weak" };
      });
    }).catch(function () {
      return { state: "weak" };
    }).then(function (said) {
      clearTimeout(late);
      sending = false;
      if (!kept.body) { return; }  // another tab was told first
      if (["weak", "busy", "paused", "planned"].indexOf(said.state) < 0) { finish(said); return; }
      waiting(words[said.state + "Title"] || words.sending,
        saved ? words[said.state] : words.notKept, say("again", { n: tries + 1 }));
      // Spread out: a hall whose network comes back must not come back in one instant.
      timer = setTimeout(deliver, 1000 * Math.min(30, Math.pow(2, tries)) * (0.5 + Math.random()));
    });
  }
  function finish(said) {
    clearTimeout(timer);
    var cell = kept.cell;
    delete kept.body;
    if (said.state === "recorded" || said.state === "already") {
      kept = { done: said.code || read().done || true };
      keep();
      if (cell) { try { localStorage.setItem("cell", cell); } catch (e) { /* asked again */ } }
    } else if (said.state === "stale" || said.state === "refused") {
      // What was ticked waits for the new page; one that asks otherwise is read from its start.
      if (said.state === "stale") { kept.step = 0; }
      keep();
    } else {
      forget();
    }
    if (said.html) { main.innerHTML = said.html; }
    else { tell(words.refusedTitle, words.refused, words.reopen); }
    window.scrollTo(0, 0);
    focus(main.querySelector("h1"));
    hookNextPerson();
  }
  function tell(title, text, go) {
    var box = make("section", kept.done ? "done" : "sending"), link = make("a", "secondary", go);
    link.href = location.pathname + location.search;
    box.appendChild(make("h1", "", title));
    box.appendChild(make("p", "", text));
    box.appendChild(link);
    main.textContent = "";
    main.appendChild(box);
    return link;
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
    clearTimeout(timer);
    var code = kept.done === true ? "" : say("doneCode", { code: kept.done });
    var link = tell(words.doneBefore, code, words.nextPerson);
    var search = new URLSearchParams(location.search);
    search.set("m", "shared");
    search.delete("cell");
    link.search = search;
    link.setAttribute("data-next-person", "");
    hookNextPerson();
  }

  window.addEventListener("online", deliver);
  window.addEventListener("storage", function (event) {
    if (event.key === place && !kept.done && read().done) { overtaken(); }
  });
  if (kept.done || kept.body) { resume(); return; }
  if (!form) { return; }
  if (!kept.receipt) { kept.receipt = receipt(); keep(); }

  document.body.classList.add("stepped");
  list(form, ".plain-only").forEach(function (part) { part.hidden = true; });
  where.setAttribute("aria-hidden", "true");  // the legend says it too, and is what gets read
  bar.appendChild(fill);
  main.insertBefore(bar, main.firstChild);
  main.insertBefore(where, main.firstChild);
  form.appendChild(review);
  foot.appendChild(back);
  foot.appendChild(next);
  form.appendChild(foot);
  if (cells) { addFilter(); }
  restore();
  form.addEventListener("change", function () { hush(); remember(); });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (document.activeElement.id !== "find") { forward(); }
  });
  window.addEventListener("popstate", function (event) {
    show(event.state ? event.state.step : 0);
  });
  history.replaceState({ step: 0 }, "");
  if (kept.step) { go(kept.step); } else { show(0); }
  // After a plain hand-in that lacked something: what is lacking, and the way to it.
  var problems = main.querySelector("section.problems");
  if (problems) {
    problems.addEventListener("click", function (event) {
      var to = screens.indexOf(document.getElementById((event.target.hash || "").slice(1)));
      if (to >= 0) { event.preventDefault(); go(to); }
    });
    problems.focus();
  }
})();
