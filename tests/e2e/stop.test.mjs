// A 200 outlives the server: stopped, killed, started again, and asked by its commands meanwhile.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { spawnServer, startServer, until } from './harness.mjs';
import { startLoad } from './load.mjs';
import { connect, post } from './raw.mjs';

const STOP_MILLISECONDS = 8_000;  // RUN__SHUTDOWN_SECONDS; Cloud Run kills after ten.
const CLIENTS = 32;
const SETTINGS = { WRITERS__STRATEGY: 'local', WRITERS__LOCAL__FLUSH_INTERVAL: 0.05, ENVIRONMENT: 'test' };

const storedIds = async (server) =>
  (await server.query('SELECT event_id FROM events')).map(({ event_id: id }) => id);

async function keptIds(server) {
  const { code, stdout, stderr } = await server.command('dead-letters', 'list', '--format', 'json');
  assert.equal(code, 0, stderr);
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line).row.event_id);
}

function assertAll(taken, kept) {
  const found = new Set(kept);
  const lost = [...taken].filter((id) => !found.has(id));
  assert.deepEqual(lost.slice(0, 3), [], `${lost.length} of ${taken.size} events that got a 200 are lost`);
}

describe('SIGTERM under load', { timeout: 60_000 }, () => {
  for (const { acknowledge, depth, enough } of [
    { acknowledge: 'received', depth: 32, enough: 20_000 },
    { acknowledge: 'delivered', depth: 1, enough: 1_500 },
  ]) {
    test(`keeps what was acknowledged when ${acknowledge}`, async (context) => {
      const server = await startServer({ ...SETTINGS, WRITERS__ACK: acknowledge });
      try {
        const load = startLoad(server.port, { clients: CLIENTS, events: 10_000_000, depth });
        await until(() => load.taken.size >= enough, 'enough events are taken', 20_000);
        const start = Date.now();
        await server.stop({ keepData: true });
        const took = Date.now() - start;
        load.close();
        await load.finished;
        assert.ok(took < STOP_MILLISECONDS, `it took ${took} ms to stop`);

        const [stored, kept] = [await storedIds(server), await keptIds(server)];
        assertAll(load.taken, acknowledge === 'delivered' ? stored : [...stored, ...kept]);
        assert.equal(new Set([...stored, ...kept]).size, stored.length + kept.length, 'an event is kept twice');
        context.diagnostic(`stopped after ${took} ms; ${load.taken.size} taken, ${stored.length} stored, ` +
          `${kept.length} dead letters`);
      } finally {
        await server.kill();
        server.removeData();
      }
    });
  }

  test('keeps what it has no time to store as dead letters, which are stored later', async (context) => {
    const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'received', RUN__SHUTDOWN_SECONDS: 4,
      WRITERS__LOCAL__MAX_BATCH_SIZE: 100 });
    try {
      const load = startLoad(server.port, { clients: CLIENTS, events: 10_000_000, depth: 32 });
      await until(() => load.taken.size >= 40_000, 'enough events are taken', 20_000);
      await server.stop({ keepData: true });
      load.close();
      await load.finished;
      const kept = await keptIds(server);
      assertAll(load.taken, [...await storedIds(server), ...kept]);
      const replay = await server.command('dead-letters', 'replay');
      assert.equal(replay.code, 0, replay.stderr);
      const stored = await storedIds(server);
      assertAll(load.taken, stored);
      assert.equal(new Set(stored).size, stored.length, 'an event is stored twice');
      context.diagnostic(`${load.taken.size} taken, ${kept.length} dead letters`);
    } finally {
      await server.kill();
      server.removeData();
    }
  });

  test('finishes a request whose body is still coming', async () => {
    const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'delivered' });
    try {
      const connection = await connect(server.port);
      const request = post({ event_name: 'slow', event_id: 'slow' });
      connection.send(request.slice(0, -5));
      await until(async () => (await server.metrics()).get('http_received_bytes_total') > request.length, 'it has come');
      const stopped = server.stop({ keepData: true });
      await until(() => fetch(`${server.url}/healthz`).then(() => false, () => true), 'new connections are refused');
      const answer = await connection.send(request.slice(-5)).answer();
      const stored = answer.status === 200;
      assert.ok(stored || (answer.status === 503 && answer.headers['retry-after']), `${answer.status} ${answer.text}`);
      assert.equal(answer.headers.connection, 'close');
      await stopped;
      assert.deepEqual(await storedIds(server), stored ? ['slow'] : []);
    } finally {
      await server.kill();
      server.removeData();
    }
  });

  test('answers what it has been sent whole, and takes no new connection', async () => {
    const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'delivered', WRITERS__LOCAL__FLUSH_INTERVAL: 5 });
    try {
      const answers = Promise.all([1, 2, 3].map((i) => server.post({ event_name: 'last', event_id: `${i}` })));
      await until(async () => (await server.accounting()).received === 3, 'the events have come');
      await server.stop({ keepData: true });
      assert.deepEqual((await answers).map(({ status }) => status), [200, 200, 200]);
      assert.deepEqual((await storedIds(server)).sort(), ['1', '2', '3']);
      await assert.rejects(server.post({ event_name: 'late' }));
    } finally {
      await server.kill();
      server.removeData();
    }
  });
});

