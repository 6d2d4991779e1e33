/**
 * Refuses a query that the route does not know. A misspelled parameter would be ignored in silence, and the answer would
 * not be what the client asked for.
 */
import { type ApiRefusal, refuse } from './errors.js';
import type { Route } from './route.js';

const LISTS = new Intl.ListFormat('en', { type: 'conjunction' });

/**
 * Null if the query is as the route takes it. Routes for anyone are those of browsers, and senders of webhooks add what
 * other servers take: there, anything is ignored.
 */
export function queryRefusal({ who, query, formats }: Route, given: URLSearchParams): ApiRefusal | null {
  if (who === 'anyone' || who === 'secret') return null;
  for (const [name, value] of given) {
    const parameter = query.find((one) => one.name === name);
    if (parameter === undefined) {
      const names = query.map((one) => one.name);
      const known = names.length === 0 ? 'no parameters' : `the parameters ${LISTS.format(names)}`;
      const isFormat = name === 'format' && formats.includes('json');
      const advice = isFormat ? '; for JSON, end the path with .json' : '';
      return refuse('usage', { detail: `unknown parameter: this path takes ${known}${advice}` });
    }
    if (parameter.isRepeatable !== true && given.getAll(name).length > 1)
      return refuse('usage', { detail: `the parameter ${name} is given twice; use one` });
    // What is not UTF-8 was decoded to this character, which no name and no word has.
    if (value.includes('\uFFFD')) return refuse('not-utf8', { detail: `the parameter ${name} is not UTF-8` });
  }
  return null;
}
