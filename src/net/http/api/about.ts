/** `GET /` for clients that are not browsers, and `GET /about`. */
import { type HttpResponse, jsonResponse } from '../http-response.js';
import type { ApiRequest, ServerAddress } from './api-request.js';

/** How to use the server with ncat, with curl and in a browser. */
export function usage({ about: { motd, needsPassword }, mode, server }: ApiRequest): HttpResponse {
  const url = urlOf(server);
  const lines = [
    ...(motd === '' ? [] : [motd.replace(/\n+$/, ''), '']),
    howToChat(server).trimEnd(),
    `In a browser: ${url}/`,
    ...(mode === 'off' ? [] : curlUsage(url, needsPassword || mode === 'token')),
  ];
  return { status: 200, body: `${lines.join('\n')}\n` };
}

function curlUsage(url: string, needsPassword: boolean): readonly string[] {
  const curl = needsPassword ? 'curl -u name:password' : 'curl';
  return [
    `To post from a script: ${curl} -d 'hello' ${url}/lobby`,
    `To read: ${curl} ${url}/rooms/lobby/messages`,
    `To listen: ${curl} -N ${url}/rooms/lobby/events`,
    `All of it: curl ${url}/openapi.json, or docs/http.md`,
  ];
}

/** How to chat, as a line. */
export function howToChat({ host, port, isEncrypted }: ServerAddress): string {
  const ncat = isEncrypted ? 'ncat --ssl' : 'ncat';
  return `This is a chat server. To chat, type in a terminal: ${ncat} ${host} ${port || ''}\n`;
}

/** How to read a room, for clients that ask for one by the short form. */
export function howToRead(server: ServerAddress): string {
  return `To read a room: curl ${urlOf(server)}/rooms/NAME/messages, or /events in place of /messages to listen.\n`;
}

/** Where the paths are described, for clients that have one of them wrong. */
export function howToFind(server: ServerAddress): string {
  return `This path does not exist. All paths: curl ${urlOf(server)}/openapi.json, or docs/http.md\n`;
}

function urlOf({ host, port, isEncrypted }: ServerAddress): string {
  return `${isEncrypted ? 'https' : 'http'}://${inUrl(host)}:${port}`;
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

export function about({ about }: ApiRequest): HttpResponse {
  return jsonResponse(200, about);
}
