/**
 * `POST /hooks/{secret}`: what Slack's incoming webhook takes, for the many programs that can send to it. The answers are
 * Slack's, since senders compare them: Grafana reports a failure for `OK`.
 */
import type { HttpResponse } from '../../http-response.js';
import type { HookRefusal } from '../api-port.js';
import { type ApiAnswer, type ApiRequest } from '../api-request.js';
import { refuse } from '../errors.js';
import { cutLines } from './cut.js';
import { textOfPayload } from './slack-payload.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export async function postByHook(request: ApiRequest): Promise<ApiAnswer> {
  const { caller, about, body } = request;
  const hook = caller.hook(request.segment('secret'));
  if (hook === null) return answer(403, 'invalid_token');
  const text = textIn(body);
  if (text === null) return answer(400, 'invalid_payload');
  const { pasteLines: maxLines, pasteBytes: maxBytes, maxLineBytes } = about;
  const lines = cutLines(text, { maxLines, maxBytes, maxLineBytes });
  if (lines.length === 0) return answer(400, 'no_text');
  request.spend(lines.length - 1);
  const refusal = await hook.post(lines);
  return refusal === null ? answer(200, 'ok') : answerTo(refusal);
}

function answerTo(refusal: HookRefusal): ApiAnswer {
  switch (refusal) {
    case 'usage':
      return answer(400, 'no_text');
    case 'invalid-room':
      return answer(410, 'channel_is_archived');
    case 'banned':
    case 'muted':
      return answer(403, 'action_prohibited');
    case 'not-stored':
      return refuse('not-stored');
    default:
      // The hook was revoked a moment ago.
      return answer(403, 'invalid_token');
  }
}

/** Slack's answers have no line end. */
function answer(status: number, body: string): HttpResponse {
  return { status, body };
}

function textIn(body: Buffer): string | null {
  try {
    return textOfPayload(UTF8.decode(body));
  } catch {
    return null;
  }
}
