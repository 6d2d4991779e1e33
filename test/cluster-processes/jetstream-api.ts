/** Requests to a nats-server's JetStream interface, in NATS's own text protocol: the tests need few, and no package. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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
  const [answer] = await jetStreamAll(port, subject, [body]);
  if (answer === undefined) throw new Error(`no answer to ${subject}`);
  return answer;
}

/** The same for many bodies over one connection. The answers are in the order of the bodies. */
export async function jetStreamAll(
  port: number,
  subject: string,
  bodies: readonly unknown[],
): Promise<ApiAnswer[]> {
  const socket = await connected(port);
  try {
    const inbox = `_INBOX.${Math.random().toString(36).slice(2)}`;
    socket.write(`SUB ${inbox}.* 1\r\n`);
    // The server that answers may be another one, which must know of the subscription first. Nothing tells when.
    await delay(SUBSCRIBED_MS);
    bodies.forEach((body, index) => {
      const payload = body === null ? '' : JSON.stringify(body);
      socket.write(publication(`$JS.API.${subject}`, payload, `${inbox}.${index}`));
    });
    const answers: ApiAnswer[] = [];
    let missing = bodies.length;
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      for (;;) {
        if (/^PING\r\n/.test(text)) socket.write('PONG\r\n');
        const [line, to, length] = /^(?:MSG \S+\.(\d+) 1 (?:\S+ )?(\d+)|[^\r\n]*)\r\n/.exec(text) ?? [];
        if (line === undefined) break;
        const end = line.length + (length === undefined ? 0 : Number(length) + 2);
        if (text.length < end) break;
        if (length !== undefined) {
          answers[Number(to)] = parseAnswer(
            Buffer.from(text.slice(line.length, end - 2), 'latin1').toString(),
          );
          missing--;
        }
        text = text.slice(end);
      }
      if (missing === 0) return answers;
    }
    throw new Error(`the nats-server closed the connection: ${text.slice(-200)}`);
  } finally {
    socket.destroy();
  }
}

/** Publishes payloads without waiting for acknowledgements: some may get lost. */
export async function publishAll(port: number, subject: string, payloads: readonly string[]): Promise<void> {
  const socket = await connected(port);
  socket.write(`${payloads.map((payload) => publication(subject, payload)).join('')}PING\r\n`);
  for await (const chunk of socket) if (String(chunk).includes('PONG')) break;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer within 5 s')));
  await once(socket, 'connect');
  socket.on('error', () => {}); // also after the last answer
  socket.setEncoding('latin1');
  socket.write('CONNECT {"verbose":false,"lang":"test","version":"1","protocol":1}\r\n');
  return socket;
}

function publication(subject: string, payload: string, reply = ''): string {
  return `PUB ${subject} ${reply}${reply === '' ? '' : ' '}${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}

function parseAnswer(text: string): ApiAnswer {
  const answer: unknown = JSON.parse(text);
  if (!isAnswer(answer)) throw new Error(`not an answer of JetStream: ${text}`);
  return answer;
}

function isAnswer(value: unknown): value is ApiAnswer {
  return typeof value === 'object' && value !== null;
}
