// BigQuery is away while events keep coming and clients wait for `delivered`: they are refused with Retry-After once
// the queue is full, memory does not grow, and what is held leaves at least ten times as fast as it came.
//
//   OUTAGE_SECONDS=600 OUTAGE_RATE=5000 node --test tests/e2e/outage.test.mjs      the long one

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startFake } from '../fakes/fake.mjs';
import { startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';

const SECONDS = Number(process.env.OUTAGE_SECONDS ?? 5), RATE = Number(process.env.OUTAGE_RATE ?? 500);
// As many clients wait for an answer as the queue holds events, and as many again are refused and come back after a
// second: RATE events a second come and find no room.
const QUEUE = RATE, CLIENTS = 2 * RATE;
const EVENTS = 10 * CLIENTS;
const RETRY_MILLISECONDS = 60_000;  // The next attempt may be half a minute away.
const MEGABYTE = 1024 * 1024;

test('an outage of BigQuery under delivered', { timeout: (SECONDS + 300) * 1000 }, async (context) => {
  const fake = await startFake('--dataset', 'p.d');
  const server = await startServer({ WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p', WRITERS__BQ__DATASET_ID: 'd',
    WRITERS__BQ__TABLE_ID: 'events', WRITERS__BQ__MAX_QUEUE_SIZE: QUEUE, ENVIRONMENT: 'test',
    ...fake.environment });
  try {
    await fake.fault({ fault: 'unavailable', times: 0 });
    const load = startLoad(server.port, { clients: CLIENTS, events: EVENTS, depth: 1 });
    await until(() => load.refusedTimes >= CLIENTS - QUEUE, 'refused', 60_000);
    const { held } = await server.accounting();
    assert.equal(held, QUEUE);
    const memory = server.memory(), start = performance.now();
    let most = memory;
    while (performance.now() - start < SECONDS * 1000) {
      await new Promise((next) => setTimeout(next, 500));
      most = Math.max(most, server.memory());
    }
    const refused = load.refusedTimes;
    assert.ok(most - memory < 20 * MEGABYTE, `${most - memory} bytes more for ${refused} refusals`);
    assert.ok(refused > RATE * SECONDS / 4, `only ${refused} were refused`);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);

    await fake.clearFaults();
    const delivered = async () => (await server.accounting()).delivered;
    await until(async () => await delivered() > 0, 'it leaves', RETRY_MILLISECONDS);
    const recovered = performance.now();
    await until(async () => await delivered() >= QUEUE, 'the queue has left', RETRY_MILLISECONDS);
    const drained = QUEUE / ((performance.now() - recovered) / 1000);
    await load.finished;
    // Whose wait ran out is answered 503 and sent away with its connection; its row may still arrive.
    const expired = (await server.metrics()).get('http_answers_expired_total');
    assert.equal(load.taken.size + expired, EVENTS);
    const stored = new Set((await fake.rows('p', 'd', 'events')).map((row) => row.event_id));
    assert.deepEqual([...load.taken].filter((id) => !stored.has(id)), []);
    context.diagnostic(`${SECONDS} s away: ${refused} refused, ${(refused / SECONDS).toFixed(0)} a second; ` +
      `${(memory / MEGABYTE).toFixed(1)} MB, ${((most - memory) / MEGABYTE).toFixed(1)} MB more at most; ` +
      `${QUEUE} held left at ${drained.toFixed(0)} a second or faster; ${load.taken.size} taken, 0 lost, ${expired} waited too long`);
  } finally {
    await server.stop();
    await fake.stop();
  }
});
