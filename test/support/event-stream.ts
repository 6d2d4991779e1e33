/** A reader of server-sent events over a real socket, as a browser's EventSource: it remembers the last id. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';

export interface StreamEvent {
  /** Null for an event without an id. */
  readonly id: number | null;
  readonly event: string;
  readonly data: string;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  /** The id of the last message; null before the first one. */
  lastId: number | null;
  /** The comments received: signs of life. */
  comments = 0;
  #request: ClientRequest | null = null;
  #rest = '';
  #onEvents: () => void = () => {};

  constructor(lastId: number | null = null) {
    this.lastId = lastId;
    onTestFinished(() => {
      this.#request?.destroy();
    });
  }

  /** Connects, and settles when the response begins. Rejects for another status than 200. */
  async open(port: number, path: string): Promise<IncomingMessage> {
    this.#rest = '';
    const headers = {
      Accept: 'text/event-stream',
      ...(this.lastId === null ? {} : { 'Last-Event-ID': String(this.lastId) }),
    };
    return new Promise((resolve, reject) => {
      this.#request = get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response.setEncoding('utf8').on('data', (text: string) => this.#onText(text));
        response.on('error', () => {}); // the connection broke
        resolve(response);
      });
      this.#request.on('error', reject);
    });
  }

  /** Waits until an event of all so far fits. */
  until(fits: (event: StreamEvent) => boolean): Promise<StreamEvent> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.events.find(fits);
        if (found !== undefined) resolve(found);
      };
      this.#onEvents = look;
      look();
    });
  }

  /** The ids of all messages, in the order in which they came. */
  get ids(): readonly number[] {
    return this.events.flatMap(({ id }) => (id === null ? [] : [id]));
  }

  close(): void {
    this.#request?.destroy();
  }

  #onText(text: string): void {
    const frames = (this.#rest + text).split('\n\n');
    this.#rest = frames.pop() ?? '';
    for (const frame of frames) this.#onFrame(frame);
    this.#onEvents();
  }

  #onFrame(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')] as const;
      }),
    );
    if (fields.has('')) this.comments++;
    const data = fields.get('data');
    if (data === undefined) return;
    const id = fields.has('id') ? Number(fields.get('id')) : null;
    if (id !== null) this.lastId = id;
    this.events.push({ id, event: fields.get('event') ?? 'message', data });
  }
}
