/** The dialects of streams: one object for each variant, so that clients of a kind share their output buffers. */
import type { StreamDialect } from '../../core/dialect.js';
import { Ndjson } from './ndjson.js';
import { Sse } from './sse.js';
import { StreamText, type TextStyle } from './text.js';

export const STREAM_FORMATS = ['sse', 'ndjson', 'text'] as const;
export type StreamFormatName = (typeof STREAM_FORMATS)[number];

export interface StreamStyle extends TextStyle {
  /** Whether joins, leaves and topics are shown. */
  readonly hasPresence: boolean;
}

const dialects = new Map<string, StreamDialect>();

export function streamDialect(format: StreamFormatName, style: StreamStyle): StreamDialect {
  const { hasPresence, isHist, namesRooms } = style;
  const key = [format, hasPresence, isHist, namesRooms].join();
  const dialect = dialects.get(key) ?? newDialect(format, style);
  dialects.set(key, dialect);
  return dialect;
}

function newDialect(format: StreamFormatName, style: StreamStyle): StreamDialect {
  switch (format) {
    case 'sse':
      return new Sse(style.hasPresence);
    case 'ndjson':
      return new Ndjson(style.hasPresence);
    case 'text':
      return new StreamText(style.hasPresence, style);
    default:
      return format satisfies never;
  }
}
