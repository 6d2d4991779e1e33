/**
 * A browser that was made to talk to a chat server sends HTTP: a request line and a `Host:` header come before anything
 * it was told to say. Whoever hears either of them closes the connection.
 */

const REQUEST_LINE = /^\S+ \S+ HTTP\/1\.\d$/;
const HOST_HEADER = /^host:/i;

/** Whether a line, without blanks around it, is how a browser begins. */
export function isHttpRequest(line: string): boolean {
  return REQUEST_LINE.test(line) || HOST_HEADER.test(line);
}
