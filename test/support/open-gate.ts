/** A request gate for tests of other parts: it admits every host, and the pages of these origins. */
import { RequestGate } from '../../src/net/http/request-gate.js';

export function openGate(allowedOrigins: readonly string[] = []): RequestGate {
  return new RequestGate({ allowedHosts: ['*'], allowedOrigins, ownNames: () => [], onRefused() {} });
}
