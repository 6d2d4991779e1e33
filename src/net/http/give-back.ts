/** Gives a request with an Upgrade header back to the HTTP server that has parsed it, as one without the header. */
import type { IncomingMessage } from 'node:http';

/**
 * Makes the server parse the request again, without its Upgrade header. The server then handles it, its body and the
 * further requests of the connection as if there were no 'upgrade' listener. No response may be pending.
 *
 * @param head what came behind the headers
 * @param onConnection has the server take over the connection
 */
export function giveBack(request: IncomingMessage, head: Buffer, onConnection: () => void): void {
  const { method, url, httpVersion, rawHeaders, socket } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  onConnection();
}
