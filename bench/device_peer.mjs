// node-device-detector with its index, over JSON Lines on standard input: the median microseconds of each user
// agent's best of three passes. For `bench/run device`.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const DeviceDetector = require('../node_modules/node-device-detector');
const ClientHints = require('../node_modules/node-device-detector/client-hints');

const detector = new DeviceDetector({ deviceIndexes: true, clientIndexes: true, osIndexes: true,
  deviceAliasCode: false, deviceTrusted: false, deviceInfo: false });
const hints = new ClientHints();
const questions = readFileSync(0, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const best = questions.map(({ ua, headers }) => {
  const texts = Object.fromEntries(Object.entries(headers ?? {}).filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => [name.toLowerCase(), value]));
  const parsed = hints.parse(texts);
  let least = Infinity;
  for (let pass = 0; pass < 3; pass++) {
    const start = process.hrtime.bigint();
    if (!detector.parseBot(ua)?.name) detector.detect(ua, parsed);
    least = Math.min(least, Number(process.hrtime.bigint() - start) / 1000);
  }
  return least;
}).sort((a, b) => a - b);
console.log(best[Math.floor(best.length / 2)]);
