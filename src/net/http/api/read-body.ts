/** Reads the body of a request into memory, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** The body, or why there is none. The rest of it is unread. */
export type ReadBody = Buffer | 'too-long' | 'late' | 'broken';

/** Whether the headers announce a body, and if so, whether it is longer than this, or in a coding that is not known. */
export function announcedBody(
  { headers }: IncomingMessage,
  maxBytes: number,
): 'none' | 'fits' | 'too-long' | 'coded' {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) return coding.trim().toLowerCase() === 'chunked' ? 'fits' : 'coded';
  const length = Number(headers['content-length'] ?? 0);
  return length === 0 ? 'none' : length > maxBytes ? 'too-long' : 'fits';
}

/** @param onStart is given a function that ends the reading */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  onStart: (end: (why: 'late' | 'broken') => void) => void,
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
    const onClose = () => end('broken');
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
    onStart(end);
  });
}
