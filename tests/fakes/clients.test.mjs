// The fake before its judges: Google's Node clients for REST and for the Storage Write API.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { CommittedStream, bigQuery, tableWriter } from './google_clients.mjs';
import { startFake } from './fake.mjs';

const fields = [
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED', description: 'the id' },
  { name: 'n', type: 'INT64' }, { name: 'f', type: 'FLOAT64' }, { name: 'b', type: 'BOOL' },
  { name: 'at', type: 'TIMESTAMP' }, { name: 'day', type: 'DATE' }, { name: 'j', type: 'JSON' },
  { name: 'amount', type: 'NUMERIC' }, { name: 'raw', type: 'BYTES' }, { name: 'local', type: 'DATETIME' },
  { name: 'items', type: 'RECORD', mode: 'REPEATED', fields: [
    { name: 'sku', type: 'STRING' }, { name: 'sizes', type: 'INT64', mode: 'REPEATED' }] }];
const day = new Date().toISOString().slice(0, 10);
const full = { event_id: 'a', n: '9007199254740993', f: 1.5, b: true, at: new Date('2026-01-15T10:30:45.123Z'),
  day: new Date(day), j: '{"a":[1,2]}', amount: '12.50', raw: Buffer.from('hi'), local: '2026-01-15T10:30:45',
  items: [{ sku: 's', sizes: ['1', '2'] }, {}] };
const stored = `{"event_id":"a","n":9007199254740993,"f":1.5,"b":true,"at":"2026-01-15T10:30:45.123000Z","day":"${day}",` +
  '"j":{"a":[1,2]},"amount":"12.50","raw":"aGk=","local":"2026-01-15T10:30:45","items":[{"sku":"s","sizes":[1,2]},{}]}';

