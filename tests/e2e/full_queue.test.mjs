// A queue far too small for its clients: they are refused in time to come again, nothing is lost,
// and memory does not grow.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';
import { ask, get, post } from './raw.mjs';

const QUEUE = 50;
const MEGABYTE = 1024 * 1024;

describe('A full queue', { timeout: 60_000 }, () => {
  test('refuses with Retry-After, and every event that got a 200 is stored', async (context) => {
    const server = await startServer({ WRITERS__ACK: 'received', WRITERS__BQ__MAX_QUEUE_SIZE: QUEUE,
      WRITERS__LOCAL__FLUSH_INTERVAL: 0.2, ENVIRONMENT: 'test' });
    try {
      const load = startLoad(server.port, { clients: 32, events: 1_000_000, depth: 16, refusals: 50_000 });
      let running = true;
      const finished = load.finished.finally(() => { running = false; });
      while (running) {
        const { held, addsUp } = await server.accounting();
        assert.ok(addsUp);
        assert.ok(held <= QUEUE, `${held} are held`);
      }
      await finished;
      assert.ok(load.refusedTimes >= 50_000);
      assert.ok(load.taken.size > 0);

      const end = await until(async () => {
        const accounting = await server.accounting();
        return accounting.held === 0 && accounting;
      }, 'nothing is held');
      assert.equal(end.refused.queue_full, load.refusedTimes);
      assert.equal(end.delivered, load.taken.size);
      const stored = (await server.query('SELECT event_id FROM events')).map(({ event_id: id }) => id);
      assert.deepEqual(stored.sort(), [...load.taken].sort());
      context.diagnostic(`${load.taken.size} taken, ${load.refusedTimes} refused`);
    } finally {
      await server.stop();
    }
  });

  test('that nothing leaves takes no more memory, is not ready, and is stored in the end', async (context) => {
    // A batch that never fills is the same to clients as a destination that is away.
    const server = await startServer({ WRITERS__ACK: 'received', WRITERS__BQ__MAX_QUEUE_SIZE: 1_000_000,
      WRITERS__MAX_QUEUE_BYTES: MEGABYTE, WRITERS__LOCAL__MAX_BATCH_SIZE: 1_000_000,
      WRITERS__LOCAL__FLUSH_INTERVAL: 3600, ENVIRONMENT: 'test' });
    try {
      const fill = startLoad(server.port, { events: 1_000_000, depth: 16, prefix: 'fill-', refusals: 20_000 });
      await fill.finished;
      const memory = server.memory();
      const load = startLoad(server.port, { events: 1_000_000, depth: 16, refusals: 200_000 });
      await load.finished;
      const grown = server.memory() - memory;
      assert.ok(grown < 8 * MEGABYTE, `${grown} bytes more for ${load.refusedTimes} refusals`);

      const ready = await ask(server.port, get('/readyz'));
      assert.equal(ready.status, 503);
      assert.equal(ready.json().reasons.length, 1);
      const metrics = await server.metrics();
      assert.ok(metrics.get('held_bytes') <= MEGABYTE);
      const taken = [...fill.taken, ...load.taken];
      assert.equal(metrics.get('events_held'), taken.length);
      await server.stop({ keepData: true });
      const stored = (await server.query('SELECT event_id FROM events')).map(({ event_id: id }) => id);
      assert.deepEqual(stored.sort(), taken.sort());
      context.diagnostic(`${taken.length} taken, ${fill.refusedTimes + load.refusedTimes} refused; ` +
        `${(memory / MEGABYTE).toFixed(1)} MB, then ${(grown / MEGABYTE).toFixed(1)} MB more`);
    } finally {
      await server.kill();
      server.removeData();
    }
  });

  test('is told in each answer and is over as soon as there is room', async () => {
    const server = await startServer({ WRITERS__ACK: 'received', WRITERS__BQ__MAX_QUEUE_SIZE: 1,
      WRITERS__LOCAL__FLUSH_INTERVAL: 3600, WRITERS__LOCAL__MAX_BATCH_SIZE: 1, ENVIRONMENT: 'test' });
    try {
      // The row that fits is written at once, so one of many meets another on its way.
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) =>
        ask(server.port, post({ event_name: 'burst', event_id: `${i}` }))));
      const refused = answers.filter(({ status }) => status === 503);
      assert.ok(refused.length > 0);
      for (const { headers, json } of refused) {
        assert.match(headers['retry-after'], /^[1-9]\d*$/);
        assert.deepEqual(Object.keys(json()), ['detail']);
      }
      assert.equal(answers.length - refused.length, answers.filter(({ status }) => status === 200).length);
      await until(async () => (await server.accounting()).held === 0, 'nothing is held');
      const [{ n }] = await server.query('SELECT count(*)::INTEGER AS n FROM events');
      assert.equal(n, answers.length - refused.length);
      assert.equal((await server.post({ event_name: 'later' })).status, 200);
    } finally {
      await server.stop();
    }
  });
});
