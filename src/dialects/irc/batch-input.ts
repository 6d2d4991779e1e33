/** BATCH of a client: the batch that it is sending, at most one, and what belongs to none (IRCv3 client-batch). */
import type { ParsedLine, Sequence } from '../../core/dialect.js';
import { cleanText } from '../../core/text/text.js';
import { fail } from './fail.js';
import { answer, type Asker, type Handled } from './handler.js';
import { type IrcMessage, parseTags } from './message.js';
import { relayedTags } from './message-commands.js';
import { isConcatenated, MULTILINE_TYPE, MultilineBatch } from './multiline.js';
import { wordOf } from './registration.js';
import { inOrder, linesOf } from './sequence.js';

/** The answer follows with a later line, under the label of this one. */
export const PENDING: Handled = [];

const REFERENCE = /^[A-Za-z0-9-]+$/;

export class BatchInput {
  #batch: MultilineBatch | null = null;

  /** The batch that is not at its end. */
  get open(): object | null {
    return this.#batch;
  }

  /** Opens or ends a batch. Its answer is that of its first line, at its end. */
  command(message: IrcMessage, asker: Asker, mayOpen: boolean): Handled {
    const [parameter = ''] = message.params;
    const reference = parameter.slice(1);
    const batch = this.#batch;
    if (parameter.startsWith('-') && batch !== null && reference === batch.reference) {
      this.#batch = null;
      return linesOf(batch.request, [batch.end(asker)]);
    }
    const context = wordOf(cleanText(reference));
    if (!parameter.startsWith('+') || batch !== null || !REFERENCE.test(reference))
      return answer(fail(asker.request, 'INVALID_REFTAG', 'Unknown or misplaced batch', context));
    const [, type = '', target = ''] = message.params;
    if (!mayOpen || type !== MULTILINE_TYPE) {
      const about = `${context} ${wordOf(cleanText(type))}`;
      return answer(fail(asker.request, 'UNKNOWN_TYPE', 'Only draft/multiline batches can be sent', about));
    }
    if (target === '') return answer(fail(asker.request, 'MULTILINE_INVALID', 'The batch has no target'));
    const { request } = asker;
    this.#batch = new MultilineBatch(reference, cleanText(target), request, relayedTags(message, asker));
    return PENDING;
  }

  /** Whether a message is a part of a batch. One of a batch that is not open is ignored. */
  take(message: IrcMessage): boolean {
    if (message.tags === '') return false;
    const tags = parseTags(message.tags);
    const reference = tags.get('batch');
    if (reference === undefined) return false;
    if (reference === this.#batch?.reference) this.#batch.add(message, isConcatenated(tags));
    return true;
  }

  /** A line was refused unread: a batch that is open is not said without it. */
  onLineRefused(): void {
    this.#batch?.refuse('A line of the batch was refused');
  }

  /** The client gave the capability up: its lines are still those of the batch that is open, which is not said. */
  onCapabilityEnd(): void {
    this.#batch?.refuse('draft/multiline is off');
  }

  /** The batch was open for too long. */
  onTimeout(): ParsedLine | Sequence {
    const batch = this.#batch;
    this.#batch = null;
    if (batch === null) return null;
    const request = batch.request.about('', false, 'BATCH');
    return inOrder(
      batch.request,
      answer(fail(request, 'TIMEOUT', 'The batch was open for too long', batch.reference)),
    );
  }
}
