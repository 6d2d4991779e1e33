/** The key of a locked room is sent in a header: URLs end up in logs and histories. */
import type { IncomingHttpHeaders } from 'node:http';

/** The value of `Room-Key`; null without one. Node reads headers as Latin-1, and a key is UTF-8. */
export function roomKeyOf({ 'room-key': key }: IncomingHttpHeaders): string | null {
  return typeof key === 'string' && key !== '' ? Buffer.from(key, 'latin1').toString('utf8') : null;
}
