// The own cell where there are too many to stand on the page: found by the server while one types.
// It runs before the rest of the page is there, and so before what was kept is ticked again.
(function () {
  "use strict";
  var words = JSON.parse(document.getElementById("search-words").textContent);
  var box = document.getElementById("find"), said = document.getElementById("said");
  var names = document.getElementById("names"), kept = {}, timer, own;

  function ask(query, then) {
    fetch(box.form.action + "?" + query, { headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.json(); })
      .then(then).catch(function () { said.textContent = words.noSearch; });
  }
  function add(cell) {
    var row = document.createElement("label"), input = document.createElement("input");
    row.className = "option";
    input.type = "radio";
    input.name = "cell";
    input.value = cell[0];
    row.appendChild(input);
    row.appendChild(document.createElement("span")).textContent = cell[1];
    names.appendChild(row);
    return input;
  }
  // What is chosen stays at the top until another one is.
  function show(found) {
    var chosen = names.querySelector(":checked"), count = found.cells.length;
    names.textContent = "";
    if (chosen) { names.appendChild(chosen.parentNode); }
    found.cells.forEach(function (cell) {
      if (!chosen || chosen.value !== "" + cell[0]) { add(cell); }
    });
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

  box.addEventListener("input", look);
  box.form.addEventListener("submit", function (event) {
    event.preventDefault();
    look();
  });
  // The cell chosen here before needs no asking; that of another sitting may not be called here.
  try {
    kept = JSON.parse(localStorage.getItem("sheet:" + location.pathname.toUpperCase())) || kept;
    own = localStorage.getItem("cell");
  } catch (e) { /* it is looked for again */ }
  if (kept.name) {
    add([kept.cell, kept.name]);
  } else if ((own = kept.cell || own)) {
    ask("cell=" + encodeURIComponent(own), function (found) {
      if (found.cells[0] && !names.querySelector(":checked")) { add(found.cells[0]).checked = true; }
    });
  }
})();
