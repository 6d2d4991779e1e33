/**
 * The page for browsers: `/` and the files below `/assets/`. All files are read at the start and served from memory, so
 * no path of a request ever reaches the file system.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readAsset } from '../../util/asset.js';
import { codeOf } from '../../util/error-code.js';
import type { HttpResponse } from './http-response.js';
import { pathOf } from './request-target.js';

export const PAGE_FOLDER = 'dist/page';
export const PAGE_LIST = `${PAGE_FOLDER}/files.json`;

/** A row of the list, which `scripts/page.ts` writes. */
export interface PageFile {
  /** `/index.html`, or below `/assets/` with a hash in its name. */
  readonly path: string;
  readonly type: string;
  /** Of the file as it is, in hexadecimal digits. */
  readonly sha256: string;
}

interface LoadedFile {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly plain: Buffer;
  readonly encoded: readonly { readonly encoding: string; readonly bytes: Buffer }[];
}

/**
 * Scripts, styles and sockets of this server alone: nothing inline, nothing from elsewhere, no markup made of text, and
 * no other page around it. `connect-src 'self'` covers WebSockets of the same origin.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "manifest-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** A hash in the name: the content of such a path never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

export class Page {
  readonly #files: ReadonlyMap<string, LoadedFile>;

  constructor(files: ReadonlyMap<string, LoadedFile>) {
    this.#files = files;
  }

  /** The response to a GET or HEAD; null if the path is not of the page, or `/` is asked for by another program. */
  responseTo(request: IncomingMessage): HttpResponse | null {
    const path = pathOf(request);
    const isRoot = path === '/';
    if (isRoot ? !acceptsHtml(request.headers) : !path.startsWith('/assets/')) return null;
    const file = this.#files.get(isRoot ? '/index.html' : path);
    return file === undefined ? null : responseOf(file, request.headers, isRoot);
  }
}

/** Null where the page was not made, as in a program that bundles the library. Throws if a file of it is missing. */
export function loadPage(): Page | null {
  const list = readList();
  if (list === null) return null;
  const files: readonly PageFile[] = JSON.parse(list.toString());
  return new Page(new Map(files.map((file) => [file.path, load(file)])));
}

function readList(): Buffer | null {
  try {
    return readAsset(PAGE_LIST);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function load({ path, type, sha256 }: PageFile): LoadedFile {
  const file = PAGE_FOLDER + path;
  return {
    type,
    // Weak: the compressed forms have the same tag.
    etag: `W/"${sha256.slice(0, 32)}"`,
    cacheControl: path.startsWith('/assets/') ? IMMUTABLE : 'no-cache',
    plain: readAsset(file),
    encoded: [
      { encoding: 'br', bytes: readAsset(`${file}.br`) },
      { encoding: 'gzip', bytes: readAsset(`${file}.gz`) },
    ],
  };
}

function responseOf(
  { type, etag, cacheControl, plain, encoded }: LoadedFile,
  headers: IncomingHttpHeaders,
  isRoot: boolean,
): HttpResponse {
  const common = {
    ...HEADERS,
    'Cache-Control': cacheControl,
    ETag: etag,
    Vary: isRoot ? 'Accept, Accept-Encoding' : 'Accept-Encoding',
  };
  if (matches(headers['if-none-match'], etag)) return { status: 304, body: '', headers: common };
  const best = encoded.find(({ encoding }) => accepts(headers['accept-encoding'], encoding));
  if (best === undefined) return { status: 200, body: plain, contentType: type, headers: common };
  return {
    status: 200,
    body: best.bytes,
    contentType: type,
    headers: { ...common, 'Content-Encoding': best.encoding },
  };
}

/** Programs such as curl accept anything, but do not name HTML. */
function acceptsHtml({ accept = '' }: IncomingHttpHeaders): boolean {
  return accepts(accept, 'text/html');
}

/** Whether a header that lists values with weights (RFC 9110, 12.4.2) names this one, and not with the weight 0. */
function accepts(header: string | string[] | undefined, value: string): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .some((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
      return name === value && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    });
}

function matches(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return (header ?? '').split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
