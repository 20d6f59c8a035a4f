/*
 * The Real Streaming tracker. Tag templates load it and call its two functions; a page may too.
 *
 *   dataTagSendData(data, serverDomain, requestPath, dataLayerEventName, dataLayerVariableName,
 *                   waitForCookies, useFetchInsteadOfXHR)
 *
 * sends `data` as JSON by POST to serverDomain + requestPath.
 * - The Content-Type is text/plain and no other header is set, so a browser sends no preflight.
 * - Cookies go along and are taken (credentials "include", withCredentials): the server's __uid__
 *   is the visitor. The server must list the page's origin.
 * - useFetchInsteadOfXHR: by fetch with keepalive, which outlives the page. A browser lets 64 KB
 *   be under way like that and fails what is more; so a body that does not fit beside those still
 *   under way goes without keepalive. Otherwise, or in a browser without fetch: XMLHttpRequest.
 * - An answer that is not 2xx, or none at all, is an error on the console and nothing more: it is
 *   not sent again, and no exception reaches the page.
 *
 * With dataLayerEventName and dataLayerVariableName (both, or it is silent) the answer is pushed to
 * window[dataLayerVariableName], which is made when it is missing:
 * - an answer that is a JSON object: that object, with `status` set to the HTTP status (whatever
 *   the object said) and `event` to dataLayerEventName;
 * - any other answer, an empty one too: {body: text, status: ..., event: ...}.
 *
 * A tag server may answer with messages instead: blocks "event: message\ndata: {json}", each
 * ended by an empty line. Then, for each block in order:
 * - send_pixel: a list of URLs, each fetched as an image;
 * - send_beacon: a list of URLs, each sent by navigator.sendBeacon, as an image where that fails;
 * - response: {status_code, body}: what is pushed, body read as an answer is read above;
 * - ${transport_url} in a URL or body stands for serverDomain; another ${name} stays as it is.
 * The push comes at once, or with waitForCookies when every pixel of that server's /_set_cookie
 * has come back or failed. Without such pixels waitForCookies changes nothing.
 *
 *   dataTagGetData(containerId)
 *
 * returns, and keeps as window.dataTagData, what a template's sandbox can not read itself:
 *   {document: {characterSet}, innerWidth, innerHeight, screen: {width, height}, dataModel}
 * dataModel is the whole data layer model of that Google Tag Manager container; where there is no
 * such container, the objects in window.dataLayer merged in their order.
 *
 * Plain ES5, without dependencies.
 */
