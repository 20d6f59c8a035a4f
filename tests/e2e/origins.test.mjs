// Visitors and origins over the wire: the cookie, and who may call from where.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startServer } from './harness.mjs';
import { ask, get, post } from './raw.mjs';

const STREAMING = '/api/v1/streaming/1';
const EVENT = { event_name: 'page_view' };
const text = (object) => JSON.stringify(object);

describe('Cookies', { timeout: 30_000 }, () => {
  let server;
  before(async () => {
    server = await startServer({ WRITERS__LOCAL__FLUSH_INTERVAL: 0.001, COOKIE__MAX_AGE: 1000 });
  });
  after(() => server?.stop());
  const cookieOf = async (headers, event = EVENT) =>
    (await ask(server.port, post(event, { headers }))).headers['set-cookie'];

  test('go to the registrable domain of the host, if it has one', async () => {
    const domains = {
      'www.example.co.uk': 'example.co.uk', 'example.co.uk': 'example.co.uk', 'a.b.example.com:8080': 'example.com',
      'WWW.Example.COM': 'example.com', 'shop.example.com.': 'example.com',
      'localhost': null, 'localhost:8000': null, '1.2.3.4': null, '1.2.3.4:80': null, '[::1]:80': null,
      'co.uk': null, 'com': null, 'github.io': null, 'me.github.io': 'me.github.io',
    };
    for (const [host, domain] of Object.entries(domains)) {
      const cookie = await cookieOf({ Host: host });
      const [, found = null] = /; Domain=([^;]*)/.exec(cookie) ?? [];
      assert.equal(found, domain, `${host}: ${cookie}`);
      assert.match(cookie, /^__uid__=[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}; /);
      assert.match(cookie, /; Path=\/; Max-Age=1000; Secure; HttpOnly; SameSite=None$/);
    }
  });

  test('are set again with the same id, and not taken when they are no id', async () => {
    const again = await cookieOf({ Cookie: 'a=b; __uid__=visitor-1; c=d' });
    assert.match(again, /^__uid__=visitor-1; .*Max-Age=1000/);
    const longest = 'x'.repeat(128);
    assert.match(await cookieOf({ Cookie: `__uid__=${longest}` }), new RegExp(`^__uid__=${longest};`));
    for (const bad of [`${longest}x`, 'a\xe9b', '', 'a b']) {
      assert.match(await cookieOf({ Cookie: `__uid__=${bad}` }), /^__uid__=[0-9a-f-]{36};/, bad);
    }
  });

  test('are neither read, set nor stored without consent', async () => {
    const event = { event_name: 'no_consent', privacy_info: { analytics_storage: false } };
    assert.equal(await cookieOf({ Cookie: '__uid__=visitor-2' }, event), undefined);
    const consenting = { event_name: 'consent', privacy_info: { analytics_storage: true } };
    assert.match(await cookieOf({ Cookie: '__uid__=visitor-2' }, consenting), /^__uid__=visitor-2;/);
    assert.deepEqual(await server.query(`SELECT event_name, user_pseudo_id, privacy_info.analytics_storage AS consent
      FROM events WHERE event_name LIKE '%consent' ORDER BY event_name`), [
      { event_name: 'consent', user_pseudo_id: 'visitor-2', consent: 'Yes' },
      { event_name: 'no_consent', user_pseudo_id: null, consent: 'No' }]);
  });
});

describe('CORS', { timeout: 30_000 }, () => {
  let server;
  const SHOP = 'https://shop.example.com';
  before(async () => {
    server = await startServer({ CORS__ALLOWED_ORIGINS: JSON.stringify([SHOP, 'https://*.example.org']),
      WRITERS__LOCAL__FLUSH_INTERVAL: 0.001 });
  });
  after(() => server?.stop());
  const corsOf = ({ headers }) => Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('access-control-') || name === 'vary'));
  const preflight = (origin, method, asked = null) => ask(server.port, get(STREAMING, { method: 'OPTIONS', headers: {
    Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': asked } }));

  test('lets allowed origins read the answer, and no other', async () => {
    const allowed = [SHOP, 'https://a.example.org', 'https://a.b.example.org'];
    const others = ['https://example.org', 'http://shop.example.com', 'https://shop.example.com:8443', 'https://evil.com',
      'https://evilexample.org', 'https://a.example.org.evil.com', 'null', 'https://x@a.example.org'];
    for (const body of [EVENT, {}, 'not JSON']) {
      for (const origin of allowed) {
        assert.deepEqual(corsOf(await ask(server.port, post(body, { headers: { Origin: origin } }))), {
          'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true',
          vary: typeof body === 'string' ? 'Accept-Encoding, Origin' : 'Origin' });
      }
      for (const origin of [...others, null]) {
        assert.deepEqual(corsOf(await ask(server.port, post(body, { headers: { Origin: origin } }))), {
          vary: typeof body === 'string' ? 'Accept-Encoding, Origin' : 'Origin' }, origin);
      }
    }
  });

  test('covers what the server itself refuses', async () => {
    const answer = await ask(server.port, post('x', { headers: { Origin: SHOP, 'Content-Encoding': 'zstd' } }));
    assert.equal(answer.status, 415);
    assert.equal(answer.headers['access-control-allow-origin'], SHOP);
  });

  test('answers a preflight of an allowed origin', async () => {
    const answer = await preflight(SHOP, 'POST', 'content-type, X-Client-Geo-City');
    assert.equal(answer.status, 200, answer.text);
    const cors = corsOf(answer);
    assert.equal(cors['access-control-allow-origin'], SHOP);
    assert.equal(cors['access-control-allow-credentials'], 'true');
    assert.equal(cors['access-control-allow-methods'], 'GET, POST, OPTIONS');
    assert.match(cors['access-control-allow-headers'], /\bContent-Type\b/);
    assert.match(cors['access-control-max-age'], /^\d+$/);
    assert.match(cors.vary, /\bOrigin\b/);
  });

  test('says what a preflight asks for in vain', async () => {
    const cases = [
      ['https://evil.com', 'POST', null, 'origin'], [SHOP, 'DELETE', null, 'method'],
      [SHOP, 'POST', 'X-Secret', 'headers'], ['https://evil.com', 'PUT', 'X-Secret', 'origin, method, headers'],
    ];
    for (const [origin, method, headers, what] of cases) {
      const answer = await preflight(origin, method, headers);
      assert.equal(answer.status, 400);
      assert.equal(answer.text, `Disallowed CORS ${what}`);
      assert.equal('access-control-allow-origin' in answer.headers, origin === SHOP);
    }
  });

  test('has no credentials when they are switched off, and may allow every origin then', async () => {
    const open = await startServer({ CORS__ALLOWED_ORIGINS: '*', CORS__ALLOW_CREDENTIALS: 'false',
      WRITERS__LOCAL__FLUSH_INTERVAL: 0.001 });
    try {
      assert.deepEqual(corsOf(await ask(open.port, post(EVENT, { headers: { Origin: 'https://any.com' } }))),
        { 'access-control-allow-origin': '*' });
    } finally {
      await open.stop();
    }
  });
});
