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
  const long = `HISTORY ${'x'.repeat(2000)}\n`;
  expect(encoder.encodeReply(long)).not.toBe(encoder.encodeReply(long));
  expect(encoder.encodeReply('OK\n')).toBe(ok);
});
