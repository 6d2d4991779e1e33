/** The text in the body of a request: the body as it is, or a field of JSON. */
import { type ApiRefusal, refuse } from './errors.js';

/** A longer body is refused before it is read. */
export const MAX_BODY_BYTES = 64 * 1024;

export interface TextBody {
  readonly text: string;
  /** The name in a JSON body; null for none. */
  readonly name: string | null;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * `application/x-www-form-urlencoded` is what `curl -d` calls its text, so it is not decoded: the text is the body.
 *
 * @param contentType the header; undefined for none
 */
export function readText(contentType: string | undefined, body: Buffer): TextBody | ApiRefusal {
  const refusal = typeRefusal(contentType);
  if (refusal !== null) return refusal;
  let text: string;
  try {
    // A byte order mark is dropped.
    text = UTF8.decode(body);
  } catch {
    return refuse('not-utf8');
  }
  return isJsonType(contentType) ? fieldsOf(text) : { text, name: null };
}

/** Why a body with this Content-Type is not taken, whatever it holds; null if it may be. */
export function typeRefusal(contentType = ''): ApiRefusal | null {
  if (kindOf(contentType) === null) return refuse('unsupported-type');
  return isUtf8(contentType) ? null : refuse('not-utf8');
}

/** Whether a request with this Content-Type has a JSON body, so that JSON is the format of its response. */
export function isJsonType(contentType: string | undefined): boolean {
  return kindOf(contentType ?? '') === 'json';
}

function kindOf(contentType: string): 'text' | 'json' | null {
  const [type = ''] = contentType.split(';');
  const mediaType = type.trim().toLowerCase();
  if (mediaType === 'application/json') return 'json';
  const isText =
    mediaType === '' || mediaType.startsWith('text/') || mediaType === 'application/x-www-form-urlencoded';
  return isText ? 'text' : null;
}

function isUtf8(contentType: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType) ?? [];
  return /^(?:utf-?8|us-ascii|ascii)$/i.test(charset);
}

/** Unknown fields are ignored; of a field that occurs twice, the last one counts. */
function fieldsOf(json: string): TextBody | ApiRefusal {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return refuse('usage', { detail: 'the body is not JSON; send {"text": "hi"}' });
  }
  const { text, name = null }: { text?: unknown; name?: unknown } =
    typeof value === 'object' && value !== null ? value : {};
  if (typeof text !== 'string')
    return refuse('usage', { detail: 'the body needs a field "text" with a string: {"text": "hi"}' });
  if (name !== null && typeof name !== 'string')
    return refuse('usage', { detail: 'the field "name" must be a string' });
  return { text, name };
}
