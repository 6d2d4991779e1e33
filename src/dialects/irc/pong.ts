/** PONG, the answer to PING: the token follows the name of the server. */
import { lastParameter } from './handler.js';
import { LINE_END } from './message.js';
import type { IrcRequest } from './request.js';

export function pongLine(token: string, { server }: IrcRequest): string {
  return `:${server.name} PONG ${server.name} ${lastParameter(token)}${LINE_END}`;
}
