/** `FAIL`: a refusal for which IRC has no numeric (IRCv3 standard-replies). */
import { fit } from './message.js';
import type { IrcRequest } from './request.js';

/** A standard reply about a command. */
export function fail(request: IrcRequest, code: string, text: string, context = ''): string {
  return fit(
    `:${request.server.name} FAIL ${request.verb} ${code} ${context}${context === '' ? '' : ' '}:${text}`,
  );
}
