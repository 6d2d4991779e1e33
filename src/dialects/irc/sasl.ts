/** AUTHENTICATE: SASL PLAIN, in parts of 400 bytes (IRCv3 sasl-3.1, RFC 4616). */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, foldName, parseUserName } from '../../core/text/text.js';
import { type Asker, needMoreParameters, numeric } from './handler.js';
import { LINE_END } from './message.js';

/** A part of this length is followed by another one. */
const PART_BYTES = 400;
/** Base64 of a name and a password; longer ones are refused with 905. */
const MAX_PAYLOAD_BYTES = 1200;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The state of one exchange. */
export class SaslExchange {
  /** The payload so far; null outside of an exchange. */
  #payload: string | null = null;

  /** The login does not wait for the end of an exchange. Returns the line that tells so; '' without an exchange. */
  abort(asker: Asker): string {
    if (this.#payload === null) return '';
    this.#payload = null;
    return numeric(asker, '906', ':SASL authentication aborted').text;
  }

  authenticate([argument = '']: readonly string[], asker: Asker): ParsedLine {
    const failed = (code: string, text: string): ParsedLine => {
      this.#payload = null;
      return numeric(asker, code, text);
    };
    if (argument === '') return needMoreParameters(asker);
    if (argument === '*') return failed('906', ':SASL authentication aborted');
    if (this.#payload === null) return this.#start(argument, asker);
    if (argument.length > PART_BYTES || this.#payload.length + argument.length > MAX_PAYLOAD_BYTES)
      return failed('905', ':SASL message too long');
    if (argument !== '+') this.#payload += argument;
    if (argument.length === PART_BYTES) return null;
    const credentials = credentialsIn(this.#payload);
    this.#payload = null;
    if (credentials === null) return failed('904', ':SASL authentication failed');
    return { kind: 'authenticate', ...credentials };
  }

  #start(mechanism: string, asker: Asker): ParsedLine {
    if (asker.state.account !== null || asker.state.identity !== null)
      return numeric(asker, '907', ':You have already authenticated using SASL');
    if (mechanism.toUpperCase() !== 'PLAIN') {
      const { request } = asker;
      const text =
        request.reply('908', 'PLAIN :are available SASL mechanisms') +
        request.reply('904', ':SASL authentication failed');
      return { kind: 'answer', text };
    }
    this.#payload = '';
    return { kind: 'answer', text: `AUTHENTICATE +${LINE_END}` };
  }
}

/** The name and the password of PLAIN; null if it is not one. */
function credentialsIn(payload: string) {
  if (!BASE64.test(payload)) return null;
  const parts = Buffer.from(payload, 'base64').toString('utf8').split('\0');
  const [authorization = '', name = '', password = ''] = parts;
  if (parts.length !== 3 || password === '') return null;
  if (authorization !== '' && foldName(authorization) !== foldName(name)) return null;
  const account = parseUserName(cleanText(name));
  return account === null ? null : { account, secret: cleanText(password) };
}
