/** What the senders of webhooks send: files in the shape that each of them makes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function payload(sender: string): string {
  return readFileSync(join(import.meta.dirname, `payloads/${sender}.json`), 'utf8');
}
