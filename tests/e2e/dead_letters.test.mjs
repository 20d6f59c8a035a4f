// Dead letters while something fails: a replay that does not begin, a server that cannot write, a disk that takes none,
// a damaged line, a limit. None vanishes from sight, and everything else goes on.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { emptyFolder, startServer, until } from './harness.mjs';
import { faultsLibrary } from './ledger.mjs';
import { startFake } from '../fakes/fake.mjs';

const AWAY = { BIGQUERY_EMULATOR_HOST: '127.0.0.1:1', BIGQUERY_STORAGE_EMULATOR_HOST: '127.0.0.1:1' };
const DIRECT = { WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-dead', WRITERS__BQ__DATASET_ID: 'd',
  WRITERS__BQ__TABLE_ID: 'events', WRITERS__BQ__FLUSH_INTERVAL: 0.02, ENVIRONMENT: 'test' };
// Rows that any destination takes: one of nothing but an event name.
const letter = (name) => JSON.stringify({ time: '2026-01-02T03:04:05.000000Z', sink: 'bigquery', reason: `reason of ${name}`,
  attempts: 1, row: { event_name: name }, encoded: Buffer.from([0x1a, name.length, ...Buffer.from(name)]).toString('base64') });

function writeLetters(dataDir, ...lines) {
  const folder = join(dataDir, 'dead-letters');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '2026-01-02.jsonl'), lines.map((line) => `${line}\n`).join(''));
}

// A data folder and a server that no longer runs, whose commands do.
async function stoppedServer(settings = DIRECT, environment = AWAY) {
  const server = await startServer({ ...settings, WRITERS__ACK: 'received' }, environment);
  await server.kill();
  return server;
}

describe('dead letters', { timeout: 120_000 }, () => {
  test('that a replay has set aside are listed and dropped when it was interrupted', async () => {
    const server = await stoppedServer();
    writeLetters(server.dataDir, letter('a'), letter('b'));
    const interrupted = await server.command('dead-letters', 'replay').catch((error) => error);
    assert.notEqual(interrupted.code, 0);
    assert.match(interrupted.stderr, /waiting for the destination: .*stays set aside/s);
    const { code, stdout } = await server.command('dead-letters', 'list');
    assert.equal(code, 0);
    assert.match(stdout, /reason of a[^]*reason of b[^]*\n2 dead letters, 2 of them set aside by a replay/);
    assert.equal((await server.command('dead-letters', 'drop')).stdout, '2 dead letters dropped\n');
    assert.equal((await server.command('dead-letters', 'list')).stdout, '0 dead letters\n');
    server.removeData();
  });

  test('are replayed beside a server, which says why when it cannot, and writes them when it can', async () => {
    const fake = await startFake('--dataset', 'p-dead.d');
    const server = await startServer({ ...DIRECT, WRITERS__ACK: 'received' }, fake.environment);
    try {
      await fake.fault({ fault: 'unavailable', times: 0 });
      writeLetters(server.dataDir, letter('a'));
      const started = Date.now();
      const replay = await server.command('dead-letters', 'replay');
      assert.equal(replay.code, 1);
      assert.match(replay.stderr, /the server has not written them yet: its \/readyz says .*sink bigquery/);
      assert.ok(Date.now() - started < 20_000);
      assert.match((await server.command('dead-letters', 'list')).stdout, /1 dead letter, 1 of them set aside/);
      await fake.clearFaults();
      await until(async () => (await fake.rows('p-dead', 'd', 'events')).length === 1, 'the row is there', 40_000);
      await until(async () => (await server.command('dead-letters', 'list')).stdout === '0 dead letters\n', 'none is left');
    } finally {
      await server.stop();
      await fake.stop();
    }
  });

  test('that are damaged are skipped, named and kept', async () => {
    const fake = await startFake('--dataset', 'p-dead.d');
    const server = await stoppedServer(DIRECT, fake.environment);
    writeLetters(server.dataDir, letter('a'), '{"time":"torn', letter('b'));
    const list = await server.command('dead-letters', 'list');
    assert.equal(list.code, 0);
    assert.match(list.stderr, /2026-01-02\.jsonl:2: not JSON/);
    assert.match(list.stdout, /\n2 dead letters; 1 damaged line skipped\n$/);
    const replay = await server.command('dead-letters', 'replay');
    assert.equal(replay.code, 1, replay.stderr);
    assert.equal(replay.stdout, '2 delivered, 0 rejected again; 1 damaged line kept in the subfolder damaged\n');
    assert.equal((await fake.rows('p-dead', 'd', 'events')).length, 2);
    assert.equal(readdirSync(join(server.dataDir, 'dead-letters', 'damaged')).length, 1);
    assert.equal((await server.command('dead-letters', 'list')).stdout, '0 dead letters\n');
    server.removeData();
    await fake.stop();
  });

  const library = faultsLibrary();
  for (const { name, fault, says, settings } of [
    { name: 'when the disk is full', fault: 'dead-letters/pwrite:0:28', says: /No space left on device/ },
    { name: 'when the disk cannot sync', fault: 'dead-letters/fdatasync:0:5', says: /Input\/output error/ },
    { name: 'when the file cannot be created', fault: 'dead-letters/open:0:30', says: /Read-only file system/ },
    { name: 'when half a letter cannot even be cut off', fault: 'dead-letters/any:0:5', says: /Input\/output error/ },
  ]) {
    test(`that cannot be kept ${name} wait, all other events go on, and readyz says so`,
      { skip: library ? false : 'no libdisk_faults.so' }, async () => {
        const fake = await startFake('--dataset', 'p-dead.d');
        const folder = emptyFolder();
        const faults = join(folder, 'faults');
        const server = await startServer({ ...DIRECT, WRITERS__ACK: 'spooled', ...settings },
          { ...fake.environment, LD_PRELOAD: library, DISK_FAULTS_FILE: faults });
        try {
          writeFileSync(faults, fault);
          await fake.fault({ fault: 'row_errors', rows: [0], times: 1 });
          assert.equal((await server.post({ event_name: 'bad' })).status, 200);
          await until(async () => (await server.metrics()).get('dead_letters_waiting_events') === 1, 'one row waits');
          for (let i = 0; i < 20; i++) assert.equal((await server.post({ event_name: `good${i}` })).status, 200);
          await until(async () => (await server.accounting()).delivered === 20, 'the others are delivered');
          const accounting = await server.accounting();
          assert.equal(accounting.held, 1);
          assert.ok(accounting.addsUp);
          const ready = await fetch(`${server.url}/readyz`);
          assert.equal(ready.status, 503);
          assert.match(await ready.text(), says);
          assert.equal((await server.metrics()).get('dead_letters_failures_total'), 1);
          rmSync(faults);
          await until(async () => (await server.accounting()).deadLettered === 1, 'the row is kept');
          assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
          assert.match(server.output, /WARN.*Sink bigquery rejects rows \(1\), which are kept as dead letters/);
          assert.match((await server.command('dead-letters', 'list')).stdout, /\n1 dead letter\n$/);
        } finally {
          await server.stop();
          await fake.stop();
          rmSync(folder, { recursive: true });
        }
      });
  }

  test('take no more room than they may: then rejected rows wait, and all other events go on', async () => {
    const fake = await startFake('--dataset', 'p-dead.d');
    const server = await startServer({ ...DIRECT, WRITERS__ACK: 'spooled', DEAD_LETTERS__MAX_BYTES: 1024 * 1024 },
      fake.environment);
    try {
      writeLetters(server.dataDir, 'x'.repeat(1024 * 1024 - 10));
      await fake.fault({ fault: 'row_errors', rows: [0], times: 1 });
      assert.equal((await server.post({ event_name: 'bad' })).status, 200);
      await until(async () => (await server.metrics()).get('dead_letters_waiting_events') === 1, 'one row waits');
      assert.equal((await server.post({ event_name: 'good' })).status, 200);
      await until(async () => (await server.accounting()).delivered === 1, 'the other is delivered');
      assert.match(await (await fetch(`${server.url}/readyz`)).text(), /1 rejected events wait: .*DEAD_LETTERS__MAX_BYTES is 1048576/);
      await until(async () => (await server.metrics()).get('dead_letters_bytes') === 1024 * 1024 - 9, 'they are measured');
      await server.command('dead-letters', 'drop');
      await until(async () => (await server.accounting()).deadLettered === 1, 'the row is kept');
    } finally {
      await server.stop();
      await fake.stop();
    }
  });
});

