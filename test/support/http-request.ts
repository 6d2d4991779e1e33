/** One HTTP request of a test, over a real socket. */
import { type Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The default is a connection of its own. */
  readonly agent?: Agent;
}

/** Sends a request to a server of this machine. With a body, it is a POST. */
export function http(port: number, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { headers = {}, body, agent = false, method = body === undefined ? 'GET' : 'POST' } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(entries), text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The same with a JSON body, or for a JSON answer. */
export async function json(
  port: number,
  path: string,
  { headers, ...options }: Omit<RequestOptions, 'body'> & { readonly value?: unknown } = {},
): Promise<Omit<Reply, 'text'> & { readonly value: unknown }> {
  const { value, ...rest } = options;
  const type = value === undefined ? {} : { 'content-type': 'application/json' };
  const body = value === undefined ? {} : { body: JSON.stringify(value) };
  const reply = await http(port, path, {
    ...rest,
    ...body,
    headers: { accept: 'application/json', ...type, ...headers },
  });
  return { status: reply.status, headers: reply.headers, value: reply.text && JSON.parse(reply.text) };
}

/** The value of Authorization for a name and a password or token. */
export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}
