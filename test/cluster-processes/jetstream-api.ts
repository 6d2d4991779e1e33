/** Requests to a nats-server's JetStream interface, in NATS's own text protocol: the tests need five of them, and no package. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The answer of the JetStream interface: `error` in place of the rest if the request failed. */
export interface ApiAnswer {
  readonly error?: { readonly code: number; readonly description: string };
  readonly [field: string]: unknown;
}

const TIMEOUT_MS = 5000;
/** Time for a subscription to reach the other servers. */
const SUBSCRIBED_MS = 250;

/**
 * Sends one request and returns the JSON of its answer.
 * @throws Error if there is no connection, or no answer within 5 s
 */
export async function jetStream(port: number, subject: string, body: unknown = null): Promise<ApiAnswer> {
  const payload = body === null ? '' : JSON.stringify(body);
  return parseAnswer(await request(port, `$JS.API.${subject}`, payload));
}

/** Publishes to a subject of a stream, and returns the engine's acknowledgement. */
export async function publish(port: number, subject: string, payload: string): Promise<ApiAnswer> {
  return parseAnswer(await request(port, subject, payload));
}

/** Publishes payloads without waiting for acknowledgements: some may get lost. */
export async function publishAll(port: number, subject: string, payloads: readonly string[]): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const commands = payloads.map(
    (payload) => `PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`,
  );
  socket.write(`CONNECT {"verbose":false}\r\n${commands.join('')}PING\r\n`);
  for await (const chunk of socket.setEncoding('utf8')) if (String(chunk).includes('PONG')) break;
  socket.destroy();
}

async function request(port: number, subject: string, payload: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${subject} within 5 s`)));
  try {
    await once(socket, 'connect');
    const inbox = `_INBOX.${Math.random().toString(36).slice(2)}`;
    socket.write(`CONNECT {"verbose":false,"lang":"test","version":"1","protocol":1}\r\nSUB ${inbox} 1\r\n`);
    // The server that answers may be another one, which must know of the subscription first. Nothing tells when.
    await delay(SUBSCRIBED_MS);
    socket.write(`PUB ${subject} ${inbox} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
    let text = '';
    for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (/^PING\r\n/m.test(text)) {
        text = text.replace(/^PING\r\n/m, '');
        socket.write('PONG\r\n');
      }
      const found = /^MSG \S+ 1 (?:\S+ )?(\d+)\r\n/m.exec(text);
      if (found === null) continue;
      const start = found.index + found[0].length;
      const bytes = Buffer.from(text.slice(start));
      const length = Number(found[1]);
      if (bytes.length >= length + 2) return bytes.subarray(0, length).toString();
    }
    throw new Error(`the nats-server closed the connection: ${text.slice(-200)}`);
  } finally {
    socket.destroy();
  }
}

function parseAnswer(text: string): ApiAnswer {
  const answer: unknown = JSON.parse(text);
  if (!isAnswer(answer)) throw new Error(`not an answer of JetStream: ${text}`);
  return answer;
}

function isAnswer(value: unknown): value is ApiAnswer {
  return typeof value === 'object' && value !== null;
}
