/** The languages that clients speak. */
import type { Conversation } from '../core/dialect.js';
import { JsonFramer } from '../framing/json-framer.js';
import { LineFramer } from '../framing/line-framer.js';
import { GotalkConversation, type GotalkOptions } from './gotalk/parse.js';
import { GotalkDialect } from './gotalk/format.js';
import { LinesConversation } from './lines/parse.js';
import { MachatConversation, MAX_HANDSHAKE_BYTES } from './machat/parse.js';

export interface DialectOptions {
  /** Bytes of a line without its end. */
  readonly maxLineBytes: number;
  /** One object, so that all who speak it share their buffers. */
  readonly gotalk?: GotalkOptions;
  /** False where no `ncat` can be at the other end: it is told nothing of how to leave that. */
  readonly inTerminal?: boolean;
}

export const DIALECT_NAMES = ['lines', 'machat', 'gotalk'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

const GOTALK: GotalkOptions = { dialect: new GotalkDialect() };

/** A conversation in the language that a connection was found to speak. */
export function conversationIn(
  dialect: DialectName,
  { maxLineBytes, gotalk = GOTALK, inTerminal }: DialectOptions,
): Conversation {
  const lines = new LineFramer(maxLineBytes);
  switch (dialect) {
    case 'lines':
      return new LinesConversation(lines, inTerminal);
    case 'machat':
      return new MachatConversation(new JsonFramer(MAX_HANDSHAKE_BYTES, lines));
    case 'gotalk':
      return new GotalkConversation(lines, gotalk);
  }
}