test('kill -9 loses nothing that was delivered', { timeout: 60_000 }, async (context) => {
  const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'delivered' });
  let again;
  try {
    const load = startLoad(server.port, { clients: CLIENTS, events: 10_000_000 });
    await until(() => load.taken.size >= 1_500, 'enough events are taken', 20_000);
    await server.kill();
    await load.finished;
    assertAll(load.taken, await storedIds(server));
    again = await startServer({ ...SETTINGS, WRITERS__DATA_DIR: server.dataDir });
    const stored = await storedIds(again);
    assertAll(load.taken, stored);
    assert.equal(new Set(stored).size, stored.length);
    await again.post({ event_name: 'after', event_id: 'after' });
    await until(async () => (await again.accounting()).delivered === 1, 'it goes on');
    assert.equal((await storedIds(again)).length, stored.length + 1);
    context.diagnostic(`${load.taken.size} taken, ${stored.length} stored`);
  } finally {
    await server.kill();
    await again?.kill();
    server.removeData();
  }
});

describe('A data folder', { timeout: 60_000 }, () => {
  test('is refused to a second server, which says who has it', async () => {
    const server = await startServer(SETTINGS);
    try {
      const second = await spawnServer({ ...SETTINGS, WRITERS__DATA_DIR: server.dataDir });
      const { code } = await second.exited;
      assert.equal(code, 1, second.output);
      assert.ok(second.output.includes(server.dataDir), second.output);
      assert.ok(second.output.includes(`process ${server.child.pid}`), second.output);
      assert.equal((await server.post({ event_name: 'still' })).status, 200);
    } finally {
      await server.stop();
    }
  });

  test('is queried alike while the server runs and after', async () => {
    const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'delivered' });
    try {
      await server.post({ event_name: 'asked', event_id: '1', ecommerce: { value: 99.99 } });
      const sql = "SELECT event_name, ecommerce.value AS value, date::VARCHAR AS date FROM events WHERE event_id = '1'";
      const ask = async (format) => (await server.command('query', sql, '--format', format));
      const answers = async () => Promise.all(['table', 'json', 'csv'].map(ask));
      const running = await answers();
      for (const { code, stderr } of running) assert.equal(code, 0, stderr);
      assert.match(running[2].stdout, /^event_name,value,date\r?\nasked,99\.99,\d{4}-\d\d-\d\d\r?\n$/);

      const wrong = await server.command('query', 'SELECT nonsense FROM events');
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /nonsense/);
      const change = await server.command('query', 'DELETE FROM events');
      assert.equal(change.code, 1, 'a query changed the table');

      await server.stop({ keepData: true });
      assert.deepEqual(await answers(), running);
      assert.equal((await server.command('query', 'DELETE FROM events')).code, 1);
      assert.deepEqual(await server.query('SELECT count(*)::INTEGER AS n FROM events'), [{ n: 1 }]);
    } finally {
      await server.kill();
      server.removeData();
    }
  });
});

