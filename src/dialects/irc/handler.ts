/** The shape of a command's handler: it turns a message of the client into commands for the hub, and answers. */
import type { Answer, ClientState, Dialect, ParsedLine } from '../../core/dialect.js';
import { type Text, typedName } from '../../core/text/text.js';
import type { IrcMessage } from './message.js';
import type { IrcRequest } from './request.js';

/** The client behind a message. */
export interface Asker {
  readonly state: ClientState;
  readonly request: IrcRequest;
  /** The user mode w of the client. */
  readonly wallops: {
    isOn(): boolean;
    /** Returns the dialect that the client has then. */
    set(isOn: boolean): Dialect;
  };
  /** The bytes of `:nick!user@host ` in front of the client's lines, as others get them. */
  readonly sourceBytes: number;
}

/** Null has no effect. Of several lines, each is made once those before it are handled. */
export type Handled = ParsedLine | Iterable<ParsedLine>;

export type Handler = (message: IrcMessage, asker: Asker) => Handled;

/** A numeric, as the whole answer or a part of it. */
export function numeric({ request }: Asker, code: string, parameters: string): Answer {
  return answer(request.reply(code, parameters));
}

export function answer(text: string): Answer {
  return { kind: 'answer', text };
}

export function needMoreParameters(asker: Asker): Answer {
  return numeric(asker, '461', `${asker.request.verb} :Not enough parameters`);
}

/** A line about something else than the whole command is, with answers about that. */
export function withRequest(request: IrcRequest, line: ParsedLine): ParsedLine {
  return line === null ? null : { kind: 'labelled', label: request, line };
}

/** Answers once it is known whether a user is online. */
export function byPresence(asker: Asker, nick: Text, text: (isOnline: boolean) => string): ParsedLine {
  const request = asker.request.about(nick);
  request.onPresence = text;
  return withRequest(request, { kind: 'present', who: [typedName(nick)] });
}

/** The items of a list parameter, without empty ones. */
export function listOf(parameter: string | undefined): readonly string[] {
  return (parameter ?? '').split(',').filter((item) => item !== '');
}

/** A parameter that stands last: with a colon where it needs one. */
export function lastParameter(text: string): string {
  return text === '' || text.startsWith(':') || text.includes(' ') ? `:${text}` : text;
}
