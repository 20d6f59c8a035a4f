#!/usr/bin/env node
// Turns the Public Suffix List of npm tldts into the table that src/enrich/public_suffixes.cc searches.
//
//   compile.mjs PACKAGE_FOLDER VERSION_FILE OUTPUT.cc CASES.txt
//
// VERSION_FILE says when the package's version was published: "7.6.0 2026-11-25". CASES.txt gets hosts of every
// rule with the registrable domain that tldts gives them, for the tests.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

import { readRules } from './rules.mjs';

const [folder, versionFile, output, cases] = process.argv.slice(2);
if (!cases) {
  console.error('usage: compile.mjs PACKAGE_FOLDER VERSION_FILE OUTPUT.cc CASES.txt');
  process.exit(2);
}
const require = createRequire(resolve(folder, 'package.json'));
const { version } = require('./package.json');
const [, noted, date] = /^(\S+) (\d{4}-\d\d-\d\d)\s*$/.exec(readFileSync(versionFile, 'utf8')) ?? [];
if (noted !== version) {
  console.error(`${versionFile} is about tldts ${noted}, and ${version} is installed: ./dev update-suffix-list writes it`);
  process.exit(1);
}

// The bits of enrich/public_suffixes.h.
const bits = { rule: { icann: 1, private: 2 }, below: { icann: 4, private: 8 }, exception: 16 };
const rules = readRules(folder);
const names = new Map();
for (const { name, below, exception, kind } of rules) {
  const bit = exception ? bits.exception : bits[below ? 'below' : 'rule'][kind];
  names.set(name, (names.get(name) ?? 0) | bit);
}
const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
const labels = Math.max(...rules.map((rule) => rule.name.split('.').length + (rule.below ? 1 : 0)));
const starts = [0];
for (const [name] of sorted) starts.push(starts.at(-1) + name.length);

const rows = (values, width) => {
  const lines = [];
  for (let i = 0; i < values.length; i += width) lines.push('    ' + values.slice(i, i + width).join(', ') + ',');
  return lines.join('\n');
};
const quoted = [];
for (let i = 0; i < sorted.length; i += 8) {
  quoted.push(`    "${sorted.slice(i, i + 8).map(([name]) => name).join('')}"`);
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `// Made by tools/public_suffix_list/compile.mjs from npm tldts ${version}.
#include "enrich/public_suffixes.h"

#pragma GCC diagnostic ignored "-Woverlength-strings"

namespace rs::enrich {
namespace {

constexpr char kText[] =
${quoted.join('\n')};

constexpr std::uint32_t kStarts[] = {
${rows(starts, 16)}
};

constexpr std::uint8_t kRules[] = {
${rows(sorted.map(([, bit]) => bit), 32)}
};

}  // namespace

const PublicSuffixList& public_suffix_list() {
  static constexpr PublicSuffixList kList{{kText, sizeof kText - 1}, kStarts, kRules, ${labels},
                                          "${version}", "${date}"};
  return kList;
}

}  // namespace rs::enrich
`);

const { getDomain } = require('./dist/cjs/index.js');
const hosts = new Set();
for (const { name, below } of rules) {
  for (const host of [name, `a.${name}`, `b.a.${name}`, ...(below ? [`c.b.a.${name}`] : [])]) hosts.add(host);
}
const domain = (host) => getDomain(host, { allowPrivateDomains: true, validateHostname: false }) ?? '';
writeFileSync(cases, [...hosts].map((host) => `${host} ${domain(host)}\n`).join(''));
