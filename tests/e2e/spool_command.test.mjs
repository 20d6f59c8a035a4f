// real-streaming spool status and verify: what they find in a whole spool, a torn, a damaged and an unknown one.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { spawnServer, startServer, until } from './harness.mjs';

const ROWS = 5;
const HEADER = 64;
// The header of segment 9 in format version 7, which ends with an XXH3 that node cannot make.
const FUTURE = '525353504f4f4c0a070000000000000009000000000000000000000000000000' +
  '00000000000000000000000000000000000000000000000081e9e6f99c0a8c8d';

// A spool of five rows in one segment that nobody has taken, as a killed server leaves it.
async function leftSpool() {
  // Nothing answers there, so rows stay.
  const server = await startServer({ WRITERS__ACK: 'spooled', WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-spool',
    WRITERS__BQ__DATASET_ID: 'd', WRITERS__BQ__TABLE_ID: 'events' },
  { BIGQUERY_EMULATOR_HOST: '127.0.0.1:1', BIGQUERY_STORAGE_EMULATOR_HOST: '127.0.0.1:1' });
  for (let i = 0; i < ROWS; i++) assert.equal((await server.post({ event_name: 'e', event_id: `id-${i}` })).status, 200);
  const running = await server.command('spool', 'verify', '--format', 'json');
  assert.equal(running.code, 0, running.stdout);
  assert.equal(JSON.parse(running.stdout).server_running, true);
  assert.equal(JSON.parse(running.stdout).rows, ROWS);
  await server.kill();
  const folder = join(server.dataDir, 'spool');
  const name = readdirSync(folder).find((file) => file.endsWith('.segment'));
  return { server, folder, name, file: join(folder, name), bytes: readFileSync(join(folder, name)) };
}

// Where each record begins, and where the last one ends: 20 bytes of header, the length at 12.
function records(bytes) {
  const begins = [HEADER];
  while (bytes.readUInt16LE(begins.at(-1)) === 0xa7e5) begins.push(begins.at(-1) + 20 + bytes.readUInt32LE(begins.at(-1) + 12));
  return begins;
}

async function verify(server) {
  const { code, stdout, stderr } = await server.command('spool', 'verify', '--format', 'json');
  assert.equal(stderr, '');
  return { code, found: JSON.parse(stdout) };
}

describe('spool', { timeout: 60_000 }, () => {
  test('status and verify count what waits', async () => {
    const { server, folder, bytes } = await leftSpool();
    const { code, found } = await verify(server);
    assert.equal(code, 0);
    assert.equal(found.rows, ROWS);
    assert.equal(found.row_bytes, records(bytes).at(-1) - HEADER - ROWS * 20);
    assert.deepEqual([found.segments, found.torn_bytes, found.damages, found.unknown_formats], [1, 0, [], []]);
    assert.equal(found.server_running, false);
    const status = await server.command('spool', 'status');
    assert.equal(status.code, 0);
    assert.match(status.stdout, new RegExp(`Folder +${folder}\n`));
    assert.match(status.stdout, /On disk +\d+ bytes in 1 segments; at most \d+ \(SPOOL__MAX_BYTES\)/);
    assert.doesNotMatch(status.stdout, /Waiting/, 'rows are read by verify only');
    server.removeData();
  });

  test('verify names a damaged record and where it is, and exits with 1', async () => {
    const { server, file, name, bytes } = await leftSpool();
    const begins = records(bytes);
    bytes[begins[2] + 30] ^= 1;
    writeFileSync(file, bytes);
    const { code, found } = await verify(server);
    assert.equal(code, 1);
    assert.equal(found.rows, ROWS - 1);
    assert.deepEqual(found.damages, [{ file: name, begin: begins[2], end: begins[3], kind: 'damaged' }]);
    const text = await server.command('spool', 'verify');
    assert.equal(text.code, 1);
    assert.ok(text.stdout.includes(`Damaged     ${name}, bytes ${begins[2]} to ${begins[3]}: damaged\n`));
    assert.deepEqual(readFileSync(file), bytes, 'nothing is changed by looking');
    server.removeData();
  });

  test('verify tells a torn tail, which was never acknowledged, from damage', async () => {
    const { server, file, bytes } = await leftSpool();
    const end = records(bytes).at(-1);
    bytes.fill('x', end, end + 100);
    writeFileSync(file, bytes);
    const { code, found } = await verify(server);
    assert.equal(code, 0);
    assert.equal(found.rows, ROWS);
    assert.deepEqual(found.damages, []);
    assert.equal(found.torn_bytes, bytes.length - end);
    assert.match((await server.command('spool', 'verify')).stdout, /Torn +\d+ bytes at the end: a start cuts them off/);
    server.removeData();
  });

  for (const { name, lose } of [
    { name: 'cut off', lose: (file, begin) => truncateSync(file, begin) },
    { name: 'zeros', lose: (file, begin, bytes) => writeFileSync(file, bytes.fill(0, begin)) },
  ]) {
    test(`last rows that are ${name} are damage: verify exits with 1, and a start says and counts it`, async () => {
      const { server, file, name: segment, bytes } = await leftSpool();
      const begins = records(bytes);
      lose(file, begins[2], bytes);
      const { code, found } = await verify(server);
      assert.equal(code, 1);
      assert.equal(found.rows, 2);
      assert.deepEqual(found.damages, [{ file: segment, begin: begins[2], end: begins.at(-1), kind: 'damaged' }]);
      const next = await startServer({ WRITERS__ACK: 'spooled', WRITERS__DATA_DIR: server.dataDir });
      await until(async () => (await next.accounting()).delivered === 2, 'the others are delivered');
      assert.equal((await next.metrics()).get('spool_damages_total'), 1);
      assert.equal((await next.metrics()).get('spool_lost_events_total'), 3);
      assert.ok((await next.accounting()).addsUp);
      assert.match(next.output, new RegExp(`${segment}: 3 rows that were kept are lost`));
      assert.ok(existsSync(join(server.dataDir, 'spool/damaged', `${segment}-${begins[2]}`)));
      await next.stop();
    });
  }

  test('a format of the future is named and refused, and nothing of it is touched', async () => {
    const { server, folder, bytes } = await leftSpool();
    const name = '00000000000000000009.segment';
    const header = Buffer.from(FUTURE, 'hex');
    writeFileSync(join(folder, name), Buffer.concat([header, bytes.subarray(HEADER)]));
    const { code, found } = await verify(server);
    assert.equal(code, 1);
    assert.deepEqual(found.unknown_formats, [name]);
    assert.match((await server.command('spool', 'status')).stdout, new RegExp(`Unknown +${name} has a format this program does not know`));
    const next = await spawnServer({ WRITERS__ACK: 'spooled', WRITERS__DATA_DIR: server.dataDir });
    const how = await next.exited;
    assert.equal(how.code, 1);
    assert.match(next.output, new RegExp(`${name} has format version 7, and this program knows versions 1 to 2`));
    assert.ok(readdirSync(folder).includes(name));
    server.removeData();
  });

  test('says so when there is none', async () => {
    const server = await startServer({ WRITERS__ACK: 'received' });
    const { code, found } = await verify(server);
    assert.equal(code, 0);
    assert.deepEqual([found.segments, found.rows], [0, 0]);
    await server.stop();
  });
});