(function (window) {
  'use strict';

  var KEEPALIVE_BYTES_MAX = 60 * 1024;  // Browsers stop at 64 KiB; other scripts send too.
  var MESSAGES_START = 'event: message\ndata: ';
  var keepaliveBytesUnderWay = 0;

  function complain(what) {
    if (window.console && window.console.error) window.console.error(what);
  }

  function startsWith(text, start) {
    return text.substring(0, start.length) === start;
  }

  function isPlainObject(value) {
    return Object.prototype.toString.call(value) === '[object Object]';
  }

  function copyInto(target, source) {
    for (var key in source) {
      if (Object.prototype.hasOwnProperty.call(source, key)) target[key] = source[key];
    }
  }

  // What a data layer should see of an answer's text.
  function readAnswer(text) {
    try {
      var parsed = JSON.parse(text);
      if (isPlainObject(parsed)) return parsed;
    } catch (ignored) {
      // Not JSON: kept as text below.
    }
    return { body: text };
  }

  function readMessages(text) {
    var messages = [];
    var blocks = text.split('\n\n');
    for (var i = 0; i < blocks.length; i++) {
      if (!startsWith(blocks[i], MESSAGES_START)) continue;
      try {
        messages.push(JSON.parse(blocks[i].substring(MESSAGES_START.length)));
      } catch (error) {
        complain(error);
      }
    }
    return messages;
  }

  // `whenDone` is called once, whether the image came or not.
  function sendPixel(url, whenDone) {
    var image = new Image(1, 1);
    image.onload = image.onerror = function () {
      image.onload = image.onerror = null;
      whenDone();
    };
    image.src = url;
  }

  function sendBeacon(url) {
    var taken = false;
    try {
      taken = !!navigator.sendBeacon && navigator.sendBeacon(url);
    } catch (ignored) {
      // A URL that beacons refuse; an image may still do.
    }
    if (!taken) sendPixel(url, function () {});
  }

  // Does what the messages ask for; calls whenDone(pushed object), at once or after the cookies.
  function obey(messages, server, waitForCookies, whenDone) {
    var answer = {};
    var cookiesUnderWay = 0;
    var allStarted = false;

    function expand(text) {
      return String(text).replace(/\$\{([^}]+)\}/g, function (whole, name) {
        return name === 'transport_url' ? server : whole;
      });
    }
    function finish() {
      if (allStarted && cookiesUnderWay === 0) whenDone(answer);
    }
    function pixel(url) {
      var setsCookie = waitForCookies && startsWith(url, server + '/_set_cookie');
      if (setsCookie) cookiesUnderWay++;
      sendPixel(url, function () {
        if (!setsCookie) return;
        cookiesUnderWay--;
        finish();
      });
    }

    for (var i = 0; i < messages.length; i++) {
      var message = messages[i] || {};
      var pixels = Array.isArray(message.send_pixel) ? message.send_pixel : [];
      var beacons = Array.isArray(message.send_beacon) ? message.send_beacon : [];
      for (var p = 0; p < pixels.length; p++) pixel(expand(pixels[p]));
      for (var b = 0; b < beacons.length; b++) sendBeacon(expand(beacons[b]));
      if (isPlainObject(message.response)) {
        var body = message.response.body;
        copyInto(answer, isPlainObject(body) ? body : body ? readAnswer(expand(body)) : {});
        answer.status = message.response.status_code || 0;
      }
    }
    allStarted = true;
    finish();
  }

  // Calls whenDone(status, statusText, text), or complains.
  function sendByFetch(url, body, whenDone) {
    var bytes = new Blob([body]).size;
    var keepalive = keepaliveBytesUnderWay + bytes <= KEEPALIVE_BYTES_MAX;
    if (keepalive) keepaliveBytesUnderWay += bytes;
    function landed() {
      if (keepalive) keepaliveBytesUnderWay -= bytes;
      keepalive = false;
    }
    window.fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      credentials: 'include',
      keepalive: keepalive,
      body: body
    }).then(function (response) {
      return response.text().then(function (text) {
        landed();
        whenDone(response.status, response.statusText, text);
      });
    }).then(null, function (error) {
      landed();
      complain(error);
    });
  }

  function sendByXhr(url, body, whenDone) {
    var xhr = new XMLHttpRequest();
    xhr.open('POST', url);
    xhr.setRequestHeader('Content-Type', 'text/plain');
    xhr.withCredentials = true;
    xhr.onload = function () {
      whenDone(xhr.status, xhr.statusText, xhr.responseText);
    };
    xhr.onerror = function () {
      complain('POST ' + url + ' failed');
    };
    xhr.send(body);
  }

  function dataTagSendData(data, serverDomain, requestPath, dataLayerEventName,
                           dataLayerVariableName, waitForCookies, useFetchInsteadOfXHR) {
    var server = String(serverDomain || '').replace(/\/+$/, '');
    var url = server + requestPath;

    function push(answer) {
      if (!dataLayerEventName || !dataLayerVariableName) return;
      answer.event = dataLayerEventName;
      window[dataLayerVariableName] = window[dataLayerVariableName] || [];
      window[dataLayerVariableName].push(answer);
    }
    function answered(status, statusText, text) {
      if (status < 200 || status > 299) complain('POST ' + url + ': ' + status + ' ' + statusText);
      if (startsWith(text, MESSAGES_START)) {
        obey(readMessages(text), server, waitForCookies, push);
        return;
      }
      var answer = readAnswer(text);
      answer.status = status;
      push(answer);
    }

    try {
      var send = useFetchInsteadOfXHR && window.fetch ? sendByFetch : sendByXhr;
      send(url, JSON.stringify(data), answered);
    } catch (error) {
      complain(error);
    }
  }

  function readDataModel(containerId) {
    var containers = window.google_tag_manager;
    var layer = containers && containers[containerId] && containers[containerId].dataLayer;
    if (layer && typeof layer.get === 'function') {
      // get() splits its key at dots and descends; no parts at all give the model itself.
      return layer.get({ split: function () { return []; } });
    }
    var merged = {};
    var pushed = Array.isArray(window.dataLayer) ? window.dataLayer : [];
    for (var i = 0; i < pushed.length; i++) {
      if (isPlainObject(pushed[i])) copyInto(merged, pushed[i]);
    }
    return merged;
  }

  function dataTagGetData(containerId) {
    window.dataTagData = {
      document: { characterSet: window.document.characterSet },
      innerWidth: window.innerWidth,
      innerHeight: window.innerHeight,
      screen: { width: window.screen.width, height: window.screen.height },
      dataModel: readDataModel(containerId)
    };
    return window.dataTagData;
  }

  window.dataTagSendData = dataTagSendData;
  window.dataTagGetData = dataTagGetData;
})(window);
