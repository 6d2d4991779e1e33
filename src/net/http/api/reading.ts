/** The handlers that read: messages, rooms and users. */
import type { HttpResponse } from '../http-response.js';
import type { ApiMessage, ApiMessages, ApiUser, MessageQuery } from './api-port.js';
import type { ApiAnswer, ApiRequest } from './api-request.js';
import { type ApiRefusal, isRefusal, refuse } from './errors.js';
import { listing } from './listing.js';
import { numberIn } from './number-in.js';
import { roomKeyOf } from './room-key.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_WAIT_S = 60;

/** `GET /rooms/{room}/messages`. */
export async function getMessages(request: ApiRequest): Promise<ApiAnswer> {
  const query = messageQueryOf(request);
  if (isRefusal(query)) return query;
  const maxMs = waitOf(request);
  if (typeof maxMs !== 'number') return maxMs;
  const { caller } = request;
  const room = request.segment('room');
  const found = await caller.messages(room, query);
  if (isRefusal(found)) return found;
  if (maxMs === 0 || found.messages.length > 0) return messagesResponse(request, query, found);
  const later = await request.waiting((signal) => caller.awaitMessages(room, query, { maxMs, signal }));
  return isRefusal(later) ? later : messagesResponse(request, query, later);
}

/** How long the request waits for messages, in milliseconds. */
function waitOf({ query }: ApiRequest): number | ApiRefusal {
  const seconds = numberIn(query.get('wait'));
  if (seconds === null) return 0;
  if (seconds === undefined || seconds > MAX_WAIT_S || !query.has('after'))
    return refuse('usage', { detail: `wait is 0 to ${MAX_WAIT_S} seconds, and needs after` });
  return seconds * 1000;
}

/** What the query of a request asks for. */
function messageQueryOf({ query, headers }: ApiRequest): MessageQuery | ApiRefusal {
  const [after, before, limit] = ['after', 'before', 'limit'].map((name) => numberIn(query.get(name)));
  if (after === undefined || before === undefined || limit === undefined || limit === 0)
    return refuse('usage', { detail: 'after, before and limit are whole numbers; limit is at least 1' });
  if (after !== null && before !== null)
    return refuse('usage', { detail: 'after and before exclude each other; use one of them' });
  const words = query.get('q');
  return {
    after: after ?? 0,
    before: before ?? Number.MAX_SAFE_INTEGER,
    limit: Math.min(limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    keep: after === null ? 'newest' : 'oldest',
    words,
    roomKey: roomKeyOf(headers),
  };
}

function messagesResponse(request: ApiRequest, query: MessageQuery, found: ApiMessages): HttpResponse {
  const link = linkFrom(request, query, found);
  const headers = link === null ? {} : { Link: link };
  return listing(found.messages, { ...request, toText: messageText, toJson: messageJson, headers });
}

/** `GET /rooms/{room}/messages/{id}`. */
export async function getMessage(request: ApiRequest): Promise<ApiAnswer> {
  const segment = request.segment('id');
  const id = segment.startsWith('0') ? null : numberIn(segment);
  if (id == null) return refuse('not-found');
  const found = await request.caller.messages(request.segment('room'), {
    after: id - 1,
    before: id + 1,
    limit: 1,
    keep: 'newest',
    words: null,
    roomKey: roomKeyOf(request.headers),
  });
  if (isRefusal(found)) return found;
  const [message] = found.messages;
  if (message === undefined) return refuse('not-found', { detail: 'no such message in this room' });
  return request.format === 'json'
    ? { status: 200, contentType: 'application/json', body: `${JSON.stringify(messageJson(message))}\n` }
    : { status: 200, body: `${messageText(message)}\n` };
}

/** `GET /rooms`. */
export async function getRooms(request: ApiRequest): Promise<ApiAnswer> {
  const rooms = await request.caller.rooms();
  if (isRefusal(rooms)) return rooms;
  return listing(rooms, {
    format: request.format,
    toText: ({ name, members }) => `${name} ${members}`,
    toJson: (room) => room,
  });
}

/** `GET /users`, and `GET /rooms/{room}/users`. */
export async function getUsers(request: ApiRequest): Promise<ApiAnswer> {
  const room = request.segment('room');
  const users = await request.caller.users(room === '' ? null : room, roomKeyOf(request.headers));
  if (isRefusal(users)) return users;
  return listing<ApiUser>(users, {
    format: request.format,
    toText: ({ name }) => name,
    toJson: (user) => user,
  });
}

/** HISTORY's line, without its word. */
function messageText({ id, at, name, text }: ApiMessage): string {
  return `${id} ${new Date(at).toISOString()} ${name} ${text}`;
}

/** The object of a message in every format that has objects. */
function messageJson({ id, at, room, name, text }: ApiMessage): object {
  return { id, time: new Date(at).toISOString(), room, name, text };
}

/** Where the messages before or after these are; null if there are none. */
function linkFrom(
  { segment, extension, query }: ApiRequest,
  { keep, limit }: MessageQuery,
  { firstId, lastId, isFull }: ApiMessages,
): string | null {
  if (!isFull || firstId === undefined || lastId === undefined) return null;
  const parameters = new URLSearchParams();
  if (keep === 'newest') parameters.set('before', String(firstId));
  else parameters.set('after', String(lastId));
  if (query.has('limit')) parameters.set('limit', String(limit));
  const words = query.get('q');
  if (words !== null) parameters.set('q', words);
  const path = `/rooms/${encodeURIComponent(segment('room'))}/messages${extension}`;
  return `<${path}?${parameters.toString()}>; rel="${keep === 'newest' ? 'prev' : 'next'}"`;
}
