/** Asks a server whether it is ready: `GET /readyz`, once, without following redirects. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import { cleanText } from '../core/text/text.js';
import { codeOf } from '../util/error-code.js';
import { problemAdvice } from './error-messages.js';

export interface Probe {
  readonly url: URL;
  /** A certificate (PEM) to trust besides the public ones; null for none. */
  readonly ca: string | null;
  /** False accepts every certificate: for a server on this machine, whose certificate has another name. */
  readonly verifies: boolean;
  /** The time from connecting to the last byte of the response, in milliseconds. */
  readonly timeoutMs: number;
}

/** The answer of a server: its status, and the first line of the body. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** More of a body is not read: the reply of a Partyline server is a line. */
const MAX_BODY_BYTES = 4096;
/** More of a line is not shown. */
const MAX_TEXT_LENGTH = 100;

/** Null if the server is ready; else why not, and what to do. `isEncryptedOnly` tells that it asks for `https://`. */
export async function probe(options: Probe): Promise<{ failure: string; isEncryptedOnly: boolean } | null> {
  try {
    const answer = await ask(options);
    if (answer.status === 200 && answer.text === 'ok') return null;
    const isEncryptedOnly = answer.status === 403 && options.url.protocol === 'http:';
    return { failure: adviceOn(answer, options.url.href), isEncryptedOnly };
  } catch (error) {
    return { failure: adviceAfter(error, options), isEncryptedOnly: false };
  }
}

function ask({ url, ca, verifies, timeoutMs }: Probe): Promise<Answer> {
  const common = { agent: false, signal: AbortSignal.timeout(timeoutMs), headers: { Connection: 'close' } };
  const request =
    url.protocol === 'https:'
      ? // Node replaces its root certificates by the ones given, so both are passed.
        requestHttps(url, {
          ...common,
          rejectUnauthorized: verifies,
          ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
        })
      : requestHttp(url, common);
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      firstLineOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    request.end();
  });
}

async function firstLineOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk;
    if (body.length > MAX_BODY_BYTES) break;
  }
  const [line = ''] = body.trim().split('\n');
  return cleanText(line).slice(0, MAX_TEXT_LENGTH);
}

function adviceOn({ status, text }: Answer, url: string): string {
  const reply = `${url} replied ${status}${text === '' ? '' : ` (${text})`}`;
  switch (status) {
    case 200:
      return `${reply} in place of "ok"; check that it is a Partyline server`;
    case 403:
      // The reply says what to do.
      if (text.startsWith('tls-required')) return reply;
      return `${reply}; if it accepts encrypted connections only, use https:// in the URL`;
    case 404:
      return `${reply}; check that it is a Partyline server, and that a proxy passes /readyz on`;
    case 421:
      return `${reply}; use a name of the server in the URL, or add the name to ALLOWED_HOSTS`;
    case 503:
      return `not ready: ${reply}; try again in a moment`;
    default:
      return `not ready: ${reply}; check the URL and the log of the server`;
  }
}

function adviceAfter(error: unknown, { url, timeoutMs }: Probe): string {
  const shown = url.origin;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return `no answer from ${shown} within ${timeoutMs / 1000} s; check the address and the network, or set --timeout`;
  const code = codeOf(error) || 'no code';
  if (url.protocol === 'https:' && /^(?:ECONNRESET|EPROTO|ERR_SSL_.*)$/.test(code))
    return `no encrypted connection to ${shown} (${code}); for a server without a certificate use http://`;
  if (/^(?:HPE_.*|ECONNRESET)$/.test(code))
    return `${shown} does not answer HTTP (${code}); check that it is a Partyline server`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return problemAdvice(code, { shown, host, transport: 'tcp' });
}
