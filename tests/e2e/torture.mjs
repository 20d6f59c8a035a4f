// The long form of ledger.test.mjs: a server killed KILLS times, by default 1,000.
//
//   node tests/e2e/torture.mjs [KILLS] [SEED]
//
// Says how many events were acknowledged, lost (which must be none) and duplicated. Kills come in runs of
// 50 on one data folder, half of them at a moment, half between two system calls; every second run has
// small segments, and every fourth does without fdatasync.

import { faultsLibrary, Ledger, randomFrom, randomKill } from './ledger.mjs';

const RUN = 50;
const kills = Number(process.argv[2] ?? 1000);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const random = randomFrom(seed);
const total = { kills: 0, acknowledged: 0, refused: 0, stored: 0, lost: 0, duplicated: 0, corrupt: 0 };
const live = process.stderr.isTTY;

const say = () => Object.entries(total).map(([name, count]) => `${count} ${name}`).join(', ');

console.error(`seed ${seed}${faultsLibrary() ? '' : '; no libdisk_faults.so, so kills come at random moments only'}`);
for (let run = 0; total.kills < kills; run++) {
  const settings = {};
  if (run % 2 === 1) settings.SPOOL__MAX_BYTES = 8 * 1024 * 1024;
  if (run % 4 === 3) settings.SPOOL__SYNC = 'process';
  const ledger = new Ledger({ settings, events: 2_000 });
  for (let i = 0; i < RUN && total.kills + i < kills; i++) {
    await ledger.round(randomKill(random, ledger.library));
    if (live) process.stderr.write(`\r${total.kills + i + 1} of ${kills} kills `);
  }
  const result = await ledger.settle();
  total.lost += result.lost.length;
  for (const name of ['kills', 'acknowledged', 'refused', 'stored', 'duplicated', 'corrupt']) total[name] += result[name];
  console.error(`${live ? '\r' : ''}${say()}`);
  if (result.lost.length > 0 || result.corrupt > 0) {
    console.error(`kept for you to look at: ${ledger.dataDir}; lost: ${result.lost.slice(0, 5)}`);
    process.exit(1);
  }
  ledger.removeData();
}
console.log(say());
