// A disk that fails under the real program: every event is refused with 503 while it does, the server says why, and
// goes on without a restart. What was acknowledged before and after is in the table, what was refused is not.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { emptyFolder, freePort, startServer, until } from './harness.mjs';
import { faultsLibrary } from './ledger.mjs';
import { startLoad } from './load.mjs';
import { startFake } from '../fakes/fake.mjs';

const library = faultsLibrary();
const noLibrary = library ? false : 'no libdisk_faults.so';
const settings = { WRITERS__ACK: 'spooled', WRITERS__LOCAL__FLUSH_INTERVAL: 0.02, ENVIRONMENT: 'test' };

const ready = async (server) => {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

// Posts events one after the other: the ids by status.
async function post(server, prefix, count) {
  const ids = new Map();
  for (let i = 0; i < count; i++) {
    const answer = await server.post({ event_name: 'e', event_id: `${prefix}${i}` });
    ids.set(answer.status, [...(ids.get(answer.status) ?? []), `${prefix}${i}`]);
    if (answer.status === 503) {
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      assert.match(answer.json().detail, /\w/);
    }
  }
  return ids;
}

describe('A disk that fails', { skip: noLibrary, timeout: 120_000 }, () => {
  for (const { name, fault, says } of [
    { name: 'is full when a file is begun', fault: 'posix_fallocate:0:28', says: /No space left on device/ },
    { name: 'is full at a write', fault: 'pwrite:0:28', says: /No space left on device/ },
    { name: 'cannot sync', fault: 'fdatasync:0:5', says: /cannot sync .*Input\/output error/ },
    { name: 'became read-only', fault: 'any:0:30', says: /Read-only file system/ },
  ]) {
    test(`and ${name}: events are refused, and taken again when it is over`, async () => {
      const folder = emptyFolder();
      const faults = join(folder, 'faults');
      // Files of a megabyte, so that one is begun now and then.
      const server = await startServer({ ...settings, SPOOL__MAX_BYTES: 8 * 1024 * 1024 },
        { LD_PRELOAD: library, DISK_FAULTS_FILE: faults });
      const filler = 'x'.repeat(200_000);
      const taken = (await post(server, 'before', 20)).get(200);
      assert.equal(taken.length, 20);

      writeFileSync(faults, fault);
      const refused = [];
      await until(async () => {
        const id = `until${taken.length + refused.length}`;
        const answer = await server.post({ event_name: 'e', event_id: id,
          event_params: [{ key: 'filler', value: { string_value: filler } }] });
        (answer.status === 200 ? taken : refused).push(id);
        return answer.status === 503;
      }, 'refused');
      const while_ = await post(server, 'while', 20);
      assert.deepEqual([...while_.keys()], [503], 'none is acknowledged');
      refused.push(...while_.get(503));
      const { status, text } = await ready(server);
      assert.equal(status, 503);
      assert.match(text, says);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
      const metrics = await server.metrics();
      assert.equal(metrics.get('spool_refusing'), 1);
      assert.equal(metrics.get('spool_failures_total'), 1);
      const accounting = await server.accounting();
      assert.ok(accounting.addsUp);
      assert.ok(accounting.refused.disk_failed >= 21, JSON.stringify(accounting));
      assert.equal(server.output.split('Events are refused').length - 1, 1, 'it is said once');

      rmSync(faults);
      await until(async () => (await ready(server)).status === 200, 'ready again');
      const after = await post(server, 'after', 20);
      assert.deepEqual([...after.keys()], [200]);
      taken.push(...after.get(200));
      assert.equal((await server.metrics()).get('spool_refusing'), 0);
      await server.kill();

      const next = await startServer({ ...settings, WRITERS__DATA_DIR: server.dataDir });
      // Until the spool was looked through, nobody knows what is held.
      await until(async () => (await next.metrics()).get('spool_recovering') === 0, 'the spool was looked through');
      await until(async () => (await next.accounting()).held === 0, 'all are delivered');
      const stored = new Set((await next.query('SELECT event_id FROM events')).map((row) => row.event_id));
      assert.deepEqual(taken.filter((id) => !stored.has(id)), [], 'every acknowledged event is there');
      assert.deepEqual(refused.filter((id) => stored.has(id)), [], 'and none that was refused');
      await next.stop();
      rmSync(folder, { recursive: true });
    });
  }

  test('and is slow: nobody has an answer before its sync', async () => {
    const folder = emptyFolder();
    const faults = join(folder, 'faults');
    const server = await startServer(settings, { LD_PRELOAD: library, DISK_FAULTS_FILE: faults });
    assert.equal((await server.post({ event_name: 'e' })).status, 200);
    writeFileSync(faults, 'fdatasync:0:slow=400');
    const started = Date.now();
    assert.equal((await server.post({ event_name: 'e' })).status, 200);
    assert.ok(Date.now() - started >= 395, `${Date.now() - started} ms`);
    rmSync(faults);
    await server.stop();
    rmSync(folder, { recursive: true });
  });
});

test('What a kill left is looked through beside new events, and readyz says so', { skip: noLibrary, timeout: 60_000 }, async () => {
  const away = `127.0.0.1:${await freePort()}`;  // BigQuery, where nobody listens: rows stay.
  const first = await startServer({ ...settings, WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-disk',
    WRITERS__BQ__DATASET_ID: 'd', WRITERS__BQ__TABLE_ID: 'events' },
  { BIGQUERY_EMULATOR_HOST: away, BIGQUERY_STORAGE_EMULATOR_HOST: away });
  assert.equal((await post(first, 'left', 20)).get(200).length, 20);
  await first.kill();

  const next = await startServer({ ...settings, WRITERS__DATA_DIR: first.dataDir },
    { LD_PRELOAD: library, DISK_FAULTS: 'pread:0:slow=10' });
  const { status, text } = await ready(next);
  assert.equal(status, 503);
  assert.match(text, /looking through what was left, \d+ of \d+ MB/);
  assert.equal((await next.metrics()).get('spool_recovering'), 1);
  assert.equal((await post(next, 'new', 1)).get(200).length, 1, 'new events do not wait for it');
  await until(async () => (await ready(next)).status === 200, 'ready', 20_000);
  await until(async () => (await next.accounting()).held === 0, 'all are delivered', 20_000);
  const [{ n }] = await next.query('SELECT count(DISTINCT event_id)::INTEGER AS n FROM events');
  assert.equal(n, 21);
  await next.stop();
});

function mountSmallDisk(folder) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('A disk of 64 MB that fills up during an outage loses nothing that was acknowledged', { timeout: 120_000 }, async (context) => {
  const folder = emptyFolder();
  if (!mountSmallDisk(folder)) return context.skip('no right to mount a small disk');
  let fake;
  try {
    const [rest, grpc] = [await freePort(), await freePort()];
    const direct = { ...settings, WRITERS__DATA_DIR: folder, WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-disk',
      WRITERS__BQ__DATASET_ID: 'd', WRITERS__BQ__TABLE_ID: 'events', WRITERS__BQ__FLUSH_INTERVAL: 0.05 };
    const places = { BIGQUERY_EMULATOR_HOST: `127.0.0.1:${rest}`, BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${grpc}` };
    let server = await startServer(direct, places);
    const full = startLoad(server.port, { clients: 32, depth: 8, events: 2_000_000, prefix: 'full-', refusals: 500 });
    await full.finished;
    assert.ok(full.taken.size > 20_000, `${full.taken.size} events were taken before it was full`);
    const space = statfsSync(folder);
    assert.ok(space.bavail / space.blocks >= 0.03, `${space.bavail} of ${space.blocks} blocks are left`);
    assert.match((await ready(server)).text, /the last 5 % stay free/);
    assert.ok((await server.accounting()).refused.queue_full >= 500);
    await server.kill();

    // BigQuery comes back; a new process delivers what is there, and takes events again.
    fake = await startFake('--rest-port', rest, '--grpc-port', grpc, '--dataset', 'p-disk.d', '--keep', 'ids');
    server = await startServer(direct, places);
    await until(async () => (await ready(server)).status === 200, 'ready', 60_000);
    const later = startLoad(server.port, { clients: 8, events: 500, prefix: 'later-' });
    await later.finished;
    assert.equal(later.taken.size, 500);
    await until(async () => (await server.accounting()).held === 0, 'all are delivered', 60_000);
    const stored = new Set(JSON.parse(await fake.get('/fake/tables/p-disk/d/events/ids')));
    const lost = [...full.taken, ...later.taken].filter((id) => !stored.has(id));
    context.diagnostic(`${full.taken.size} taken before it was full, ${stored.size} stored, ${lost.length} lost`);
    assert.equal(lost.length, 0, `${lost.slice(0, 3)}`);
    await server.stop({ keepData: true });
  } finally {
    await fake?.stop();
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});
