// Whoever takes the phone over finds nothing of who had it: not on the way back either.
(function () {
  "use strict";
  var place = "sheet:" + location.pathname.toUpperCase();

  document.addEventListener("click", function (event) {
    var link = event.target, search = new URLSearchParams(location.search);
    if (!link.matches("[data-next-person]")) { return; }
    event.preventDefault();
    try {
      [place, place.split("/", 3).join("/"), "cell"].forEach(function (name) {
        localStorage.removeItem(name);
      });
    } catch (e) { /* nothing was kept */ }
    document.getElementById("main").textContent = "";
    search.set("m", "shared");
    search.delete("cell");
    location.replace(link.pathname + "?" + search);
  });
})();
