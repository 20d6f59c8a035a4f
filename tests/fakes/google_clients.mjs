// Google's own Node clients, pointed at the fake.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { BigQuery } = require('@google-cloud/bigquery');
const { adapt, managedwriter } = require('@google-cloud/bigquery-storage');
const { credentials } = require('@grpc/grpc-js');
const { OAuth2Client } = require('google-auth-library');

// Without this the clients look for a metadata server first.
process.env.METADATA_SERVER_DETECTION = 'none';

export function bigQuery(fake, projectId = 'p') {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'any', expiry_date: Date.now() + 3_600_000 });
  return new BigQuery({ projectId, apiEndpoint: fake.rest, authClient });
}

// A JSONWriter to `table` on its default stream, or on a stream of `type`. close() ends all of it.
export async function tableWriter(fake, table, type = managedwriter.DefaultStream) {
  const [apiEndpoint, port] = fake.grpc.split(':');
  const client = new managedwriter.WriterClient({
    projectId: 'p', apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() });
  const stream = await client.getWriteStream({ streamId: `${table}/streams/_default`, view: 'FULL' });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(stream.tableSchema, 'root');
  const connection = await client.createStreamConnection(
    type === managedwriter.DefaultStream ? { streamId: type, destinationTable: table }
                                         : { streamType: type, destinationTable: table });
  const writer = new managedwriter.JSONWriter({ connection, protoDescriptor });
  return {
    connection,
    protoDescriptor,
    append: (rows, offset) => writer.appendRows(rows, offset).getResult(),
    close() {
      writer.close();
      client.close();
    },
  };
}

export const { CommittedStream, PendingStream, BufferedStream } = managedwriter;

const micros = (text) => `${BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1000n + BigInt(text.slice(20, 26))}`;
const days = (text) => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

// What the managed writer wants for a value of a column, as the fake shows it.
export function writerInput(value, column) {
  if (column.mode === 'REPEATED') return value.map((one) => writerInput(one, { ...column, mode: 'NULLABLE' }));
  if (column.type === 'RECORD') {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) =>
      [name, writerInput(inner, column.fields.find((field) => field.name === name))]));
  }
  if (column.type === 'DATE') return days(value);
  if (column.type === 'TIMESTAMP') return micros(value);
  return column.type === 'JSON' ? JSON.stringify(value) : value;
}

// Numbers that a double cannot hold come as text, which the managed writer takes too.
export const parseRows = (text) => JSON.parse(text.replace(/:(-?\d{16,})(?=[,}])/g, ':"$1"'));
