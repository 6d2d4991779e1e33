/** `GET /openapi.json`: the table of routes as an OpenAPI 3.1 document. */
import { type HttpResponse, jsonResponse } from '../http-response.js';
import { ERRORS } from './errors.js';
import { MEDIA_TYPES } from './formats.js';
import type { Route } from './route.js';

export function openApi(routes: readonly Route[], version: string): HttpResponse {
  return jsonResponse(200, openApiDocument(routes, version));
}

export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Partyline', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        name: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

function operationOf({ method, path, who, query, formats, answer, body, help }: Route): object {
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'id' ? 'integer' : 'string' },
  }));
  const inQuery = query.map(({ name, help, type }) => ({
    name,
    in: 'query',
    description: help,
    schema: { type },
  }));
  const isStream = formats.includes('sse');
  // A stream for a client that asks for JSON is one of NDJSON.
  const shown = isStream ? formats.filter((format) => format !== 'json') : formats;
  const content = Object.fromEntries(
    shown.map((format) => [MEDIA_TYPES[format], { schema: schemaOf(format, answer.schema) }]),
  );
  const answered = answer.status === 204 ? { description: help } : { description: help, content };
  return {
    operationId: operationIdOf(method, path),
    summary: help,
    security: SECURITY[who],
    parameters: [...inPath, ...inQuery, ...headersOf(path, body, isStream)],
    ...(body === undefined ? {} : { requestBody: BODIES[body] }),
    responses: {
      ...(body === 'text'
        ? { 200: { description: 'the first answer to this Idempotency-Key', content } }
        : {}),
      [answer.status]: answered,
      default: {
        description: 'a refusal',
        content: {
          'text/plain': TEXT,
          ...(body === 'webhook'
            ? {}
            : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }),
        },
      },
    },
  };
}

/** `getRoomsRoomMessages` of `GET /rooms/{room}/messages`. */
function operationIdOf(method: Route['method'], path: string): string {
  const words = path.match(/\w+/g) ?? ['root'];
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}

/** The headers that a route knows beside those of HTTP itself. */
function headersOf(path: string, body: Route['body'], isStream: boolean): object[] {
  const names = [
    ...(path.includes('{room}') || path === '/events' ? ['Room-Key'] : []),
    ...(body === 'text' ? ['Idempotency-Key'] : []),
    ...(isStream ? ['Last-Event-ID'] : []),
  ];
  return names.map((name) => ({ name, in: 'header', schema: { type: 'string' } }));
}

function schemaOf(format: Route['formats'][number], schema: string): object {
  return format === 'json' ? { $ref: `#/components/schemas/${schema}` } : { type: 'string' };
}

/** An empty object: without credentials. */
const SECURITY: Record<Route['who'], readonly object[]> = {
  anyone: [{}],
  guest: [{}, { token: [] }, { name: [] }],
  owner: [{ token: [] }, { name: [] }],
  secret: [{}],
};

const TEXT = { schema: { type: 'string' } };
const BODIES: Record<NonNullable<Route['body']>, object> = {
  text: {
    required: true,
    content: {
      'text/plain': TEXT,
      'application/json': { schema: { $ref: '#/components/schemas/NewPost' } },
    },
  },
  webhook: {
    required: true,
    content: {
      'application/json': { schema: { type: 'object' } },
      'application/x-www-form-urlencoded': TEXT,
    },
  },
};

const INTEGER = { type: 'integer' };
const STRING = { type: 'string' };
const TIME = { type: 'string', format: 'date-time' };

function objectOf(properties: Record<string, object>, required = Object.keys(properties)): object {
  return { type: 'object', properties, required };
}

function listOf(properties: Record<string, object>): object {
  return { type: 'array', items: objectOf(properties) };
}

const MESSAGE = objectOf({ id: INTEGER, time: TIME, room: STRING, name: STRING, text: STRING });

const SCHEMAS: Record<string, object> = {
  OpenApi: { type: 'object' },
  NewPost: objectOf({ text: STRING, name: STRING }, ['text']),
  Posted: objectOf({ id: INTEGER, lastId: INTEGER, time: TIME, room: STRING, name: STRING, count: INTEGER }),
  Sent: objectOf({
    id: INTEGER,
    lastId: INTEGER,
    time: TIME,
    to: STRING,
    kept: { type: 'boolean' },
    count: INTEGER,
  }),
  Message: MESSAGE,
  Messages: { type: 'array', items: MESSAGE },
  Inbox: listOf({ id: INTEGER, time: TIME, name: STRING, text: STRING }),
  Rooms: listOf({ name: STRING, members: INTEGER, lastId: INTEGER, topic: STRING }),
  Users: listOf({ name: STRING, rooms: { type: 'array', items: STRING } }),
  About: objectOf({
    name: STRING,
    version: STRING,
    needsPassword: { type: 'boolean' },
    maxLineBytes: INTEGER,
    pasteLines: INTEGER,
    pasteBytes: INTEGER,
    minPasswordLength: INTEGER,
    historyDays: INTEGER,
    motd: STRING,
  }),
  Problem: objectOf({
    type: STRING,
    title: STRING,
    status: INTEGER,
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: STRING,
  }),
};
