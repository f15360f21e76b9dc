// The own cell where the list is too long for a page: found by the server while one types. Without
// scripts the same form asks for a page of names.
(function () {
  "use strict";
  var words = JSON.parse(document.getElementById("search-words").textContent);
  var box = document.getElementById("q"), said = document.getElementById("said");
  var names = document.getElementById("names"), timer;

  function ask(query, then) {
    fetch(location.pathname + "/cells?" + query).then(function (answer) {
      return answer.json();
    }).then(then).catch(function () { said.textContent = words.noSearch; });
  }
  function row(cell, before) {
    var item = document.createElement("li"), link = document.createElement("a");
    var here = new URLSearchParams(location.search);
    here.set("cell", cell[0]);
    here.delete("q");
    here.delete("u");
    link.href = "?" + here;
    link.textContent = before + cell[1];
    item.appendChild(link);
    return item;
  }
  function show(found) {
    var count = found.cells.length;
    names.textContent = "";
    found.cells.forEach(function (cell) { names.appendChild(row(cell, "")); });
    said.textContent = !count ? words.none
      : found.more ? words.more.replace("{n}", found.more) : words.found.replace("{n}", count);
  }
  // Not at each letter: one small request when the fingers rest.
  function look() {
    var asked = box.value.trim();
    clearTimeout(timer);
    if (!asked) { return; }
    timer = setTimeout(ask, 300, "q=" + encodeURIComponent(asked), function (found) {
      if (asked === box.value.trim()) { show(found); }
    });
  }
  // The cell of last time comes first, if it is called to this door.
  function offerOwn() {
    var kept = {}, own;
    try {
      kept = JSON.parse(localStorage.getItem("sheet:" + location.pathname.toUpperCase())) || kept;
      own = kept.cell || localStorage.getItem("cell");
    } catch (e) { /* it is looked for again */ }
    if (!own) { return; }
    ask("cell=" + encodeURIComponent(own), function (found) {
      if (!found.cells.length) { return; }
      var choices = document.createElement("ul");
      choices.className = "choices own";
      choices.appendChild(row(found.cells[0], words.own + " "));
      box.form.parentNode.insertBefore(choices, box.form);
    });
  }

  box.addEventListener("input", look);
  offerOwn();
})();
