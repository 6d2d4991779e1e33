/** `ndjson`: a JSON object in each line, whose field `event` tells its kind. */
import type { CursorLost } from '../../core/dialect.js';
import type { StreamItem } from './items.js';
import { itemFields, resetFields } from './json.js';
import { StreamFormat } from './stream-format.js';

export class Ndjson extends StreamFormat {
  readonly name = 'ndjson';

  reset(lost: CursorLost): string {
    return line('reset', resetFields(lost));
  }

  protected write(item: StreamItem): string {
    return line(item.kind, itemFields(item));
  }
}

function line(event: string, fields: object): string {
  return `${JSON.stringify({ event, ...fields })}\n`;
}
