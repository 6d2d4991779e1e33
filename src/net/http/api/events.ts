/**
 * Streams: the messages of rooms as they are said, for as long as the client reads. A client that comes back gives the id
 * of the last message that it has, and misses none.
 */
import type { CloseReason } from '../../../core/reasons.js';
import { rawFraming } from '../../raw-framing.js';
import { headersOf as responseHeadersOf, type HttpResponse } from '../http-response.js';
import { chunkedFraming, LAST_CHUNK } from '../stream/chunked-framing.js';
import { StreamTransport } from '../stream/stream-transport.js';
import type { ApiStream, StreamRequest } from './api-port.js';
import { type ApiAnswer, type ApiRequest, type Stage, takeOver } from './api-request.js';
import { type ApiRefusal, isRefusal, refuse } from './errors.js';
import { MEDIA_TYPES } from './formats.js';
import { numberIn } from './number-in.js';
import { refusalResponse } from './problem.js';
import { REFUSED_CONNECTIONS } from './refused-connections.js';
import { roomKeyOf } from './room-key.js';

const MAX_ROOMS = 50;

export function roomEvents(request: ApiRequest): Promise<ApiAnswer> {
  return events(request, [request.segment('room')]);
}

export function eventsOfRooms(request: ApiRequest): Promise<ApiAnswer> {
  return events(request, request.query.getAll('room'));
}

/** Without a cursor, all that wait come first. */
export function inboxEvents(request: ApiRequest): ApiAnswer {
  return streamOf(request, request.caller.inboxStream(), 0);
}

async function events(request: ApiRequest, rooms: readonly string[]): Promise<ApiAnswer> {
  const { caller, headers } = request;
  if (rooms.length === 0 || rooms.length > MAX_ROOMS)
    return refuse('usage', { detail: `name 1 to ${MAX_ROOMS} rooms: /events?room=ops&room=dev` });
  return streamOf(request, await caller.stream(rooms, roomKeyOf(headers)), null);
}

function streamOf(
  { query, headers, format }: ApiRequest,
  stream: ApiStream | ApiRefusal,
  start: number | null,
): ApiAnswer {
  if (isRefusal(stream)) return stream;
  // A browser that comes back asks for the same URL, whose cursor is old by then.
  const lastId = headers['last-event-id'];
  const after = numberIn(typeof lastId === 'string' && lastId !== '' ? lastId : query.get('after'));
  if (after === undefined)
    return refuse('usage', { detail: 'after and Last-Event-ID are ids of messages, or 0 for all of them' });
  const text = query.get('format');
  if (text !== null && (text !== 'hist' || format !== 'text'))
    return refuse('usage', {
      detail: 'format is hist, for text alone; for objects, end the path with .ndjson or .sse',
    });
  const presence = query.get('presence') ?? '0';
  if (presence !== '0' && presence !== '1') return refuse('usage', { detail: 'presence is 0 or 1' });
  const style = {
    format: format === 'json' ? 'ndjson' : format,
    hasPresence: presence === '1',
    isHist: text === 'hist',
    after: after ?? start,
  } as const;
  return takeOver((stage) => begin(stage, stream, style));
}

type Style = Omit<StreamRequest, 'transport' | 'framing' | 'slot'>;

function begin(
  { request, response, peer, headers, leaveHttp }: Stage,
  stream: ApiStream,
  style: Style,
): void {
  // HTTP/1.0 has no chunks: the response ends with its connection.
  const isChunked = request.httpVersion !== '1.0';
  const { socket } = response;
  const head = { ...headers, ...headersOf(style), ...(isChunked && { 'Transfer-Encoding': 'chunked' }) };
  if (request.method === 'HEAD') {
    response.writeHead(200, head).end();
    return;
  }
  const slot = leaveHttp();
  if (slot === null || socket === null) {
    request.socket.destroy();
    return;
  }
  if (slot.refusal !== null) {
    // Behind a proxy, the limits of the client are known from here on.
    const refused = refuseConnection(slot.refusal);
    socket.once('close', () => slot.release());
    response.writeHead(refused.status, { ...responseHeadersOf(refused, true), ...headers });
    response.end(refused.body);
    return;
  }
  response.writeHead(200, head).flushHeaders();
  const transport = new StreamTransport(socket, peer, isChunked ? LAST_CHUNK : null);
  const framing = isChunked ? chunkedFraming : rawFraming;
  transport.attachHandler(stream.open({ ...style, transport, framing, slot }));
}

function refuseConnection(why: CloseReason): HttpResponse {
  return refusalResponse(refuse(REFUSED_CONNECTIONS.get(why) ?? 'busy'), false);
}

function headersOf({ format }: Style): Record<string, string> {
  const type = MEDIA_TYPES[format];
  return {
    'Content-Type': format === 'ndjson' ? type : `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    // nginx would collect the response before it passes it on.
    'X-Accel-Buffering': 'no',
    Connection: 'close',
  };
}
