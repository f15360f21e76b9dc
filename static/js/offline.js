// The service worker of the attendee's pages. The network comes first; a page of a sheet that is
// not yet in, put by by static/js/phone-offline.js, stands in when there is none. HEADERS is put
// before this text by the server: what a page may load is not for its copy to say.
"use strict";
var PATIENCE = 6000;  // milliseconds, after which a network that says nothing is called none

function keptPage(request) {
  return caches.match(request).then(function (page) {
    return page || caches.match(request, { ignoreSearch: true });
  }).then(function (page) {
    return page && page.text();
  }).then(function (text) {
    return text && new Response(text, { headers: HEADERS });
  });
}
function answer(request) {
  return new Promise(function (resolve, reject) {
    function insteadOf(otherwise) {
      keptPage(request).then(function (page) { if (page) { resolve(page); } else { otherwise(); } }, reject);
    }
    var late = setTimeout(insteadOf, PATIENCE, function () { /* then the network may go on trying */ });
    fetch(request).then(function (response) {
      clearTimeout(late);
      // Something in front of the server says that it is away.
      if (response.status >= 502) { insteadOf(function () { resolve(response); }); } else { resolve(response); }
    }, function (error) {
      clearTimeout(late);
      insteadOf(function () { reject(error); });
    });
  });
}

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });
self.addEventListener("fetch", function (event) {
  if (event.request.mode === "navigate" && event.request.method === "GET") {
    event.respondWith(answer(event.request));
  }
});
