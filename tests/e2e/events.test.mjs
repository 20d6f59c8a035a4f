// A page on one origin sends events through v6.js to the server on another.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launchBrowser, noBrowser, startPage, watch } from './browser.mjs';
import { startServer } from './harness.mjs';

describe('events from a page', { skip: noBrowser, timeout: 120_000 }, () => {
  let browser, site;

  before(async () => {
    browser = await launchBrowser();
    site = await startPage();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  // Visits the page on host `shop` in a browser without cookies, with v6.js from a server on host
  // `collector`, which runs with `settings`; then calls act({server, context, seen, send}).
  async function visit(shop, collector, settings, act) {
    const server = await startServer(settings);
    const context = await browser.newContext();
    try {
      const address = `http://${collector}:${server.port}`;
      const tab = await context.newPage();
      const seen = watch(tab);
      await tab.goto(`http://${shop}:${site.port}/?utm_source=newsletter&utm_medium=email`);
      await tab.addScriptTag({ url: `${address}/api/v1/fetch/v6.js` });
      // Resolves to what the data layer got, or null when the tracker complained instead.
      const send = (name, byFetch) => tab.evaluate(([host, event, fetching]) => new Promise((done) => {
        const params = [{ key: 'page_location', value: { string_value: location.href } }];
        const complain = console.error;
        console.error = (...what) => {
          complain(...what);
          done(null);
        };
        window.layer = { push: done };
        dataTagSendData({ event_name: event, event_params: params }, host, '/api/v1/streaming/1',
                        'answered', 'layer', false, fetching);
      }), [address, name, byFetch]);
      await act({ server, context, seen, send });
    } finally {
      await context.close();
      await server.stop();
    }
  }
  const rowsOf = (server) => server.query(
    `SELECT event_name, user_pseudo_id AS visitor, collected_traffic_source.manual_source AS source
     FROM events ORDER BY event_timestamp`);

  test('arrive by fetch and by XMLHttpRequest as one visitor', async () => {
    const settings = {
      CORS__ALLOWED_ORIGINS: JSON.stringify([`http://shop.site.localhost:${site.port}`]) };
    await visit('shop.site.localhost', 'collect.site.localhost', settings,
      async ({ server, context, seen, send }) => {
        assert.deepEqual(await send('by_fetch', true), { status: 200, event: 'answered' });
        assert.deepEqual(await send('by_xhr', false), { status: 200, event: 'answered' });
        const [cookie] = await context.cookies();
        assert.equal(cookie.name, '__uid__');
        assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.sameSite], [true, true, 'None']);
        const rows = await rowsOf(server);
        assert.deepEqual(rows.map((row) => [row.event_name, row.visitor, row.source]),
          [['by_fetch', cookie.value, 'newsletter'], ['by_xhr', cookie.value, 'newsletter']]);
        assert.deepEqual(seen.errors, []);
      });
  });

  test('share their cookie over the registrable domain', async () => {
    const settings = {
      CORS__ALLOWED_ORIGINS: JSON.stringify([`http://*.example.test:${site.port}`]),
      COOKIE__SECURE: false, COOKIE__SAMESITE: 'lax' };
    await visit('shop.example.test', 'collect.example.test', settings,
      async ({ server, context, send }) => {
        await send('first', true);
        await send('second', false);
        const [cookie] = await context.cookies();
        assert.equal(cookie.domain, '.example.test');
        assert.deepEqual((await rowsOf(server)).map((row) => row.visitor),
          [cookie.value, cookie.value]);
      });
  });

  test('of an origin that is not allowed are blocked by the browser', async () => {
    const settings = { CORS__ALLOWED_ORIGINS: '["http://shop.site.localhost:1"]' };
    await visit('other.site.localhost', 'collect.site.localhost', settings,
      async ({ server, seen, send }) => {
        for (const byFetch of [true, false]) {
          seen.errors.length = 0;
          assert.equal(await send('blocked', byFetch), null);
          assert.ok(seen.errors.some((text) => text.includes('blocked by CORS policy')),
            seen.errors.join('\n'));
        }
        const origin = `http://other.site.localhost:${site.port}`;
        const response = await server.post({ event_name: 'x' }, { headers: { Origin: origin } });
        const names = [...response.headers.keys()];
        assert.deepEqual(names.filter((name) => name.startsWith('access-control')), []);
      });
  });
});
