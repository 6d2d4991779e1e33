/** The lines that handle one command, under its request. The answer to a command with a label has an end. */
import type { ParsedLine, Sequence } from '../../core/dialect.js';
import { answer, type Handled, withRequest } from './handler.js';
import { END_OF_ANSWER, type IrcRequest } from './request.js';

export function inOrder(request: IrcRequest, handled: Handled): ParsedLine | Sequence {
  if (handled === null && request.label === null) return null;
  const isOne = handled === null || 'kind' in handled;
  if (isOne && request.label === null) return attach(request, handled);
  return { kind: 'sequence', lines: linesOf(request, isOne ? [handled] : handled) };
}

export function* linesOf(request: IrcRequest, handled: Iterable<ParsedLine>): Generator<ParsedLine> {
  for (const line of handled) yield attach(request, line);
  if (request.label !== null) yield withRequest(request, answer(END_OF_ANSWER));
}

function attach(request: IrcRequest, line: ParsedLine): ParsedLine {
  return line === null || line.kind === 'labelled' ? line : withRequest(request, line);
}
