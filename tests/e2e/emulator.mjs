// Google's Pub/Sub emulator, and a door before it, so that it may go away and come back elsewhere.
//
//   const emulator = await startEmulator();         // emulator.port; throws when there is none
//   const door = await openDoor(emulator.port);     // door.port stays the same
//   await emulator.subscribe('demo', 'events', (message) => { ... });
//   await door.shut(); await emulator.stop(); ...; await door.open((await startEmulator()).port);
//
// It forgets topics and messages when it ends, which those who use it must allow for.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';

import { PubSub } from '@google-cloud/pubsub';

import { until } from './harness.mjs';

const FOLDER = '/usr/lib/google-cloud-sdk/platform/pubsub-emulator/lib';
const START_MILLISECONDS = 60_000;

// Google's clients look for a metadata server even when they need no credentials.
process.env.METADATA_SERVER_DETECTION = 'none';

const running = new Set();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

// What to say in a skipped test, or false when the emulator can be started.
export function noEmulator() {
  const found = existsSync(FOLDER) && readdirSync(FOLDER).some((name) => name.endsWith('.jar'));
  if (found && existsSync('/usr/bin/java')) return false;
  return 'no Pub/Sub emulator (google-cloud-cli-pubsub-emulator, java)';
}

// It takes no port 0, and must have one that the kernel gives to nobody else meanwhile.
async function portBelowTheEphemeral() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer();
    const isFree = await new Promise((done) => {
      probe.once('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => done(true));
    });
    if (!isFree) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}

class Emulator {
  constructor(port, child) {
    Object.assign(this, { port, child, clients: [], subscriptions: [] });
    this.ended = new Promise((done) => child.once('exit', done));
    this.ended.then(() => running.delete(child));
  }

  client(project) {
    const client = new PubSub({ projectId: project, apiEndpoint: `127.0.0.1:${this.port}` });
    this.clients.push(client);
    return client;
  }

  // Makes a topic and a subscription, whose messages go to `take` and are acknowledged.
  async subscribe(project, topic, take, options = {}) {
    const client = this.client(project);
    const [made] = await client.createTopic(topic);
    await made.createSubscription(`${topic}-test`, { ackDeadlineSeconds: 600, ...options });
    const subscription = client.subscription(`${topic}-test`, { flowControl: { maxMessages: 10_000 } });
    subscription.on('message', (message) => {
      take(message);
      message.ack();
    });
    subscription.on('error', () => {});  // The emulator was stopped.
    this.subscriptions.push(subscription);
  }

  async stop() {
    // A client that is closed leaves its subscriptions open, whose timers keep this program alive.
    await Promise.allSettled(this.subscriptions.map((subscription) => subscription.close()));
    await Promise.allSettled(this.clients.map((client) => client.close()));
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

export async function startEmulator() {
  const [jar] = readdirSync(FOLDER).filter((name) => name.endsWith('.jar'));
  const port = await portBelowTheEphemeral();
  const child = spawn('java', ['-Xmx384m', '-XX:+UseSerialGC', '-jar', join(FOLDER, jar), '--host=127.0.0.1',
    `--port=${port}`], { stdio: 'ignore' });
  running.add(child);
  const emulator = new Emulator(port, child);
  await until(() => new Promise((done) => {
    const probe = createConnection({ port, host: '127.0.0.1' }, () => { probe.destroy(); done(true); });
    probe.on('error', () => done(false));
  }), 'the emulator listens', START_MILLISECONDS);
  return emulator;
}

class Door {
  constructor() {
    this.sockets = new Set();
    this.server = createServer((near) => {
      const far = createConnection({ port: this.target, host: '127.0.0.1' });
      for (const [one, other] of [[near, far], [far, near]]) {
        this.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => { this.sockets.delete(one); other.destroy(); });
      }
    });
  }

  async open(target) {
    this.target = target;
    await new Promise((done) => this.server.listen(this.port ?? 0, '127.0.0.1', done));
    this.port = this.server.address().port;
  }

  // Nothing passes any more, and nobody can connect.
  async shut() {
    const shut = new Promise((done) => this.server.close(done));
    for (const socket of this.sockets) socket.destroy();
    await shut;
  }
}

export async function openDoor(target) {
  const door = new Door();
  await door.open(target);
  return door;
}
