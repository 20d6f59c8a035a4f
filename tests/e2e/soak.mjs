// Hostile and honest load side by side for MINUTES (30), into the local store:
//
//   node tests/e2e/soak.mjs [MINUTES] [EVENTS_A_SECOND]
//
// Every 10 seconds: resident memory, what is held, and whether the accounting adds up. At the end every event that was
// acknowledged is in the store, and memory has not grown after the first fifth of the time. Exit 1 when one is not true.
// Bounded: loopback only, one connection for each kind of hostile sender, and it ends by itself.

import { createConnection } from 'node:net';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { startServer, until } from './harness.mjs';
import { connect, post } from './raw.mjs';

const minutes = Number(process.argv[2] ?? 30);
const rate = Number(process.argv[3] ?? 300);
const CLIENTS = 8;
const SAMPLE_MILLISECONDS = 10_000;
const MEMORY_GROWTH = 1.10;

const brotli = (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
const coded = (bytes, coding) => post(bytes, { headers: { 'Content-Encoding': coding } });
const list = (count, text) => `[${Array(count).fill(text).join()}]`;
const page = (fill) => JSON.stringify({ event_name: 'hostile', event_params: [{ key: 'k', value: { string_value: fill } }] });

// Each is sent again and again over connections of its own, whatever comes back.
const hostile = {
  'brotli that unfolds': coded(brotli(page('x'.repeat(900_000))), 'br'),
  'gzip beyond the limit': coded(gzipSync('x'.repeat(8_000_000)), 'gzip'),
  'ten thousand items': post(`{"event_name":"hostile","items":${list(10_000, '{}')}}`),
  'ten thousand keys': post(`{"event_name":"hostile",${Array.from({ length: 10_000 }, (_, n) => `"k${n}":1`).join()}}`),
  'many problems': post(`{"event_name":"hostile","event_params":${list(5_000, '{"value":1}')}}`),
  'equal keys': post(`{"event_name":"hostile","event_params":${list(5_000, '{"key":"a"}')}}`),
  'deep nesting': post('['.repeat(5_000)),
  'pipelined': post({ event_name: 'hostile' }).repeat(500),
  'a large cookie': post({ event_name: 'hostile' }, { headers: { Cookie: `a=${'x'.repeat(60_000)}` } }),
  'bad framing': 'POST /api/v1/streaming/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
  'long texts': post(page('y'.repeat(50_000))),
};

const running = { value: true };
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function attack(port, name, bytes) {
  let sent = 0;
  while (running.value) {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.write(bytes, 'latin1');
    await pause(400);
    socket.destroy();
    sent++;
  }
  return [name, sent];
}

// A head or a body that never ends, one byte at a time.
async function dribble(port, start) {
  while (running.value) {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(start);
    for (let i = 0; i < 20 && running.value; i++) {
      await pause(500);
      socket.write('x');
    }
    socket.destroy();
  }
}

const acknowledged = new Set();
let refused = 0, next = 0;
const latencies = [];

async function honest(port) {
  let connection = await connect(port);
  while (running.value) {
    const id = `soak-${next++}`;
    const start = performance.now();
    try {
      connection.send(post({ event_name: 'page_view', event_id: id, client_id: '1.2', items: [{ item_id: 'a', price: 9.99 }],
        event_params: [{ key: 'page_location', value: { string_value: `https://example.com/${id}?utm_source=soak` } }] }));
      const answer = await connection.answer();
      latencies.push(performance.now() - start);
      if (answer.status === 200) acknowledged.add(id);
      else refused++;
    } catch {
      connection = await connect(port);
    }
    await pause(Math.max(0, (1000 * CLIENTS) / rate - (performance.now() - start)));
  }
}

const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

const server = await startServer({ WRITERS__ACK: 'spooled', WRITERS__STRATEGY: 'local', ENVIRONMENT: 'test' });
const end = Date.now() + minutes * 60_000;
const senders = [
  ...Object.entries(hostile).map(([name, bytes]) => attack(server.port, name, bytes)),
  dribble(server.port, 'POST /api/v1/streaming/1 HTTP/1.1\r\nHost: a\r\nX: '),
  dribble(server.port, 'POST /api/v1/streaming/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n{'),
  ...Array.from({ length: CLIENTS }, () => honest(server.port)),
];
const memory = [];
let wrong = 0;
while (Date.now() < end) {
  await pause(Math.min(SAMPLE_MILLISECONDS, Math.max(0, end - Date.now())));
  const accounting = await server.accounting();
  memory.push(server.memory());
  if (!accounting.addsUp) {
    wrong++;
    console.error('the accounting does not add up:', JSON.stringify(accounting));
  }
  console.error(`${Math.round((end - Date.now()) / 1000)} s left: ${megabytes(memory.at(-1))} MB, ${acknowledged.size} ` +
    `acknowledged, ${accounting.received} received, ${accounting.held} held, ${accounting.deadLettered} dead-lettered, ` +
    `p99 ${percentile(latencies.splice(0), 0.99).toFixed(1)} ms`);
}
running.value = false;
await Promise.all(senders);
await until(async () => (await server.accounting()).held === 0, 'nothing is held', 120_000);
const stored = new Set((await server.query("SELECT DISTINCT event_id FROM events WHERE event_id LIKE 'soak-%'"))
  .map(({ event_id }) => event_id));
const lost = [...acknowledged].filter((id) => !stored.has(id));
const settled = memory.slice(Math.floor(memory.length / 5));
const growth = Math.max(...settled.slice(-3)) / Math.max(...settled.slice(0, 3));
await server.stop();
console.log(`${acknowledged.size} acknowledged, ${refused} refused, ${lost.length} lost; accounting wrong ${wrong} times; ` +
  `memory ${megabytes(settled[0])} MB to ${megabytes(memory.at(-1))} MB, growth ${growth.toFixed(2)} (limit ${MEMORY_GROWTH})`);
process.exit(lost.length > 0 || wrong > 0 || growth > MEMORY_GROWTH ? 1 : 0);
