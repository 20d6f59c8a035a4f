// The first steps of README.md work as they are written there: the curl, then the query.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { sourceDir, startServer, until } from './harness.mjs';

const readme = join(sourceDir, 'README.md');

describe('README.md', { skip: existsSync(readme) ? false : 'there is no README.md' }, () => {
  let server, blocks;

  before(async () => {
    blocks = [...readFileSync(readme, 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].map(([, code]) => code);
    server = await startServer({ WRITERS__ACK: 'spooled' });
  });
  after(() => server?.stop());

  test('shows an event that becomes the row it shows how to query', async () => {
    const curl = blocks.find((code) => code.startsWith('curl '));
    assert.ok(curl, 'no ```sh block begins with curl');
    const answer = execFileSync('sh', ['-c', curl.replaceAll('localhost:8000', `127.0.0.1:${server.port}`)],
      { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /^set-cookie: __uid__=[0-9a-f-]{36};/im);
    assert.match(answer, /\{"status":"ok"\}$/);

    await until(async () => (await server.query('SELECT 1 AS one FROM events')).length > 0, 'the row is there');
    const rows = await server.query(
      `SELECT event_name, user_id, ecommerce.value AS value, items[1].item_id AS item,
              items[1].price AS price, event_params[1].key AS key,
              event_params[1].value.string_value AS page,
              user_properties[1].value.string_value AS user_type,
              app_info.id AS app, privacy_info.ads_storage AS ads, stream_id,
              collected_traffic_source.manual_source AS source,
              collected_traffic_source.manual_medium AS medium,
              collected_traffic_source.manual_campaign_name AS campaign FROM events`);
    assert.deepEqual(rows, [{
      event_name: 'purchase', user_id: 'user123', value: 99.99, item: 'SKU123', price: 99.99,
      key: 'page_location', user_type: 'premium', app: 'web-app', ads: 'Yes', stream_id: '1',
      page: 'https://example.com/page?utm_source=newsletter&utm_medium=email&utm_campaign=spring',
      source: 'newsletter', medium: 'email', campaign: 'spring',
    }]);

    const sql = blocks.map((code) => /real-streaming query "([^"]+)"/.exec(code)).find(Boolean)?.[1];
    assert.ok(sql, 'no ```sh block has a query');
    const [shown] = await server.query(sql);
    assert.equal(shown.event_name, 'purchase');
    assert.ok(Object.values(shown).includes(99.99), 'the query does not show the value');
    assert.ok(!Object.values(shown).includes(null), 'the query shows an empty column');
  });
});
