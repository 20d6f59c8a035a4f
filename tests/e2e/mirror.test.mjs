// web/mirror.js in a browser: a page that sends like gtag, GA4's fake, and our server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';

import { launchBrowser, noBrowser, startSite, watch } from './browser.mjs';
import { startServer, until } from './harness.mjs';

const SHARED = 'v=2&tid=G-MIRROR0001&cid=1234567890.1790000001&sid=1790000100&sct=1&seg=1&_p=1790000100123';

// What gtag does in its transports, each once; `ga` is Google's address.
function sendLikeGtag([ga, shared]) {
  const address = (number, rest) => `${ga}/g/collect?${shared}&_s=${number}${rest}`;
  navigator.sendBeacon(address(1, '&en=beacon'));
  navigator.sendBeacon(address(2, ''), 'en=beacon_a\r\nen=beacon_b&epn.n=2');
  fetch(address(3, ''), { method: 'POST', body: 'en=fetch_body&ep.x=%C3%A9', mode: 'no-cors', keepalive: true, credentials: 'include' });
  const xhr = new XMLHttpRequest();
  xhr.open('POST', address(4, '&richsstsse'));
  xhr.withCredentials = true;
  xhr.send('en=xhr_body');
  new Image().src = address(5, '&en=image');
  fetch(new Request(address(6, ''), { method: 'POST', body: 'en=request_object' }), { mode: 'no-cors' });
  // Not hits of GA4.
  navigator.sendBeacon(`${ga}/other?v=2&tid=G-1&en=no`);
  new Image().src = `${ga}/pixel.gif?en=no`;
}
const NAMES = ['beacon', 'beacon_a', 'beacon_b', 'fetch_body', 'image', 'request_object', 'xhr_body'];

