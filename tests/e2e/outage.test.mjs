// BigQuery is away while events keep coming at a steady rate and clients wait for `delivered`: they are refused with
// Retry-After once the queue is full, memory does not grow, and what is held leaves much faster than it came.
//
//   OUTAGE_SECONDS=600 OUTAGE_RATE=5000 node --test tests/e2e/outage.test.mjs      the long one

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { startFake } from '../fakes/fake.mjs';
import { startServer, until } from './harness.mjs';

const SECONDS = Number(process.env.OUTAGE_SECONDS ?? 4), RATE = Number(process.env.OUTAGE_RATE ?? 1000);
const QUEUE = RATE;  // Full within a second, so that the whole outage but its start is spent full.
const RETRY = 60_000;  // Milliseconds that the next attempt may be away.
const MEGABYTE = 1024 * 1024;

const agent = new http.Agent({ keepAlive: true, maxSockets: 10_000 });
const tally = { taken: new Set(), refused: 0, untold: 0, sent: 0 };

// The status is in `tally`; a 503 must say when to come again.
function post(url, id) {
  return new Promise((done, failed) => {
    const request = http.request(url, { method: 'POST', agent }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 200) tally.taken.add(id);
        else if (answer.statusCode === 503 && answer.headers['retry-after']) ++tally.refused;
        else failed(new Error(`${answer.statusCode} without Retry-After`));
        done();
      });
    });
    request.once('error', failed).end(`{"event_name":"load","event_id":"${id}"}`);
  });
}

// By the clock, whatever becomes of earlier ones.
async function sendFor(url, seconds) {
  const waits = new Set(), start = performance.now();
  for (let sent = 0; sent < seconds * RATE;) {
    const due = Math.min(seconds * RATE, Math.floor((performance.now() - start) / 1000 * RATE));
    for (; sent < due; ++sent) {
      const wait = post(url, `e${++tally.sent}`).finally(() => waits.delete(wait));
      waits.add(wait);
    }
    await new Promise((next) => setTimeout(next, 2));
  }
  return Promise.all(waits);
}

test('an outage of BigQuery under delivered', { timeout: (SECONDS + 120) * 1000 }, async (context) => {
  const fake = await startFake('--dataset', 'p.d');
  const server = await startServer({ WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p', WRITERS__BQ__DATASET_ID: 'd',
    WRITERS__BQ__TABLE_ID: 'events', WRITERS__BQ__MAX_QUEUE_SIZE: QUEUE, ENVIRONMENT: 'test',
    BIGQUERY_EMULATOR_HOST: fake.rest.replace('http://', ''), BIGQUERY_STORAGE_EMULATOR_HOST: fake.grpc });
  try {
    const url = `${server.url}/api/v1/streaming/1`;
    await sendFor(url, 1);
    assert.equal(tally.taken.size, RATE);
    await fake.fault({ fault: 'unavailable', times: 0 });
    const filled = sendFor(url, SECONDS / 2);
    await until(() => tally.refused > 0, 'refused', (SECONDS + 60) * 1000);
    const { held } = await server.accounting();
    assert.ok(held <= QUEUE);
    const memory = server.memory();
    const rest = sendFor(url, SECONDS / 2);
    await until(() => tally.sent >= RATE * (SECONDS + 1), 'all are sent', (SECONDS + 60) * 1000);
    const grown = server.memory() - memory;
    assert.ok(grown < 20 * MEGABYTE, `${grown} bytes more for ${tally.refused} refusals`);

    await until(async () => (await server.accounting()).held === QUEUE, 'the queue is full');
    const answer = await fetch(`${server.url}/readyz`);
    assert.equal(answer.status, 503);
    await fetch(`${fake.rest}/fake/faults`, { method: 'DELETE' });
    await until(async () => (await server.accounting()).held < QUEUE, 'it leaves', RETRY);
    const start = performance.now();
    await until(async () => (await server.accounting()).held === 0, 'nothing is held', RETRY);
    const drained = QUEUE / ((performance.now() - start) / 1000);
    await Promise.all([filled, rest]);
    assert.equal(tally.taken.size + tally.refused, tally.sent);
    const stored = new Set((await fake.rows('p', 'd', 'events')).map((row) => row.event_id));
    assert.deepEqual([...tally.taken].filter((id) => !stored.has(id)), []);
    context.diagnostic(`${tally.sent} sent at ${RATE} a second, ${tally.taken.size} taken, 0 lost, ${tally.refused} refused; ` +
      `${(memory / MEGABYTE).toFixed(1)} MB, then ${(grown / MEGABYTE).toFixed(1)} MB more; drained at ${drained.toFixed(0)} a second or faster`);
  } finally {
    agent.destroy();
    await server.stop();
    await fake.stop();
  }
});
