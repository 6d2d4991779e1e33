/** The table of routes, and what is made of it: OpenAPI, and the tables in docs/http.md. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorsTable, routesTable } from '../../../../scripts/routes-table.js';
import { ERRORS } from '../../../../src/net/http/api/errors.js';
import { openApiDocument } from '../../../../src/net/http/api/openapi.js';
import { routes } from '../../../../src/net/http/api/routes.js';
import { http, json } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';

const docs = readFileSync(resolve(import.meta.dirname, '../../../../docs/http.md'), 'utf8');

describe('the table of routes', () => {
  it('the table of routes is the one in docs/http.md, with all codes of refusals', () => {
    expect(docs).toContain(`<!-- generated: routes -->\n${routesTable()}\n<!-- end -->`);
    expect(docs).toContain(`<!-- generated: errors -->\n${errorsTable()}\n<!-- end -->`);
  });

  it('the table of routes is served as OpenAPI 3.1, and every reference in it has a schema', async () => {
    const { port } = await serve();
    const { value } = await json(port, '/openapi.json');
    expect(value).toEqual(JSON.parse(JSON.stringify(openApiDocument(routes, versionIn(value)))));
    const text = JSON.stringify(value);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(value).toHaveProperty(['components', 'schemas', name]);
    for (const { method, path } of routes)
      expect(value).toHaveProperty(['paths', path, method.toLowerCase(), 'responses', 'default']);
    const ids = Array.from(text.matchAll(/"operationId":"(\w+)"/g), ([, id]) => id);
    expect(new Set(ids).size).toBe(routes.length);
  });

  it('the document names the headers, the answers and the formats that the routes have', async () => {
    const { port } = await serve();
    const { value } = await json(port, '/openapi.json');
    const operation = (...path: string[]) =>
      path.reduce((at: unknown, key) => Object(at)[key] as unknown, value);
    const headersOf = (path: string, method: string) =>
      Array.from(
        JSON.stringify(operation('paths', path, method, 'parameters')).matchAll(
          /"name":"([\w-]+)","in":"header"/g,
        ),
        ([, name]) => name,
      );
    expect(headersOf('/events', 'get')).toEqual(['Room-Key', 'Last-Event-ID']);
    expect(headersOf('/users/{name}/messages', 'post')).toEqual(['Idempotency-Key']);
    expect(headersOf('/{room}', 'post')).toEqual(['Room-Key', 'Idempotency-Key']);
    const stream = operation('paths', '/rooms/{room}/events', 'get', 'responses', '200', 'content');
    expect(Object.keys(Object(stream))).toEqual(['text/plain', 'application/x-ndjson', 'text/event-stream']);
    expect(operation('paths', '/inbox', 'delete', 'responses', '204')).not.toHaveProperty('content');
    expect(operation('paths', '/{room}', 'post', 'responses')).toHaveProperty('200');
  });

  it('each route of the table is found under its path: no other one hides it', async () => {
    const { port } = await serve();
    const filled = (path: string) => path.replaceAll('{id}', '1').replace(/\{\w+\}/g, 'ops');
    for (const { method, path } of routes) {
      const { headers } = await http(port, filled(path), { method: 'OPTIONS' });
      expect(headers.allow?.split(', '), path).toContain(method);
    }
  });

  it('every refusal has a status of its kind and tells what to do', () => {
    for (const { status, detail } of Object.values(ERRORS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(detail.length).toBeGreaterThan(10);
    }
    for (const error of Object.values(ERRORS))
      if (error.status === 429 || error.status === 503) expect(error).toHaveProperty('retryAfterS');
  });
});

function versionIn(document: unknown): string {
  const { info }: { info?: { version?: string } } =
    typeof document === 'object' && document !== null ? document : {};
  return info?.version ?? '';
}
