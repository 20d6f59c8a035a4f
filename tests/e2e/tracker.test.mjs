// web/v6.js in a browser, against a collector that answers as each test says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { launchBrowser, noBrowser, startPage, startSite, watch } from './browser.mjs';
import { sourceDir } from './harness.mjs';

const script = readFileSync(join(sourceDir, 'web/v6.js'), 'utf8');
const PATH = '/api/v1/streaming/1';

describe('v6.js', { skip: noBrowser }, () => {
  let browser, site, collector, server, page, seen, reply, cookiesSet;

  before(async () => {
    browser = await launchBrowser();
    site = await startPage(`<script>${script}</script>`);
    collector = await startSite(async (request) => {
      if (request.url === PATH) return reply(request);
      if (request.url.startsWith('/_set_cookie')) {
        await new Promise((done) => setTimeout(done, 100));
        cookiesSet++;
      }
      return { status: 204 };
    });
    server = `http://collect.site.localhost:${collector.port}`;
  });
  after(async () => {
    await browser.close();
    await Promise.all([site.close(), collector.close()]);
  });
  beforeEach(async () => {
    answer('{"status":"ok"}');
    collector.requests.length = 0;
    cookiesSet = 0;
    page = await (await browser.newContext()).newPage();
    seen = watch(page);
    await page.goto(`http://shop.site.localhost:${site.port}/`);
  });
  afterEach(() => page.context().close());

  function answer(body, { status = 200, headers = {} } = {}) {
    reply = (request) => ({ status, body, headers: {
      'Access-Control-Allow-Origin': request.headers.origin,
      'Access-Control-Allow-Credentials': 'true', ...headers } });
  }
  // Calls dataTagSendData in the page and waits for the push to window.layer.
  function sendAndWait(data, { wait = false, byFetch = true, domain = server } = {}) {
    return page.evaluate(([event, host, path, forCookies, fetching]) => new Promise((done) => {
      window.layer = { push: done };
      dataTagSendData(event, host, path, 'answered', 'layer', forCookies, fetching);
    }), [data, domain, PATH, wait, byFetch]);
  }
  const urls = () => collector.requests.map((request) => request.url);
  async function until(condition) {
    const end = Date.now() + 5000;
    while (!condition() && Date.now() < end) await new Promise((done) => setTimeout(done, 10));
    assert.ok(condition(), `still not: ${condition}`);
  }

  for (const byFetch of [true, false]) {
    const how = byFetch ? 'fetch' : 'XMLHttpRequest';

    test(`posts text/plain JSON without a preflight, by ${how}`, async () => {
      const pushed = await sendAndWait({ event_name: 'caf\u00e9' }, { byFetch });
      assert.deepEqual(pushed, { status: 200, event: 'answered' });
      assert.equal(collector.requests.length, 1);
      const [request] = collector.requests;
      assert.equal(request.method, 'POST');
      assert.match(request.headers['content-type'], /^text\/plain/i);
      assert.equal(request.headers.origin, `http://shop.site.localhost:${site.port}`);
      assert.deepEqual(JSON.parse(request.body), { event_name: 'caf\u00e9' });
    });

    test(`takes cookies and sends them back, by ${how}`, async () => {
      answer('{}', { headers: { 'Set-Cookie': '__uid__=abc; Path=/; Secure; HttpOnly; SameSite=None' } });
      await sendAndWait({}, { byFetch });
      await sendAndWait({}, { byFetch });
      assert.deepEqual(collector.requests.map((request) => request.headers.cookie),
        [undefined, '__uid__=abc']);
    });

    test(`pushes the answer with the HTTP status over its own, by ${how}`, async () => {
      answer('{"status":"ok","n":1}');
      assert.deepEqual(await sendAndWait({}, { byFetch }), { status: 200, n: 1, event: 'answered' });
    });

    test(`pushes as body what is no JSON object, by ${how}`, async () => {
      for (const [body, status] of [['', 204], ['plain', 200], ['[1]', 200], ['null', 200]]) {
        answer(body, { status });
        assert.deepEqual(await sendAndWait({}, { byFetch }), { body, status, event: 'answered' });
      }
    });

    test(`says an error on the console, and pushes it, by ${how}`, async () => {
      answer('{"detail":"no"}', { status: 422 });
      assert.deepEqual(await sendAndWait({}, { byFetch }),
        { detail: 'no', status: 422, event: 'answered' });
      assert.ok(seen.errors.some((text) => text.includes(': 422 ')), seen.errors.join('\n'));
      assert.equal(collector.requests.length, 1, 'it was sent again');
    });

    test(`survives a collector that is not there, by ${how}`, async () => {
      await page.evaluate(([path, fetching]) => {
        dataTagSendData({}, 'http://127.0.0.1:1', path, 'e', 'layer', false, fetching);
      }, [PATH, byFetch]);
      await until(() => seen.errors.length >= 2);  // The browser's own, and ours.
      assert.equal(await page.evaluate(() => window.layer), undefined);
    });

    test(`does what messages ask for, by ${how}`, async () => {
      const messages = [
        { send_pixel: ['${transport_url}/pixel?a=${other}'], send_beacon: ['${transport_url}/beacon'] },
        { response: { status_code: 201, body: '{"from":"${transport_url}"}' } }];
      answer(messages.map((m) => `event: message\ndata: ${JSON.stringify(m)}\n\n`).join(''));
      assert.deepEqual(await sendAndWait({}, { byFetch }),
        { from: server, status: 201, event: 'answered' });
      await until(() => collector.requests.length === 3);
      assert.deepEqual(urls().slice(1).sort(), ['/beacon', '/pixel?a=${other}']);
      const beacon = collector.requests.find((request) => request.url === '/beacon');
      assert.equal(beacon.method, 'POST');
    });

    test(`waits for cookie pixels only when asked to, by ${how}`, async () => {
      const message = { send_pixel: ['${transport_url}/_set_cookie?n=1', `${server}/_set_cookie?n=2`],
                        response: { status_code: 200, body: {} } };
      answer(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
      await sendAndWait({}, { byFetch, wait: true });
      assert.equal(cookiesSet, 2);
      await sendAndWait({}, { byFetch, wait: false });
      assert.equal(cookiesSet, 2);
      await until(() => cookiesSet === 4);
    });
  }

  test('sends nothing to the data layer unless both names are given', async () => {
    await page.evaluate(([host, path]) => {
      dataTagSendData({}, host, path, '', 'layer', false, true);
      dataTagSendData({}, host, path, 'e', '', false, false);
    }, [server, PATH]);
    await until(() => collector.requests.length === 2);
    await sendAndWait({});
    assert.equal(await page.evaluate(() => typeof window.layer.length), 'undefined');
  });

  test('makes the data layer when there is none', async () => {
    await page.evaluate(([host, path]) => {
      dataTagSendData({}, host, path, 'e', 'fresh', false, true);
    }, [server, PATH]);
    await page.waitForFunction(() => window.fresh && window.fresh.length === 1);
  });

  test('takes a server with a slash at its end', async () => {
    await sendAndWait({}, { domain: `${server}/` });
    assert.deepEqual(urls(), [PATH]);
  });

  test('sends bodies beyond the keepalive limit, alone and together', async () => {
    await page.evaluate(() => {
      window.keepalive = [];
      const send = window.fetch;
      window.fetch = (url, init) => {
        window.keepalive.push(init.keepalive);
        return send(url, init);
      };
    });
    await sendAndWait({ text: 'x'.repeat(200_000) });
    await Promise.all([1, 2, 3].map(() => page.evaluate(([host, path]) => new Promise((done) => {
      window.many = window.many || { push: () => {} };
      dataTagSendData({ text: '\u00e9'.repeat(12_500) }, host, path, 'e', 'many', false, true);
      done();
    }), [server, PATH])));
    await until(() => collector.requests.length === 4);
    await sendAndWait({ text: 'small again' });
    const keepalive = await page.evaluate(() => window.keepalive);
    assert.equal(keepalive[0], false);
    assert.equal(keepalive.at(-1), true);
    assert.deepEqual(seen.errors, []);
  });

  test('arrives though the page goes away at once', async () => {
    await page.evaluate(([host, path]) => {
      dataTagSendData({ event_name: 'leave' }, host, path, '', '', false, true);
      location.href = 'about:blank';
    }, [server, PATH]);
    await until(() => collector.requests.length === 1);
  });

  test('uses XMLHttpRequest where there is no fetch', async () => {
    await page.evaluate(() => { window.fetch = undefined; });
    assert.equal((await sendAndWait({})).status, 200);
  });

  test('throws nothing at the page for data that is no JSON', async () => {
    await page.evaluate((host) => {
      const loop = {};
      loop.loop = loop;
      dataTagSendData(loop, host, '/x', 'e', 'layer', false, true);
    }, server);
    assert.equal(seen.errors.length, 1);
  });

  test('gives what a tag template can not read itself', async () => {
    const data = await page.evaluate(() => {
      window.google_tag_manager = { 'GTM-1': { dataLayer: { get: (key) => ({
        parts: key.split('.'), model: true }) } } };
      return dataTagGetData('GTM-1');
    });
    const size = page.viewportSize();
    assert.deepEqual(data, {
      document: { characterSet: 'UTF-8' }, innerWidth: size.width, innerHeight: size.height,
      screen: data.screen, dataModel: { parts: [], model: true } });
    assert.ok(data.screen.width > 0 && data.screen.height > 0);
    assert.deepEqual(await page.evaluate(() => window.dataTagData), data);
  });

  test('merges window.dataLayer where there is no such container', async () => {
    const model = await page.evaluate(() => {
      window.dataLayer = [{ event: 'a', page: 1 }, ['gtag', 'arguments'], { event: 'b' }];
      return dataTagGetData('GTM-MISSING').dataModel;
    });
    assert.deepEqual(model, { event: 'b', page: 1 });
    await page.evaluate(() => { delete window.dataLayer; });
    assert.deepEqual(await page.evaluate(() => dataTagGetData('x').dataModel), {});
  });

  test('adds nothing to the page but its two functions', async () => {
    const added = await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      const ours = Object.keys(window).filter((key) => !(key in frame.contentWindow));
      frame.remove();
      return ours.filter((key) => !/^\d+$|playwright|binding/i.test(key));
    });
    assert.deepEqual(added.sort(), ['dataTagGetData', 'dataTagSendData']);
  });
});

test('v6.js is ES5: no arrow, let, const, class, template or spread', () => {
  const code = script.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  assert.doesNotMatch(code, /=>|\b(let|const|class|async|await)\b|`|\.\.\./);
});
