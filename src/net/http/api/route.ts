/** The type of a row of the table of routes. */
import type { Handler } from './api-request.js';
import type { Format } from './formats.js';

/**
 * Who may ask: anyone at all; a guest where HTTP_API and SERVER_PASSWORD allow it; the owner of a registered name; the
 * holder of the secret in the path.
 */
export type Who = 'anyone' | 'guest' | 'owner' | 'secret';

export interface Parameter {
  readonly name: string;
  /** What it does, for the documents: begins with a noun or a verb. */
  readonly help: string;
  readonly type: 'integer' | 'string';
  /** Whether it may be given several times. */
  readonly isRepeatable?: true;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly who: Who;
  readonly query: readonly Parameter[];
  /** The formats of the answer, the default first. Those that a path's extension may name need more than one. */
  readonly formats: readonly Format[];
  /** What is answered, for the documents: the status, and the schema of the JSON (openapi.ts). */
  readonly answer: { readonly status: number; readonly schema: string };
  /** Whether the request has a body: a text, or what a webhook sends. */
  readonly body?: 'text' | 'webhook';
  /** What it does, for the documents: begins with a verb. */
  readonly help: string;
  readonly handle: Handler;
}
