// A 200 is never a lie: whatever kills the server, what was acknowledged is in the table at the end.
// The long form is ./dev torture.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { DirectLedger, faultsLibrary, Ledger, randomFrom, randomKill, startLedgerFake } from './ledger.mjs';

const KILLS = 12;

function check(result, context) {
  context.diagnostic(`${result.kills} kills, ${result.acknowledged} acknowledged, ${result.refused} refused, ` +
    `${result.lost.length} lost, ${result.duplicated} duplicated, ${result.corrupt} corrupt`);
  assert.ok(result.acknowledged > 0);
  assert.deepEqual(result.lost.slice(0, 5), [], `${result.lost.length} of ${result.acknowledged} are lost`);
  assert.deepEqual(result.torn.slice(0, 5), [], `${result.torn.length} requests are stored in part`);
  assert.equal(result.corrupt, 0);
}

describe('A spooled 200', { timeout: 170_000 }, () => {
  for (const sync of ['disk', 'process']) {
    test(`outlives ${KILLS} kills with SPOOL__SYNC=${sync}`, async (context) => {
      const ledger = new Ledger({ settings: { SPOOL__SYNC: sync } });
      const seed = Date.now() % 1e9;
      context.diagnostic(`seed ${seed}`);
      const random = randomFrom(seed);
      try {
        for (let i = 0; i < KILLS; i++) await ledger.round(randomKill(random, ledger.library));
        check(await ledger.settle(), context);
      } finally {
        ledger.removeData();
      }
    });
  }

  test('outlives kills with all events of a request or none', async (context) => {
    const ledger = new Ledger({ events: 2_000, list: 20 });
    const seed = Date.now() % 1e9;
    context.diagnostic(`seed ${seed}`);
    const random = randomFrom(seed);
    try {
      for (let i = 0; i < KILLS; i++) {
        const torn = ledger.library && i % 2 === 0;
        await ledger.round(torn ? { fault: `pwrite:${2 + random(40)}:kill-torn` } : randomKill(random, ledger.library));
      }
      check(await ledger.settle(), context);
    } finally {
      ledger.removeData();
    }
  });

  for (const delivery of ['at_least_once', 'exactly_once']) {
    test(`outlives ${KILLS} kills while BigQuery fails at random, ${delivery}`, async (context) => {
      const fake = await startLedgerFake();
      const ledger = new DirectLedger(fake, delivery);
      await ledger.failAtRandom();
      const seed = Date.now() % 1e9;
      context.diagnostic(`seed ${seed}`);
      const random = randomFrom(seed);
      try {
        for (let i = 0; i < KILLS; i++) await ledger.round(randomKill(random, ledger.library));
        const result = await ledger.settle();
        check(result, context);
        if (delivery === 'exactly_once') assert.equal(result.duplicated, 0);
      } finally {
        ledger.removeData();
        await fake.stop();
      }
    });
  }

  for (const call of ['open', 'posix_fallocate', 'pwrite', 'fdatasync', 'fsync', 'ftruncate', 'unlink', 'rename']) {
    test(`outlives a kill before and after each ${call}`, { skip: !faultsLibrary() && 'no libdisk_faults.so' },
      async (context) => {
        const ledger = new Ledger({ settings: { SPOOL__MAX_BYTES: 8 * 1024 * 1024 }, events: 10_000 });
        try {
          for (const when of ['before', 'after']) {
            for (const n of [1, 2, 3, 30]) await ledger.round({ fault: `${call}:${n}:kill-${when}` });
          }
          check(await ledger.settle(), context);
        } finally {
          ledger.removeData();
        }
      });
  }
});
