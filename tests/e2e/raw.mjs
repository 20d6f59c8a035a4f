// HTTP/1.1 over a bare socket, for what fetch() cannot send or hides: framing, pipelining, HEAD,
// interim answers, the end of a connection.
//
//   const connection = await connect(port);
//   connection.send(post({ event_name: 'a' }) + post({ event_name: 'b' }));
//   await connection.answer();   // {status, headers, body, text, json()}; headers by lower-case name
//   await connection.ended();    // the server has closed it

import { once } from 'node:events';
import { createConnection } from 'node:net';

const ANSWER_MILLISECONDS = 10_000;
const STREAMING = '/api/v1/streaming/1';

// A request as bytes. `body` is an object, text or a Buffer; headers replace the ones made here, null removes.
export function post(body, { headers = {}, path = STREAMING, version = 'HTTP/1.1', method = 'POST' } = {}) {
  const bytes = Buffer.isBuffer(body) ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return head(`${method} ${path} ${version}`,
    { Host: 'localhost', 'Content-Length': bytes.length, ...headers }) + bytes.toString('latin1');
}

export function get(path, { headers = {}, method = 'GET', version = 'HTTP/1.1' } = {}) {
  return head(`${method} ${path} ${version}`, { Host: 'localhost', ...headers });
}

export function head(start, headers) {
  const lines = Object.entries(headers).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start}\r\n${lines.join('')}\r\n`;
}

// The body in the chunked coding, `size` bytes a chunk.
export function chunked(text, size = 7) {
  const bytes = Buffer.from(text).toString('latin1');
  let out = '';
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.slice(at, at + size);
    out += `${part.length.toString(16)}\r\n${part}\r\n`;
  }
  return `${out}0\r\n\r\n`;
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.bytes = '';  // Latin-1: one character a byte.
    this.finished = false;
    this.changed = () => {};
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.bytes += text;
      this.changed();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.finished = true;
        this.changed();
      });
    }
  }

  // A string is taken as Latin-1.
  send(bytes) {
    this.socket.write(bytes, 'latin1');
    return this;
  }

  // `toHead`: the answer to a HEAD request, which has no body whatever its length says.
  async answer({ toHead = false } = {}) {
    const size = await this.waitFor(() => {
      const end = this.bytes.indexOf('\r\n\r\n');
      return end >= 0 && end + 4;
    }, 'the head of an answer');
    const [start, ...lines] = this.bytes.slice(0, size - 4).split('\r\n');
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(start) ?? [];
    if (!status) throw new Error(`not an answer: ${start}`);
    const headers = {};
    for (const line of lines) {
      const [, name, value] = /^([^:]+): (.*)$/.exec(line);
      const key = name.toLowerCase();
      headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
    }
    const length = toHead ? 0 : Number(headers['content-length'] ?? 0);
    await this.waitFor(() => this.bytes.length >= size + length, 'the body of an answer');
    const body = Buffer.from(this.bytes.slice(size, size + length), 'latin1');
    this.bytes = this.bytes.slice(size + length);
    const text = body.toString();
    return { status: Number(status), headers, body, text, json: () => JSON.parse(text) };
  }

  // Whether nothing more than what was read had come when the server closed.
  async ended() {
    await this.waitFor(() => this.finished, 'the end of the connection');
    return this.bytes === '';
  }

  close() {
    this.socket.destroy();
  }

  async waitFor(condition, what) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`${what} does not come`)), ANSWER_MILLISECONDS);
    });
    try {
      for (;;) {
        const result = condition();
        if (result) return result;
        if (this.finished) throw new Error(`closed before ${what}; there is ${JSON.stringify(this.bytes)}`);
        await Promise.race([new Promise((done) => { this.changed = done; }), late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

export async function connect(port) {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return new Connection(socket);
}

// One request on a connection of its own.
export async function ask(port, bytes, options) {
  const connection = await connect(port);
  try {
    return await connection.send(bytes).answer(options);
  } finally {
    connection.close();
  }
}
