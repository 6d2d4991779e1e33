/** Which web pages are served: a browser lets any page send requests to any server, and names the page's origin. */

/**
 * Whether a page of this origin may connect: it is from the same host and port, or listed. A request without an origin
 * does not come from a browser, and a client that is not a browser can send any origin anyway.
 *
 * @param host the request's `Host` header
 * @param allowed origins as browsers send them: `https://chat.example.org`, `null`
 * @param isEncrypted whether the connection is: the page must be, too
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
  isEncrypted: boolean,
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  if (host === undefined || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host)) return false;
  const [scheme = ''] = /^https?:\/\//.exec(origin) ?? [];
  if (isEncrypted && scheme !== 'https://') return false;
  // Both may omit the default port of the scheme.
  return scheme !== '' && canonical(origin) === canonical(scheme + host);
}

function canonical(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host : null;
}
