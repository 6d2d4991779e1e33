/** What an encoder remembers between two replies. */
import { expect, it } from 'vitest';
import { Encoder } from '../../../src/core/delivery/encoder.js';
import { machatDialect } from '../../../src/dialects/machat/format.js';
import { rawFraming } from '../../../src/net/raw-framing.js';

it('encodes a repeated reply once', () => {
  const encoder = new Encoder(machatDialect, rawFraming);
  const first = encoder.encodeReply('OK\n');
  expect(encoder.encodeReply('OK\n')).toBe(first);
  expect(encoder.encodeReply('PONG\n')).not.toBe(first);
});

it('keeps no long reply', () => {
  const encoder = new Encoder(machatDialect, rawFraming);
  const ok = encoder.encodeReply('OK\n');
  const long = `HISTORY ${'x'.repeat(rawFraming.maxTextLength ?? 0)}\n`;
  expect(encoder.encodeReply(long)).not.toBe(encoder.encodeReply(long));
  expect(encoder.encodeReply('OK\n')).toBe(ok);
});

it('leaves a text to a transport that encodes it itself', () => {
  const text = `HISTORY ${'é'.repeat(2000)}\n`;
  const encoder = new Encoder(machatDialect, rawFraming);
  expect(encoder.encodeReply(text)).toBe(text);
  expect(encoder.bytesOf(text)).toEqual(Buffer.from(text));
  const { frame, encode } = rawFraming;
  const encoderOfBytes = new Encoder(machatDialect, { frame, encode });
  expect(encoderOfBytes.encodeReply(text)).toEqual(Buffer.from(text));
});
