// Debian's Chromium for tests, and small sites for it to visit.
//
// Hosts are names under "site.localhost": Chromium takes those as trustworthy without TLS, so that
// Secure cookies work over plain HTTP, and as one site, as a shop and its collector are. (Between
// sites this Chromium blocks cookies altogether.) Names under "example.test" lead to this machine
// too, as an ordinary registrable domain without TLS.

import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

// For a test's option `skip`: false, or the reason.
export const noBrowser = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;

export function launchBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync',
           '--host-resolver-rules=MAP *.example.test 127.0.0.1'],
  });
}

// A site on a free port: `answer(request, body)` gives {status, headers, body}.
// Returns {port, requests: [{method, url, headers, body}], close()}.
export async function startSite(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(seen);
    const { status = 200, headers: fields = {}, body = '' } = await answer(seen);
    response.writeHead(status, fields).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
  return { port: server.address().port, requests, close };
}

// A page with nothing on it but `head`.
export function startPage(head = '') {
  const body = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>` +
               `<link rel="icon" href="data:,">${head}</head><body></body></html>`;
  return startSite(() => ({ headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }));
}

// What went wrong on a page, and whom it asked: {errors: [text], hosts: Set of host:port}.
export function watch(page) {
  const seen = { errors: [], hosts: new Set() };
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http')) seen.hosts.add(url.host);
  });
  return seen;
}
