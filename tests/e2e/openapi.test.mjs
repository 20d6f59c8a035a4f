// /openapi.json is valid OpenAPI 3.1, and the server does what it says.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { createConfig, lintFromString } from '@redocly/openapi-core';  // Comes with redoc.

import { startServer } from './harness.mjs';

describe('/openapi.json', () => {
  let server, text, document;

  before(async () => {
    server = await startServer();
    text = await (await fetch(`${server.url}/openapi.json`)).text();
    document = JSON.parse(text);
  });
  after(() => server?.stop());

  test('is valid OpenAPI 3.1, its examples included', async () => {
    assert.equal(document.openapi, '3.1.0');
    const rules = {
      'struct': 'error', 'no-unresolved-refs': 'error', 'path-parameters-defined': 'error',
      'path-declaration-must-exist': 'error', 'no-identical-paths': 'error',
      'operation-operationId-unique': 'error', 'operation-parameters-unique': 'error',
      'no-invalid-media-type-examples': 'error', 'no-invalid-schema-examples': 'error',
    };
    const check = async (source) => (await lintFromString({
      source, absoluteRef: '/openapi.json', config: await createConfig({ rules }),
    })).map(({ ruleId, message, location }) => `${ruleId} ${location[0].pointer}: ${message}`);

    assert.deepEqual(await check(text), []);
    assert.equal((await check(text.replace('"int_value": 1200', '"int_value": "x"'))).length > 0,
      true, 'the check itself finds nothing');
  });

  test('names what every GET answers', async () => {
    for (const [path, item] of Object.entries(document.paths)) {
      if (!item.get) continue;
      const response = await fetch(server.url + path);
      const said = item.get.responses[response.status];
      assert.ok(said, `${path} answers ${response.status}`);
      const type = response.headers.get('content-type')?.split(';')[0];  // None with 204.
      assert.deepEqual(Object.keys(said.content ?? {}), type ? [type] : [], path);
      for (const name of Object.keys(said.headers ?? {})) {
        assert.ok(response.headers.get(name), `${path} has no ${name}`);
      }
    }
  });

  test('has examples that are taken and stored', async () => {
    const { examples } = document.paths['/api/v1/streaming/{stream_id}'].post
      .requestBody.content['application/json'];
    for (const [name, { value }] of Object.entries(examples)) {
      const response = await server.post(value);
      assert.equal(response.status, 200, `${name}: ${response.text}`);
      assert.deepEqual(response.json(), { status: 'ok' });
      for (const { event_name: event } of [value].flat()) {
        const rows = await server.query(`SELECT count(*)::INTEGER AS n FROM events WHERE event_name = '${event}'`);
        assert.equal(rows[0].n, 1, `${name}: ${event}`);
      }
    }
  });
});
