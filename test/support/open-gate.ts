/** A request gate for tests of other parts: it admits every host, and the pages of these origins. */
import { settingName } from '../../src/config/settings.js';
import { RequestGate } from '../../src/net/http/request-gate.js';

export function openGate(allowedOrigins: readonly string[] = []): RequestGate {
  const allowed = { allowedHosts: ['*'], allowedOrigins };
  return new RequestGate({ ...allowed, nameOf: settingName, ownNames: () => [], onRefused() {} });
}
