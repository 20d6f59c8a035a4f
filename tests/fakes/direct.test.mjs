// Our server and Google's managed writer put the same events into the fake: what comes out must be equal.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startServer } from '../e2e/harness.mjs';
import { startFake } from './fake.mjs';
import { bigQuery, parseRows, tableWriter, writerInput } from './google_clients.mjs';

const events = [
  { event_name: 'page_view', event_params: [
    { key: 'page_location', value: { string_value: 'https://example.com/?utm_source=news&utm_medium=email&gclid=g1' } },
    { key: 'page_referrer', value: { string_value: 'https://www.google.com/' } },
    { key: 'scrolled', value: { int_value: 0 } }] },
  { event_name: 'purchase', user_id: 'user 1', privacy_info: { ad_storage: true, analytics_storage: false },
    user_properties: [{ key: 'tier', value: { string_value: 'gold' } }],
    app_info: { id: 'web', version: '1.0' },
    ecommerce: { transaction_id: 'T1', value: 99.99, currency: 'USD', tax: 0 },
    items: [{ item_id: 'A', item_name: 'caf\u00e9 \u{1f600}', price: 0.1, quantity: 3 },
      { item_id: 'B', price: 1e-7, item_params: [{ key: 'k', value: { double_value: 2.5 } }] }] },
  { event_name: 'numbers', event_params: [
    { key: 'most', value: { int_value: '9223372036854775807' } },
    { key: 'least', value: { int_value: '-9223372036854775808' } },
    { key: 'tiny', value: { double_value: 5e-324 } },
    { key: 'third', value: { double_value: 0.3333333333333333 } },
    { key: 'empty', value: { string_value: '' } }, { key: 'nothing' }] },
];

// Name, label and type of every field, by the message they are in.
function shape(descriptor, nested = descriptor.nestedType ?? []) {
  return descriptor.field.map(({ name, label, type, typeName }) => ({ name, label, type,
    fields: typeName ? shape(nested.find((message) => message.name === typeName.split('.').at(-1)),
      [...(nested.find((message) => message.name === typeName.split('.').at(-1)).nestedType ?? []), ...nested]) : [] }));
}
const LABELS = { 1: 'LABEL_OPTIONAL', 2: 'LABEL_REQUIRED', 3: 'LABEL_REPEATED' };
const TYPES = { 1: 'TYPE_DOUBLE', 3: 'TYPE_INT64', 5: 'TYPE_INT32', 8: 'TYPE_BOOL', 9: 'TYPE_STRING', 11: 'TYPE_MESSAGE' };
const named = (fields) => fields.map(({ name, label, type, fields: inner }) =>
  ({ name, label: LABELS[label] ?? label, type: TYPES[type] ?? type, fields: named(inner) }));

describe('The server and the managed writer', { timeout: 90_000 }, () => {
  let fake, server, table, peer;
  before(async () => {
    fake = await startFake('--dataset', 'p.d');
    server = await startServer({ WRITERS__STRATEGY: 'direct', WRITERS__PROJECT_ID: 'p', WRITERS__BQ__DATASET_ID: 'd',
      WRITERS__BQ__TABLE_ID: 'events', BIGQUERY_EMULATOR_HOST: fake.rest.replace('http://', ''),
      BIGQUERY_STORAGE_EMULATOR_HOST: fake.grpc });
    for (const event of events) assert.equal((await server.post(event)).status, 200);
    const client = bigQuery(fake);
    [table] = await client.dataset('d').table('events').getMetadata();
    await client.dataset('d').createTable('peer', { schema: table.schema });
    peer = await tableWriter(fake, 'projects/p/datasets/d/tables/peer');
  });
  after(async () => {
    peer?.close();
    await server?.stop();
    await fake?.stop();
  });

  test('agree on the table: partitions, clusters, a description for every column', () => {
    assert.deepEqual(table.timePartitioning, { type: 'DAY', field: 'date' });
    assert.deepEqual(table.clustering, { fields: ['user_pseudo_id', 'event_name'] });
    const bare = (fields) => fields.flatMap((field) => [...(field.description ? [] : [field.name]), ...bare(field.fields ?? [])]);
    assert.deepEqual(bare(table.schema.fields), []);
  });

  test('store the same rows, column by column', async () => {
    const ours = await fake.rowsText('p', 'd', 'events');
    const root = { type: 'RECORD', fields: table.schema.fields };
    const result = await peer.append(parseRows(ours).map((row) => writerInput(row, root)));
    assert.deepEqual(result.rowErrors, []);
    assert.equal(await fake.rowsText('p', 'd', 'peer'), ours);
    const rows = parseRows(ours);
    assert.equal(rows.length, events.length);
    assert.deepEqual(rows[1].items.map(({ item_name: name, price }) => [name, price]), [['caf\u00e9 \u{1f600}', 0.1], [undefined, 1e-7]]);
    assert.deepEqual(rows[2].event_params.slice(0, 2).map(({ value }) => value.int_value),
      ['9223372036854775807', '-9223372036854775808']);
  });

  test('describe rows alike: same names, labels and types', async () => {
    const [, ours] = Object.entries(JSON.parse(await fake.get('/fake/writer_schemas')))
      .find(([stream]) => stream.includes('/tables/events/'));
    assert.deepEqual(named(shape(ours)), named(shape(peer.protoDescriptor)));
  });
});
