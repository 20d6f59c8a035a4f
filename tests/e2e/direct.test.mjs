// Direct streaming end to end: the program, strategy direct, against the program fake-bigquery. Events in over
// HTTP, rows back out of the table; what a person meets first when something is not set up.

import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFake } from '../fakes/fake.mjs';
import { emptyFolder, findProgram, spawnServer, startServer, until } from './harness.mjs';

process.env.FAKE_BIGQUERY_BIN ??= join(dirname(findProgram()), 'fake-bigquery');
const missing = existsSync(process.env.FAKE_BIGQUERY_BIN) ? false : `no ${process.env.FAKE_BIGQUERY_BIN}`;

const settings = (more = {}) => ({
  WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-demo', WRITERS__BQ__DATASET_ID: 'd',
  WRITERS__BQ__TABLE_ID: 'events', WRITERS__ACK: 'delivered', WRITERS__BQ__FLUSH_INTERVAL: 0.02, ...more });

describe('direct streaming', { skip: missing, timeout: 150_000 }, () => {
  let fake;
  before(async () => { fake = await startFake('--dataset', 'p-demo.d'); });
  after(() => fake?.stop());

  for (const delivery of ['at_least_once', 'exactly_once']) {
    test(`stores every event in a table of its making, ${delivery}`, async () => {
      const table = `events_${delivery}`;
      const server = await startServer(
        settings({ WRITERS__BQ__TABLE_ID: table, WRITERS__BQ__DELIVERY: delivery }), fake.environment);
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => server.post({
        event_name: 'purchase', event_id: `id-${i}`, ecommerce: { value: 99.99, currency: 'EUR' },
        event_params: [{ key: 'page_location', value: { string_value: 'https://example.com/?utm_source=mail' } }] })));
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
      const rows = await fake.rows('p-demo', 'd', table);
      assert.equal(rows.length, 200);
      assert.equal(new Set(rows.map((row) => row.event_id)).size, 200);
      assert.equal(rows[0].ecommerce.value, 99.99);
      assert.equal(rows[0].collected_traffic_source.manual_source, 'mail');
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
      const metrics = await server.metrics();
      assert.equal(metrics.get('sink_connections{sink="bigquery"}'), 1);
      assert.ok(metrics.get('sink_requests_total{sink="bigquery"}') > 0);
      assert.equal((await server.accounting()).delivered, 200);
      await server.stop();
    });
  }

  test('keeps its promise through faults, and is not ready meanwhile', async () => {
    const server = await startServer(settings({ WRITERS__BQ__TABLE_ID: 'faulty' }), fake.environment);
    await fake.fault({ fault: 'unavailable', apply: true, probability: 0.3, times: 6 });
    const first = await Promise.all(Array.from({ length: 100 }, (_, i) => server.post({ event_name: 'e', event_id: `a${i}` })));
    assert.ok(first.every((answer) => answer.status === 200));
    await fake.clearFaults();
    await fake.fault({ fault: 'unavailable', times: 0 });
    const waiting = server.post({ event_name: 'e', event_id: 'b' });
    const notReady = await until(async () => {
      const answer = await fetch(`${server.url}/readyz`);
      return answer.status === 503 && answer.text();
    }, 'not ready');
    assert.match(notReady, /sink bigquery: BigQuery: UNAVAILABLE/);
    await fake.clearFaults();
    assert.equal((await waiting).status, 200);
    const ids = new Set((await fake.rows('p-demo', 'd', 'faulty')).map((row) => row.event_id));
    assert.equal(ids.size, 101);
    await server.stop();
  });

  test('finds a server that is stopped by its silence, and delivers when it goes on', async () => {
    const own = await startFake('--dataset', 'p-demo.d');
    const server = await startServer(
      settings({ WRITERS__BQ__KEEPALIVE: 1, WRITERS__BQ__ANSWER_TIMEOUT: 2 }), own.environment);
    assert.equal((await server.post({ event_name: 'e', event_id: 'before' })).status, 200);
    await own.freeze();
    const waiting = server.post({ event_name: 'e', event_id: 'while' });
    // The ping or the missing answer is noticed first.
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 503, 'not ready', 15_000)
      .finally(() => own.thaw());
    assert.equal((await waiting).status, 200);
    assert.deepEqual([...new Set((await own.rows('p-demo', 'd', 'events')).map((row) => row.event_id))].sort(), ['before', 'while']);
    await server.stop();
    await own.stop();
  });

  test('starts while BigQuery is away, is not ready, and refuses nobody it can hold', async () => {
    const server = await startServer(settings({ WRITERS__ACK: 'received' }),
      { BIGQUERY_EMULATOR_HOST: '127.0.0.1:1', BIGQUERY_STORAGE_EMULATOR_HOST: '127.0.0.1:1' });
    assert.equal((await server.post({ event_name: 'e' })).status, 200);
    const ready = await fetch(`${server.url}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /127\.0\.0\.1:1 cannot be reached/);
    await server.stop();
  });

  async function notStarted(more, environment) {
    const server = await spawnServer(settings(more), environment);
    const { code } = await server.exited;
    server.removeData();
    assert.equal(code, 1, server.output);
    return server.output;
  }

  test('says what to do when the start cannot work', async () => {
    const folder = emptyFolder();
    const secret = join(folder, 'key.json');
    writeFileSync(secret, '{"type":"service_account"');
    const nowhere = { GCE_METADATA_HOST: '127.0.0.1:1' };
    const cases = [
      [{ WRITERS__BQ__DATASET_ID: 'nope' }, fake.environment, /bq --location=EU mk --dataset p-demo:nope/],
      [{}, nowhere, /no Google credentials were found: .*gcloud auth application-default login/],
      [{}, { ...nowhere, GOOGLE_APPLICATION_CREDENTIALS: '/absent/key.json' },
        /GOOGLE_APPLICATION_CREDENTIALS: \/absent\/key.json cannot be read: No such file/],
      [{}, { ...nowhere, GOOGLE_APPLICATION_CREDENTIALS: secret }, /key.json cannot be used as credentials: not JSON/],
    ];
    for (const [more, environment, says] of cases) assert.match(await notStarted(more, environment), says);
    await fake.fault({ fault: 'rest_denied', times: 0 });
    assert.match(await notStarted({}, fake.environment), /gcloud projects add-iam-policy-binding p-demo .*bigquery.dataEditor/);
    await fake.clearFaults();
    rmSync(folder, { recursive: true });
  });
});
