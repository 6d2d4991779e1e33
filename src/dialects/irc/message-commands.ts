/** The commands that say something: PRIVMSG and NOTICE. */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, parseRoomName } from '../../core/text/text.js';
import { type Asker, type Handler, listOf, numeric, withRequest } from './handler.js';
import { isNickServ, nickServ, nickServCommand, nickServRequest } from './services.js';
import { isTooLong, tooLong } from './room-commands.js';

/** Targets of one command (005's TARGMAX). */
const MAX_TARGETS = 4;

const ACTION = /^\x01ACTION(?: ([^\x01]*))?\x01?$/;

function* speak({ verb, params }: Parameters<Handler>[0], asker: Asker): Iterable<ParsedLine> {
  const targets = listOf(params[0]);
  const [, text = ''] = params;
  const isNotice = verb === 'NOTICE';
  const refuse = (code: string, rest: string): ParsedLine => (isNotice ? null : numeric(asker, code, rest));
  if (targets.length === 0) yield refuse('411', `:No recipient given (${verb})`);
  else if (text === '') yield refuse('412', ':No text to send');
  else if (targets.length > MAX_TARGETS)
    yield refuse('407', `${targets[MAX_TARGETS] ?? ''} :Too many targets`);
  else for (const target of targets) yield* speakTo(asker, verb, target, text);
}

function* speakTo(asker: Asker, verb: string, parameter: string, raw: string): Iterable<ParsedLine> {
  const isNotice = verb === 'NOTICE';
  const target = cleanText(parameter);
  const request = asker.request.about(target, isNotice);
  const action = ACTION.exec(raw);
  const text = cleanText(action === null ? raw : (action[1] ?? ''));
  if (isTooLong(asker, `${verb} ${target} :${raw}`)) {
    yield tooLong(asker);
    return;
  }
  if (text === '') {
    if (!isNotice) yield numeric(asker, '412', ':No text to send');
    return;
  }
  if (isNickServ(target)) {
    if (!isNotice) yield withRequest(nickServRequest(asker.request), nickServ(text, asker));
    return;
  }
  if (!target.startsWith('#')) {
    yield withRequest(request, { kind: 'tell', to: target, text });
    return;
  }
  const room = parseRoomName(target);
  if (room !== null)
    yield withRequest(request, action === null ? { kind: 'say', room, text } : { kind: 'me', room, text });
  else if (!isNotice) yield numeric(asker, '403', `${target} :No such channel`);
}

export const MESSAGE_COMMANDS: Readonly<Record<string, Handler>> = {
  PRIVMSG: speak,
  NOTICE: speak,
  NS: nickServCommand,
  NICKSERV: nickServCommand,
};
