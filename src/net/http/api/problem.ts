/** The response to a refused request: a line of text, or RFC 9457's problem details for clients that prefer JSON. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { HttpResponse } from '../http-response.js';
import { type ApiRefusal, type ErrorRow, ERRORS } from './errors.js';
import { formatFor, MEDIA_TYPES } from './formats.js';
import { isJsonType } from './text-body.js';

/** Whether the client prefers JSON: by its Accept header, or because it sends JSON. */
export function prefersProblem({ headers }: IncomingMessage): boolean {
  const accept = (headers.accept ?? '').replace(/application\/problem\+json/gi, MEDIA_TYPES.json);
  return formatFor(accept, ['text', 'json']) === 'json' || isJsonType(headers['content-type']);
}

/** The response: `code: advice` as text, or RFC 9457's problem details. */
export function refusalResponse(refused: ApiRefusal, asJson: boolean): HttpResponse {
  const { refusal: code } = refused;
  const row: ErrorRow = ERRORS[code];
  const { status } = row;
  const detail = refused.detail ?? row.detail;
  const retryAfterS = refused.retryAfterS ?? row.retryAfterS;
  const headers = retryAfterS === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterS)) };
  if (!asJson) return { status, headers, body: `${code}: ${detail}\n` };
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, code, detail };
  return {
    status,
    headers,
    contentType: 'application/problem+json',
    body: `${JSON.stringify(problem)}\n`,
  };
}
