// A JSON array of events as the body: all of its events are stored, or none is.

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { emptyFolder, startServer, until } from './harness.mjs';
import { faultsLibrary } from './ledger.mjs';
import { startLoad } from './load.mjs';

const list = (prefix, count) =>
  Array.from({ length: count }, (_, i) => ({ event_name: 'e', event_id: `${prefix}.${i}` }));
const storedBy = async (server) => {
  await until(async () => (await server.accounting()).held === 0, 'all are delivered');
  return (await server.query('SELECT event_id FROM events')).map((row) => row.event_id).sort();
};

describe('A list of events', { timeout: 120_000 }, () => {
  for (const ack of ['received', 'spooled', 'delivered']) {
    test(`is stored as a whole or not at all, ${ack}`, async () => {
      const server = await startServer({ WRITERS__ACK: ack, RUN__MAX_EVENTS: 50, ENVIRONMENT: 'test',
        WRITERS__LOCAL__MAX_BATCH_SIZE: 20, WRITERS__LOCAL__FLUSH_INTERVAL: 0.05 });
      try {
        const taken = await server.post(list('taken', 50));
        assert.deepEqual([taken.status, taken.text], [200, '{"status":"ok"}']);
        assert.equal(taken.headers.getSetCookie().length, 1);

        const wrong = list('wrong', 30);
        wrong[17].event_params = [{ key: 'k', value: { int_value: [] } }];
        const refused = await server.post(wrong);
        assert.equal(refused.status, 422);
        assert.deepEqual(refused.json().detail[0].loc, ['body', 17, 'event_params', 0, 'value', 'int_value']);
        const many = await server.post(list('many', 51));
        assert.equal(many.status, 413);
        assert.match(many.json().detail, /RUN__MAX_EVENTS/);
        const none = await server.post('[]');
        assert.deepEqual([none.status, none.json().detail[0].type], [422, 'too_short']);

        assert.deepEqual(await storedBy(server), list('taken', 50).map(({ event_id: id }) => id).sort());
        const { received, refused: reasons, delivered, addsUp } = await server.accounting();
        assert.ok(addsUp);
        assert.deepEqual([received, delivered, reasons.invalid_event, reasons.too_large], [50 + 30 + 51 + 1, 50, 31, 51]);
      } finally {
        await server.stop();
      }
    });
  }

  for (const ack of ['received', 'spooled', 'delivered']) {
    test(`is refused as a whole when the queue is full, ${ack}`, async (context) => {
      const server = await startServer({ WRITERS__ACK: ack, WRITERS__BQ__MAX_QUEUE_SIZE: 50,
        WRITERS__LOCAL__FLUSH_INTERVAL: 0.05, ENVIRONMENT: 'test' });
      try {
        const load = startLoad(server.port, { clients: 32, depth: 4, events: 200_000, list: 20, refusals: 2_000 });
        await load.finished;
        assert.ok(load.taken.size > 0);
        assert.deepEqual(await storedBy(server), [...load.taken].sort());
        const { refused, addsUp } = await server.accounting();
        assert.ok(addsUp);
        assert.equal(refused.queue_full, load.refusedTimes * 20);
        context.diagnostic(`${load.taken.size} events taken, ${load.refusedTimes} requests refused`);
      } finally {
        await server.stop();
      }
    });
  }

  test('is refused as a whole by a disk that fails', { skip: !faultsLibrary() && 'no libdisk_faults.so' }, async () => {
    const folder = emptyFolder();
    const faults = join(folder, 'faults');
    const settings = { WRITERS__ACK: 'spooled', WRITERS__LOCAL__FLUSH_INTERVAL: 0.02, ENVIRONMENT: 'test' };
    const server = await startServer(settings, { LD_PRELOAD: faultsLibrary(), DISK_FAULTS_FILE: faults });
    const taken = list('before', 20);
    assert.equal((await server.post(taken)).status, 200);
    for (const fault of ['fdatasync:0:5', 'pwrite:0:28']) {
      writeFileSync(faults, fault);
      for (let i = 0; i < 3; i++) assert.equal((await server.post(list(`during${i}`, 20))).status, 503);
      rmSync(faults);
      await until(async () => (await server.metrics()).get('spool_refusing') === 0, 'it takes events again');
    }
    const { refused } = await server.accounting();
    assert.equal(refused.disk_failed, 2 * 3 * 20);
    await server.kill();
    const next = await startServer({ ...settings, WRITERS__DATA_DIR: server.dataDir });
    await until(async () => (await next.metrics()).get('spool_recovering') === 0, 'the spool was looked through');
    assert.deepEqual(await storedBy(next), taken.map(({ event_id: id }) => id).sort());
    await next.stop();
    rmSync(folder, { recursive: true });
  });
});
