// Many clients that post events with distinct ids as fast as they are answered, each over its own
// kept-alive connection with `depth` requests on the way.
//
//   const load = startLoad(port, { clients: 32, events: 200_000, depth: 32 });
//   await load.finished;       // every event was taken, or every connection has ended
//   load.taken;                // Set of the ids answered with 200
//   load.refusedTimes;         // answers 503; those events are sent again after Retry-After
//
// With `list`, each request is a JSON array of that many events, whose ids are the request's with '.0', '.1', ... behind.
// With `refusals`, a 503 is not sent again but the next event at once, until there were so many. Ids are `prefix` and a number below `events`. Anything but 200 and 503 fails `finished`.

import { createConnection } from 'node:net';

const HEAD_END = '\r\n\r\n';

const event = (id) => `{"event_name":"load","event_id":"${id}","event_params":[{"key":"page_location","value":` +
  `{"string_value":"https://shop.example.com/p/${id}?utm_source=newsletter"}},{"key":"n","value":{"int_value":1}}]}`;

function request(ids, isList) {
  const events = ids.map(event).join(',');
  const body = isList ? `[${events}]` : events;
  return 'POST /api/v1/streaming/1 HTTP/1.1\r\nHost: collect.example.com\r\nCookie: __uid__=visitor\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

class Client {
  constructor(load, port) {
    this.load = load;
    this.onTheWay = [];
    this.again = [];  // Refused for now.
    this.bytes = '';
    this.ended = new Promise((done) => { this.end = done; });
    this.socket = createConnection({ port, host: '127.0.0.1', noDelay: true }, () => this.fill());
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => this.take(text));
    this.socket.on('error', () => {});  // 'close' follows.
    this.socket.on('close', () => this.end());
  }

  fill() {
    if (this.pausing) return;
    const { depth } = this.load;
    // Half empty before it is filled: fewer, larger writes.
    if (this.onTheWay.length * 2 > depth) return;
    let text = '';
    while (this.onTheWay.length < depth) {
      const id = this.again.pop() ?? this.load.nextId();
      if (id === undefined) break;
      this.onTheWay.push(id);
      text += request(this.load.idsOf(id), this.load.list > 0);
    }
    if (text) this.socket.write(text, 'latin1');
    if (this.onTheWay.length === 0) this.socket.end();
  }

  take(text) {
    this.bytes = this.bytes ? this.bytes + text : text;
    let at = 0, answered = 0;
    for (;;) {
      const end = this.bytes.indexOf(HEAD_END, at);
      if (end < 0) break;
      const head = this.bytes.slice(at, end);
      const length = Number(/\r\nContent-Length: (\d+)/.exec(head)[1]);
      const next = end + HEAD_END.length + length;
      if (next > this.bytes.length) break;
      this.settle(this.onTheWay[answered++], head, this.bytes.slice(end, next));
      at = next;
    }
    this.bytes = this.bytes.slice(at);
    this.onTheWay.splice(0, answered);
    this.fill();
  }

  settle(id, head, body) {
    const status = Number(head.slice(9, 12));
    if (status === 200) {
      for (const each of this.load.idsOf(id)) this.load.taken.add(each);
      return;
    }
    const wait = Number(/\r\nRetry-After: (\d+)/.exec(head)?.[1]);
    if (status !== 503 || !(wait > 0)) this.load.unexpected.push(`${head}${body}`);
    this.load.refusedTimes++;
    if (this.load.refusals > 0) return;
    this.again.push(id);
    this.pausing ??= setTimeout(() => {
      this.pausing = undefined;
      if (!this.socket.destroyed) this.fill();
    }, wait * 1000);
  }
}

class Load {
  constructor(port, { clients = 32, events, depth = 1, prefix = 'load-', refusals = 0, list = 0 }) {
    Object.assign(this, { depth, events, list, prefix, refusals, sent: 0, refusedTimes: 0, taken: new Set(), unexpected: [] });
    this.clients = Array.from({ length: clients }, () => new Client(this, port));
    this.finished = Promise.all(this.clients.map(({ ended }) => ended)).then(() => {
      if (this.unexpected.length > 0) throw new Error(`an unexpected answer: ${this.unexpected[0]}`);
    });
  }

  nextId() {
    const enough = this.refusals > 0 && this.refusedTimes >= this.refusals;
    return this.sent < this.events && !enough ? this.prefix + this.sent++ : undefined;
  }

  idsOf(id) {
    return this.list > 0 ? Array.from({ length: this.list }, (_, i) => `${id}.${i}`) : [id];
  }

  close() {
    for (const { socket } of this.clients) socket.destroy();
  }
}

export function startLoad(port, options) {
  return new Load(port, options);
}
