// The Public Suffix List as npm tldts carries it: a trie in flat arrays, from which its own lookup works too
// (its src/suffix-trie.ts). Loud about what it does not know, so that a changed format stops the build.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const kinds = [null, 'icann', 'private'];

// Every rule of ASCII: { name: 'co.uk', below: false, exception: false, kind: 'icann' }. `below` is a rule
// *.name. Rules in other letters are there a second time, as punycode, which is what hosts are sent in.
export function readRules(folder) {
  const require = createRequire(resolve(folder, 'package.json'));
  const trie = require('./dist/cjs/src/data/trie.js');
  for (const name of ['nodeFlags', 'edgeStart', 'edgeLength', 'edgeChild', 'labelText', 'rulesRoot', 'exceptionsRoot']) {
    if (trie[name] === undefined) throw new Error(`tldts has no ${name}: its format has changed`);
  }
  const offsets = [];
  let end = 0;
  for (const length of trie.edgeLength) {
    offsets.push(end);
    end += length;
  }
  if (end !== trie.labelText.length) throw new Error('tldts: the labels do not fill their text');

  const rules = [];
  const walk = (node, labels, exception) => {
    const flags = trie.nodeFlags[node];
    if (!(flags in kinds)) throw new Error(`tldts: unknown flags ${flags}`);
    if (kinds[flags] !== null) {
      const below = labels[0] === '*';
      const name = (below ? labels.slice(1) : labels).join('.');
      rules.push({ name, below, exception, kind: kinds[flags] });
    }
    for (let edge = trie.edgeStart[node]; edge < trie.edgeStart[node + 1]; ++edge) {
      const label = trie.labelText.substr(offsets[edge], trie.edgeLength[edge]);
      walk(trie.edgeChild[edge], [label, ...labels], exception);
    }
  };
  walk(trie.rulesRoot, [], false);
  walk(trie.exceptionsRoot, [], true);

  const ascii = rules.filter((rule) => /^[\x21-\x7e]+$/.test(rule.name));
  for (const { name } of ascii) {
    if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) throw new Error(`tldts: the rule ${name} is not a host name`);
  }
  if (ascii.length < 8_000) throw new Error(`tldts: only ${ascii.length} rules`);
  return ascii;
}

// As the list itself writes a rule.
export const textOf = (rule) => (rule.exception ? '!' : rule.below ? '*.' : '') + rule.name;
