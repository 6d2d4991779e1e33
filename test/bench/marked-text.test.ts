import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MarkedCommands, MarkedTexts } from './load/marked-text.js';

const textBytes = 20;

test('every text is found once and in order, however the stream is cut', () => {
  const authored = fc.record({ slot: fc.nat(99), sequence: fc.nat(99_999_999) });
  fc.assert(
    fc.property(fc.array(authored), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
      const stream = messages.map(({ slot, sequence }) => line(slot, sequence)).join('INFO ann left bench\n');
      expect(found(pieces(stream, cuts))).toEqual(messages);
    }),
  );
});

test('a text is as long as was asked for', () => {
  expect(line(7, 42)).toBe('MSG |0700000042.........\n');
});

function line(slot: number, sequence: number): string {
  return new MarkedCommands(slot, textBytes, (text) => `MSG ${text}\n`).command(sequence);
}

function found(chunks: readonly string[]) {
  const seen: { slot: number; sequence: number }[] = [];
  const texts = new MarkedTexts(textBytes, (slot, sequence) => seen.push({ slot, sequence }));
  for (const chunk of chunks) texts.scan(Buffer.from(chunk), chunk.length);
  return seen;
}

/** The stream in pieces of the given lengths, and what is left of it. */
function pieces(stream: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.slice(at, at + length));
    at += length;
  }
  return [...chunks, stream.slice(at)];
}
