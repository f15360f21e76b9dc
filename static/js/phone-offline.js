// Beside the questions: how much time is left and, over HTTPS, a page that outlives a reload
// without network. Nothing here is needed before the first question can be answered.
(function () {
  "use strict";
  var source = document.getElementById("words"), form = document.getElementById("sheet");
  // This script runs before the others but for the search, which has put the chosen cell there.
  // ([>] is no match for itself: the script, too, stays as it arrived.)
  var asArrived = document.documentElement.outerHTML.replace(/(id="names"[>]).*?<\/div>/, "$1</div>");
  var place = "sheet:" + location.pathname.toUpperCase();
  var line = document.createElement("div"), over, keeping, ticking, words;

  // Counted from the server's answer, by a clock that nobody sets: the phone's own may be wrong.
  function tell(left) {
    var minutes = Math.ceil((left - performance.now() / 1000) / 60);
    var text = minutes > 10 ? "" : minutes > 0 ? words.left.replace("{n}", minutes) : words.late;
    if (line.textContent !== text) { line.textContent = text; }
  }
  function keepPage() {
    keeping = navigator.serviceWorker.register("/D/sw.js").then(function () {
      return caches.open(place);
    }).then(function (pages) {
      return over || pages.put(location.href, new Response(asArrived));
    }).catch(function () { /* no room, or forbidden: then it asks the network as ever */ });
  }
  addEventListener("over", function () {
    over = true;
    line.hidden = true;
    clearInterval(ticking);
    Promise.resolve(keeping).then(function () { return caches.delete(place); })
      .catch(function () { /* plain http keeps none */ });
  });
  if (!form) { return; }
  words = JSON.parse(source.textContent);
  line.setAttribute("aria-live", "polite");
  document.querySelector(".product").appendChild(line);
  addEventListener("DOMContentLoaded", function () {
    // The slip comes after this script. The time left is not true of a page that is kept.
    document.querySelectorAll("input[form]").forEach(function (input) {
      var left = input.getAttribute("data-left");
      asArrived += input.outerHTML.replace(/data-left="\d+"/, "");
      if (left && !over) { tell(left); ticking = setInterval(tell, 5000, left); }
    });
  });
  addEventListener("load", function () {
    if (navigator.serviceWorker && !over) { keepPage(); }
  });
})();
