/** Lists as text, a line each; as a JSON array; or as a JSON object a line. */
import { type HttpResponse, jsonResponse } from '../http-response.js';
import { type Format, MEDIA_TYPES } from './formats.js';

export interface ListingOptions<Item> {
  readonly format: Format;
  readonly toText: (item: Item) => string;
  readonly toJson: (item: Item) => object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function listing<Item>(
  items: readonly Item[],
  { format, toText, toJson, headers = {} }: ListingOptions<Item>,
): HttpResponse {
  if (format === 'json') return jsonResponse(200, items.map(toJson), headers);
  const isText = format === 'text';
  const lines = items.map((item) => `${isText ? toText(item) : JSON.stringify(toJson(item))}\n`);
  const contentType = isText ? {} : { contentType: MEDIA_TYPES[format] };
  return { status: 200, headers, ...contentType, body: lines.join('') };
}
