/** Tests the marked texts by which the load recognises messages in a stream. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MarkedCommands, MarkedTexts } from './load/marked-text.js';

const textBytes = 20;

test('every marked text is found once and in order, however the stream is cut', () => {
  const authored = fc.record({ slot: fc.nat(99), sequence: fc.nat(99_999_999) });
  fc.assert(
    fc.property(fc.array(authored), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
      const stream = messages.map(({ slot, sequence }) => line(slot, sequence)).join('INFO ann left bench\n');
      expect(found(pieces(stream, cuts))).toEqual(messages);
    }),
  );
});

test('a marked text has the requested length', () => {
  expect(line(7, 42)).toBe('MSG |0700000042.........\n');
});

function line(slot: number, sequence: number): string {
  return new MarkedCommands(slot, textBytes, (text) => `MSG ${text}\n`).command(sequence);
}

function found(chunks: readonly string[]) {
  const recorded: { slot: number; sequence: number }[] = [];
  const texts = new MarkedTexts(textBytes, (slot, sequence) => recorded.push({ slot, sequence }));
  for (const chunk of chunks) texts.scan(Buffer.from(chunk), chunk.length);
  return recorded;
}

/** The stream in pieces of these lengths, and the rest of it. */
function pieces(stream: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.slice(at, at + length));
    at += length;
  }
  return [...chunks, stream.slice(at)];
}
