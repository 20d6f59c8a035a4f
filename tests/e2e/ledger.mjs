// A server that is killed again and again while clients write down every event that got a 200.
//
//   const ledger = new Ledger({ settings, random });
//   await ledger.round(kill);      // start, load, kill; kill: { after: milliseconds } or { fault: 'CALL:N:ACTION' }
//   const result = await ledger.settle();   // start once more, wait until all is delivered, compare
//   ledger.removeData();
//
// DirectLedger does the same with a fake BigQuery that it is given, instead of DuckDB.
//
// Fault points need the library tests/disk_faults.cc; its path is $DISK_FAULTS_LIBRARY.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { emptyFolder, sourceDir, spawnServer, startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';
import { startFake } from '../fakes/fake.mjs';

// Half of a group is written.
const TORN = 'kill-torn';
const CALLS = ['open', 'posix_fallocate', 'pwrite', 'fdatasync', 'fsync', 'ftruncate', 'unlink', 'rename', 'any'];

// Where the library was built, or null.
export function faultsLibrary() {
  const candidates = [process.env.DISK_FAULTS_LIBRARY, join(sourceDir, 'build/dev/tests/libdisk_faults.so')];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

// Numbers from a seed, so that a run can be repeated.
export function randomFrom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

// Half of the kills at a moment, half at a fault point.
export function randomKill(random, library) {
  if (!library || random(2) === 0) return { after: random(250) };
  const call = CALLS[random(CALLS.length)];
  const most = { pwrite: 60, fdatasync: 60, any: 120 }[call] ?? 4;
  const when = ['kill-before', 'kill-after', ...(call === 'pwrite' ? [TORN, TORN] : [])];
  return { fault: `${call}:${1 + random(most)}:${when[random(when.length)]}` };
}

export class Ledger {
  // `events` are requests; with `list`, each is an array of that many events.
  constructor({ settings = {}, clients = 16, depth = 4, events = 4_000, list = 0 } = {}) {
    this.dataDir = settings.WRITERS__DATA_DIR ?? emptyFolder();
    this.settings = { ENVIRONMENT: 'test', WRITERS__ACK: 'spooled', WRITERS__LOCAL__FLUSH_INTERVAL: 0.02, ...settings,
      WRITERS__DATA_DIR: this.dataDir };
    Object.assign(this, { clients, depth, events, list, environment: {}, library: faultsLibrary(), rounds: 0, refused: 0, acknowledged: new Set() });
  }

  async round(kill) {
    const environment = kill.fault ? { LD_PRELOAD: this.library, DISK_FAULTS: kill.fault } : {};
    const server = await spawnServer(this.settings, { ...this.environment, ...environment });
    this.rounds++;
    try {
      await server.waitUntilHealthy();
    } catch (error) {
      // The fault point was on the way up; anything but SIGKILL is a fault of ours.
      const how = await server.exited;
      if (how.signal !== 'SIGKILL' || !kill.fault) throw error;
      return;
    }
    const load = startLoad(server.port, { clients: this.clients, depth: this.depth, events: this.events, list: this.list,
      prefix: `r${this.rounds}-`, refusals: 1e9 });
    const timer = setTimeout(() => server.kill(), kill.after ?? 1_000);
    const how = await server.exited;
    clearTimeout(timer);
    await load.finished;
    for (const id of load.taken) this.acknowledged.add(id);
    this.refused += load.refusedTimes;
    assert.equal(how.signal, 'SIGKILL', `it ended by itself: ${JSON.stringify(how)}\n${server.output}`);
  }

  // {acknowledged, stored, lost, torn, duplicated, corrupt}: events that got a 200, rows, and what is wrong; torn are
  // requests of which some events are stored and some are not.
  async settle(milliseconds = 240_000) {
    const server = await startServer(this.settings, this.environment);
    try {
      await until(async () => (await server.metrics()).get('spool_recovering') === 0, 'the spool is looked through', milliseconds);
      const end = await until(async () => {
        const accounting = await server.accounting();
        assert.ok(accounting.addsUp, JSON.stringify(accounting));
        return accounting.held === 0 && accounting;
      }, 'nothing is held', milliseconds);
      assert.equal(end.deadLettered, 0);
      const rows = await this.rows(server);
      const stored = new Set(rows.map(({ id }) => id));
      return {
        kills: this.rounds,
        acknowledged: this.acknowledged.size,
        refused: this.refused,
        stored: stored.size,
        lost: [...this.acknowledged].filter((id) => !stored.has(id)),
        torn: this.tornOf(stored),
        duplicated: rows.reduce((sum, { n }) => sum + n - 1, 0),
        corrupt: rows.filter(({ n, whole }) => n !== whole).length,
      };
    } finally {
      await server.kill();
    }
  }

  tornOf(stored) {
    if (this.list === 0) return [];
    const counts = new Map();
    for (const id of stored) {
      const request = id.slice(0, id.lastIndexOf('.'));
      counts.set(request, (counts.get(request) ?? 0) + 1);
    }
    return [...counts].filter(([, count]) => count !== this.list).map(([request]) => request);
  }

  // Every id in the table: how often, and how often with all that was sent.
  rows(server) {
    return server.query(`SELECT event_id AS id, count(*)::INTEGER AS n, count(*) FILTER (
        user_pseudo_id = 'visitor' AND collected_traffic_source.manual_source = 'newsletter'
        AND param_string(event_params, 'page_location') LIKE '%/p/' || event_id || '?%')::INTEGER AS whole
      FROM events GROUP BY ALL`);
  }

  removeData() {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

// `fake` of tests/fakes/fake.mjs, started with --dataset p-ledger.d --keep ids; a table for each ledger.
export class DirectLedger extends Ledger {
  static tables = 0;

  constructor(fake, delivery, { settings = {}, ...options } = {}) {
    const table = `events_${++DirectLedger.tables}`;
    super({ ...options, settings: { WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p-ledger', WRITERS__BQ__DATASET_ID: 'd',
      WRITERS__BQ__TABLE_ID: table, WRITERS__BQ__DELIVERY: delivery, WRITERS__BQ__FLUSH_INTERVAL: 0.02, ...settings } });
    Object.assign(this, { fake, table });
    this.environment = fake.environment;
  }

  // The service takes a request and its answer is lost, takes none, or says so: now and then.
  async failAtRandom() {
    await this.fake.fault({ fault: 'unavailable', apply: true, probability: 0.03, times: 0 });
    await this.fake.fault({ fault: 'reset', probability: 0.03, times: 0 });
    await this.fake.fault({ fault: 'busy', probability: 0.03, times: 0 });
  }

  failNoMore() {
    return this.fake.clearFaults();
  }

  async rows() {
    const counts = new Map();
    for (const id of JSON.parse(await this.fake.get(`/fake/tables/p-ledger/d/${this.table}/ids`))) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return [...counts].map(([id, n]) => ({ id, n, whole: n }));
  }
}

export const startLedgerFake = () => startFake('--dataset', 'p-ledger.d', '--keep', 'ids');
