/**
 * The format of a response. The extension of the path (`/rooms.json`) is stronger than the Accept header, which is
 * stronger than the default of the route.
 */

export const MEDIA_TYPES = {
  text: 'text/plain',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
} as const;

export type Format = keyof typeof MEDIA_TYPES;

/** The extensions of paths, without their dot. */
export const EXTENSIONS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['txt', 'text'],
  ['json', 'json'],
  ['ndjson', 'ndjson'],
  ['sse', 'sse'],
]);

/** The extension of paths for a format, with its dot. */
export function extensionOf(format: Format): string {
  return format === 'text' ? '.txt' : `.${format}`;
}

/** The best of these formats for an Accept header; the first of them if the header prefers none. */
export function formatFor(accept: string, formats: readonly Format[]): Format {
  const [first = 'text'] = formats;
  let best: { readonly format: Format; readonly quality: number } | null = null;
  for (const { type, quality } of acceptedTypes(accept)) {
    const format = type === '*/*' ? first : formats.find((one) => covers(type, MEDIA_TYPES[one]));
    if (format !== undefined && quality > (best?.quality ?? 0)) best = { format, quality };
  }
  return best?.format ?? first;
}

function acceptedTypes(accept: string): { readonly type: string; readonly quality: number }[] {
  return accept.split(',').map((entry) => {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
}

function covers(type: string, mediaType: string): boolean {
  if (type === mediaType) return true;
  if (type === 'application/ndjson') return mediaType === MEDIA_TYPES.ndjson;
  return type.endsWith('/*') && mediaType.startsWith(type.slice(0, -1));
}
