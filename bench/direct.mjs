// Beside direct_bench: how long an event waits for its answer under `delivered`, and the same row written by Google's
// managed writer for Node. A fake BigQuery answers an append after 50 ms. One line of JSON:
//   ack_ms: {p50, p99} of SECONDS at 1,000 events a second   node: {cpu_us, per_second} a row, batches of 500
//
//   node bench/direct.mjs [SECONDS] [ROWS]

import http from 'node:http';

import { startServer } from '../tests/e2e/harness.mjs';
import { startFake } from '../tests/fakes/fake.mjs';
import { bigQuery, parseRows, tableWriter, writerInput } from '../tests/fakes/google_clients.mjs';

const [seconds = '10', rows = '50000'] = process.argv.slice(2);
const RATE = 1000, BATCH = 500;
const event = JSON.stringify({ event_name: 'purchase', user_id: 'u1', event_params: [
  { key: 'page_location', value: { string_value: 'https://shop.example.com/p/1?utm_source=news&utm_medium=email' } },
  { key: 'page_title', value: { string_value: 'Summer sale | Example Shop' } },
  { key: 'ga_session_id', value: { int_value: 1714000000 } }],
ecommerce: { transaction_id: 'T1', value: 99.99, currency: 'USD' },
items: [{ item_id: 'SKU_1', item_name: 'Blue linen shirt', price: 49.99, quantity: 2 }] });

const agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
function post(url) {
  return new Promise((done, failed) => {
    const start = process.hrtime.bigint();
    const request = http.request(url, { method: 'POST', agent, headers: { 'Content-Type': 'application/json' } }, (answer) => {
      answer.resume().once('end', () => (answer.statusCode === 200 ? done(Number(process.hrtime.bigint() - start) / 1e6)
                                                                   : failed(new Error(`${answer.statusCode}`))));
    });
    request.once('error', failed).end(event);
  });
}

// Events leave by the clock, whether or not earlier ones were answered.
async function latencies(url, count) {
  const waits = [], start = performance.now();
  while (waits.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * RATE));
    while (waits.length < due) waits.push(post(url));
    await new Promise((next) => setTimeout(next, 1));
  }
  return (await Promise.all(waits)).sort((a, b) => a - b);
}

const fake = await startFake('--dataset', 'p.d', '--ack-delay-ms', '50');
const server = await startServer({ WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p', WRITERS__BQ__DATASET_ID: 'd',
  WRITERS__BQ__TABLE_ID: 'events', RUN__THREADS: 1, BIGQUERY_EMULATOR_HOST: fake.rest.replace('http://', ''),
  BIGQUERY_STORAGE_EMULATOR_HOST: fake.grpc });
const url = `${server.url}/api/v1/streaming/1`;
await latencies(url, RATE);  // Connections open, code compiled.
const times = await latencies(url, RATE * Number(seconds));
const at = (share) => Number(times[Math.floor(share * (times.length - 1))].toFixed(2));

const client = bigQuery(fake);
const [{ schema }] = await client.dataset('d').table('events').getMetadata();
await client.dataset('d').createTable('peer', { schema });
const [row] = parseRows(await fake.get('/fake/tables/p/d/events/rows?count=1'));
const peer = await tableWriter(fake, 'projects/p/datasets/d/tables/peer');
const batch = Array.from({ length: BATCH }, () => writerInput(row, { type: 'RECORD', fields: schema.fields }));
const append = (count) => Promise.all(Array.from({ length: count / BATCH }, () => peer.append(batch)));
await append(BATCH * 4);
const before = process.cpuUsage(), start = performance.now();
await append(Number(rows));
const { user, system } = process.cpuUsage(before);
const node = { cpu_us: (user + system) / Number(rows), per_second: Math.round((Number(rows) * 1000) / (performance.now() - start)) };
console.log(JSON.stringify({ ack_ms: { p50: at(0.5), p99: at(0.99) }, node }));
peer.close();
agent.destroy();
await server.stop();
await fake.stop();
