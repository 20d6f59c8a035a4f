// The long form of ledger.test.mjs: a server killed KILLS times, by default 1,000.
//
//   node tests/e2e/torture.mjs [KILLS] [SEED]
//
// Says how many events were acknowledged, lost and how many requests stored in part (both must be none), and how many
// events were duplicated (none with exactly_once). Kills come
// in runs of 50 on one data folder, half of them at a moment, half between two system calls. Runs take turns: into
// DuckDB with large segments, with small ones, without fdatasync, with many events a request, and into a BigQuery that fails at random.

import { DirectLedger, faultsLibrary, Ledger, randomFrom, randomKill, startLedgerFake } from './ledger.mjs';

const RUN = 50;
const SMALL = { SPOOL__MAX_BYTES: 8 * 1024 * 1024 };
const MODES = [
  { name: 'local' },
  { name: 'exactly_once', delivery: 'exactly_once' },
  { name: 'local, small segments', settings: SMALL },
  { name: 'local, requests of 20 events', list: 20 },
  { name: 'at_least_once', delivery: 'at_least_once' },
  { name: 'exactly_once, small segments', delivery: 'exactly_once', settings: SMALL },
  { name: 'local, small segments, SPOOL__SYNC=process', settings: { ...SMALL, SPOOL__SYNC: 'process' } },
];
const kills = Number(process.argv[2] ?? 1000);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const random = randomFrom(seed);
const total = { kills: 0, acknowledged: 0, refused: 0, stored: 0, lost: 0, torn: 0, duplicated: 0, 'duplicated with exactly_once': 0, corrupt: 0 };
const live = process.stderr.isTTY;

const say = () => Object.entries(total).map(([name, count]) => `${count} ${name}`).join(', ');

console.error(`seed ${seed}${faultsLibrary() ? '' : '; no libdisk_faults.so, so kills come at random moments only'}`);
const fake = await startLedgerFake();
for (let run = 0; total.kills < kills; run++) {
  const { name, delivery, settings, list } = MODES[run % MODES.length];
  const options = { settings, events: 2_000, list };
  const ledger = delivery ? new DirectLedger(fake, delivery, options) : new Ledger(options);
  if (delivery) await ledger.failAtRandom();
  for (let i = 0; i < RUN && total.kills + i < kills; i++) {
    await ledger.round(randomKill(random, ledger.library));
    if (live) process.stderr.write(`\r${total.kills + i + 1} of ${kills} kills `);
  }
  const result = await ledger.settle();
  if (delivery) await ledger.failNoMore();
  total.lost += result.lost.length;
  total.torn += result.torn.length;
  for (const term of ['kills', 'acknowledged', 'refused', 'stored', 'duplicated', 'corrupt']) total[term] += result[term];
  const twice = delivery === 'exactly_once' ? result.duplicated : 0;
  total['duplicated with exactly_once'] += twice;
  console.error(`${live ? '\r' : ''}${name}: ${result.acknowledged} acknowledged, ${result.lost.length} lost, ${result.duplicated} ` +
    `duplicated\n  so far ${say()}`);
  if (result.lost.length > 0 || result.torn.length > 0 || result.corrupt > 0 || twice > 0) {
    console.error(`kept for you to look at: ${ledger.dataDir}; lost: ${result.lost.slice(0, 5)}; torn: ${result.torn.slice(0, 5)}`);
    process.exit(1);
  }
  ledger.removeData();
}
await fake.stop();
console.log(say());
