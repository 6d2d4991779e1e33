/** Reads the body of a request into memory, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** The body; 'too-long' or 'late', with its rest unread; or 'lost' if the connection broke before its end. */
export type ReadBody = Buffer | 'too-long' | 'late' | 'lost';

/** Whether the headers announce a body, and if so, whether it is longer than this. */
export function announcedBody({ headers }: IncomingMessage, maxBytes: number): 'none' | 'fits' | 'too-long' {
  if (headers['transfer-encoding'] !== undefined) return 'fits';
  const length = Number(headers['content-length'] ?? 0);
  return length === 0 ? 'none' : length > maxBytes ? 'too-long' : 'fits';
}

/** @param setDeadline is given a function that ends the reading as too late */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  setDeadline: (onTimeout: () => void) => void,
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: ReadBody) => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) end('too-long');
      else chunks.push(chunk);
    };
    const onEnd = () => end(Buffer.concat(chunks, bytes));
    const onClose = () => end('lost');
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
    setDeadline(() => end('late'));
  });
}
