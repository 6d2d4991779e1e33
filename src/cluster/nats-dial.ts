/**
 * Opens one connection to one NATS server, and says in one line why it could not. Servers are dialled one by one, and a
 * lost connection is replaced by a new one: the client's own reconnection hides which server failed and why.
 */
import { connect, isIPv6 } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type * as JetStream from '@nats-io/jetstream';
import type * as Transport from '@nats-io/transport-node';
import type { ClusterServer } from '../config/cluster-types.js';
import { ConfigError } from '../config/load-config.js';
import { codeOf } from '../util/error-code.js';

/** A server that cannot be used now, but may be later. The message names the server and what is awaited. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';
}

/** What is used of the packages, which only a node of a cluster loads. */
export type Packages = Pick<typeof Transport, 'connect' | 'createInbox' | 'credsAuthenticator'> &
  Pick<typeof JetStream, 'jetstreamManager'>;

export interface DialOptions {
  /** Shown by the tools of NATS: the name of the node. */
  readonly name: string;
  /** The content of a NATS credentials file; null for the login in the server's URL. */
  readonly creds: Uint8Array | null;
  /** The certificate authority in PEM; null for those of Node.js. */
  readonly ca: string | null;
}

/** A server that accepts a connection and then says nothing is given up after this time. */
const DIAL_TIMEOUT_MS = 3000;
/** A blocked server is noticed after three of these. */
const PING_INTERVAL_MS = 1000;
/** A batch has up to 256 KiB before it is encrypted, and one proposal may be larger. NATS's default is 1 MiB. */
const MIN_PAYLOAD_BYTES = 1_000_000;

/**
 * `signal` gives up.
 *
 * @throws ConfigError if a setting must change, here or on the server; ServerUnavailable if it may succeed later.
 */
export async function dial(
  packages: Packages,
  server: ClusterServer,
  options: DialOptions,
  signal: AbortSignal,
): Promise<Transport.NatsConnection> {
  try {
    const { max_payload: limit } = await greeting(server, signal);
    if (typeof limit === 'number' && limit < MIN_PAYLOAD_BYTES)
      throw new ConfigError(
        `partyline: ${server.url} takes messages of ${limit} bytes only; set max_payload to 1MB or more in its configuration`,
      );
    // The client checks the certificate of a server that has an address against the name `localhost`.
    const tls = {
      ...(options.ca !== null && { ca: options.ca }),
      checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
        checkServerIdentity(server.host, certificate),
    };
    return await packages.connect({
      servers: `${isIPv6(server.host) ? `[${server.host}]` : server.host}:${server.port}`,
      name: options.name,
      reconnect: false,
      timeout: DIAL_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: 2,
      ignoreClusterUpdates: true,
      ...(server.isTls && { tls }),
      ...authentication(packages, server, options),
    });
  } catch (error) {
    throw error instanceof ConfigError ? error : dialFault(error, server);
  }
}

/**
 * What the server says of itself before anything is sent to it. It is asked on a connection of its own: the client never
 * closes its connection to a server that accepts it and then says nothing.
 */
async function greeting(
  { host, port }: ClusterServer,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const socket = connect({ host, port });
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
  try {
    let text = '';
    for await (const chunk of addAbortSignal(giveUp, socket.setEncoding('latin1'))) {
      text += String(chunk);
      if (!'INFO {'.startsWith(text.slice(0, 6))) break;
      const [, info] = /^INFO (.+?)\r?\n/.exec(text) ?? [];
      if (info !== undefined) return JSON.parse(Buffer.from(info, 'latin1').toString());
    }
    throw text === '' ? new Error('the connection was closed') : new SyntaxError('not the greeting of NATS');
  } finally {
    socket.destroy();
  }
}

function authentication(
  packages: Packages,
  { login }: ClusterServer,
  { creds }: DialOptions,
): { authenticator?: Transport.Authenticator; token?: string; user?: string; pass?: string } {
  if (creds !== null) return { authenticator: authenticatorOf(packages, creds) };
  if (login === null) return {};
  return 'token' in login ? { token: login.token } : { user: login.user, pass: login.password };
}

/** Signs once as a test: the client would only close a connection with credentials that cannot sign. */
function authenticatorOf({ credsAuthenticator }: Packages, creds: Uint8Array): Transport.Authenticator {
  const authenticator = credsAuthenticator(creds);
  try {
    authenticator('test');
  } catch {
    throw new ConfigError(
      'partyline: the credentials in CLUSTER_CREDS are damaged; make them again with nsc generate creds',
    );
  }
  return authenticator;
}

/** The errors of Node's TLS about the certificate of the other side. */
const CERTIFICATE_ERROR = /^(?:ERR_TLS_CERT|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:GET|VERIFY))/;

/** The fault behind an error of the client, whose messages name no server. */
function dialFault(error: unknown, { url, isTls }: ClusterServer): Error {
  const config = (text: string) => new ConfigError(`partyline: ${url} ${text}`);
  const text = error instanceof Error ? error.message : 'the connection was closed';
  const name = error instanceof Error ? error.name : '';
  const code = codeOf(error);
  if (name === 'UserAuthenticationExpiredError' || /authentication expired/i.test(text))
    return config('refuses the credentials, because they have expired; get new ones for CLUSTER_CREDS');
  if (name === 'AuthorizationError' && !/timeout/i.test(text))
    return config('refuses the credentials; correct CLUSTER_CREDS, or the user and password in CLUSTER');
  if (/does not support 'tls'/.test(text))
    return config('does not encrypt; add tls to its configuration, or write nats:// in CLUSTER');
  if (CERTIFICATE_ERROR.test(code))
    return config(
      `has a certificate that is not accepted (${text.replace(/[:\s]+$/, '')}); set CLUSTER_CA to its certificate authority, and write a name in CLUSTER that the certificate contains`,
    );
  if (code.startsWith('ERR_SSL'))
    return config(`does not agree on TLS (${isTls ? text : `it needs tls:// in CLUSTER`})`);
  if (error instanceof SyntaxError) return config('is not a NATS server; correct host and port in CLUSTER');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new ServerUnavailable(`${url}: unknown host name`);
  if (name === 'TimeoutError' || name === 'AbortError')
    return new ServerUnavailable(`${url}: no answer within ${DIAL_TIMEOUT_MS / 1000} s`);
  return new ServerUnavailable(`${url}: ${code === 'ECONNREFUSED' ? 'connection refused' : text}`);
}
