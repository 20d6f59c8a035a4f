// Thirty-two clients at once while the table is queried and the metrics are read: every event is
// accounted for at every moment, and in the table once at the end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';

const CLIENTS = 32;

describe('Under load', { timeout: 120_000 }, () => {
  for (const { acknowledge, events, depth } of [
    { acknowledge: 'received', events: 200_000, depth: 64 },
    { acknowledge: 'delivered', events: CLIENTS * 100, depth: 8 },
  ]) {
    test(`${events} events acknowledged when ${acknowledge} are stored once each`, async (context) => {
      const server = await startServer({ WRITERS__ACK: acknowledge, WRITERS__STRATEGY: 'local',
        WRITERS__LOCAL__FLUSH_INTERVAL: 0.05, ENVIRONMENT: 'test' });
      try {
        const start = Date.now();
        const load = startLoad(server.port, { clients: CLIENTS, events, depth });
        let running = true;
        const finished = load.finished.finally(() => { running = false; });
        let scrapes = 0, queries = 0, stored = 0;
        const scrape = async () => {
          const accounting = await server.accounting();
          assert.ok(accounting.addsUp, JSON.stringify(accounting));
          scrapes++;
          return accounting;
        };
        const scraping = (async () => {
          while (running) await scrape();
        })();
        const querying = (async () => {
          while (running) {
            const [{ n }] = await server.query('SELECT count(*)::INTEGER AS n FROM events');
            assert.ok(n >= stored, `${stored} rows were ${n} later`);
            stored = n;
            queries++;
          }
        })();
        await Promise.all([finished, scraping, querying]);
        assert.equal(load.taken.size, events);
        const sent = Date.now() - start;

        const end = await until(async () => {
          const accounting = await scrape();
          return accounting.held === 0 && accounting;
        }, 'nothing is held', 30_000);
        assert.equal(end.delivered, events);
        assert.equal(end.deadLettered, 0);
        assert.equal(end.received, events + load.refusedTimes);
        assert.equal(end.refused.queue_full, load.refusedTimes);

        const [rows] = await server.query(`SELECT count(*)::INTEGER AS rows, count(DISTINCT event_id)::INTEGER AS ids,
          count(*) FILTER (event_id SIMILAR TO 'load-[0-9]+' AND event_id[6:]::INTEGER < ${events})::INTEGER AS ours,
          count(*) FILTER (user_pseudo_id = 'visitor' AND collected_traffic_source.manual_source = 'newsletter'
            AND param_string(event_params, 'page_location') LIKE '%/p/' || event_id || '?%')::INTEGER AS whole FROM events`);
        assert.deepEqual(rows, { rows: events, ids: events, ours: events, whole: events });
        context.diagnostic(`${events} events in ${sent} ms, all stored after ${Date.now() - start} ms; ` +
          `${load.refusedTimes} answers 503, ${scrapes} scrapes, ${queries} queries`);
        assert.ok(scrapes > 2 && queries > 0);
      } finally {
        await server.stop();
      }
    });
  }
});
