// Runs the real program for a test: its own port, its own empty DATA_DIR, stopped by SIGTERM.
//
//   const server = await startServer({ CORS__ALLOWED_ORIGINS: '["http://shop.localhost:8080"]' });
//   await server.post({ event_name: 'page_view' });      // {status, headers, text, json()}
//   await server.query('SELECT event_name FROM events'); // the rows as objects
//   await server.stop();                                 // throws unless it exits with 0
//
// The program is $REAL_STREAMING_BIN, else that of the dev build, else of the release build.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const sourceDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const START_MILLISECONDS = 20_000;
const STOP_MILLISECONDS = 10_000;

export function findProgram() {
  if (process.env.REAL_STREAMING_BIN) return process.env.REAL_STREAMING_BIN;
  const builds = ['build/dev/real-streaming', 'build/release/real-streaming'];
  const found = builds.map((path) => join(sourceDir, path)).find((path) => existsSync(path));
  if (!found) throw new Error('no real-streaming: build it, or set REAL_STREAMING_BIN');
  return found;
}

// A port that nothing listens on now.
export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

// Nothing of the machine's own settings reaches the program.
function cleanEnvironment(port, dataDir, settings) {
  const env = { PATH: process.env.PATH, HOME: dataDir };
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH']) {
    if (process.env[name]) env[name] = process.env[name];
  }
  const all = { RUN__HOST: '127.0.0.1', RUN__PORT: port, WRITERS__DATA_DIR: dataDir, ...settings };
  for (const [name, value] of Object.entries(all)) env[`APP_CONFIG__${name}`] = String(value);
  return env;
}

class Server {
  constructor(program, port, dataDir, env) {
    this.program = program;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = dataDir;
    this.env = env;
    this.output = '';
    this.child = spawn(program, ['serve'], { cwd: dataDir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (bytes) => { this.output += bytes; });
    }
    this.exited = new Promise((done) => {
      this.child.on('error', (error) => done({ error }));
      this.child.on('exit', (code, signal) => done({ code, signal }));
    });
  }

  async waitUntilHealthy() {
    let gone = null;
    this.exited.then((how) => { gone = how; });
    const end = Date.now() + START_MILLISECONDS;
    while (Date.now() < end && !gone) {
      try {
        if ((await fetch(`${this.url}/healthz`)).ok) return;
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

  async query(sql) {
    const { stdout } = await promisify(execFile)(
      this.program, ['query', sql, '--format', 'json'], { cwd: this.dataDir, env: this.env });
    return JSON.parse(stdout);
  }

  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MILLISECONDS);
    const how = await this.exited;
    clearTimeout(timer);
    rmSync(this.dataDir, { recursive: true, force: true });
    if (how.code !== 0) throw new Error(`it ended with ${JSON.stringify(how)}\n${this.output}`);
  }
}

// `settings` are names without the prefix APP_CONFIG__.
export async function startServer(settings = {}) {
  const port = settings.RUN__PORT ?? await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'real-streaming-e2e-'));
  const env = cleanEnvironment(port, dataDir, settings);
  const server = new Server(findProgram(), port, dataDir, env);
  await server.waitUntilHealthy();
  return server;
}
