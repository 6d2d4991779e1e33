/** Which web pages may open a WebSocket here: a browser says where a page is from, and lets it ask any server. */

/**
 * Whether a page of that origin may chat: one from this very host and port, or one that is listed. Without an origin
 * the client is no browser, and free to say what it likes.
 *
 * @param host the request's `Host` header
 * @param allowed origins as browsers say them: `https://chat.example.org`
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  if (host === undefined || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host)) return false;
  const [scheme = ''] = /^https?:\/\//.exec(origin) ?? [];
  // The scheme's own port may be left out of either.
  return scheme !== '' && canonical(origin) === canonical(scheme + host);
}

function canonical(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host : null;
}
