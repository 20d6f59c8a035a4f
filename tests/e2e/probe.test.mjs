// The probe that other projects' HTTP servers are measured with too, where it lies beside this repository.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { sourceDir, startServer } from './harness.mjs';

const probe = join(sourceDir, '../shared/tools/http-probe');
const skip = existsSync(probe) ? false : `no ${probe}`;

test('http-probe finds nothing wrong', { skip, timeout: 120_000 }, async () => {
  const server = await startServer();
  try {
    const { code, output } = await new Promise((done) => {
      execFile(probe, [server.port], { timeout: 110_000 }, (error, stdout, stderr) =>
        done({ code: error ? error.code : 0, output: stdout + stderr }));
    });
    assert.equal(code, 0, output);
  } finally {
    await server.stop();
  }
});
