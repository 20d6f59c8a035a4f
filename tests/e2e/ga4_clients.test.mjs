// Real clients of GA4 against the real program, their rows compared with what they were told to send.
// Clients come from npm; only the host they send to is changed.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launchBrowser, noBrowser, startSite, watch } from './browser.mjs';
import { sourceDir, startServer, until } from './harness.mjs';

const require = createRequire(import.meta.url);
const module = (path) => join(sourceDir, 'node_modules', path);

describe('clients of GA4', { timeout: 120_000 }, () => {
  let server, site, head;

  before(async () => {
    site = await startSite(() => ({ headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Gr\u00fc\u00dfe & Co</title>` +
            `<link rel="icon" href="data:,">${head}</head><body></body></html>` }));
    server = await startServer({ CORS__ALLOWED_ORIGINS: JSON.stringify([`http://shop.site.localhost:${site.port}`]) });
  });
  after(async () => {
    await site?.close();
    await server?.stop();
  });

  // Rows of a stream in the order of arrival, with their parameters and properties as {key: value}.
  async function rowsOf(stream, count) {
    const sql = `SELECT event_name AS name, user_pseudo_id AS visitor, user_id, event_params, user_properties, items, ecommerce,
      device.language AS language, event_timestamp AS at, synced_at_micros_ AS synced FROM events
      WHERE stream_id = '${stream}' ORDER BY synced_at_micros_, batch_event_index`;
    const rows = await until(async () => {
      const found = await server.query(sql);
      return found.length >= count ? found : null;
    }, `${count} rows of ${stream}`);
    const plain = (list) => Object.fromEntries((list ?? []).map(({ key, value }) =>
      [key, value.string_value ?? value.int_value ?? value.double_value]));
    return rows.map((row) => ({ ...row, params: plain(row.event_params), properties: plain(row.user_properties) }));
  }

  test('@analytics-debugger/ga4mp', async () => {
    const ga4mp = require(module('@analytics-debugger/ga4mp/dist/ga4mp.umd.js'));
    const tracker = ga4mp(['G-GA4MP'], { mode: 'node', endpoint: `${server.url}/g/collect`, client_id: '11.1790000001',
      session_id: '1790000100', user_id: 'm-7' });
    tracker.setUserProperty('ltv', 45.5);
    tracker.trackEvent('add_to_cart', { value: 30.03, currency: 'EUR', note: 'a+b & c ~ \u00fc',
      items: [{ item_id: 'S~1', item_name: 'Tee & Co', price: 10.01, quantity: 3, size: '42' }] });
    const [row] = await rowsOf('G-GA4MP', 1);
    assert.deepEqual([row.name, row.visitor, row.user_id], ['add_to_cart', '11.1790000001', 'm-7']);
    assert.equal(row.params.value, 30.03);
    assert.equal(row.params.note, 'a+b & c ~ \u00fc');
    assert.equal(row.params.ga_session_id, 1790000100);
    assert.equal(row.properties.ltv, '45.5');
    const [item] = row.items;
    assert.deepEqual([item.item_id, item.item_name, item.price, item.quantity], ['S~1', 'Tee & Co', 10.01, 3]);
    assert.deepEqual(item.item_params.map(({ key, value }) => [key, value.string_value]), [['size', '42']]);
  });

  test('electron-google-analytics4', async () => {
    const Analytics4 = require(module('electron-google-analytics4/cjs/index.js')).default;
    const client = new Analytics4('G-ELECTRON', 'secret', 'cid-uuid-1', 'sess-1');
    client.baseURL = `${server.url}/mp`;
    client.setUserProperties({ plan: { value: 'pro' } }).set('user_id', 'u1').set('engagement_time_msec', 1);
    const answer = await client.event('app_open');
    assert.deepEqual([answer.status, answer.data], [204, '']);
    const [row] = await rowsOf('G-ELECTRON', 1);
    assert.deepEqual([row.name, row.visitor, row.user_id, row.properties.plan], ['app_open', 'cid-uuid-1', 'u1', 'pro']);
    assert.deepEqual([row.params.session_id, row.params.engagement_time_msec], ['sess-1', 1]);
  });

  // The function that workbox-google-analytics gives its queue, from its own source; what it imports is
  // of service workers, and only catches that function here.
  function workboxReplay() {
    const source = readFileSync(module('workbox-google-analytics/initialize.js'), 'utf8')
      .replaceAll(/^import .*$/gm, '').replace(/^export .*$/m, '');
    const names = { QUEUE_NAME: 'q', MAX_RETENTION_TIME: 1, GOOGLE_ANALYTICS_HOST: '', GTM_HOST: '', ANALYTICS_JS_PATH: '',
      GTAG_JS_PATH: '', GTM_JS_PATH: '', COLLECT_PATHS_REGEX: /x/, cacheNames: { getGoogleAnalyticsName: () => '' },
      logger: { log() {} }, getFriendlyURL: String, process: { env: { NODE_ENV: 'production' } } };
    let onSync;
    class Nothing { registerRoute() {} addFetchListener() {} }
    class BackgroundSyncPlugin { constructor(_, options) { ({ onSync } = options); } }
    new Function(...Object.keys(names), 'BackgroundSyncPlugin', 'Route', 'Router', 'NetworkFirst', 'NetworkOnly',
      `${source}; initialize();`)(...Object.values(names), BackgroundSyncPlugin, Nothing, Nothing, Nothing, Nothing);
    return onSync;
  }

  test('workbox-google-analytics replays a hit that was offline', async () => {
    const entries = [
      { request: new Request(`${server.url}/g/collect?v=2&tid=G-WORKBOX&cid=12.1790000001&en=page_view&ep.note=a%2Bb%20c`),
        timestamp: Date.now() - 90_000 },
      { request: new Request(`${server.url}/g/collect`, { method: 'POST',
        body: 'v=2&tid=G-WORKBOX&cid=12.1790000001&en=scroll&epn.percent_scrolled=90' }), timestamp: Date.now() - 60_000 },
    ];
    const queue = { shiftRequest: async () => entries.shift(), unshiftRequest: async () => { throw new Error('put back'); } };
    await workboxReplay()({ queue });
    const [view, scroll] = await rowsOf('G-WORKBOX', 2);
    assert.deepEqual([view.name, view.params.note], ['page_view', 'a+b c']);
    assert.deepEqual([scroll.name, scroll.params.percent_scrolled], ['scroll', 90]);
    const seconds = (row) => Math.round((row.synced - row.at) / 1e6);
    assert.ok(seconds(view) >= 90 && seconds(view) < 95, `${seconds(view)}`);
    assert.ok(seconds(scroll) >= 60 && seconds(scroll) < 65, `${seconds(scroll)}`);
  });

  test("the Angular CLI's batch", async () => {
    // As AnalyticsCollector.send of @angular/cli writes it: shared part in the query, a line an event.
    const shared = new URLSearchParams({ v: '2', tid: 'G-ANGULAR', _p: '0', cid: '3d9f9b3e-6c1f-4f0f-8a7b-1f6e7f1a2b3c',
      ul: 'en_US.UTF-8', sid: '2f7ad8a4-6f7e-4a55-9d3f-0b1c2d3e4f50', _ss: '1' });
    const lines = [{ en: 'command_run', 'ep.ng_command': 'build' }, { en: 'build_stats', 'epn.ng_chunks': '4', 'ep.ng_aot': 'true' }];
    const answer = await fetch(`${server.url}/g/collect?${shared}`, { method: 'POST',
      body: lines.map((line) => new URLSearchParams(line).toString()).join('\n') });
    assert.equal(answer.status, 204);
    const rows = (await rowsOf('G-ANGULAR', 4)).filter((row) => row.name !== 'session_start');
    assert.deepEqual(rows.map((row) => [row.name, row.language, row.params.ng_command ?? row.params.ng_chunks]),
                     [['command_run', 'en_US.UTF-8', 'build'], ['build_stats', 'en_US.UTF-8', 4]]);
  });

  describe('in Chromium', { skip: noBrowser }, () => {
    let browser;
    before(async () => { browser = await launchBrowser(); });
    after(() => browser?.close());

    async function visit(markup, act) {
      head = markup;
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        const seen = watch(page);
        await page.goto(`http://shop.site.localhost:${site.port}/?utm_source=news&utm_medium=email`);
        await act(page);
        assert.deepEqual(seen.errors, []);
      } finally {
        await context.close();
      }
    }
    const ours = () => `http://collect.site.localhost:${server.port}`;

    test('@minimal-analytics/ga4', async () => {
      const script = readFileSync(module('@minimal-analytics/ga4/dist/index.js'), 'utf8');
      const settings = { trackingId: 'G-MINIMAL', analyticsEndpoint: `${ours()}/g/collect`, autoTrack: true };
      await visit(`<script>window.minimalAnalytics = ${JSON.stringify(settings)}</script><script>${script}</script>`,
                  () => rowsOf('G-MINIMAL', 3));
      const rows = await rowsOf('G-MINIMAL', 3);
      assert.deepEqual(rows.slice(0, 3).map((row) => row.name), ['first_visit', 'session_start', 'page_view']);
      const view = rows[2];
      assert.match(view.visitor, /^\d+(\.\d+)?$/);
      assert.equal(view.params.page_title, 'Gr\u00fc\u00dfe & Co');
      assert.ok(view.params.page_location.endsWith('/?utm_source=news&utm_medium=email'));
      assert.equal(typeof view.params.ga_session_id, 'number');
      assert.equal(view.language.toLowerCase(), 'en-us');
    });

    test('a page of our own, by beacon, keepalive fetch, XMLHttpRequest and image', async () => {
      await visit('', async (page) => {
        await page.evaluate(async (url) => {
          const hit = (rest) => `${url}/g/collect?v=2&tid=G-PAGE&cid=13.1790000001&_s=1${rest}`;
          navigator.sendBeacon(hit('&en=beacon'));
          navigator.sendBeacon(hit(''), 'en=beacon_body&ep.x=\u00e9\r\nen=beacon_second');
          await fetch(hit(''), { method: 'POST', body: 'en=fetch_body', mode: 'no-cors', keepalive: true, credentials: 'include' });
          await new Promise((done) => {
            const xhr = new XMLHttpRequest();
            xhr.open('POST', hit('&richsstsse'));
            xhr.withCredentials = true;
            xhr.onload = done;
            xhr.send('en=xhr_body');
          });
          new Image().src = hit('&en=image');
          await new Promise((done) => { setTimeout(done, 300); });
        }, ours());
      });
      const rows = await rowsOf('G-PAGE', 6);
      assert.deepEqual(rows.map((row) => row.name).sort(),
                       ['beacon', 'beacon_body', 'beacon_second', 'fetch_body', 'image', 'xhr_body']);
    });
  });

  test("hits and bodies of others are answered 204 each, and everything is accounted for", async (t) => {
    const folder = process.env.RS_GA4_DATA ?? join(sourceDir, '../../shared/data/ga4');
    if (!existsSync(folder)) return t.skip(`no ${folder}`);
    const before = await server.accounting();
    for (const file of ['gtag_hits.jsonl', 'mp_bodies.jsonl']) {
      for (const line of readFileSync(join(folder, file), 'utf8').trim().split('\n')) {
        const { id, method, path, query, body, headers } = JSON.parse(line);
        if (path.startsWith('/debug')) continue;
        // Origins are of pages; what they may send is tested elsewhere.
        const { origin, ...others } = headers;
        const answer = await fetch(`${server.url}${path}?${query}`, { method, headers: others, body: method === 'POST' ? body : undefined });
        assert.deepEqual([answer.status, await answer.text()], [204, ''], id);
      }
    }
    const after = await server.accounting();
    assert.ok(after.addsUp);
    assert.ok(after.received - before.received > 200);
  });
});
