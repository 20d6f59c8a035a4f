// The contract's section 3 over the wire: what is taken, what is refused, how it is told and counted.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import { startServer, until } from './harness.mjs';
import { ask, chunked, connect, get, head, post } from './raw.mjs';

const STREAMING = '/api/v1/streaming/1';
const BODY_MAX = 4096;
const EVENT = { event_name: 'page_view' };
const text = (object) => JSON.stringify(object);
const postHead = (headers) => head(`POST ${STREAMING} HTTP/1.1`, { Host: 'localhost', ...headers });
const inChunks = (body) => postHead({ 'Transfer-Encoding': 'chunked' }) + chunked(body, 1000);
const coded = (coding, body) => post(body, { headers: { 'Content-Encoding': coding } });
const withParams = (params) => ({ event_name: 'e', event_params: params });
const nested = (levels) => '{"event_name":"e","other":' + '['.repeat(levels) + ']'.repeat(levels) + '}';

describe('HTTP', { timeout: 60_000 }, () => {
  let server;
  before(async () => {
    server = await startServer({
      LIMITS__ITEMS: 4, LIMITS__PARAMS: 8, RUN__MAX_BODY_BYTES: BODY_MAX, RUN__BODY_TIMEOUT: 0.8, RUN__HEADER_TIMEOUT: 0.8,
      WRITERS__LOCAL__FLUSH_INTERVAL: 0.001 });
  });
  after(() => server?.stop());

  // What HTTP refused before there was an event, by 'HTTP ' and the reason.
  async function refusedRequests() {
    const found = {};
    for (const [name, value] of await server.metrics()) {
      const [, reason] = /^http_refused_requests_total\{reason="(\w+)"\}$/.exec(name) ?? [];
      if (reason) found[`HTTP ${reason}`] = value;
    }
    return found;
  }

  // Runs `act` and returns by how much each term of the accounting grew, and each count of requests
  // that HTTP refused, without those that did not.
  async function counted(act) {
    const terms = ({ received, refused, delivered }) => ({ received, delivered, ...refused });
    const start = { ...terms(await server.accounting()), ...await refusedRequests() };
    await act();
    const accounting = await server.accounting();
    assert.ok(accounting.addsUp, text(accounting));
    const end = { ...terms(accounting), ...await refusedRequests() };
    const grown = Object.entries(end).map(([name, value]) => [name, value - start[name]]);
    return Object.fromEntries(grown.filter(([, by]) => by !== 0));
  }

  describe('refuses, says why in the shape of FastAPI, and counts the reason', () => {
    // [what, request, status, reason in /metrics, detail of {"detail":"..."} or null for any]
    const plain = [
      ['Content-Length and Transfer-Encoding together', postHead({ 'Content-Length': 3, 'Transfer-Encoding': 'chunked' }) + chunked('{}'), 400, 'bad_request'],
      ['two different lengths', `POST ${STREAMING} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} `, 400, 'bad_request'],
      ['a length that is no number', postHead({ 'Content-Length': '2x' }) + '{}', 400, 'bad_request'],
      ['a header line without a colon', `POST ${STREAMING} HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n`, 400, 'bad_request'],
      ['a chunk size that is no number', postHead({ 'Transfer-Encoding': 'chunked' }) + 'zz\r\n{}\r\n0\r\n\r\n', 400, 'bad_request'],
      ['no Host', post(EVENT, { headers: { Host: null } }), 400, 'bad_request'],
      ['gzip that is none', coded('gzip', 'hello'), 400, 'bad_encoding'],
      ['br that is none', coded('br', 'hello'), 400, 'bad_encoding'],
      ['gzip that is cut off', coded('gzip', gzipSync(text(EVENT)).subarray(0, -9)), 400, 'bad_encoding'],
      ['a body that never comes whole', postHead({ 'Content-Length': 20 }) + '{"event', 408, 'timeout'],
      ['chunks that stop coming', postHead({ 'Transfer-Encoding': 'chunked' }) + '7\r\n{"event', 408, 'timeout'],
      ['a head that never comes whole', `POST ${STREAMING} HTTP/1.1\r\nHost: a`, 408, 'timeout'],
      ['a POST without a length', postHead({}), 411, 'length_required'],
      ['a body too large by its length', postHead({ 'Content-Length': BODY_MAX + 1 }), 413, 'body_too_large'],
      ['a body too large in chunks', inChunks(text({ event_name: 'x'.repeat(BODY_MAX) })), 413, 'body_too_large'],
      ['a gzip bomb', coded('gzip', gzipSync(Buffer.alloc(3_000_000, ' '))), 413, 'body_too_large'],
      ['a br bomb', coded('br', brotliCompressSync(Buffer.alloc(64_000_000, ' '))), 413, 'body_too_large'],
      ['an unknown Content-Encoding', coded('zstd', 'x'), 415, 'unsupported_encoding'],
      ['two Content-Encodings', coded('gzip, br', 'x'), 415, 'unsupported_encoding'],
      ['a head too large', post(EVENT, { headers: { 'X-Large': 'x'.repeat(70_000) } }), 431, 'headers_too_large'],
      ['an unknown Transfer-Encoding', postHead({ 'Transfer-Encoding': 'gzip, chunked' }), 501, 'not_implemented'],
      ['HTTP/2.0', post(EVENT, { version: 'HTTP/2.0' }), 505, 'version'],
    ];
    for (const [what, request, status, reason] of plain) {
      test(`${status}: ${what}`, async () => {
        const grown = await counted(async () => {
          const connection = await connect(server.port);
          const answer = await connection.send(request).answer();
          assert.equal(answer.status, status, answer.text);
          assert.equal(answer.headers['content-type'], 'application/json');
          assert.deepEqual(Object.keys(answer.json()), ['detail']);
          assert.equal(typeof answer.json().detail, 'string');
          // A request that has come whole may be followed by another.
          const isWhole = reason === 'bad_encoding' || what.endsWith('bomb');
          assert.equal(answer.headers.connection, isWhole ? undefined : 'close');
          if (status === 415) assert.equal(answer.headers['accept-encoding'], 'gzip, br');
          if (isWhole) assert.equal((await connection.send(get('/healthz')).answer()).status, 200);
          else assert.ok(await connection.ended(), 'something followed the answer');
          connection.close();
        });
        assert.deepEqual(grown, { [`HTTP ${reason}`]: 1 });
      });
    }

    // [body, type, loc]
    const invalid = [
      ['', 'missing', ['body']],
      ['{', 'json_invalid', ['body', 1]],
      ['event_name=x', 'json_invalid', ['body', 0]],
      [text(EVENT) + 'x', 'json_invalid', ['body', 26]],
      ['"text"', 'model_attributes_type', ['body']],
      ['[]', 'too_short', ['body']],
      ['["text"]', 'model_attributes_type', ['body', 0]],
      ['null', null, ['body']],
      ['{"event_name":"\xff"}', 'json_invalid', ['body', 15]],
      ['{"event_name":"e","a\\u0000":1}', 'json_invalid', ['body', 18]],
      [nested(33), 'json_invalid', null],
      ['{}', 'missing', ['body', 'event_name']],
      [{ event_name: null }, 'string_type', ['body', 'event_name']],
      [{ event_name: '' }, 'string_too_short', ['body', 'event_name']],
      [{ event_name: {} }, 'string_type', ['body', 'event_name']],
      [withParams({}), 'list_type', ['body', 'event_params']],
      [withParams([1]), 'model_attributes_type', ['body', 'event_params', 0]],
      [withParams([{ value: {} }]), 'missing', ['body', 'event_params', 0, 'key']],
      [withParams([{ key: 'a', value: 5 }]), 'model_attributes_type', ['body', 'event_params', 0, 'value']],
      [withParams([{ key: 'a', value: { string_value: {} } }]), 'string_type', ['body', 'event_params', 0, 'value', 'string_value']],
      [withParams([{ key: 'a' }, { key: 'b' }, { key: 'c', value: { int_value: [1] } }]), 'int_type', ['body', 'event_params', 2, 'value', 'int_value']],
      [withParams([{ key: 'a', value: { double_value: {} } }]), 'float_type', ['body', 'event_params', 0, 'value', 'double_value']],
      [withParams(Array(9).fill({ key: 'a' })), 'too_long', ['body', 'event_params']],
      [{ ...EVENT, items: Array(5).fill({}) }, 'too_long', ['body', 'items']],
      [Buffer.from('\ufeff{"event_name":"e"}', 'utf16le').toString('latin1'), 'json_invalid', ['body', 0]],
      [{ ...EVENT, items: 'x' }, 'list_type', ['body', 'items']],
      [{ ...EVENT, items: [1] }, 'model_attributes_type', ['body', 'items', 0]],
      [{ ...EVENT, items: [{ price: [] }] }, 'float_type', ['body', 'items', 0, 'price']],
      [{ ...EVENT, ecommerce: [] }, 'model_attributes_type', ['body', 'ecommerce']],
      [{ ...EVENT, privacy_info: { ad_storage: 'perhaps' } }, 'bool_parsing', ['body', 'privacy_info', 'ad_storage']],
      [{ ...EVENT, user_id: [] }, 'string_type', ['body', 'user_id']],
    ];
    for (const [body, type, loc] of invalid) {
      const bytes = Buffer.from(typeof body === 'string' ? body : text(body), 'latin1');
      test(`422: ${bytes.toString('latin1').slice(0, 70) || 'an empty body'}`, async () => {
        const grown = await counted(async () => {
          const answer = await ask(server.port, post(bytes));
          assert.equal(answer.status, 422, answer.text);
          const [problem] = answer.json().detail;
          assert.ok('msg' in problem && 'input' in problem, answer.text);
          if (type) assert.equal(problem.type, type);
          if (loc) assert.deepEqual(problem.loc, loc);
        });
        assert.deepEqual(grown, { received: 1, invalid_event: 1 });
      });
    }

    for (const [stream, type] of [['abc', 'int_parsing'], ['1.5', null], ['99999999999999999999', null], ['%31x', null]]) {
      test(`422: stream_id ${stream}`, async () => {
        const grown = await counted(async () => {
          const answer = await ask(server.port, post(EVENT, { path: `/api/v1/streaming/${stream}` }));
          assert.equal(answer.status, 422, answer.text);
          const [problem] = answer.json().detail;
          assert.deepEqual(problem.loc, ['path', 'stream_id']);
          if (type) assert.equal(problem.type, type);
        });
        assert.deepEqual(grown, { received: 1, invalid_event: 1 });
      });
    }

    test('404 and 405, which keep the connection', async () => {
      const connection = await connect(server.port);
      const cases = [
        [post(EVENT, { path: '/nowhere' }), 404, undefined, 'Not Found'],
        [get('/nowhere'), 404, undefined, 'Not Found'],
        [get(STREAMING, { method: 'DELETE' }), 405, 'POST, GET, HEAD', 'Method Not Allowed'],
        [post(EVENT, { path: '/healthz' }), 405, 'GET, HEAD', 'Method Not Allowed'],
      ];
      for (const [request, status, allow, detail] of cases) {
        const answer = await connection.send(request).answer();
        assert.equal(answer.status, status);
        assert.equal(answer.headers.allow, allow);
        assert.deepEqual(answer.json(), { detail });
      }
      connection.close();
    });
  });

  describe('takes', () => {
    const body = text(EVENT);
    const cases = [
      ['JSON', post(EVENT, { headers: { 'Content-Type': 'application/json' } })],
      ['text/plain, as browsers send', post(EVENT, { headers: { 'Content-Type': 'text/plain;charset=UTF-8' } })],
      ['a form type', post(EVENT, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })],
      ['no content type, as beacons send', post(EVENT)],
      ['gzip', coded('gzip', gzipSync(body))],
      ['br', coded('br', brotliCompressSync(body))],
      ['identity', coded('identity', body)],
      ['chunks', inChunks(body)],
      ['chunks of gzip', postHead({ 'Transfer-Encoding': 'chunked', 'Content-Encoding': 'gzip' }) +
        `${gzipSync(body).length.toString(16)}\r\n${gzipSync(body).toString('latin1')}\r\n0\r\n\r\n`],
      ['a query and a negative stream id', post(EVENT, { path: '/api/v1/streaming/-7?x=1' })],
      ['a body of the largest size', post(text({ event_name: 'x'.repeat(BODY_MAX - 17) }))],
      ['nesting of 32 levels', post(nested(31))],
      ['a path with a slash at its end', post(EVENT, { path: `${STREAMING}/` })],
      ['a Content-Type that is none', post(EVENT, { headers: { 'Content-Type': ';;charset=\xff="' } })],
      ['two Content-Types', post(EVENT, { headers: { 'Content-Type': 'text/plain\r\nContent-Type: image/png' } })],
      ['an empty Content-Type', post(EVENT, { headers: { 'Content-Type': '' } })],
      ['an absolute target', post(EVENT, { path: `http://localhost${STREAMING}` })],
      ['unknown keys', post({ ...EVENT, nonsense: { a: [1] } })],
    ];
    for (const [what, request] of cases) {
      test(what, async () => {
        const grown = await counted(async () => {
          const answer = await ask(server.port, request);
          assert.equal(answer.status, 200, answer.text);
          assert.equal(answer.text, '{"status":"ok"}');
          assert.equal(answer.headers['content-type'], 'application/json');
        });
        assert.deepEqual(grown, { received: 1, delivered: 1 });
      });
    }

    test('HTTP/1.0, closing unless told to keep alive', async () => {
      const once = await connect(server.port);
      const first = await once.send(post(EVENT, { version: 'HTTP/1.0', headers: { Host: null } })).answer();
      assert.equal(first.status, 200);
      assert.ok(await once.ended());
      const kept = await connect(server.port);
      for (let i = 0; i < 2; i++) {
        kept.send(post(EVENT, { version: 'HTTP/1.0', headers: { Connection: 'keep-alive' } }));
        const answer = await kept.answer();
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.connection, 'keep-alive');
      }
      kept.close();
    });

    test('Expect: 100-continue, asking for the body first', async () => {
      const connection = await connect(server.port);
      connection.send(postHead({ 'Content-Length': body.length, Expect: '100-continue' }));
      assert.equal((await connection.answer()).status, 100);
      assert.equal((await connection.send(body).answer()).status, 200);
      connection.send(postHead({ 'Content-Length': BODY_MAX + 1, Expect: '100-continue' }));
      assert.equal((await connection.answer()).status, 413);
      connection.close();
    });

    test('pipelined requests, answered in their order', async () => {
      const connection = await connect(server.port);
      const grown = await counted(async () => {
        connection.send(post(EVENT).repeat(20) + get('/healthz', { method: 'HEAD' }) + get('/nowhere') +
          post({}) + post(EVENT));
        for (let i = 0; i < 20; i++) assert.equal((await connection.answer()).status, 200);
        assert.equal((await connection.answer({ toHead: true })).status, 200);
        for (const status of [404, 422, 200]) assert.equal((await connection.answer()).status, status);
      });
      assert.deepEqual(grown, { received: 22, delivered: 21, invalid_event: 1 });
      connection.close();
    });

    test('requests that arrive byte by byte', async () => {
      const connection = await connect(server.port);
      for (const byte of post(EVENT)) {
        connection.send(byte);
        await new Promise(setImmediate);
      }
      assert.equal((await connection.answer()).status, 200);
      connection.close();
    });

    test('Connection: close', async () => {
      const connection = await connect(server.port);
      const answer = await connection.send(post(EVENT, { headers: { Connection: 'close' } })).answer();
      assert.equal(answer.headers.connection, 'close');
      assert.ok(await connection.ended());
    });
  });

  test('GETs answer HEAD with the same head and no body', async () => {
    const paths = ['/', '/docs', '/redoc', '/openapi.json', '/healthz', '/readyz', '/api/v1/fetch/v6.js'];
    for (const path of paths) {
      const connection = await connect(server.port);
      const whole = await connection.send(get(path)).answer();
      const bare = await connection.send(get(path, { method: 'HEAD' })).answer({ toHead: true });
      for (const answer of [whole, bare]) delete answer.headers.date;
      assert.equal(whole.status, 200, path);
      assert.equal(bare.status, 200, path);
      assert.deepEqual(bare.headers, whole.headers, path);
      // An answer to the next request shows that no byte of a body came.
      assert.equal((await connection.send(get('/healthz')).answer()).text, '{"status":"ok"}');
      connection.close();
    }
    const connection = await connect(server.port);
    assert.equal((await connection.send(get('/metrics', { method: 'HEAD' })).answer({ toHead: true })).status, 200);
    connection.close();
  });

  test('/healthz and /readyz say ok', async () => {
    assert.deepEqual((await ask(server.port, get('/healthz'))).json(), { status: 'ok' });
    assert.deepEqual((await ask(server.port, get('/readyz'))).json(), { status: 'ok', reasons: [] });
  });

  test('the tracker is a script with an ETag that is not sent twice', async () => {
    const path = '/api/v1/fetch/v6.js';
    const { headers } = await ask(server.port, get(path));
    assert.match(headers['content-type'], /^application\/javascript/);
    assert.match(headers['cache-control'], /max-age=\d+/);
    const again = await ask(server.port, get(path, { headers: { 'If-None-Match': headers.etag } }));
    assert.equal(again.status, 304);
    assert.equal(again.headers.etag, headers.etag);
  });

  test('compresses answers of 100 bytes or more as the client likes best', async () => {
    const decode = { br: brotliDecompressSync, gzip: gunzipSync, undefined: (bytes) => bytes };
    const cases = [
      ['gzip, br', 'br'], ['br, gzip', 'br'], ['gzip, deflate, br, zstd', 'br'], ['gzip', 'gzip'],
      ['br;q=0.1, gzip', 'gzip'], ['br;q=0, gzip', 'gzip'], ['br;q=0, gzip;q=0', undefined],
      ['gzip;q=0, *', 'br'], ['*', 'br'], ['*;q=0', undefined], ['identity', undefined], ['', undefined],
      ['deflate', undefined], [null, undefined], ['GZIP', 'gzip'], ['gzip;q=0.001', 'gzip'],
    ];
    const path = '/openapi.json';
    const { text: plain } = await ask(server.port, get(path));
    for (const [accepted, coding] of cases) {
      const answer = await ask(server.port, get(path, { headers: { 'Accept-Encoding': accepted } }));
      assert.equal(answer.headers['content-encoding'], coding, accepted);
      assert.equal(answer.headers.vary, 'Accept-Encoding');
      assert.equal(decode[coding](answer.body).toString(), plain, accepted);
    }
    // Made anew for each request, not kept: an error and the metrics.
    const failure = await ask(server.port, post('7', { headers: { 'Accept-Encoding': 'br' } }));
    assert.equal(failure.headers['content-encoding'], 'br');
    assert.equal(JSON.parse(brotliDecompressSync(failure.body)).detail[0].type, 'model_attributes_type');
    const metrics = await ask(server.port, get('/metrics', { headers: { 'Accept-Encoding': 'gzip' } }));
    assert.match(gunzipSync(metrics.body).toString(), /^real_streaming_events_held 0$/m);
    for (const request of [get('/healthz', { headers: { 'Accept-Encoding': 'br' } }),
                           post(EVENT, { headers: { 'Accept-Encoding': 'br' } })]) {
      const short = await ask(server.port, request);
      assert.equal(short.headers['content-encoding'], undefined);
      assert.equal(short.headers.vary, undefined);
    }
  });

  test('/metrics is Prometheus text, every family described once', async () => {
    const answer = await ask(server.port, get('/metrics'));
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.ok(answer.text.endsWith('\n'));
    const types = new Map();
    const seen = new Set();
    for (const line of answer.text.trimEnd().split('\n')) {
      if (line.startsWith('# HELP ')) continue;
      const [, family, type] = /^# TYPE (real_streaming_[a-z0-9_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
      if (family) {
        assert.ok(!types.has(family), line);
        types.set(family, type);
        continue;
      }
      const [, name, labels = '', value] = /^([a-z0-9_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (\S+)$/.exec(line) ?? [];
      assert.ok(name, line);
      assert.ok(Number.isFinite(Number(value)), line);
      assert.ok(!seen.has(name + labels), line);
      seen.add(name + labels);
      const owner = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
      assert.ok(owner, line);
      assert.equal(name.endsWith('_total'), owner === 'counter', line);
    }
    const { addsUp } = await server.accounting();
    assert.ok(addsUp);
    const metrics = await server.metrics();
    assert.equal(metrics.get('sink_ready{sink="local"}'), 1);
    assert.equal(metrics.get('batch_rows_sum'), metrics.get('events_delivered_total'));
    assert.ok(metrics.get('http_refused_requests_total{reason="unsupported_encoding"}') >= 2);
    assert.ok(metrics.get('event_unknown_keys_total') >= 1);
  });

  test('unfinished connections are let go', async () => {
    await until(async () => (await server.metrics()).get('http_connections') <= 2, 'only our connections are open');
  });
});
