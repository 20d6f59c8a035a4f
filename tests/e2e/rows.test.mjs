// What real tags send, as it comes out of `query`: nothing sloppy is refused, lost or bent.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startServer } from './harness.mjs';

const params = (values) => Object.entries(values).map(([key, value]) => ({ key, value }));
const page = (location, referrer) => params({
  page_location: { string_value: location },
  ...(referrer === undefined ? {} : { page_referrer: { string_value: referrer } }),
});

describe('A row', { timeout: 60_000 }, () => {
  let server;
  before(async () => {
    server = await startServer({ WRITERS__LOCAL__FLUSH_INTERVAL: 0.001,
      CORS__ALLOWED_ORIGINS: '["https://www.example.com","https://checkout.pay.test"]' });
  });
  after(() => server?.stop());

  // Posts `event` (an object, or JSON text after the name) and returns `columns` of its row.
  let count = 0;
  async function rowOf(event, columns, options) {
    const name = `e${++count}`;
    const body = typeof event === 'string' ? `{"event_name":"${name}",${event}}` : { event_name: name, ...event };
    const answer = await server.post(body, options);
    assert.equal(answer.status, 200, answer.text);
    const rows = await server.query(`SELECT ${columns} FROM events WHERE event_name = '${name}'`);
    assert.equal(rows.length, 1);
    return rows[0];
  }

  // What is sent as the value of a parameter, as JSON, and which of its columns are not null then.
  const values = [
    ['{"string_value":"x"}', { string_value: 'x' }],
    ['{"string_value":""}', { string_value: '' }],
    ['{"string_value":42}', { string_value: '42' }],
    ['{"string_value":99.99}', { string_value: '99.99' }],
    ['{"string_value":true}', { string_value: 'true' }],
    ['{"string_value":"\\u0000 \\ud83d\\ude00"}', null],
    ['{"int_value":7}', { int_value: '7' }],
    ['{"int_value":"7"}', { int_value: '7' }],
    ['{"int_value":-9223372036854775808}', { int_value: '-9223372036854775808' }],
    ['{"int_value":9223372036854775807}', { int_value: '9223372036854775807' }],
    ['{"int_value":9223372036854775808}', { double_value: '9.223372036854776e+18' }],
    ['{"int_value":12345678901234567000}', { double_value: '1.2345678901234567e+19' }],
    ['{"int_value":1.5}', { double_value: '1.5' }],
    ['{"int_value":2.0}', { int_value: '2' }],
    ['{"int_value":true}', { int_value: '1' }],
    ['{"int_value":null}', {}],
    ['{"double_value":99.99}', { double_value: '99.99' }],
    ['{"double_value":0.1}', { double_value: '0.1' }],
    ['{"double_value":"1.25"}', { double_value: '1.25' }],
    ['{"double_value":3}', null],
    ['{"float_value":99.99}', { float_value: '99.99' }],
    ['{"string_value":null,"int_value":null,"float_value":null,"double_value":null}', {}],
    ['{"string_value":"a","int_value":1}', { string_value: 'a', int_value: '1' }],
    ['{}', {}], ['null', {}],
  ];
  for (const [sent, expected] of values) {
    test(`holds the value ${sent}`, async () => {
      for (const list of ['event_params', 'user_properties']) {
        const row = await rowOf(`"${list}":[{"key":"k","value":${sent}}]`,
          `${list}[1].key AS key, len(${list})::INTEGER AS n, ${['string', 'int', 'float', 'double']
            .map((type) => `${list}[1].value.${type}_value::VARCHAR AS ${type}_value`).join()}`);
        const { key, n, ...columns } = row;
        assert.deepEqual([key, n], ['k', 1]);
        const found = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null));
        if (expected) assert.deepEqual(found, expected, list);
        else assert.equal(Object.keys(found).length, 1, JSON.stringify(found));
      }
    });
  }

  test('holds a parameter that came without a value', async () => {
    assert.deepEqual(await rowOf({ event_params: [{ key: 'bare' }] },
      'event_params[1].key AS key, param_value(event_params, \'bare\') AS value'), { key: 'bare', value: null });
  });

  test('holds a repeated key once, with its last value', async () => {
    const event = { event_params: [
      { key: 'a', value: { string_value: 'first' } }, { key: 'b', value: { int_value: 1 } },
      { key: 'a', value: { int_value: 2 } }] };
    assert.deepEqual(await rowOf(event, `len(event_params)::INTEGER AS n, param_int(event_params, 'a')::INTEGER AS a,
      param_string(event_params, 'a') AS former, param_int(event_params, 'b')::INTEGER AS b`),
    { n: 2, a: 2, former: null, b: 1 });
  });

  test('holds numeric ids as text, exactly', async () => {
    assert.deepEqual(await rowOf('"user_id":12345678901234567890,"event_id":42', 'user_id, event_id'),
      { user_id: '12345678901234567890', event_id: '42' });
    assert.deepEqual(await rowOf('"user_id":1.0,"event_id":-7', 'event_id'), { event_id: '-7' });
  });

  test('has a UUIDv7 of its own when no id came', async () => {
    for (const event of [{}, { event_id: null }, { event_id: '' }]) {
      const { event_id: id } = await rowOf(event, 'event_id');
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, JSON.stringify(event));
    }
  });

  test('is as good as empty when everything is null', async () => {
    const nothing = Object.fromEntries(['event_id', 'event_params', 'user_id', 'privacy_info', 'user_properties',
      'app_info', 'ecommerce', 'items', 'timestamp_micros'].map((name) => [name, null]));
    const row = await rowOf(nothing, `user_id, app_info.id AS app, ecommerce.value AS value,
      coalesce(len(event_params), 0)::INTEGER AS params, coalesce(len(items), 0)::INTEGER AS items, collected_traffic_source AS source`);
    assert.deepEqual(row, { user_id: null, app: null, value: null, params: 0, items: 0, source: null });
    const inner = { privacy_info: { ad_storage: null, analytics_storage: null }, app_info: { id: null, version: null },
      ecommerce: { value: null, currency: null }, items: [{ item_id: null, price: null, item_params: null }, {}],
      user_properties: [{ key: 'k', value: null }] };
    assert.deepEqual(await rowOf(inner, `len(items)::INTEGER AS items, items[1].price AS price, ecommerce.value AS value,
      user_pseudo_id IS NULL AS anonymous`), { items: 2, price: null, value: null, anonymous: false });
  });

  // Sold by weight, with a price as the page shows it, a position that is not a number and a time that is not one.
  test('holds a purchase whose numbers do not fit their columns', async () => {
    const event = { event_name: 'purchase', event_id: 'by weight', timestamp_micros: 'yesterday',
      items: [{ item_id: 'cheese', price: '$10.00', quantity: 1.85, index: 'top' }] };
    assert.equal((await server.post(event)).status, 200);
    assert.deepEqual(await server.query(`SELECT items[1].price AS price, items[1].quantity::INTEGER AS quantity,
      items[1].item_revenue AS revenue, items[1].index AS index, [p.key for p in items[1].item_params] AS kept,
      items[1].item_params[1].value.double_value AS exact, items[1].item_params[2].value.string_value AS sent,
      event_timestamp = synced_at_micros_ AS servers FROM events WHERE event_id = 'by weight'`),
    [{ price: 10, quantity: 2, revenue: 18.5, index: null, kept: ['quantity', 'index'], exact: 1.85, sent: 'top', servers: true }]);
  });

  test('holds money exactly', async () => {
    const event = { ecommerce: { transaction_id: 'T1', value: 99.99, tax: 0.1, shipping: '4.95', currency: 'USD' },
      items: [{ item_id: 'SKU', price: 99.99, quantity: 1, discount: 0.3, index: 2 }, { price: '19.99', quantity: '2' }] };
    assert.deepEqual(await rowOf(event, `ecommerce.value AS value, ecommerce.tax_value AS tax,
      ecommerce.shipping_value AS shipping, ecommerce.currency AS currency, items[1].price AS price,
      items[1].quantity::INTEGER AS quantity, items[1].discount AS discount, items[1].index::INTEGER AS index,
      items[2].price AS price2, items[2].quantity::INTEGER AS quantity2`), {
      value: 99.99, tax: 0.1, shipping: 4.95, currency: 'USD', price: 99.99, quantity: 1, discount: 0.3, index: 2,
      price2: 19.99, quantity2: 2 });
  });

  test('takes the time of the client when it is plausible, else its own', async () => {
    const now = Date.now();
    const sent = (now - 60_000) * 1000 + 7;
    const columns = `event_timestamp::VARCHAR AS at, date::VARCHAR AS date, event_date,
      (event_timestamp // 1000)::DOUBLE AS milliseconds`;
    const row = await rowOf({ timestamp_micros: sent }, columns);
    const day = new Date(now - 60_000).toISOString().slice(0, 10);
    assert.equal(row.at, String(sent));
    assert.deepEqual([row.date, row.event_date], [day, day.replaceAll('-', '')]);
    for (const implausible of [0, 1, -5, sent * 1000, 253402300800000000, null]) {
      const { milliseconds } = await rowOf({ timestamp_micros: implausible }, columns);
      assert.ok(Math.abs(milliseconds - Date.now()) < 60_000, `${implausible}: ${milliseconds}`);
    }
  });

  const source = (names) => names.map((name) => `collected_traffic_source.${name} AS ${name}`).join();

  test('names every campaign parameter and click id of the page', async () => {
    const parameters = { utm_id: 'manual_campaign_id', utm_campaign: 'manual_campaign_name',
      utm_source: 'manual_source', utm_medium: 'manual_medium', utm_term: 'manual_term', utm_content: 'manual_content',
      utm_source_platform: 'manual_source_platform', utm_creative_format: 'manual_creative_format',
      utm_marketing_tactic: 'manual_marketing_tactic' };
    for (const id of ['gclid', 'dclid', 'srsltid', 'fbclid', 'gbraid', 'wbraid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id']) {
      parameters[id] = id;
    }
    const query = Object.keys(parameters).map((name) => `${name}=the%20${name}+of+%C3%BC`).join('&');
    assert.deepEqual(await rowOf({ event_params: page(`https://www.example.com/p?${query}#x`) }, source(Object.values(parameters))),
      Object.fromEntries(Object.entries(parameters).map(([name, column]) => [column, `the ${name} of \u00fc`])));
  });

  // [page, referrer, source, medium]
  const visits = [
    ['https://www.example.com/', 'https://www.google.com/', 'google', 'organic'],
    ['https://www.example.com/', 'https://www.google.de/search?q=x', 'google', 'organic'],
    ['https://www.example.com/', 'https://duckduckgo.com/', 'duckduckgo', 'organic'],
    ['https://www.example.com/', 'https://l.facebook.com/', 'facebook', 'social'],
    ['https://www.example.com/', 'https://chatgpt.com/', null, 'ai-assistant'],
    ['https://www.example.com/', 'https://www.blog.test/a', 'blog.test', 'referral'],
    ['https://www.example.com/', 'https://shop.example.com/cart', null, null],
    ['https://www.example.com/', 'https://checkout.pay.test/done', null, null],
    ['https://www.example.com/', '', null, null],
    ['https://www.example.com/', 'about:blank', null, null],
    ['https://www.example.com/', undefined, null, null],
    ['https://www.example.com/?utm_source=n', 'https://www.google.com/', 'n', 'organic'],
    ['https://www.example.com/?utm_source=n&utm_medium=email', 'https://www.google.com/', 'n', 'email'],
    ['https://www.example.com/?gclid=1', 'https://www.google.com/', 'google', 'organic'],
    ['not a url', 'https://www.google.com/', 'google', 'organic'],
  ];
  for (const [location, referrer, manualSource, medium] of visits) {
    test(`from ${JSON.stringify(referrer)} to ${location} comes from ${manualSource}, ${medium}`, async () => {
      const row = await rowOf({ event_params: page(location, referrer) }, source(['manual_source', 'manual_medium']));
      if (manualSource || !medium) assert.equal(row.manual_source, manualSource);
      assert.equal(row.manual_medium, medium);
    });
  }

  test('says what the headers said', async () => {
    const headers = { 'Accept-Language': 'de;q=0.5, en-GB', 'X-Client-Geo-Country': 'Germany', 'X-Client-Geo-State': 'Bavaria',
      'X-Client-Geo-City': 'M\xc3\xbcnchen', 'X-Forwarded-For': '203.0.113.9', 'User-Agent': 'a test' };
    assert.deepEqual(await rowOf({ event_params: page('https://www.example.com/') }, `device.language AS language, geo.country AS country, geo.region AS region,
      geo.city AS city, ip, device.user_agent AS agent, device.web_info.hostname AS host, stream_id`,
    { headers, path: '/api/v1/streaming/007' }), { language: 'en-gb', country: 'Germany', region: 'Bavaria', city: 'M\u00fcnchen',
      ip: '127.0.0.1', agent: 'a test', host: 'www.example.com', stream_id: '7' });
  });

  test('holds the consent as Yes or No', async () => {
    const event = { privacy_info: { ad_storage: true, analytics_storage: 'granted', ad_user_data: false,
      ad_personalization: 'denied', functionality_storage: 1 } };
    assert.deepEqual(await rowOf(event, 'privacy_info.*'.replace('.*', '::JSON AS p')).then(({ p }) =>
      Object.fromEntries(Object.entries(typeof p === 'string' ? JSON.parse(p) : p).filter(([, value]) => value !== null))), {
      analytics_storage: 'Yes', ads_storage: 'Yes', ad_user_data: 'No', ad_personalization: 'No', functionality_storage: 'Yes' });
  });
});
