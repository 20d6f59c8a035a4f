#!/usr/bin/env node
// Says what changed between two lists that `changes.mjs list PACKAGE_FOLDER` printed.
//
//   changes.mjs list PACKAGE_FOLDER        every rule, a line each
//   changes.mjs BEFORE.txt AFTER.txt

import { readFileSync } from 'node:fs';

import { readRules, textOf } from './rules.mjs';

const [first, second] = process.argv.slice(2);
if (first === 'list') {
  process.stdout.write(readRules(second).map((rule) => `${textOf(rule)} ${rule.kind}\n`).sort().join(''));
} else {
  const read = (path) => new Set(readFileSync(path, 'utf8').split('\n').filter(Boolean));
  const before = read(first), after = read(second);
  const added = [...after].filter((line) => !before.has(line)), removed = [...before].filter((line) => !after.has(line));
  console.log(`${after.size} rules: ${added.length} added, ${removed.length} removed`);
  for (const [sign, lines] of [['+', added], ['-', removed]]) {
    for (const line of lines.slice(0, 40)) console.log(`${sign} ${line}`);
    if (lines.length > 40) console.log(`${sign} ... and ${lines.length - 40} more`);
  }
}
