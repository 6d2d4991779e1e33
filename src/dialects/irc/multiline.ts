/** A message of several lines that a client sends as a batch (IRCv3 draft/multiline): a paste, said whole or not at all. */
import type { ParsedLine } from '../../core/dialect.js';
import type { Live } from '../../core/message.js';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../../core/limits.js';
import { styledText } from '../../core/text/styles.js';
import { cleanText, foldName, type Text } from '../../core/text/text.js';
import { answer, type Asker, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { speakTo } from './message-commands.js';
import { fail } from './fail.js';
import type { IrcRequest } from './request.js';
import { isNickServ } from './services.js';
import { isCtcp, targetOf } from './speech.js';

export const MULTILINE_VALUE = `max-bytes=${MAX_PASTE_BYTES},max-lines=${MAX_PASTE_LINES}`;
export const MULTILINE_TYPE = 'draft/multiline';
const CONCAT = 'draft/multiline-concat';

/** The batch that a client is sending. */
export class MultilineBatch {
  readonly reference: string;
  readonly request: IrcRequest;
  readonly #target: Text;
  readonly #tags: string;
  readonly #lines: string[] = [];
  #count = 0;
  #bytes = 0;
  #verb = '';
  /** Why it is refused when it ends: the code, and its context. */
  #fault: readonly [code: string, context: string, text: string] | null = null;

  constructor(reference: string, target: Text, request: IrcRequest, tags: string) {
    this.reference = reference;
    this.request = request.about(target);
    this.#target = target;
    this.#tags = tags;
  }

  add({ verb, params }: IrcMessage, isConcatenated: boolean): void {
    const [target = '', text = ''] = params;
    if (foldName(cleanText(target)) !== foldName(this.#target)) {
      this.#fault ??= ['MULTILINE_INVALID_TARGET', `${this.#target} ${cleanText(target)}`, 'Another target'];
      return;
    }
    const isKnown = verb === 'PRIVMSG' || verb === 'NOTICE';
    if (!isKnown || (this.#verb !== '' && verb !== this.#verb) || (isConcatenated && text === ''))
      this.#fault ??= ['MULTILINE_INVALID', '', 'Invalid line in a multiline batch'];
    this.#verb = verb;
    this.#count++;
    const last = this.#lines.length - 1;
    const isJoined = isConcatenated && last >= 0;
    if (isJoined) this.#lines[last] += text;
    else this.#lines.push(text);
    // The line ends between joined lines are not a part of the text.
    this.#bytes += Buffer.byteLength(text) + (isJoined || last < 0 ? 0 : 1);
    if (this.#count > MAX_PASTE_LINES)
      this.#fault ??= ['MULTILINE_MAX_LINES', String(MAX_PASTE_LINES), 'Too many lines'];
    if (this.#bytes > MAX_PASTE_BYTES)
      this.#fault ??= ['MULTILINE_MAX_BYTES', String(MAX_PASTE_BYTES), 'Too many bytes'];
    if (this.#fault !== null) this.#lines.length = 0;
  }

  /** A line that may be one of it was refused, or the client may not send batches any more: it is not said. */
  refuse(text: string): void {
    this.#fault ??= ['MULTILINE_INVALID', '', text];
  }

  /** What its end does. */
  end(asker: Asker): ParsedLine {
    const isOne = this.#count === 1;
    const target = targetOf(this.#target);
    const lines = this.#lines.map((line) => styledText(line));
    const isEmpty = lines.every(({ text }) => text.trim() === '');
    // To those with a status, lines go one by one: they could not be said whole or not at all.
    // Nor does NickServ take several lines: its commands have one.
    const isForOneLine = (target?.kind === 'room' && target.status !== null) || isNickServ(this.#target);
    const isInvalid = target === null || (!isOne && isForOneLine);
    if (isInvalid) this.#fault ??= ['MULTILINE_INVALID_TARGET', this.#target, 'Invalid target'];
    if (isEmpty) this.#fault ??= ['MULTILINE_INVALID', '', 'No text to send'];
    if (!isOne && this.#lines.some(isCtcp))
      this.#fault ??= ['MULTILINE_INVALID', '', 'CTCP is a message of one line'];
    if (this.#fault !== null || target === null) {
      const [code, context, text] = this.#fault ?? ['MULTILINE_INVALID', '', ''];
      return withRequest(
        this.request,
        answer(fail(this.request.about('', false, 'BATCH'), code, text, context)),
      );
    }
    if (isOne) {
      const [text = ''] = this.#lines;
      const said = { verb: this.#verb, target: this.#target, text, tags: this.#tags };
      return speakTo(said, { ...asker, request: this.request });
    }
    // Where the batch is shown as single messages, the first of them that has a text has its tags.
    const lead = lines.findIndex(({ text }) => text !== '');
    const live = lines.map(({ styled }, index): Live | null => {
      const tags = index === 0 || index === lead ? this.#tags : '';
      return styled === null && tags === '' ? null : { styled, tags };
    });
    const isNotice = this.#verb === 'NOTICE';
    const form = isNotice ? 'notice' : null;
    const request = this.request.about(this.#target, isNotice);
    const texts = lines.map(({ text }) => text);
    if (target.kind === 'room')
      return withRequest(request, { kind: 'paste', room: target.room, texts, extras: { form, live } });
    const [text = cleanText(''), ...others] = texts;
    const told = { kind: 'tell', to: target.nick, text, extras: { form, live } } as const;
    return withRequest(request, others.length === 0 ? told : { ...told, more: others });
  }
}

/** Whether a line of a batch is joined to the one before it. */
export function isConcatenated(tags: ReadonlyMap<string, string>): boolean {
  return tags.has(CONCAT);
}
