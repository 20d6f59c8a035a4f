#!/usr/bin/env node
// Writes Matomo's device data, as npm node-device-detector carries it, as one plain JSON file.
//
//   export.mjs PACKAGE_FOLDER OUTPUT.json
//
// The package's data is used, not its logic. Loud about whatever it does not know: an unknown key, a name
// missing from its table, a key that JavaScript has moved. The data is LGPL-3.0-or-later (Matomo's).

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

import { isNumber, restoredOrder, versionOrder } from './key_order.mjs';

const [folder, output] = process.argv.slice(2);
if (!output) {
  console.error('usage: export.mjs PACKAGE_FOLDER OUTPUT.json');
  process.exit(2);
}
const require = createRequire(resolve(folder, 'package.json'));
const load = (path) => require(`./${path}.js`);

const problems = [];
const problem = (text) => problems.push(text);

// Every key of `object` must be one of `known`.
function checkKeys(place, object, known) {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) problem(`${place}: unknown key "${key}"`);
  }
}

function text(place, value, { optional = false } = {}) {
  if (value === undefined && optional) return null;
  if (typeof value === 'string') return value;
  problem(`${place}: expected text, found ${JSON.stringify(value)}`);
  return '';
}

function list(path, keys, read) {
  const entries = load(path);
  if (!Array.isArray(entries)) problem(`${path}: expected an array`);
  return entries.map((entry, index) => {
    const place = `${path}[${index}]`;
    checkKeys(place, entry, keys);
    return { regex: text(place, entry.regex), name: text(place, entry.name), ...read(entry, place) };
  });
}

const tables = {
  systemNames: load('parser/os/os_systems'),
  browserNames: load('parser/client/browser-short'),
  brands: new Set(Object.values(load('parser/device/brand-short'))),
  deviceTypes: Object.values(load('parser/const/device-type')),
};
// Templates such as "$1" become names only when they match.
const isTemplate = (name) => name.includes('$');
const folded = (table) => new Set(Object.values(table).map((name) => name.toLowerCase()));
const systems = folded(tables.systemNames), browsers = folded(tables.browserNames);
function knownName(place, name, known) {
  if (!isTemplate(name) && !known.has(name.toLowerCase())) problem(`${place}: "${name}" is not in its table`);
}

const version = (entry, place) => ({ version: text(place, entry.version, { optional: true }) });

function bots() {
  return list('regexes/bots', ['regex', 'name', 'category', 'url', 'producer'], (entry, place) => {
    const { producer } = entry;
    if (producer) checkKeys(`${place}.producer`, producer, ['name', 'url']);
    return {
      category: text(place, entry.category, { optional: true }),
      url: text(place, entry.url, { optional: true }),
      producer: producer
        ? { name: text(place, producer.name, { optional: true }), url: text(place, producer.url, { optional: true }) }
        : null,
    };
  });
}

function operatingSystems() {
  return list('regexes/oss', ['regex', 'name', 'version', 'versions'], (entry, place) => {
    knownName(place, entry.name, systems);
    const versions = (entry.versions ?? []).map((item) => {
      checkKeys(place, item, ['regex', 'name', 'version']);
      if (item.name !== undefined) knownName(place, item.name, systems);
      return { regex: text(place, item.regex), name: text(place, item.name, { optional: true }), ...version(item, place) };
    });
    return { ...version(entry, place), versions };
  });
}

function browserList() {
  return list('regexes/client/browsers', ['regex', 'name', 'version', 'engine'], (entry, place) => {
    knownName(place, entry.name, browsers);
    const { engine } = entry;
    if (engine) checkKeys(`${place}.engine`, engine, ['default', 'versions']);
    return {
      ...version(entry, place),
      engine: engine
        ? { default: text(place, engine.default), versions: versionOrder(engine.versions ?? {}, place, problem) }
        : null,
    };
  });
}

const plainClients = (path) => list(path, ['regex', 'name', 'version', 'url'], version);

