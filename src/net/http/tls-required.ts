/** The response to plain HTTP on a port that requires TLS. */
import type { HttpResponse } from './http-response.js';

export const TLS_REQUIRED: HttpResponse = {
  status: 403,
  body: 'tls-required: this server takes encrypted connections only: use https:// or wss://.\n',
};