describe('mirror.js', { skip: noBrowser, timeout: 120_000 }, () => {
  let browser, google, shop, server, head, policy;

  before(async () => {
    browser = await launchBrowser();
    google = await startSite((request) => ({ status: 204, headers: {
      'Access-Control-Allow-Origin': request.headers.origin ?? '*', 'Access-Control-Allow-Credentials': 'true' } }));
    shop = await startSite(() => ({ headers: { 'Content-Type': 'text/html; charset=utf-8',
      ...(policy ? { 'Content-Security-Policy': policy } : {}) },
    body: `<!DOCTYPE html><html lang="en"><head><link rel="icon" href="data:,">${head}</head><body></body></html>` }));
    server = await startServer({ CORS__ALLOWED_ORIGINS: JSON.stringify([`http://shop.site.localhost:${shop.port}`]) });
  });
  after(async () => {
    await browser?.close();
    await Promise.all([google?.close(), shop?.close()]);
    await server?.stop();
  });

  const ours = () => `http://collect.site.localhost:${server.port}`;
  const ga = () => `http://ga.site.localhost:${google.port}`;
  const tag = (attributes = '') => `<script src="${ours()}/api/v1/fetch/mirror.js" ${attributes}></script>`;
  const rows = async (stream = 'G-MIRROR0001') =>
    (await server.query(`SELECT event_name FROM events WHERE stream_id = '${stream}' ORDER BY event_name`)).map((row) => row.event_name);

  // Opens the shop with `markup` in its head and calls act(page, seen).
  async function visit(markup, contentPolicy, act) {
    head = markup;
    policy = contentPolicy;
    google.requests.length = 0;
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const seen = watch(page);
      await page.goto(`http://shop.site.localhost:${shop.port}/`);
      await act(page, seen);
    } finally {
      await context.close();
    }
  }
  const shown = ({ method, url, headers, body }) =>
    JSON.stringify([method, url, body, headers['content-type'] ?? null, headers.origin ?? null]);

  test('is less than 2 KB compressed', async () => {
    const script = Buffer.from(await (await fetch(`${server.url}/api/v1/fetch/mirror.js`)).arrayBuffer());
    const size = brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }).length;
    assert.ok(size < 2048, `${size} bytes`);
  });

  test('copies the hits of every transport, and Google gets what it would without', async () => {
    const sent = [];
    for (const markup of ['', tag()]) {
      await visit(markup, '', async (page, seen) => {
        await page.evaluate(sendLikeGtag, [ga(), SHARED]);
        await until(() => google.requests.length === 8, 'all requests at Google');
        if (markup) await until(async () => (await rows()).length === NAMES.length, 'all hits here');
        assert.deepEqual(seen.errors, []);
      });
      sent.push(google.requests.map(shown).sort());
    }
    assert.deepEqual(sent[1], sent[0]);
    assert.deepEqual(await rows(), NAMES);
    const [row] = await server.query(`SELECT user_pseudo_id AS visitor, device.web_info.hostname AS host,
      param_string(event_params, 'x') AS x FROM events WHERE event_name = 'fetch_body'`);
    assert.deepEqual([row.visitor, row.x], ['1234567890.1790000001', '\u00e9']);
  });

  test('copies hits from before it ran', async () => {
    const shared = SHARED.replace('MIRROR0001', 'EARLY');
    const early = `<script>navigator.sendBeacon('${ga()}/g/collect?${shared}&en=early')</script>`;
    await visit(early, '', async (page) => {
      await until(() => google.requests.length === 1, 'the early hit');
      await page.addScriptTag({ url: `${ours()}/api/v1/fetch/mirror.js` });
      await page.evaluate((address) => { navigator.sendBeacon(address); }, `${ga()}/g/collect?${shared}&en=later`);
      await until(async () => (await rows('G-EARLY')).length === 2, 'both hits');
    });
    assert.deepEqual(await rows('G-EARLY'), ['early', 'later']);
  });

  test('sends what still waits when the page goes', async () => {
    const shared = SHARED.replace('MIRROR0001', 'LEAVE');
    await visit(tag(), '', async (page) => {
      await page.evaluate(([ga_, shared_]) => {
        addEventListener('pagehide', () => navigator.sendBeacon(`${ga_}/g/collect?${shared_}`, 'en=user_engagement\r\nen=leave'));
        for (let i = 0; i < 3; i++) navigator.sendBeacon(`${ga_}/g/collect?${shared_}&en=e${i}`);
        location.href = 'about:blank';
      }, [ga(), shared]);
      await until(async () => (await rows('G-LEAVE')).length === 5, 'all hits');
    });
    assert.deepEqual(await rows('G-LEAVE'), ['e0', 'e1', 'e2', 'leave', 'user_engagement']);
  });

  test('sends to another address with data-to', async () => {
    const shared = SHARED.replace('MIRROR0001', 'ELSEWHERE');
    await visit(tag(`data-to="${ours()}/shop/g/collect"`), '', async (page) => {
      await page.evaluate((address) => { navigator.sendBeacon(address); }, `${ga()}/g/collect?${shared}&en=x`);
      await until(async () => (await rows('G-ELSEWHERE')).length === 1, 'the hit');
    });
  });

  test('complains once where the page forbids this server, and Google gets everything', async () => {
    const shared = SHARED.replace('MIRROR0001', 'FORBIDDEN');
    await visit(tag(), `connect-src ${ga()}; img-src ${ga()} data:`, async (page, seen) => {
      await page.evaluate(sendLikeGtag, [ga(), shared]);
      await until(() => google.requests.length === 8, 'all requests at Google');
      await page.waitForTimeout(300);
      await page.evaluate(sendLikeGtag, [ga(), shared]);
      await until(() => google.requests.length === 16, 'all requests at Google, again');
      await page.waitForTimeout(300);
      const complaints = seen.errors.filter((text) => text.includes('Content Security Policy'));
      assert.equal(complaints.length, 1, seen.errors.join('\n'));
      assert.equal(seen.errors.length, 1, seen.errors.join('\n'));
    });
    assert.deepEqual(await rows('G-FORBIDDEN'), []);
  });

  test('does not harm a page whose policy forbids the script itself', async () => {
    await visit(tag(), `script-src 'unsafe-eval'`, async (page, seen) => {
      await page.evaluate((address) => { navigator.sendBeacon(address); }, `${ga()}/g/collect?${SHARED}&en=x`);
      await until(() => google.requests.length === 1, 'the hit');
      assert.equal(seen.errors.length, 1, seen.errors.join('\n'));
    });
  });

  test('does not throw into the page, whatever it sends', async () => {
    await visit(tag(), '', async (page, seen) => {
      const results = await page.evaluate(async ([ga_]) => {
        const out = [];
        for (const act of [() => navigator.sendBeacon('http://['), () => fetch('http://['),
          () => { new XMLHttpRequest().send(); }, () => { new Image().src = 'http://['; },
          () => navigator.sendBeacon(), () => { new XMLHttpRequest().open('GET', Symbol('x')); }]) {
          try {
            out.push(String(await act()));
          } catch (error) {
            out.push(error.name);
          }
        }
        return [...out, typeof fetch, fetch.length, String(fetch).includes('native code')];
      }, [ga()]);
      assert.deepEqual(results, ['TypeError', 'TypeError', 'InvalidStateError', 'undefined', 'TypeError', 'TypeError',
        'function', 1, true]);
      assert.deepEqual(seen.errors, []);
    });
  });
});
