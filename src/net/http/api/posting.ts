/** The handlers that post: a text in a room, or to a user. */
import { type HttpResponse, jsonResponse } from '../http-response.js';
import type { NewPost, Posted } from './api-port.js';
import type { ApiAnswer, ApiRequest } from './api-request.js';
import { type ApiRefusal, isRefusal, refuse } from './errors.js';
import { roomKeyOf } from './room-key.js';
import { readText } from './text-body.js';

/** `POST /rooms/{room}/messages`, and its short form. */
export async function postMessages(request: ApiRequest): Promise<ApiAnswer> {
  const post = newPostOf(request);
  if (isRefusal(post)) return post;
  const posted = await request.caller.post(request.segment('room'), post);
  if (isRefusal(posted)) return posted;
  const { id, lastId, name, target } = posted;
  const location = { Location: `/rooms/${encodeURIComponent(target)}/messages/${id}` };
  const facts = { id, lastId, time: timeOf(posted), room: target, name, count: lastId - id + 1 };
  return postedResponse(request, posted, facts, location);
}

/** `POST /users/{name}/messages`. */
export async function postDirect(request: ApiRequest): Promise<ApiAnswer> {
  const post = newPostOf(request);
  if (isRefusal(post)) return post;
  const posted = await request.caller.tell(request.segment('name'), post);
  if (isRefusal(posted)) return posted;
  const { id, lastId, target, isKept } = posted;
  const facts = { id, lastId, time: timeOf(posted), to: target, kept: isKept, count: lastId - id + 1 };
  return postedResponse(request, posted, facts, {});
}

function postedResponse(
  request: ApiRequest,
  { id, lastId, isReplay }: Posted,
  facts: object,
  location: Readonly<Record<string, string>>,
): HttpResponse {
  // The request itself is counted already.
  request.spend(lastId - id);
  const status = isReplay ? 200 : 201;
  const headers = { ...location, ...(isReplay ? { 'Idempotency-Replayed': 'true' } : {}) };
  return request.format === 'json'
    ? jsonResponse(status, facts, headers)
    : { status, headers, body: `${id}\n` };
}

function timeOf({ at }: Posted): string {
  return new Date(at).toISOString();
}

function newPostOf({ headers, query, body }: ApiRequest): NewPost | ApiRefusal {
  const text = readText(headers['content-type'], body);
  if (isRefusal(text)) return text;
  const key = headers['idempotency-key'] ?? null;
  if (key !== null && (typeof key !== 'string' || !/^[!-~]{1,64}$/.test(key)))
    return refuse('usage', { detail: 'an Idempotency-Key has 1 to 64 visible ASCII characters' });
  return {
    text: text.text,
    name: query.get('as') ?? text.name,
    userAgent: headers['user-agent'] ?? '',
    roomKey: roomKeyOf(headers),
    once: key === null ? null : { key, body },
  };
}