function devices(path) {
  const checkType = (place, type) => {
    if (type !== null && !tables.deviceTypes.includes(type)) problem(`${place}: unknown device type "${type}"`);
    return type;
  };
  const checkBrand = (place, brand) => {
    if (brand !== null && brand !== 'Unknown' && !tables.brands.has(brand)) problem(`${place}: unknown brand "${brand}"`);
    return brand;
  };
  return restoredOrder(load(path), path, problem).map(([brand, entry]) => {
    const place = `${path} ${brand}`;
    checkKeys(place, entry, ['regex', 'device', 'model', 'models']);
    const models = entry.models?.map((model) => {
      checkKeys(place, model, ['regex', 'model', 'brand', 'device']);
      return {
        regex: text(place, model.regex),
        model: text(place, model.model),
        brand: checkBrand(place, text(place, model.brand, { optional: true })),
        device: checkType(place, text(place, model.device, { optional: true })),
      };
    });
    return {
      brand: checkBrand(place, brand),
      regex: text(place, entry.regex),
      device: checkType(place, text(place, entry.device, { optional: true })),
      model: text(place, entry.model, { optional: true }),
      models: models ?? null,
    };
  });
}

function vendorFragments() {
  return restoredOrder(load('regexes/vendorfragments'), 'vendorfragments', problem).flatMap(([brand, regexes]) => {
    if (!tables.brands.has(brand)) problem(`vendorfragments: unknown brand "${brand}"`);
    return regexes.map((regex) => ({ brand, regex: text('vendorfragments', regex) }));
  });
}

const pairs = (path) => Object.entries(load(path)).map(([key, value]) => [key, text(path, value)]);

// A short name that looks like a whole number has lost its place in the table. It matters only where its name
// could be taken for another's, as client hints are compared: without blanks, case and the word "browser".
function names(table, place) {
  const key = (name) => name.toLowerCase().replaceAll(' ', '').replace(/browser$/, '');
  for (const [short, name] of Object.entries(table).filter(([short]) => isNumber(short))) {
    const twin = Object.entries(table).find(([other, twinName]) => other !== short && key(twinName) === key(name));
    if (twin) problem(`${place}: "${name}" and "${twin[1]}" cannot be told apart, and the place of ${short} is lost`);
  }
  return Object.entries(table);
}

function families(path, table, place) {
  return Object.entries(load(path)).map(([family, shorts]) => {
    for (const short of shorts) if (!(short in table)) problem(`${place} ${family}: unknown short name "${short}"`);
    return [family, shorts];
  });
}

const pack = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
const data = {
  source: `${pack.name} ${pack.version}`,
  bots: bots(),
  systems: operatingSystems(),
  feed_readers: plainClients('regexes/client/feed_readers'),
  mobile_apps: plainClients('regexes/client/mobile_apps'),
  media_players: plainClients('regexes/client/mediaplayers'),
  pims: plainClients('regexes/client/pim'),
  browsers: browserList(),
  libraries: plainClients('regexes/client/libraries'),
  engines: list('regexes/client/browser_engine', ['regex', 'name'], () => ({})),
  televisions: devices('regexes/device/televisions'),
  shell_tvs: devices('regexes/device/shell_tv'),
  notebooks: devices('regexes/device/notebooks'),
  consoles: devices('regexes/device/consoles'),
  car_browsers: devices('regexes/device/car_browsers'),
  cameras: devices('regexes/device/cameras'),
  portable_players: devices('regexes/device/portable_media_player'),
  mobiles: devices('regexes/device/mobiles'),
  vendor_fragments: vendorFragments(),
  hint_apps: pairs('regexes/client/hints/apps'),
  hint_browsers: pairs('regexes/client/hints/browsers'),
  system_names: names(tables.systemNames, 'os_systems'),
  system_families: families('parser/os/os_families', tables.systemNames, 'os_families'),
  browser_names: names(tables.browserNames, 'browser-short'),
  browser_families: families('parser/client/browser-families', tables.browserNames, 'browser-families'),
  mobile_only_browsers: load('parser/client/browser-short-mobile'),
  fire_os_versions: pairs('parser/os/fire-os-version-map'),
  lineage_os_versions: pairs('parser/os/lineage-os-version-map'),
  form_factors: pairs('parser/const/form-factor-mapping'),
  television_clients: load('parser/const/clients-tv'),
};
if (problems.length > 0) {
  console.error(`${data.source} is not what this script knows:\n  ${problems.join('\n  ')}`);
  process.exit(1);
}
writeFileSync(output, JSON.stringify(data));
