// `real-streaming load` end to end: events posted over HTTP, published to Google's own emulator, and
// loaded from a subscription of it into BigQuery (a fake) or DuckDB; and what the server makes ready
// in BigQuery for a subscription that writes there by itself.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startFake } from '../fakes/fake.mjs';
import { noEmulator, startEmulator } from './emulator.mjs';
import { findProgram, spawnServer, startServer, until } from './harness.mjs';

process.env.FAKE_BIGQUERY_BIN ??= join(dirname(findProgram()), 'fake-bigquery');
const missing = existsSync(process.env.FAKE_BIGQUERY_BIN) ? noEmulator() : `no ${process.env.FAKE_BIGQUERY_BIN}`;
const ARRIVAL_MILLISECONDS = 60_000;

// Set by Pub/Sub, and by the clock of the server that took the event.
const METADATA = ['subscription_name', 'message_id', 'publish_time', 'attributes'];
const CLOCK = ['synced_at_utc_', 'synced_at_micros_', 'event_server_timestamp_offset'];

const now = Date.now() * 1000;
const events = [
  { event_name: 'page_view', event_id: 'e1', event_params: [
    { key: 'page_location', value: { string_value: 'https://example.com/?utm_source=news&utm_medium=email&gclid=g1' } },
    { key: 'page_title', value: { string_value: 'caf\u00e9 "\u{1f600}"\n\t\\' } },
    { key: 'scrolled', value: { int_value: 0 } }, { key: 'nothing' }] },
  { event_name: 'purchase', event_id: 'e2', user_id: 'user 1',
    privacy_info: { ad_storage: true, analytics_storage: true },
    user_properties: [{ key: 'tier', value: { string_value: 'gold' } }], app_info: { id: 'web', version: '1.0' },
    ecommerce: { transaction_id: 'T1', value: 99.99, currency: 'USD', tax: 0 },
    items: [{ item_id: 'A', price: 0.1, quantity: 3 },
      { item_id: 'B', price: 1e-7, item_params: [{ key: 'k', value: { double_value: 2.5 } }] }] },
  { event_name: 'numbers', event_id: 'e3', event_params: [
    { key: 'most', value: { int_value: '9223372036854775807' } },
    { key: 'least', value: { int_value: '-9223372036854775808' } },
    { key: 'tiny', value: { double_value: 5e-324 } }, { key: 'large', value: { double_value: 1.7976931348623157e308 } },
    { key: 'empty', value: { string_value: '' } }] },
].map((event) => ({ ...event, timestamp_micros: now }));

// Each as its text, so that no digit is lost, without these columns; by event_id.
function without(text, columns) {
  const exact = text.replace(/:(-?\d{16,})(?=[,}\]])/g, ':"$1"');
  return new Map(JSON.parse(exact).map((row) => {
    for (const column of columns) delete row[column];
    return [row.event_id, row];
  }));
}

