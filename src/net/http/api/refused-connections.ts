/** The codes for connections that the limits refuse. */
import type { CloseReason } from '../../../core/reasons.js';
import type { ErrorCode } from './errors.js';

export const REFUSED_CONNECTIONS = new Map<CloseReason, ErrorCode>([
  ['server-full', 'server-full'],
  ['too-many-connections', 'too-many-connections'],
  ['barred', 'banned'],
]);
