// A hall of a thousand phones waits for the opening: each looks again by itself, at a moment of its
// own. Where the network fails the page stays as it is.
(function () {
  "use strict";
  function later() { setTimeout(look, 20000 + 20000 * Math.random()); }
  function look() {
    if (!document.getElementById("waits")) { return; }  // a sheet that waited is on its way
    if (document.hidden) { later(); return; }
    fetch(location.href).then(function (answer) { return answer.text(); }).then(function (page) {
      // Another page altogether is a wifi portal's.
      if (/id="(sheet|over)"/.test(page)) { location.reload(); } else { later(); }
    }).catch(later);
  }

  document.getElementById("waits").hidden = false;
  later();
})();