const headers = { Cookie: '__uid__=visitor-1', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept-Language': 'de-CH,de;q=0.9', 'X-Client-Geo-Country': 'CH' };

async function post(server) {
  for (const event of events) {
    const answer = await server.post(event, { path: '/api/v1/streaming/42', headers });
    assert.equal(answer.status, 200, answer.text);
  }
}

describe('A subscription', { timeout: 170_000, skip: missing }, () => {
  let emulator, fake;
  const emulators = () => ({ PUBSUB_EMULATOR_HOST: `127.0.0.1:${emulator.port}`, ...fake.environment });
  const table = (name) => ({ WRITERS__PROJECT_ID: 'p-demo', WRITERS__BQ__DATASET_ID: 'd', WRITERS__BQ__TABLE_ID: name });
  const publishing = (topic) => ({ WRITERS__STRATEGY: 'pubsub', WRITERS__PROJECT_ID: 'p-demo', ENVIRONMENT: 'test', RUN__TRUSTED_PROXIES: 'loopback',
    WRITERS__PUBSUB__TOPIC_ID: topic, WRITERS__PUBSUB__FLUSH_INTERVAL: 0.02 });
  const loading = (name, more) => spawnServer({ WRITERS__PUBSUB__SUBSCRIPTION_ID: `${name}-load`, ENVIRONMENT: 'test', RUN__TRUSTED_PROXIES: 'loopback',
    WRITERS__PROJECT_ID: 'p-demo', WRITERS__PUBSUB__ACK_DEADLINE: 10, ...more }, emulators(), ['load']);
  // A topic, and the subscription that `load` shall read.
  const subscribe = async (name) => {
    const [topic] = await emulator.client('p-demo').createTopic(name);
    await topic.createSubscription(`${name}-load`);
    return topic;
  };

  before(async () => {
    emulator = await startEmulator();
    fake = await startFake('--dataset', 'p-demo.d');
  });
  after(async () => {
    await emulator?.stop();
    await fake?.stop();
  });

  test('loads the rows that direct streaming writes, and says where they come from', async () => {
    const direct = await startServer({ WRITERS__STRATEGY: 'direct', ...table('direct') }, emulators());
    await post(direct);
    await direct.stop();

    await subscribe('same');
    const load = await loading('same', { WRITERS__STRATEGY: 'direct', ...table('loaded') });
    const server = await startServer(publishing('same'), emulators());
    await post(server);
    await server.stop();
    const loaded = async () => {
      try {
        return await fake.rowsText('p-demo', 'd', 'loaded');
      } catch {
        return '[]';  // The table is not there yet.
      }
    };
    const text = await until(async () => {
      const rows = await loaded();
      return JSON.parse(rows).length >= events.length && rows;
    }, 'all rows are loaded', ARRIVAL_MILLISECONDS);
    await load.stop();

    const expected = without(await fake.rowsText('p-demo', 'd', 'direct'), [...METADATA, ...CLOCK]);
    assert.equal(expected.size, events.length);
    assert.deepEqual(without(text, [...METADATA, ...CLOCK]), expected);
    for (const row of JSON.parse(text)) {
      assert.equal(row.subscription_name, 'projects/p-demo/subscriptions/same-load');
      assert.match(row.message_id, /^\d+$/);
      assert.ok(Math.abs(Date.parse(row.publish_time) - Date.now()) < 600_000, row.publish_time);
      assert.deepEqual(row.attributes, { event_id: row.event_id, event_name: row.event_name, stream_id: '42' });
      assert.ok(row.synced_at_micros_ > now && row.synced_at_utc_);
    }
  });

  test('is loaded into DuckDB, which can be asked meanwhile; a message that is no row is kept', async () => {
    const topic = await subscribe('local');
    await topic.publishMessage({ data: Buffer.from('{"event_name":"a","user":7}'), attributes: { event_id: 'x' } });
    await topic.publishMessage({ data: Buffer.from('{"event_name":"a","event_id":"y"}') });
    const load = await loading('local', { WRITERS__STRATEGY: 'local', WRITERS__LOCAL__FLUSH_INTERVAL: 0.02 });
    await until(async () => {
      const { code, stdout } = await load.command('query', 'SELECT event_id, message_id FROM events', '--format', 'json');
      return code === 0 && JSON.parse(stdout).length === 1;
    }, 'the row is stored', ARRIVAL_MILLISECONDS);
    const letters = await until(async () => {
      const { stdout } = await load.command('dead-letters', 'list', '--format', 'json');
      return stdout.trim() && JSON.parse(stdout);
    }, 'the other message is kept');
    assert.equal(letters.reason, 'the message is no row: user is no column');
    assert.equal(Buffer.from(letters.message.data, 'base64').toString(), '{"event_name":"a","user":7}');
    assert.deepEqual(letters.message.attributes, { event_id: 'x' });
    // It has no row to be written again.
    const replayed = await load.command('dead-letters', 'replay');
    assert.equal(replayed.stdout, '0 delivered, 1 rejected again\n');
    await load.stop();
    assert.match(load.output, /2 messages received, 1 rows stored, 1 dead letters, 2 messages acknowledged/);
  });

  test('that is missing ends the command with what to do', async () => {
    const load = await loading('absent', { WRITERS__STRATEGY: 'discard' });
    const { code } = await load.exited;
    load.removeData();
    assert.equal(code, 1, load.output);
    assert.match(load.output, /gcloud pubsub subscriptions create absent-load --project=p-demo/);
  });

  test('of BigQuery\u2019s own finds its table, made when the server starts', async () => {
    await emulator.client('p-demo').createTopic('tabled');
    const server = await startServer({ ...publishing('tabled'), ...table('made') }, emulators());
    await server.stop();
    const made = JSON.parse(await fake.get('/bigquery/v2/projects/p-demo/datasets/d/tables/made'));
    assert.deepEqual(made.timePartitioning, { type: 'DAY', field: 'date' });
    assert.deepEqual(made.clustering, { fields: ['user_pseudo_id', 'event_name'] });
    const names = made.schema.fields.map(({ name }) => name);
    for (const name of METADATA) assert.ok(names.includes(name), name);
  });

  test('of BigQuery\u2019s own would not fit a table with other types: the server does not start', async () => {
    await emulator.client('p-demo').createTopic('wrong');
    await fake.post('/bigquery/v2/projects/p-demo/datasets/d/tables', {
      tableReference: { projectId: 'p-demo', datasetId: 'd', tableId: 'wrong' },
      schema: { fields: [{ name: 'event_name', type: 'INTEGER', mode: 'NULLABLE' }] } });
    const server = await spawnServer({ ...publishing('wrong'), ...table('wrong') }, emulators());
    const { code } = await server.exited;
    server.removeData();
    assert.equal(code, 1, server.output);
    assert.match(server.output, /event_name.*INTEGER.*STRING|event_name.*STRING.*INTEGER/);
  });
});
