/**
 * `sse`: server-sent events, as browsers' EventSource reads them (HTML, 9.2). The id of a frame is that of its message,
 * so a client that connects again sends it as Last-Event-ID by itself.
 */
import type { CursorLost } from '../../core/dialect.js';
import type { StreamItem } from './items.js';
import { itemFields, resetFields } from './json.js';
import { StreamFormat } from './stream-format.js';

/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

export class Sse extends StreamFormat {
  readonly name = 'sse';
  override readonly greeting = `retry: ${RETRY_MS}\n\n`;

  reset(lost: CursorLost): string {
    return frame('reset', resetFields(lost));
  }

  protected write(item: StreamItem): string {
    if (item.kind === 'keepalive') return ':\n\n';
    const text = frame(item.kind, itemFields(item));
    return item.kind === 'message' ? `id: ${item.message.id}\n${text}` : text;
  }
}

function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
