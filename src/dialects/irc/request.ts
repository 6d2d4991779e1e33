/**
 * A command of a client, with what is needed to answer it: its label, the client's capabilities and its name at that
 * moment. The answers to a labelled command are one line with the label, or a batch that has it, or ACK (IRCv3
 * labeled-response).
 */
import type { RequestContext } from '../../core/dialect.js';
import { BATCH, type Caps, CHATHISTORY, ECHO_MESSAGE, has, SERVER_TIME } from './caps.js';
import { fit, LINE_END, MAX_LINE_BYTES } from './message.js';
import type { IrcServer } from './server.js';

export interface RequestOptions {
  readonly server: IrcServer;
  readonly verb: string;
  readonly caps: Caps;
  /** The name of the client, or `*`. */
  readonly nick: string;
  /** What the command is about, as typed: a room or a user. */
  readonly target?: string;
  /** As it is sent back; null if there is none. */
  readonly label?: string | null;
  /** Errors are not told: those of NOTICE, and of what follows a command by itself. */
  readonly isQuiet?: boolean;
}

/** The text that marks the end of an answer. */
export const END_OF_ANSWER = '\0';

export class IrcRequest implements RequestContext {
  readonly server: IrcServer;
  readonly verb: string;
  readonly caps: Caps;
  /** Changes with the login alone. */
  nick: string;
  readonly target: string;
  readonly label: string | null;
  readonly isQuiet: boolean;
  /** The reference of the batch of past messages that is open; null if there is none. */
  batch: string | null = null;
  /** What to answer once it is known whether the user that the command names is online. */
  onPresence: ((isOnline: boolean) => string) | null = null;
  /** The only line of the answer so far: it gets the label, or becomes a part of a batch. */
  #firstLine: string | null = null;
  /** The reference of the batch of the answer, once it has two lines. */
  #batch: string | null = null;
  /** The label is sent: the answer is a batch of its own, or the client has no batches. */
  #isLabelSent = false;

  constructor({ server, verb, caps, nick, target = '', label = null, isQuiet = false }: RequestOptions) {
    this.server = server;
    this.verb = verb;
    this.caps = caps;
    this.nick = nick;
    this.target = target;
    this.label = label;
    this.isQuiet = isQuiet;
  }

  get isAwaited(): boolean {
    return this.label !== null;
  }

  get echoesMessages(): boolean {
    return has(this.caps, ECHO_MESSAGE);
  }

  /** Without the times of the messages, programs would take them for new ones. */
  get replayedMessages(): number | null {
    return has(this.caps, SERVER_TIME) && !has(this.caps, CHATHISTORY) ? this.server.replay : null;
  }

  /** The same command, about something else: one of several targets. */
  about(target: string, isQuiet = this.isQuiet, verb = this.verb): IrcRequest {
    return new PartOfRequest(this, { target, isQuiet, verb });
  }

  /** A line of the server: its numeric or verb, the name of the client, and the parameters. */
  reply(numeric: string, parameters: string): string {
    return fit(this.#head(numeric, parameters));
  }

  /** How many bytes a reply with these parameters has left; with very long names perhaps less than none. */
  bytesLeft(numeric: string, parameters: string): number {
    return MAX_LINE_BYTES - LINE_END.length - Buffer.byteLength(this.#head(numeric, parameters));
  }

  #head(numeric: string, parameters: string): string {
    return `:${this.server.name} ${numeric} ${this.nick}${parameters === '' ? '' : ` ${parameters}`}`;
  }

  /** Lines of the answer, as they are sent. */
  answer(lines: string): string {
    if (this.label === null) return lines;
    let answer = '';
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(LINE_END, start) + LINE_END.length;
      answer += this.#answerLine(lines.slice(start, end));
      start = end;
    }
    return answer;
  }

  /** The end of the answer. */
  end(): string {
    const { server, label } = this;
    if (label === null || this.#isLabelSent) return '';
    if (this.#batch !== null) return `:${server.name} BATCH -${this.#batch}${LINE_END}`;
    if (this.#firstLine !== null) return withTag(this.#firstLine, `label=${label}`);
    return `@label=${label} :${server.name} ACK${LINE_END}`;
  }

  #answerLine(line: string): string {
    if (this.#isLabelSent) return line;
    if (this.#batch !== null) return inBatch(line, this.#batch);
    if (this.#firstLine === null) {
      if (BATCH_START.test(line)) {
        this.#isLabelSent = true;
        return withTag(line, `label=${this.label ?? ''}`);
      }
      this.#firstLine = line;
      return '';
    }
    const { server, label } = this;
    if (!has(this.caps, BATCH)) {
      this.#isLabelSent = true;
      return withTag(this.#firstLine, `label=${label ?? ''}`) + line;
    }
    this.#batch = server.nextBatch();
    const start = `@label=${label ?? ''} :${server.name} BATCH +${this.#batch} labeled-response${LINE_END}`;
    return start + inBatch(this.#firstLine, this.#batch) + inBatch(line, this.#batch);
  }
}

/** A command for one of several targets: its answers are those of the whole command. */
class PartOfRequest extends IrcRequest {
  readonly #whole: IrcRequest;

  constructor(whole: IrcRequest, own: Pick<IrcRequest, 'target' | 'isQuiet' | 'verb'>) {
    const { server, caps, nick, label } = whole;
    super({ server, caps, nick, label, ...own });
    this.#whole = whole;
  }

  override answer(lines: string): string {
    return this.#whole.answer(lines);
  }

  override end(): string {
    return this.#whole.end();
  }
}

const BATCH_START = /^(?:@\S+ )?:\S+ BATCH \+\S+ (?:chathistory|draft\/chathistory-targets|draft\/multiline)/;
const IN_BATCH = /^@(?:[^ ]*;)?batch=/;

/** A line that is in another batch already stays there. */
export function inBatch(line: string, batch: string): string {
  return IN_BATCH.test(line) ? line : withTag(line, `batch=${batch}`);
}

export function withTag(line: string, tag: string): string {
  return line.startsWith('@') ? `@${tag};${line.slice(1)}` : `@${tag} ${line}`;
}
