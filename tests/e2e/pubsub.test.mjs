// Events posted over HTTP, published to Google's own Pub/Sub emulator, and received by Google's
// client. REAL_STREAMING_PUBSUB_EVENTS and REAL_STREAMING_PUBSUB_OUTAGE (seconds) make it long.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { noEmulator, openDoor, startEmulator } from './emulator.mjs';
import { findProgram, freePort, spawnServer, startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';
import { problemOf } from './subscription_json.mjs';

const EVENTS = Number(process.env.REAL_STREAMING_PUBSUB_EVENTS ?? 4_000);
const OUTAGE_SECONDS = Number(process.env.REAL_STREAMING_PUBSUB_OUTAGE ?? 3);
const MEGABYTE = 1024 * 1024;
const ARRIVAL_MILLISECONDS = 120_000;

const settings = (topic, more = {}) => ({ WRITERS__STRATEGY: 'pubsub', WRITERS__PROJECT_ID: 'demo',
  WRITERS__PUBSUB__TOPIC_ID: topic, WRITERS__PUBSUB__FLUSH_INTERVAL: 0.05, WRITERS__ACK: 'delivered',
  ENVIRONMENT: 'test', ...more });
const publishesTo = (port) => ({ PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}` });

// Messages by event_id, each checked.
class Received {
  constructor(fields) {
    Object.assign(this, { fields, rows: new Map(), inOrder: [], doubled: 0, problems: [] });
  }

  take(message) {
    const row = JSON.parse(message.data.toString());
    const problem = problemOf(row, this.fields);
    if (problem) this.problems.push(problem);
    const { event_id: id, event_name: name, stream_id: stream } = message.attributes;
    if (id !== row.event_id || name !== row.event_name || stream !== row.stream_id ||
        Object.keys(message.attributes).length !== 3) {
      this.problems.push(`attributes ${JSON.stringify(message.attributes)} of row ${message.data}`);
    }
    if (this.rows.has(id)) this.doubled++;
    this.rows.set(id, row);
    this.inOrder.push(id);
  }

  hasAll(ids) {
    for (const id of ids) if (!this.rows.has(id)) return false;
    return true;
  }
}

describe('Pub/Sub', { timeout: 600_000, skip: noEmulator() }, () => {
  let emulator, fields;
  before(async () => {
    emulator = await startEmulator();
    fields = JSON.parse(execFileSync(findProgram(), ['print-schema', '--format', 'bigquery']));
  });
  after(() => emulator?.stop());

  test(`${EVENTS} events are received, each in a message that a BigQuery subscription takes`, async (context) => {
    const received = new Received(fields);
    await emulator.subscribe('demo', 'all', (message) => received.take(message));
    const server = await startServer(settings('all'), publishesTo(emulator.port));
    try {
      const start = Date.now();
      const load = startLoad(server.port, { clients: 32, events: EVENTS, depth: 32 });
      await load.finished;
      const sent = Date.now() - start;
      assert.equal(load.taken.size, EVENTS);
      await until(() => received.hasAll(load.taken), 'all are received', ARRIVAL_MILLISECONDS);
      assert.deepEqual(received.problems, []);
      assert.equal(received.rows.size, EVENTS);
      const accounting = await server.accounting();
      assert.ok(accounting.addsUp);
      assert.equal(accounting.delivered, EVENTS);
      context.diagnostic(`${EVENTS} events in ${sent} ms, received after ${Date.now() - start} ms, ` +
        `${received.doubled} twice`);
    } finally {
      await server.stop();
    }
  });

  test('what an event holds is in the message, exactly', async () => {
    const received = new Received(fields);
    await emulator.subscribe('demo', 'exact', (message) => received.take(message));
    const server = await startServer(settings('exact'), publishesTo(emulator.port));
    try {
      const answer = await server.post({ event_name: 'purchase', event_id: 'p1', timestamp_micros: Date.now() * 1000,
        event_params: [{ key: 'safe', value: { int_value: 9007199254740991 } },
          { key: 'text', value: { string_value: 'a "quoted" \u20ac\n' } }, { key: 'nothing' }],
        ecommerce: { transaction_id: 'T1', value: 99.99, currency: 'USD' },
        items: [{ item_id: 'SKU', price: 19.99, quantity: 2 }] }, { path: '/api/v1/streaming/42' });
      assert.equal(answer.status, 200, answer.text);
      const big = await server.post('{"event_name":"big","event_id":"p2","event_params":' +
        '[{"key":"big","value":{"int_value":9007199254740993}}]}');
      assert.equal(big.status, 200, big.text);
      await until(() => received.hasAll(['p1', 'p2']), 'both are received');
      assert.deepEqual(received.problems, []);
      const row = received.rows.get('p1');
      assert.equal(row.stream_id, '42');
      assert.equal(row.ecommerce.value, 99.99);
      assert.deepEqual(row.items, [{ item_id: 'SKU', price: 19.99, quantity: 2, item_revenue: 39.98 }]);
      const valueOf = (of, key) => of.event_params.find((each) => each.key === key).value;
      assert.equal(valueOf(row, 'safe').int_value, 9007199254740991);
      assert.equal(valueOf(row, 'text').string_value, 'a "quoted" \u20ac\n');
      assert.equal(row.date, new Date(row.event_timestamp / 1000).toISOString().slice(0, 10));
      assert.equal(valueOf(received.rows.get('p2'), 'big').int_value, '9007199254740993');
    } finally {
      await server.stop();
    }
  });

  test('the events of a user arrive in their order', async () => {
    const received = new Received(fields);
    await emulator.subscribe('demo', 'ordered', (message) => received.take(message), { enableMessageOrdering: true });
    const server = await startServer(settings('ordered', { WRITERS__ACK: 'received', WRITERS__PUBSUB__ORDERING: 'user' }),
      publishesTo(emulator.port));
    try {
      const sent = [];
      for (let i = 0; i < 300; i++) {
        const id = `${i % 3}-${i}`;
        const answer = await server.post({ event_name: 'step', event_id: id }, { headers: { Cookie: `__uid__=u${i % 3}` } });
        assert.equal(answer.status, 200, answer.text);
        sent.push(id);
      }
      await until(() => received.hasAll(sent), 'all are received', ARRIVAL_MILLISECONDS);
      for (const user of ['0-', '1-', '2-']) {
        const ofUser = (ids) => ids.filter((id) => id.startsWith(user));
        assert.deepEqual(ofUser(received.inOrder), ofUser(sent));
      }
    } finally {
      await server.stop();
    }
  });

  test(`nothing is lost when the service is away for ${OUTAGE_SECONDS} s`, async (context) => {
    const received = new Received(fields);
    const first = await startEmulator();
    const door = await openDoor(first.port);
    let second;
    await first.subscribe('demo', 'outage', (message) => received.take(message));
    // Requests wait as long as it takes: the answer 503 would end the connections of the load.
    const server = await startServer(settings('outage', { RUN__ACK_TIMEOUT: 3600 }), publishesTo(door.port));
    try {
      const load = startLoad(server.port, { clients: 32, events: EVENTS, depth: 8 });
      let running = true;
      const finished = load.finished.finally(() => { running = false; });
      await until(() => load.taken.size >= EVENTS / 3, 'a third is taken', ARRIVAL_MILLISECONDS);
      await door.shut();
      assert.ok(running, 'the load ended before the outage');
      // What the emulator has taken dies with it: first everything must have been received.
      // Answers that are on their way to a client of this busy process count as well.
      await until(async () => {
        const { size } = load.taken;
        await new Promise((done) => setTimeout(done, 500));
        return load.taken.size === size && received.hasAll(load.taken);
      }, 'all taken so far are received', ARRIVAL_MILLISECONDS);
      const before = { memory: server.memory(), taken: load.taken.size };
      await first.stop();
      await until(async () => (await fetch(`${server.url}/readyz`)).status === 503, 'it is not ready');
      await new Promise((done) => setTimeout(done, OUTAGE_SECONDS * 1000));
      assert.equal(load.taken.size, before.taken, 'a 200 came while nothing could be delivered');
      const grown = server.memory() - before.memory;
      assert.ok(grown < 16 * MEGABYTE, `${grown} bytes more`);

      second = await startEmulator();
      await second.subscribe('demo', 'outage', (message) => received.take(message));
      await door.open(second.port);
      const back = Date.now();
      await until(() => load.taken.size > before.taken, 'events are taken again', ARRIVAL_MILLISECONDS);
      const resumed = Date.now() - back;
      await finished;
      assert.equal(load.taken.size, EVENTS);
      await until(() => received.hasAll(load.taken), 'all are received', ARRIVAL_MILLISECONDS);
      assert.deepEqual(received.problems, []);
      const accounting = await server.accounting();
      assert.ok(accounting.addsUp);
      assert.equal(accounting.deadLettered, 0);
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
      context.diagnostic(`${EVENTS} events, ${received.doubled} twice, ${load.refusedTimes} answers 503; ` +
        `resumed after ${resumed} ms; ${(grown / MEGABYTE).toFixed(1)} MB more in the outage`);
    } finally {
      await server.stop();
      await door.shut();
      await second?.stop();
    }
  });

  test('a missing topic stops the start with the command that creates it', async () => {
    const server = await spawnServer(settings('missing'), publishesTo(emulator.port));
    const { code } = await server.exited;
    assert.equal(code, 1);
    assert.match(server.output, /gcloud pubsub topics create missing --project=demo/);
    server.removeData();
  });

  test('a missing topic is created when that is set', async () => {
    const server = await startServer(settings('made', { WRITERS__PUBSUB__CREATE_TOPIC: true }), publishesTo(emulator.port));
    const [exists] = await emulator.client('demo').topic('made').exists();
    assert.ok(exists);
    assert.equal((await server.post({ event_name: 'a' })).status, 200);
    await server.stop();
  });

  test('a service that is away at the start is waited for', async () => {
    const port = await freePort();
    const server = await startServer(settings('late', { WRITERS__ACK: 'received' }), publishesTo(port));
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
    assert.equal((await server.post({ event_name: 'a' })).status, 200);
    assert.equal((await server.accounting()).held, 1);
    await server.stop({ keepData: true });
    assert.match((await server.command('dead-letters', 'list')).stdout, /not delivered before the shutdown/);
    server.removeData();
  });
});
