// The messages of pubsub-publish, published by Google's Node client to the same fake: CPU a message.
//
//   node bench/pubsub.mjs PROGRAM [MESSAGES]

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { PubSub } from '@google-cloud/pubsub';

const [program, messages = '50000'] = process.argv.slice(2);
const server = spawn(program, ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const { value: address } = await lines.next();
const { value: text } = await lines.next();

const client = new PubSub({ projectId: 'p', apiEndpoint: address });
const topic = client.topic('t', { batching: { maxMessages: 500, maxBytes: 1024 * 1024, maxMilliseconds: 10 } });
const data = Buffer.from(text);
const row = JSON.parse(text);
const attributes = { event_id: row.event_id, event_name: row.event_name, stream_id: row.stream_id };

async function publish(count) {
  for (let done = 0; done < count; done += 8_000) {
    const some = Math.min(8_000, count - done);
    await Promise.all(Array.from({ length: some }, () => topic.publishMessage({ data, attributes })));
  }
}

await publish(5_000);
const before = process.cpuUsage(), start = process.hrtime.bigint();
await publish(Number(messages));
const { user, system } = process.cpuUsage(before);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ cpu_us: (user + system) / messages, per_second: Math.round(messages / seconds) }));
await client.close();
server.stdin.end();
