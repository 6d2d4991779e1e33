/** The table of docs/http.md, from the table of routes. */
import { type ErrorRow, ERRORS } from '../src/net/http/api/errors.js';
import type { Route, Who } from '../src/net/http/api/route.js';
import { routes } from '../src/net/http/api/routes.js';

const CALLERS: Record<Who, string> = {
  anyone: 'all clients',
  guest: 'all clients, as [set](#who-may)',
  owner: 'a registered name',
  secret: 'the owner of the URL',
};

/** A Markdown table with a row for each route. */
export function routesTable(): string {
  const rows = routes.map(
    (route) =>
      `| \`${route.method} ${route.path}${queryOf(route)}\` | ${route.help} | ${route.formats.join(', ')} | ${CALLERS[route.who]} |`,
  );
  return ['| request | effect | formats | for |', '|---|---|---|---|', ...rows].join('\n');
}

/** `?after=&before=` */
function queryOf({ query }: Route): string {
  return query.length === 0 ? '' : `?${query.map(({ name }) => `${name}=`).join('&')}`;
}

/** A Markdown table with a row for each status of a refusal. */
export function errorsTable(): string {
  const codes = new Map<number, string[]>();
  for (const [code, { status }] of Object.entries<ErrorRow>(ERRORS))
    codes.set(status, [...(codes.get(status) ?? []), `\`${code}\``]);
  const rows = [...codes].map(([status, names]) => `| ${status} | ${names.join(', ')} |`);
  return ['| status | codes |', '|---|---|', ...rows].join('\n');
}
