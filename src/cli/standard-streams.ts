/**
 * Standard output and error of the commands. The program that reads a pipe may end first, as in
 * `partyline user list | head -1`: the command then completes its work, and its further output is dropped.
 */
import { codeOf, codeOrWords } from '../util/error-code.js';

/** The reader has closed the pipe or the socket. Node.js destroys the stream for a moment at the first such error. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);
const guarded = new Set<NodeJS.WriteStream>();

/** Standard output. If it cannot be written, for instance to a full disk, the command ends with 1. */
export function stdout(): NodeJS.WriteStream {
  return guard(process.stdout, (error) => {
    const cause = codeOrWords(error);
    stderr().write(`partyline: cannot write to standard output: ${cause}; redirect it to another place\n`);
    process.exit(1);
  });
}

/** Standard error. There is no other place to report that it cannot be written. */
export function stderr(): NodeJS.WriteStream {
  return guard(process.stderr, () => {});
}

function guard(stream: NodeJS.WriteStream, onError: (error: Error) => void): NodeJS.WriteStream {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on('error', (error) => {
      if (!CLOSED.has(codeOf(error))) onError(error);
    });
  }
  return stream;
}
