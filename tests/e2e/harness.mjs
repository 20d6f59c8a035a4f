// Runs the real program for a test: its own port, its own empty DATA_DIR, stopped by SIGTERM.
//
//   const server = await startServer({ CORS__ALLOWED_ORIGINS: '["http://shop.localhost:8080"]' });
//   await server.post({ event_name: 'page_view' });      // {status, headers, text, json()}
//   await server.query('SELECT event_name FROM events'); // the rows as objects
//   await server.stop();                                 // throws unless it exits with 0
//
//   await server.accounting();                           // the terms of /metrics, and whether they add up
//
// WRITERS__ACK is delivered unless set: tests ask for the rows of an event right after its answer.
// The program is $REAL_STREAMING_BIN, else that of the release build: what is tested is what runs.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const sourceDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// DuckDB replays the log of a killed server first, which takes a while on a busy machine.
const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 10_000;
const COMMAND_MILLISECONDS = 30_000;
const COMMAND_BYTES = 256 * 1024 * 1024;

// Servers that still run when a test file ends (a test failed) would keep node waiting for ever.
const running = new Set();
after(() => {
  for (const server of running) server.kill();
});

// Calls `condition` until it gives something true, which is returned.
export async function until(condition, what, milliseconds = 10_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export function emptyFolder() {
  return mkdtempSync(join(tmpdir(), 'real-streaming-e2e-'));
}

export function findProgram() {
  if (process.env.REAL_STREAMING_BIN) return process.env.REAL_STREAMING_BIN;
  const program = join(sourceDir, 'build/release/real-streaming');
  if (!existsSync(program)) throw new Error(`no ${program}: run ./dev build, or set REAL_STREAMING_BIN`);
  return program;
}

// A port that nothing listens on now.
export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

// Nothing of the machine's own settings reaches the program. Google's own names (BIGQUERY_EMULATOR_HOST)
// are not settings of ours and have no prefix.
function cleanEnvironment(port, dataDir, settings) {
  const env = { PATH: process.env.PATH, HOME: dataDir };
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH']) {
    if (process.env[name]) env[name] = process.env[name];
  }
  const all = { RUN__HOST: '127.0.0.1', RUN__PORT: port, WRITERS__DATA_DIR: dataDir, WRITERS__ACK: 'delivered',
    ...settings };
  for (const [name, value] of Object.entries(all)) {
    env[/^(BIGQUERY|GOOGLE|PUBSUB)_/.test(name) ? name : `APP_CONFIG__${name}`] = String(value);
  }
  return env;
}

class Server {
  constructor(program, port, dataDir, env, args) {
    this.program = program;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = dataDir;
    this.env = env;
    this.output = '';
    this.child = spawn(program, args, { cwd: dataDir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (bytes) => { this.output += bytes; });
    }
    running.add(this);
    this.exited = new Promise((done) => {
      this.child.on('error', (error) => done({ error }));
      // Not 'exit': the last lines of the output belong to it.
      this.child.on('close', (code, signal) => {
        running.delete(this);
        done({ code, signal });
      });
    });
  }

  async waitUntilHealthy() {
    let gone = null;
    this.exited.then((how) => { gone = how; });
    const end = Date.now() + START_MILLISECONDS;
    while (Date.now() < end && !gone) {
      try {
        // It listens before its destination is open; a test asks the store right away.
        const ready = await (await fetch(`${this.url}/readyz`)).text();
        if (!ready.includes('it is being opened')) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((done) => setTimeout(done, 20));
    }
    this.child.kill('SIGKILL');
    throw new Error(`the server did not start: ${JSON.stringify(gone)}\n${this.output}`);
  }

  async post(event, { path = '/api/v1/streaming/1', headers = {} } = {}) {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof event === 'string' ? event : JSON.stringify(event),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  }

  // Runs the program with other arguments in the same settings: {code, stdout, stderr}.
  async command(...args) {
    try {
      const { stdout, stderr } = await promisify(execFile)(this.program, args,
        { cwd: this.dataDir, env: this.env, maxBuffer: COMMAND_BYTES, timeout: COMMAND_MILLISECONDS });
      return { code: 0, stdout, stderr };
    } catch (error) {
      if (typeof error.code !== 'number') throw error;
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    }
  }

  async query(sql) {
    const { code, stdout, stderr } = await this.command('query', sql, '--format', 'json');
    if (code !== 0) throw new Error(`query ends with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  // Every sample of /metrics by its name with labels: 'events_held' or 'events_refused_total{reason="timeout"}'.
  // A server that is asked more than 200 times a second gives its last page again, 5 ms old (pages/metrics_page.h).
  async metrics() {
    await new Promise((done) => setTimeout(done, 6));
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return new Map([...text.matchAll(/^real_streaming_(\S+) (\S+)$/gm)]
      .map(([, name, value]) => [name, Number(value)]));
  }

  async accounting() {
    const metrics = await this.metrics();
    const refused = {};
    for (const [name, value] of metrics) {
      const reason = /^events_refused_total\{reason="(\w+)"\}$/.exec(name)?.[1];
      if (reason) refused[reason] = value;
    }
    const [received, delivered, deadLettered, held] =
      ['events_received_total', 'events_delivered_total', 'events_dead_lettered_total', 'events_held']
        .map((name) => metrics.get(name));
    const accounted = Object.values(refused).reduce((sum, value) => sum + value, 0) +
                      delivered + deadLettered + held;
    return { received, refused, delivered, deadLettered, held, addsUp: received === accounted };
  }

  // Resident bytes.
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  kill() {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  async stop({ keepData = false } = {}) {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MILLISECONDS);
    const how = await this.exited;
    clearTimeout(timer);
    if (!keepData) this.removeData();
    if (how.code !== 0) throw new Error(`it ended with ${JSON.stringify(how)}\n${this.output}`);
  }

  removeData() {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

// `settings` are names without the prefix APP_CONFIG__; WRITERS__DATA_DIR is a new folder unless given.
// `environment` is what the program gets beside them, as it is.
export async function startServer(settings = {}, environment = {}) {
  const server = await spawnServer(settings, environment);
  await server.waitUntilHealthy();
  return server;
}

// The same for a server that is not expected to start, or for another command that runs until it is stopped.
export async function spawnServer(settings = {}, environment = {}, args = ['serve']) {
  const port = settings.RUN__PORT ?? await freePort();
  const dataDir = settings.WRITERS__DATA_DIR ?? emptyFolder();
  return new Server(findProgram(), port, dataDir, { ...cleanEnvironment(port, dataDir, settings), ...environment }, args);
}