test('An unreadable sector of the spool costs the rows in it and delays the others for seconds',
  { skip: faultsLibrary() ? false : 'no libdisk_faults.so', timeout: 60_000 }, async () => {
    const first = await startServer({ ...DIRECT, WRITERS__ACK: 'spooled' }, AWAY);
    for (let i = 0; i < 20; i++) assert.equal((await first.post({ event_name: `e${i}` })).status, 200);
    await first.kill();
    const next = await startServer({ WRITERS__ACK: 'spooled', WRITERS__DATA_DIR: first.dataDir },
      { LD_PRELOAD: faultsLibrary(), DISK_FAULTS: 'pread:0:5@2000' });
    assert.match(await (await fetch(`${next.url}/readyz`)).text(), /spool: cannot read .*Input\/output error/);
    assert.equal((await next.post({ event_name: 'new' })).status, 200);
    const end = await until(async () => {
      const accounting = await next.accounting();
      return accounting.held === 0 && accounting.delivered > 0 && accounting;
    }, 'all others are delivered', 20_000);
    const lost = (await next.metrics()).get('spool_lost_events_total');
    assert.ok(lost >= 1 && lost <= 5, `${lost} lost`);
    assert.equal(end.delivered, 21 - lost);
    assert.equal(end.deadLettered, lost);
    assert.ok(end.addsUp);
    assert.equal((await next.metrics()).get('spool_damages_total'), 1);
    assert.equal((await fetch(`${next.url}/readyz`)).status, 200);
    assert.match(next.output, /the disk cannot read some/);
    await next.stop({ keepData: true });
    assert.equal(readdirSync(join(next.dataDir, 'spool', 'damaged')).length, 1);
    next.removeData();
  });
