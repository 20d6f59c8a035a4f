#!/usr/bin/env node
// Says how two files of export.mjs differ, list by list.
//
//   changes.mjs BEFORE.json AFTER.json

import { readFileSync } from 'node:fs';

const [before, after] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
console.log(`${before.source} -> ${after.source}`);
let same = true;
for (const list of Object.keys(after).filter((name) => Array.isArray(after[name]))) {
  const old = new Set((before[list] ?? []).map((entry) => JSON.stringify(entry)));
  const now = new Set(after[list].map((entry) => JSON.stringify(entry)));
  const added = [...now].filter((entry) => !old.has(entry)), gone = [...old].filter((entry) => !now.has(entry));
  if (added.length + gone.length === 0) continue;
  same = false;
  const name = (text) => { const entry = JSON.parse(text); return entry.brand ?? entry.name ?? entry[1] ?? text; };
  console.log(`  ${list}: ${added.length} new or changed, ${gone.length} gone or changed`);
  console.log(`    ${[...new Set(added.map(name))].slice(0, 12).join(', ')}${added.length > 12 ? ', ...' : ''}`);
}
if (same) console.log('  nothing has changed');
