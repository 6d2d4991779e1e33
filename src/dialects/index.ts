/** The languages that clients speak. */
import type { Conversation } from '../core/dialect.js';
import { LineFramer } from '../wire/line-framer.js';
import { LinesConversation } from './lines.js';

export interface DialectLimits {
  /** Bytes of a line without its end. */
  readonly maxLineBytes: number;
}

export function linesConversation({ maxLineBytes }: DialectLimits): Conversation {
  return new LinesConversation(new LineFramer(maxLineBytes));
}

/** A conversation in the language that a connection was found to speak. */
export function conversationIn(_dialect: 'lines' | 'machat' | 'gotalk', limits: DialectLimits): Conversation {
  return linesConversation(limits);
}
