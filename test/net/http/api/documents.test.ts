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
