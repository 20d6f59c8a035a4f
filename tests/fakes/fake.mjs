// Runs fake-bigquery for a test: its own ports, stopped by SIGTERM.
//
//   const fake = await startFake('--dataset', 'p.d');
//   fake.rest;                                // 'http://127.0.0.1:39211'
//   fake.grpc;                                // '127.0.0.1:34567'
//   await fake.rows('p', 'd', 'events');      // the rows as objects; fake.rowsText(...) with all digits
//   await startServer(settings, fake.environment);   // the product, which then talks to this fake
//   await fake.fault({ fault: 'unavailable', nth: 3 });
//   await fake.clearFaults();
//   await fake.freeze(); fake.thaw();         // it neither answers nor closes meanwhile
//   await fake.stop();                        // throws unless it exits with 0
//
// The program is $FAKE_BIGQUERY_BIN, else that of the release build.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const sourceDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const running = new Set();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

export function findFake() {
  const program = process.env.FAKE_BIGQUERY_BIN ?? join(sourceDir, 'build/release/fake-bigquery');
  if (!existsSync(program)) throw new Error(`no ${program}: run ./dev build, or set FAKE_BIGQUERY_BIN`);
  return program;
}

class Fake {
  constructor(child, rest, grpc) {
    Object.assign(this, { child, rest, grpc });
    this.environment = { BIGQUERY_EMULATOR_HOST: rest.replace('http://', ''), BIGQUERY_STORAGE_EMULATOR_HOST: grpc };
  }

  async get(path) {
    const answer = await fetch(this.rest + path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.text();
  }

  async post(path, body = {}) {
    const answer = await fetch(this.rest + path, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  rowsText(project, dataset, table) { return this.get(`/fake/tables/${project}/${dataset}/${table}/rows`); }
  async rows(project, dataset, table) { return JSON.parse(await this.rowsText(project, dataset, table)); }
  async stats() { return JSON.parse(await this.get('/fake/stats')); }
  async requests() { return JSON.parse(await this.get('/fake/requests')); }
  fault(fault) { return this.post('/fake/faults', fault); }

  async clearFaults() {
    const answer = await fetch(`${this.rest}/fake/faults`, { method: 'DELETE' });
    if (!answer.ok) throw new Error(`DELETE /fake/faults: ${answer.status}`);
  }

  // Only one thread takes the signal, when it next runs; on a busy machine the others go on for tens of
  // milliseconds, and would answer what is sent after this.
  async freeze() {
    this.child.kill('SIGSTOP');
    const tasks = `/proc/${this.child.pid}/task`;
    const isStopped = (task) => /^.*\) T/s.test(readFileSync(join(tasks, task, 'stat'), 'utf8'));
    while (!readdirSync(tasks).every(isStopped)) await new Promise(setImmediate);
  }
  thaw() { this.child.kill('SIGCONT'); }

  async stop() {
    const ended = new Promise((done) => this.child.once('close', (code, signal) => done({ code, signal })));
    this.child.kill('SIGTERM');
    const { code, signal } = await ended;
    running.delete(this.child);
    if (code !== 0) throw new Error(`fake-bigquery ended with ${code ?? signal}`);
  }
}

export async function startFake(...args) {
  const child = spawn(findFake(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  const found = {};
  for await (const line of lines) {
    const [name, address] = line.split(' ');
    found[name] = address;
    if (found.gRPC) break;
  }
  if (!found.gRPC) throw new Error('fake-bigquery did not start');
  return new Fake(child, found.REST, found.gRPC);
}
