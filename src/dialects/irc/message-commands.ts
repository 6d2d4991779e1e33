/** The commands that say something: PRIVMSG, NOTICE and TAGMSG. */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText } from '../../core/text/text.js';
import { has, MESSAGE_TAGS } from './caps.js';
import { type Asker, type Handler, listOf, numeric, withRequest } from './handler.js';
import { clientTags, type IrcMessage, parseTags } from './message.js';
import { isTooLong, tooLong, tooManyTargets } from './room-commands.js';
import { isNickServ, nickServ, nickServCommand, nickServRequest } from './services.js';
import { completed, signal, speech, targetOf } from './speech.js';

/** Targets of one command (005's TARGMAX). */
const MAX_TARGETS = 4;

/** The tags of a client that are passed on. */
export function relayedTags({ tags }: IrcMessage, { request }: Asker): string {
  return tags !== '' && has(request.caps, MESSAGE_TAGS) ? clientTags(parseTags(tags)) : '';
}

function* speak(message: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const { verb, params } = message;
  const targets = listOf(params[0]);
  const [, text = ''] = params;
  const isNotice = verb === 'NOTICE';
  const refuse = (code: string, rest: string): ParsedLine => (isNotice ? null : numeric(asker, code, rest));
  if (targets.length === 0) yield refuse('411', `:No recipient given (${verb})`);
  else if (text === '') yield refuse('412', ':No text to send');
  else if (targets.length > MAX_TARGETS)
    yield refuse('407', `${targets[MAX_TARGETS] ?? ''} :Too many targets`);
  else
    for (const target of targets)
      yield speakTo({ verb, target, text, tags: relayedTags(message, asker) }, asker);
}

export interface Speech {
  readonly verb: string;
  readonly target: string;
  readonly text: string;
  /** Those that are relayed. */
  readonly tags: string;
}

/** What says a text of one line to one target. */
export function speakTo({ verb, target: parameter, text: raw, tags }: Speech, asker: Asker): ParsedLine {
  const isNotice = verb === 'NOTICE';
  const typed = cleanText(parameter);
  const request = asker.request.about(typed, isNotice);
  if (isTooLong(asker, `${verb} ${typed} :${completed(raw)}`)) return tooLong(asker);
  if (isNickServ(typed))
    return isNotice ? null : withRequest(nickServRequest(asker.request), nickServ(cleanText(raw), asker));
  const target = targetOf(typed);
  if (target === null) return isNotice ? null : numeric(asker, '403', `${typed} :No such channel`);
  const said = speech(target, raw, isNotice, tags);
  if (said === null) return isNotice ? null : numeric(asker, '412', ':No text to send');
  return withRequest(request, said);
}

/** Tags without a text, perhaps none of them of a kind that is relayed. Clients without `message-tags` send none. */
function* tagMessage(message: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const targets = listOf(message.params[0]);
  if (targets.length === 0) {
    yield numeric(asker, '461', 'TAGMSG :Not enough parameters');
    return;
  }
  if (!has(asker.request.caps, MESSAGE_TAGS)) return;
  const extra = targets[MAX_TARGETS];
  if (extra !== undefined) {
    yield tooManyTargets(asker, extra);
    return;
  }
  const tags = relayedTags(message, asker);
  for (const parameter of targets) {
    const typed = cleanText(parameter);
    const target = targetOf(typed);
    yield target === null
      ? numeric(asker, '403', `${typed} :No such channel`)
      : withRequest(asker.request.about(typed), signal(target, { kind: 'tags', text: '', tags }));
  }
}

export const MESSAGE_COMMANDS: Readonly<Record<string, Handler>> = {
  PRIVMSG: speak,
  NOTICE: speak,
  TAGMSG: tagMessage,
  NS: nickServCommand,
  NICKSERV: nickServCommand,
};
