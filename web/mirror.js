// Sends a copy of each Google Analytics 4 hit of the page to the server that this script comes
// from, and changes nothing for Google. Beside gtag or Google Tag Manager, before them:
//   <script src="https://collect.example.com/api/v1/fetch/mirror.js"></script>
// data-to="https://collect.example.com/x7" names another address of GA4__PATHS than g/collect.
// Copied are hits by sendBeacon, fetch, XMLHttpRequest and image, with their bodies; so what waits
// for consent, or is sent without ids for lack of it, is so here too. Never throws into the page.
(function () {
  'use strict';
  var script = document.currentScript;
  if (!script || window.__rs_mirror || !window.Proxy) return;
  window.__rs_mirror = true;
  var to = script.getAttribute('data-to') || new URL('g/collect', script.src).href;
  var beacon = navigator.sendBeacon;
  var request = window.fetch;
  var started = performance.now();
  // The first copy shows whether the page's Content-Security-Policy lets any through: until that
  // is known the others wait, so that a page that forbids this server complains once.
  var WAITS = 1, OPEN = 2, CLOSED = 3;
  var state = 0, waiting = [];

  function post(query, body) {
    if (beacon && beacon.call(navigator, to + query, body)) return;
    request.call(window, to + query, { method: 'POST', body: body, mode: 'no-cors', credentials: 'omit', keepalive: true })
      .catch(function () {});
  }
  function send(query, body) {
    if (state === WAITS) {
      if (waiting.length < 100) waiting.push([query, body]);
    } else if (state !== CLOSED) {
      post(query, body);
      if (!state) {
        state = WAITS;
        setTimeout(open, 100);
      }
    }
  }
  function open() {
    if (state !== WAITS) return;
    state = OPEN;
    waiting.splice(0).forEach(function (copy) { send(copy[0], copy[1]); });
  }
  document.addEventListener('securitypolicyviolation', function (event) {
    if (event.blockedURI.indexOf(new URL(to).origin) === 0) {
      state = CLOSED;
      waiting = [];
    }
  });
  addEventListener('pagehide', open);

  // The query of a GA4 hit; nothing for any other address, or one of this server.
  function hitOf(address) {
    var url = new URL(address, document.baseURI);
    if (!/\/g\/c(ollect)?$/.test(url.pathname) || url.href.indexOf(to) === 0) return '';
    return /[?&]v=2(&|$)/.test(url.search) && /[?&]tid=G-/.test(url.search) ? url.search : '';
  }
  function copy(address, body) {
    var query = hitOf(address);
    if (query) send(query, body);
  }
  // `target[name]` as before, with `seen` called first.
  function watch(target, name, seen) {
    if (!target || !target[name]) return;
    target[name] = new Proxy(target[name], {
      apply: function (original, self, args) {
        try { seen(args, self); } catch (error) { /* The page's own call goes on. */ }
        return Reflect.apply(original, self, args);
      }
    });
  }

  watch(navigator, 'sendBeacon', function (args) { copy(args[0], args[1] || undefined); });
  watch(window, 'fetch', function (args) {
    var asked = args[0], options = args[1] || {};
    if (!(asked instanceof Request)) return copy(asked, options.body || undefined);
    if (!hitOf(asked.url)) return;
    asked.clone().text().then(function (body) { copy(asked.url, options.body || body || undefined); }).catch(function () {});
  });
  var xhr = window.XMLHttpRequest && XMLHttpRequest.prototype, opened = new WeakMap();
  watch(xhr, 'open', function (args, self) { opened.set(self, args[1]); });
  watch(xhr, 'send', function (args, self) { if (opened.has(self)) copy(opened.get(self), args[0] || undefined); });
  var source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', Object.assign({}, source, {
    set: function (address) {
      try { copy(address); } catch (error) { /* The page's own image goes on. */ }
      source.set.call(this, address);
    }
  }));

  // Hits from before this script ran, as far as their addresses hold all of them.
  try {
    new PerformanceObserver(function (list) {
      list.getEntries().forEach(function (entry) {
        if (entry.startTime < started && /[?&]en=/.test(entry.name)) copy(entry.name);
      });
    }).observe({ type: 'resource', buffered: true });
  } catch (error) { /* A browser without it: those are missing. */ }
})();
