// The bq command against the fake: what the README tells people to type. Skips without bq.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { findProgram } from '../e2e/harness.mjs';
import { startFake } from './fake.mjs';

function hasBq() {
  try {
    execFileSync('sh', ['-c', 'command -v bq'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('bq', { skip: hasBq() ? false : 'no bq command', timeout: 120_000 }, () => {
  let fake, folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'real-streaming-bq-'));
    fake = await startFake('--dataset', 'p.d');
  });
  after(async () => {
    await fake?.stop();
    rmSync(folder, { recursive: true });
  });

  // Its own configuration folder, so that nobody's account is asked for.
  async function bq(...args) {
    const { stdout } = await promisify(execFile)('bq',
      ['--oauth_access_token=any', '--api', fake.rest, '--project_id=p', '--format=json', ...args],
      { env: { ...process.env, CLOUDSDK_CONFIG: folder, HOME: folder }, timeout: 60_000 });
    return stdout;
  }

  test('makes a table from print-schema, shows it and lists it', async () => {
    const schema = join(folder, 'schema.json');
    const printed = execFileSync(findProgram(), ['print-schema', '--format', 'bigquery'], { encoding: 'utf8' });
    writeFileSync(schema, printed);
    assert.match(await bq('mk', '--table', '--schema', schema, '--time_partitioning_field', 'date',
      '--clustering_fields', 'user_pseudo_id,event_name', 'd.events'), /successfully created/);
    const shown = JSON.parse(await bq('show', 'd.events'));
    assert.deepEqual(shown.timePartitioning, { type: 'DAY', field: 'date' });
    assert.deepEqual(shown.clustering.fields, ['user_pseudo_id', 'event_name']);
    assert.deepEqual(shown.schema.fields.map(({ name }) => name), JSON.parse(printed).map(({ name }) => name));
    assert.deepEqual(JSON.parse(await bq('ls', 'd')).map(({ tableReference }) => tableReference.tableId), ['events']);
  });

  test('makes a dataset, counts rows and removes a table', async () => {
    await bq('mk', '--dataset', 'p:made');
    assert.deepEqual(JSON.parse(await bq('ls')).map(({ datasetReference }) => datasetReference.datasetId).sort(), ['d', 'made']);
    await bq('mk', '--table', 'made.small', 'a:STRING');
    assert.deepEqual(JSON.parse(await bq('query', '--use_legacy_sql=false', 'SELECT COUNT(*) AS n FROM made.small')), [{ n: '0' }]);
    assert.deepEqual(JSON.parse(await bq('head', 'made.small')), []);
    await bq('rm', '-f', '-t', 'made.small');
    await assert.rejects(bq('show', 'made.small'), { stdout: /Not found: Table p:made.small/ });  // There, not on stderr.
  });
});
