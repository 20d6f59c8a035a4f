// The proxies of docs/web.md, as they stand there, in front of the real program.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { emptyFolder, freePort, sourceDir, startServer, until } from './harness.mjs';

const page = readFileSync(join(sourceDir, 'docs/web.md'), 'utf8');
const blockOf = (language) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)[1];
const missing = (program) => (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `no ${program}`);

// Starts `command` in `folder` and waits until its port answers.
async function start(command, args, folder, port) {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, HOME: folder } });
  await until(async () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false), `${command} listens`);
  return async () => {
    const ended = new Promise((done) => child.on('close', done));
    child.kill('SIGTERM');
    await ended;
  };
}

const proxies = {
  async nginx(folder, port, target) {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; pid nginx.pid; error_log logs/error.log;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:${port}; location / { return 200; }
${blockOf('nginx').replace('127.0.0.1:8000', target)} } }`);
    return start('nginx', ['-p', folder, '-c', 'nginx.conf'], folder, port);
  },
  async caddy(folder, port, target) {
    writeFileSync(join(folder, 'Caddyfile'), `{
  admin off
  auto_https off
}
http://127.0.0.1:${port}, http://www.site.localhost:${port} {
${blockOf('caddyfile').replace('127.0.0.1:8000', target)}
  respond 200
}`);
    return start('caddy', ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'], folder, port);
  },
};

for (const name of Object.keys(proxies)) {
  describe(`${name} as docs/web.md has it`, { skip: missing(name), timeout: 60_000 }, () => {
    let server, folder, port, stop;

    before(async () => {
      server = await startServer({ RUN__TRUSTED_PROXIES: 'loopback' });
      folder = emptyFolder();
      port = await freePort();
      stop = await proxies[name](folder, port, `127.0.0.1:${server.port}`);
    });
    after(async () => {
      await stop?.();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('passes on hits, events and the scripts below its path', async () => {
      const url = `http://127.0.0.1:${port}/rs`;
      const hit = await fetch(`${url}/g/collect?v=2&tid=G-FRONT&cid=1.2&en=page_view`, { method: 'POST',
        headers: { 'X-Forwarded-For': '203.0.113.9' } });
      assert.equal(hit.status, 204);
      assert.equal((await fetch(`${url}/mp/collect?measurement_id=G-FRONT&api_secret=x`, { method: 'POST',
        body: '{"client_id":"1.2","events":[{"name":"sign_up"}]}' })).status, 204);
      const native = await fetch(`${url}/api/v1/streaming/1`, { method: 'POST', body: '{"event_name":"native"}' });
      assert.deepEqual(await native.json(), { status: 'ok' });
      for (const script of ['mirror.js', 'v6.js']) {
        assert.equal((await fetch(`${url}/api/v1/fetch/${script}`)).status, 200, script);
      }
      const rows = await server.query('SELECT event_name AS name, ip FROM events ORDER BY event_name');
      assert.deepEqual(rows.map((row) => row.name), ['native', 'page_view', 'sign_up']);
      const address = rows.find((row) => row.name === 'page_view').ip;
      assert.ok(['127.0.0.1', '203.0.113.9'].includes(address), address);
    });
  });
}
