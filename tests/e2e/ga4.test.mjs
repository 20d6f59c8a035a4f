// GA4's senders at the real program: answers, rows, counters. What each hit becomes is tested by
// the cases of tests/cases/ga4_*.jsonl.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startServer } from './harness.mjs';

const SHARED = 'v=2&tid=G-TEST000001&cid=1234567890.1790000001&sid=1790000100&sct=1&seg=1&_p=1790000100123&_s=1';

describe('GA4 senders', { timeout: 120_000 }, () => {
  let server;
  const origin = 'https://shop.example';

  before(async () => {
    server = await startServer({ CORS__ALLOWED_ORIGINS: JSON.stringify([origin]),
      GA4__PATHS: '/g/collect,/mp/collect,/ag/g/c,/x7' });
  });
  after(() => server?.stop());

  const send = async (path, { method = 'POST', body, headers = {} } = {}) => {
    const answer = await fetch(server.url + path, { method, body, headers });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  // Rows of one stream, in the order of the request.
  const rowsOf = (stream) => server.query(`SELECT event_name AS name, user_pseudo_id AS visitor, batch_event_index AS number,
    event_bundle_sequence_id AS bundle, platform FROM events WHERE stream_id = '${stream}' ORDER BY batch_event_index`);

  test('are answered 204 without a body and without a cookie, and the browser may read it', async () => {
    const answer = await send(`/g/collect?${SHARED}&en=page_view`, { headers: { Origin: origin } });
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal(answer.headers.get('content-type'), null);
    const [row] = await rowsOf('G-TEST000001');
    assert.deepEqual([row.name, row.visitor, row.platform], ['page_view', '1234567890.1790000001', 'WEB']);
  });

  test('send batches, whose derived rows come first and share a bundle', async () => {
    const query = SHARED.replace('G-TEST000001', 'G-BATCH');
    const answer = await send(`/g/collect?${query}`,
      { body: 'en=page_view&_ss=1&_fv=1\r\nep.lost=1\r\nen=scroll&epn.percent_scrolled=90' });
    assert.equal(answer.status, 204);
    const rows = await rowsOf('G-BATCH');
    assert.deepEqual(rows.map((row) => row.name), ['first_visit', 'session_start', 'page_view', 'scroll']);
    assert.deepEqual(rows.map((row) => row.number), [1, 2, 3, 4]);
    assert.equal(new Set(rows.map((row) => row.bundle)).size, 1);
    assert.ok(rows[0].bundle > 0);
  });

  test('are heard at every path and behind a prefix', async () => {
    const hit = (stream) => `${SHARED.replace('G-TEST000001', stream)}&en=e`;
    for (const [path, method, stream] of [['/g/collect', 'GET', 'P1'], ['/shop/x/g/collect', 'POST', 'P2'],
      ['/0fb1/ag/g/c', 'GET', 'P3'], ['/x7', 'GET', 'P4'], ['/a/x7', 'POST', 'P5'], ['/%67/collect', 'GET', 'P6']]) {
      assert.equal((await send(`${path}?${hit(stream)}`, { method })).status, 204, path);
      assert.equal((await rowsOf(stream)).length, 1, path);
    }
    const body = JSON.stringify({ client_id: '1.2', events: [{ name: 'e' }] });
    for (const [path, stream] of [['/mp/collect', 'M1'], ['/shop/mp/collect', 'M2'], ['/x7', 'M3']]) {
      assert.equal((await send(`${path}?measurement_id=${stream}&api_secret=x`, { body })).status, 204, path);
      assert.equal((await rowsOf(stream)).length, 1, path);
    }
  });

  test('send the Measurement Protocol of an app', async () => {
    const body = JSON.stringify({ appInstanceId: '0123456789abcdef0123456789abcdef', events: [{ name: 'a' }, { name: 'b' }] });
    const answer = await send('/mp/collect?firebase_app_id=1:9:ios:ff&api_secret=x', { body });
    assert.deepEqual([answer.status, answer.text], [204, '']);
    const rows = await rowsOf('1:9:ios:ff');
    assert.deepEqual(rows.map((row) => [row.name, row.platform]), [['a', 'IOS'], ['b', 'IOS']]);
  });

  test('hear 204 for what is not stored, and it is counted by reason', async () => {
    const before = await server.accounting();
    const counts = await server.metrics();
    assert.equal((await send('/g/collect?v=2&cid=1.2&en=x')).status, 204);
    assert.equal((await send(`/g/collect?${SHARED}`)).status, 204);
    assert.equal((await send('/mp/collect?measurement_id=G-1', { body: 'hello' })).status, 204);
    const later = await server.metrics();
    for (const reason of ['no_stream', 'no_event_name', 'not_json']) {
      const name = `ga4_events_refused_total{reason="${reason}"}`;
      assert.equal(later.get(name) - counts.get(name), 1, reason);
    }
    const after = await server.accounting();
    assert.equal(after.received - before.received, 3);
    assert.equal(after.refused.invalid_event - before.refused.invalid_event, 3);
    assert.ok(after.addsUp);
  });

  test('hear other statuses as everywhere: method, encoding, preflight', async () => {
    const get = await send('/mp/collect', { method: 'GET' });
    assert.equal(get.status, 405);
    assert.equal(get.headers.get('allow'), 'POST');
    assert.equal((await send(`/g/collect?${SHARED}`, { body: 'x', headers: { 'Content-Encoding': 'zip' } })).status, 415);
    const preflight = await send('/g/collect', { method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    const head = await send(`/g/collect?${SHARED.replace('G-TEST000001', 'HEAD')}&en=x`, { method: 'HEAD' });
    assert.equal(head.status, 204);
    assert.equal((await rowsOf('HEAD')).length, 0);
  });
});
