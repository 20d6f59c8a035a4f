// Takes the picture of /docs that README.md shows, from a running server:
//   node tests/e2e/screenshot.mjs docs/images/docs.png

import { launchBrowser } from './browser.mjs';
import { startServer } from './harness.mjs';

const server = await startServer();
const browser = await launchBrowser();
const page = await (await browser.newContext({ viewport: { width: 1000, height: 860 } })).newPage();
await page.goto(`${server.url}/docs`);
await page.waitForSelector('button.execute');
await page.screenshot({ path: process.argv[2] });
await browser.close();
await server.stop();
