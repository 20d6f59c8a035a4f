// The pages for people, in a browser: they work, they report no error, and they ask no other host.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { launchBrowser, noBrowser, watch } from './browser.mjs';
import { startServer } from './harness.mjs';

describe('pages', { skip: noBrowser }, () => {
  let server, browser, page, seen;

  before(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
    seen = watch(page);
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(seen.errors, []);
    assert.deepEqual([...seen.hosts], [`127.0.0.1:${server.port}`]);
  });

  test('/ leads to the others', async () => {
    await page.goto(server.url);
    assert.equal(await page.textContent('h1'), 'It is running.');
    await page.click('header a:has-text("Try it")');
    assert.equal(page.url(), `${server.url}/docs`);
  });

  test('/docs stores a row at the first click', async () => {
    await page.goto(`${server.url}/docs`);
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.click('button.execute');
    const response = await answered;
    assert.equal(response.status(), 200);
    assert.equal(new URL(response.url()).pathname, '/api/v1/streaming/1');
    await page.waitForSelector('.live-responses-table');

    const rows = await server.query(
      `SELECT event_name, stream_id, collected_traffic_source.manual_source AS source FROM events`);
    assert.deepEqual(rows.map((row) => [row.event_name, row.stream_id, row.source]),
      [['page_view', '1', 'newsletter']]);
  });

  test('/docs shows every operation and schema', async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    await page.goto(`${server.url}/docs`);
    await page.waitForSelector('.opblock');
    const operations = Object.values(document.paths).flatMap((path) => Object.keys(path));
    assert.equal(await page.locator('.opblock').count(), operations.length);
    await page.click('section.models > h4 button');
    assert.equal(await page.locator('.models .model-container, .models .json-schema-2020-12[data-json-schema-level="0"]').count(),
      Object.keys(document.components.schemas).length);
  });

  test('/redoc renders the reference', async () => {
    await page.goto(`${server.url}/redoc`);
    await page.waitForSelector('h2:has-text("Take one event")');
    for (const field of ['event_name', 'privacy_info', 'user_properties', 'ecommerce', 'items']) {
      assert.ok(await page.locator(`td[kind="field"]:has-text("${field}")`).count(), field);
    }
    await page.fill('input[placeholder="Search..."]', 'tracker');
    await page.waitForSelector('[role="search"] [role="menuitem"]');
  });
});
