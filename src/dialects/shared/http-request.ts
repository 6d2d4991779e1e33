/**
 * Detects HTTP requests before the login. A web page can make a browser send one to any port: its request line and
 * `Host:` header come first, and the connection is closed before the body is read as commands. After a login no request
 * can follow, so such a line is text.
 */

const REQUEST_LINE = /^\S+ \S+ HTTP\/1\.\d$/;
const HOST_HEADER = /^host:/i;

/** Whether a trimmed line is an HTTP request line or a `Host:` header. */
export function isHttpRequest(line: string): boolean {
  return REQUEST_LINE.test(line) || HOST_HEADER.test(line);
}
