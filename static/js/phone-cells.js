// The own cell among many: a filter over the list that is on the page (static/js/search.js: over one
// that is too long to be there).
(function () {
  "use strict";
  var cells = document.getElementById("cells");

  function make(tag, text) {
    var element = document.createElement(tag);
    element.textContent = text || "";
    return element;
  }
  function list(within, selector) {
    return Array.from(within.querySelectorAll(selector));
  }

  // A few letters without marks, as survey/text.py folds.
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
  function filter() {
    var wanted = parts(box.value), groups = list(cells, ".group"), none = true;
    groups.forEach(function (group) {
      var upper = parts(group.querySelector("summary").textContent), any = false;
      list(group, "label").forEach(function (row) {
        row.hidden = !holds(parts(row.textContent).concat(upper), wanted);
        any = any || !row.hidden;
      });
      group.hidden = !any;
      none = none && !any;
      group.open = wanted.length > 0 || groups.length === 1 || !!group.querySelector(":checked");
    });
    said.textContent = none ? words.none : "";
  }

  if (!cells || document.getElementById("find")) { return; }
  var words = JSON.parse(document.getElementById("words").textContent);
  var said = make("p"), title = make("label", words.find), box = make("input");
  said.setAttribute("role", "status");
  box.type = "search";
  box.autocomplete = "off";
  box.id = title.htmlFor = "find";
  cells.firstElementChild.after(title, box, said);
  box.addEventListener("input", filter);
})();