describe('The Node clients', { timeout: 60_000 }, () => {
  let fake, client, count = 0;
  before(async () => {
    fake = await startFake('--dataset', 'p.d');
    client = bigQuery(fake);
  });
  after(() => fake?.stop());

  async function newTable(options = {}) {
    const name = `t${++count}`;
    const [table] = await client.dataset('d').createTable(name, { schema: { fields }, ...options });
    return { table, name, path: `projects/p/datasets/d/tables/${name}` };
  }

  test('make tables that keep their schema, partitions, clusters and descriptions', async () => {
    const { table } = await newTable({ timePartitioning: { type: 'DAY', field: 'day' },
      clustering: { fields: ['event_id'] }, description: 'raw events' });
    const [got] = await table.getMetadata();
    assert.equal(got.description, 'raw events');
    assert.deepEqual(got.timePartitioning, { type: 'DAY', field: 'day' });
    assert.deepEqual(got.clustering, { fields: ['event_id'] });
    assert.equal(got.schema.fields[0].description, 'the id');
    assert.deepEqual(got.schema.fields.map(({ type }) => type), ['STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'TIMESTAMP',
      'DATE', 'JSON', 'NUMERIC', 'BYTES', 'DATETIME', 'RECORD']);
    await assert.rejects(client.dataset('d').createTable(table.id, { schema: { fields } }), { code: 409 });
    await assert.rejects(client.dataset('none').createTable('t', {}), { code: 404, message: 'Not found: Dataset p:none' });
  });

  test('add a column, and are told of a lost race', async () => {
    const { table } = await newTable();
    const [{ etag, schema }] = await table.getMetadata();
    const wider = { schema: { fields: [...schema.fields, { name: 'page', type: 'STRING' }] } };
    await table.setMetadata({ ...wider, etag });
    assert.equal((await table.getMetadata())[0].schema.fields.at(-1).name, 'page');
    const answer = await fetch(`${fake.rest}/bigquery/v2/projects/p/datasets/d/tables/${table.id}`,
      { method: 'PATCH', headers: { 'If-Match': etag }, body: JSON.stringify(wider) });
    assert.equal(answer.status, 412);
    await assert.rejects(table.setMetadata({ schema: { fields } }), { code: 400, message: /Field page is missing/ });
  });

  test('list and delete', async () => {
    const { table, name } = await newTable();
    await client.createDataset('listed');
    assert.ok((await client.getDatasets())[0].some(({ id }) => id === 'listed'));
    assert.ok((await client.dataset('d').getTables())[0].some(({ id }) => id === name));
    await table.delete();
    assert.deepEqual(await client.dataset('d').table(name).exists(), [false]);
  });

  test('write rows that read back as they were, by both their ways', async () => {
    const { table, name, path } = await newTable();
    const writer = await tableWriter(fake, path);
    const result = await writer.append([full, { event_id: 'b' }]);
    writer.close();
    assert.deepEqual(result.rowErrors, []);
    assert.equal(await fake.rowsText('p', 'd', name), `[\n${stored},\n{"event_id":"b"}\n]\n`);
    const [rows] = await table.getRows({ wrapIntegers: true });
    assert.equal(rows.length, 2);
    assert.equal(rows[0].n.value, '9007199254740993');
    assert.equal(rows[0].at.value, '2026-01-15T10:30:45.123Z');
    assert.equal(rows[0].day.value, day);
    assert.equal(rows[0].items[0].sizes[1].value, '2');
    assert.equal(rows[1].f, null);
    assert.deepEqual(await client.query(`SELECT COUNT(*) AS n FROM d.${name}`).then(([answer]) => answer), [{ n: 2 }]);
    const [one] = await client.query(`select * from \`p.d.${name}\` limit 1`);
    assert.equal(one[0].event_id, 'a');
    await assert.rejects(client.query(`SELECT n FROM d.${name} GROUP BY 1`), { code: 400, message: /The fake understands/ });
  });

  test('are told which rows are bad, and none is stored', async () => {
    const { name, path } = await newTable({ timePartitioning: { type: 'DAY', field: 'day' } });
    const writer = await tableWriter(fake, path);
    const result = await writer.append([{ event_id: 'good' }, { event_id: 'json', j: '{' },
      { event_id: 'old', day: new Date('1999-01-01') }, { event_id: 'late', at: new Date('9999-12-31') }]);
    writer.close();
    assert.deepEqual(result.rowErrors.map(({ index }) => index), ['1', '2']);
    assert.match(result.error.message, /^Errors found while processing rows/);
    assert.deepEqual(await fake.rows('p', 'd', name), []);
  });

  test('write a committed stream by offsets, and finalize it', async () => {
    const { name, path } = await newTable();
    const writer = await tableWriter(fake, path, CommittedStream);
    assert.equal((await writer.append([{ event_id: 'a' }], 0)).appendResult.offset.value, '0');
    const again = await writer.append([{ event_id: 'a' }], 0).catch((error) => error);
    assert.match(JSON.stringify(again) + again.message, /The offset is within stream, expected offset 1, received 0/);
    await writer.append([{ event_id: 'b' }], 1);
    assert.equal((await writer.connection.finalize()).rowCount, '2');
    writer.close();
    assert.deepEqual((await fake.rows('p', 'd', name)).map(({ event_id: id }) => id), ['a', 'b']);
  });

  test('send what the fake notes of each request', async () => {
    const { path } = await newTable();
    const writer = await tableWriter(fake, path);
    await writer.append([{ event_id: 'a' }]);
    writer.close();
    const seen = (await fake.requests()).filter(({ stream }) => stream === `${path}/streams/_default`);
    assert.equal(seen.length, 1);
    assert.equal(seen[0].routing, `write_stream=${path}/streams/_default`);
    assert.match(seen[0].trace_id, /^nodejs-writer:/);
    assert.ok(seen[0].stored && seen[0].has_schema);
  });

  test('meet faults', async () => {
    const { path } = await newTable();
    await fake.fault({ fault: 'quota', match: path });
    const writer = await tableWriter(fake, path);
    const result = await writer.append([{ event_id: 'a' }]).catch((error) => error);
    assert.match(JSON.stringify(result) + result.message, /AppendRows throughput/);
    writer.close();
    await fake.fault({ fault: 'rest_rate', match: 'POST', times: 1 });
    await assert.rejects(client.createDataset('limited', { autoRetry: false }), { code: 403 });
    assert.equal((await fake.stats()).faults.quota, 1);
  });
});

test('Tokens are handed out, looked at and expire', async () => {
  const fake = await startFake('--dataset', 'p.d', '--require-token');
  const list = (token) => fetch(`${fake.rest}/bigquery/v2/projects/p/datasets`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await list('made up')).status, 401);
  const { access_token: token, expires_in: lifetime } = await fake.post('/token');
  assert.equal(lifetime, 3600);
  assert.equal((await list(token)).status, 200);
  await fake.post('/fake/expire_tokens');
  assert.equal((await list(token)).status, 401);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  for (const [issued, status] of [[now, 200], [now - 3700, 401], [now + 300, 401]]) {
    const claims = { iat: issued, exp: issued + 3600, aud: 'https://bigquery.googleapis.com/' };
    assert.equal((await list(`${part({ alg: 'RS256' })}.${part(claims)}.x`)).status, status);
  }
  await fake.stop();
});
