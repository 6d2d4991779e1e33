/** Finds the route of a request. */
import { EXTENSIONS, type Format } from './formats.js';
import type { Route } from './route.js';

export interface Match {
  readonly route: Route;
  /** The segments of the path by their names in the route; null if one of them is not percent-encoded UTF-8. */
  readonly segments: ReadonlyMap<string, string> | null;
  /** The format that the extension names; null without one. */
  readonly extension: Format | null;
}

/** What a path has: its match for the method, and the methods that it allows. */
export interface Found {
  /** Null if the path does not allow the method. */
  readonly match: Match | null;
  /** For `Allow`. */
  readonly methods: readonly string[];
}

/** Paths of one segment that are not rooms: those of routes, of other parts of the server, and of the page. */
const NOT_ROOMS = new Set([
  ...['about', 'assets', 'events', 'healthz', 'hooks', 'inbox', 'metrics', 'mychat', 'openapi.json'],
  ...['readyz', 'rooms', 'users', 'ws'],
]);

const SHORT_FORM = '/{room}';

export class Router {
  readonly #routes: readonly { readonly route: Route; readonly parts: readonly string[] }[];
  readonly #isRoomName: (text: string) => boolean;

  constructor(routes: readonly Route[], isRoomName: (text: string) => boolean) {
    this.#routes = routes.map((route) => ({ route, parts: route.path.split('/') }));
    this.#isRoomName = isRoomName;
  }

  /** Null if no route has this path. HEAD is answered where GET is, and OPTIONS everywhere. */
  find(method: string, path: string): Found | null {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const segments = path.split('/');
    const methods: string[] = [];
    let match: Match | null = null;
    for (const { route, parts } of this.#routes) {
      if (match !== null || parts.length !== segments.length) continue;
      const extension = this.#extensionOf(route, parts, segments);
      if (extension === undefined) continue;
      if (route.path === SHORT_FORM && (wanted === 'GET' || !this.#isRoomSegment(segments[1] ?? '')))
        continue;
      methods.push(...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
      if (route.method === wanted) match = { route, segments: segmentsOf(parts, segments), extension };
    }
    return methods.length === 0 ? null : { match, methods: [...methods, 'OPTIONS'] };
  }

  /** Whether a text can be posted to this path by the short form. */
  isShortForm(path: string): boolean {
    const [before, segment = '', ...more] = path.split('/');
    const hasForm = this.#routes.some(({ route }) => route.path === SHORT_FORM);
    return hasForm && before === '' && more.length === 0 && this.#isRoomSegment(segment);
  }

  /** Whether other paths of the interface begin with the first segment of this one. */
  isNear(path: string): boolean {
    const [, segment] = path.split('/');
    return this.#routes.some(({ parts }) => parts.length > 2 && parts[1] === segment);
  }

  #isRoomSegment(segment: string): boolean {
    const room = decoded(segment);
    return room !== null && !NOT_ROOMS.has(room.toLowerCase()) && this.#isRoomName(room);
  }

  /** The format that the extension of the path names, or null; undefined if the path is not that of the route. */
  #extensionOf(
    { formats }: Route,
    parts: readonly string[],
    segments: readonly string[],
  ): Format | null | undefined {
    const last = parts.length - 1;
    if (!parts.every((part, at) => at === last || part.startsWith('{') || part === segments[at]))
      return undefined;
    const [part = '', segment = ''] = [parts[last], segments[last]];
    if (segment === part || (part.startsWith('{') && part !== '{id}' && segment !== '')) return null;
    const dot = segment.lastIndexOf('.');
    const format = dot < 0 ? undefined : EXTENSIONS.get(segment.slice(dot + 1));
    if (
      format !== undefined &&
      formats.includes(format) &&
      (part === '{id}' || segment.slice(0, dot) === part)
    )
      return format;
    return part === '{id}' && dot < 0 && segment !== '' ? null : undefined;
  }
}

function segmentsOf(
  parts: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> | null {
  const named = new Map<string, string>();
  for (const [at, part] of parts.entries()) {
    if (!part.startsWith('{')) continue;
    const name = part.slice(1, -1);
    const text = segments[at] ?? '';
    const segment = decoded(name === 'id' ? text.replace(/\..*$/, '') : text);
    if (segment === null) return null;
    named.set(name, segment);
  }
  return named;
}

/** Decoded once; null if it is not percent-encoded UTF-8. */
function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