describe('dead-letters', { timeout: 60_000 }, () => {
  // The bytes of a row with these columns only, by the numbers the program's own definition gives them.
  async function encode(server, columns) {
    const { stdout: proto } = await server.command('print-schema', '--format', 'proto');
    const row = proto.slice(proto.search(/^message Row /m));
    const parts = Object.entries(columns).map(([name, value]) => {
      const number = Number(new RegExp(`optional (?:string|int64) ${name} = (\\d+)`).exec(row)[1]);
      return typeof value === 'string'
        ? Buffer.concat([varint(number * 8 + 2), varint(Buffer.byteLength(value)), Buffer.from(value)])
        : Buffer.concat([varint(number * 8), varint(value)]);
    });
    return Buffer.concat(parts).toString('base64');
  }
  function varint(number) {
    const bytes = [];
    for (; number > 127; number = Math.floor(number / 128)) bytes.push(number % 128 + 128);
    return Buffer.from([...bytes, number]);
  }

  async function writeLetters(server, ids) {
    const folder = `${server.dataDir}/dead-letters`;
    mkdirSync(folder, { recursive: true });
    const lines = await Promise.all(ids.map(async (id) => JSON.stringify({
      time: '2026-01-02T03:04:05.000000Z', sink: 'local', reason: 'a test', attempts: 1, row: { event_id: id },
      encoded: await encode(server, { event_name: 'replayed', event_id: id, event_timestamp: 1767323045000000 }),
    })));
    writeFileSync(`${folder}/2026-01-02.jsonl`, lines.map((line) => `${line}\n`).join(''));
  }
  const lettersOf = async (server, ...args) => {
    const { code, stdout, stderr } = await server.command('dead-letters', ...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const replayed = (server) => server.query(
    `SELECT event_id, event_timestamp::VARCHAR AS at FROM events WHERE event_name = 'replayed' ORDER BY event_id`);

  test('are listed, written again and dropped, with a server and without', async () => {
    const server = await startServer({ ...SETTINGS, WRITERS__ACK: 'delivered' });
    const rows = (...ids) => ids.map((id) => ({ event_id: id, at: '1767323045000000' }));
    try {
      for (const isRunning of [true, false]) {
        if (!isRunning) await server.stop({ keepData: true });
        assert.equal(await lettersOf(server, 'list'), '0 dead letters\n');
        assert.equal(await lettersOf(server, 'list', '--format', 'json'), '');
        assert.equal(await lettersOf(server, 'replay'), '0 dead letters would be written again\n');
        assert.equal(await lettersOf(server, 'drop'), '0 dead letters dropped\n');

        const ids = isRunning ? ['a', 'b'] : ['c', 'd'];
        await writeLetters(server, ids);
        assert.match(await lettersOf(server, 'list'), /a test[^]*\n2 dead letters\n$/);
        assert.deepEqual(await keptIds(server), ids);
        assert.match(await lettersOf(server, 'replay', '--dry-run'), /^2 /);
        assert.equal(await lettersOf(server, 'replay'), '2 delivered, 0 rejected again\n');
        assert.equal(await lettersOf(server, 'list'), '0 dead letters\n');
        assert.deepEqual(await replayed(server), isRunning ? rows('a', 'b') : rows('a', 'b', 'c', 'd'));
        if (isRunning) {
          const { delivered, addsUp } = await server.accounting();
          assert.ok(addsUp);
          assert.equal(delivered, 2);
        }

        await writeLetters(server, ['dropped']);
        assert.equal(await lettersOf(server, 'drop'), '1 dead letter dropped\n');
        assert.equal(await lettersOf(server, 'list'), '0 dead letters\n');
      }
    } finally {
      await server.kill();
      server.removeData();
    }
  });
});
