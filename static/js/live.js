// Keeps a count and a clock alive on the projector and the secretary's phone. Without scripts
// the page is right at every reload.
(function () {
  "use strict";
  var page = document.querySelector("[data-count-url]");
  var clock = document.querySelector("[data-left]");
  var left = clock ? Number(clock.dataset.left) : null;

  document.addEventListener("keydown", function (event) {
    var way = { ArrowLeft: "prev", PageUp: "prev", ArrowRight: "next", PageDown: "next" }[event.key];
    var link = way && document.querySelector('a[rel="' + way + '"]');
    if (link) { link.click(); }
  });

  function showClock() {
    if (left === null) { return; }
    var minutes = Math.floor(left / 60), seconds = left % 60;
    clock.textContent = (clock.dataset.leftWord || "") + " " + minutes + ":" + (seconds < 10 ? "0" : "") + seconds;
  }
  if (clock) {
    showClock();
    setInterval(function () {
      if (left > 0) { left -= 1; showClock(); }
    }, 1000);
  }
  if (!page) { return; }

  var pause = 3; // seconds
  function ask() {
    setTimeout(ask, 1000 * pause);
    fetch(page.dataset.countUrl, { headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(); })
      .then(function (now) {
        if (now.again) { pause = now.again; } // where many screens ask, each asks less often
        if (now.state !== page.dataset.state) { location.reload(); return; }
        page.querySelectorAll("[data-answered]").forEach(function (place) {
          place.textContent = now.answered;
        });
        // The server's clock alone decides; the page only counts on from its answer.
        if (clock && now.seconds_left !== null) { left = now.seconds_left; showClock(); }
      })
      .catch(function () { /* the network is away: the next look tells */ });
  }
  setTimeout(ask, 1000 * pause);
})();
