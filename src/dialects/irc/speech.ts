/** What a client says: to whom, in which form, with its formatting and tags, as a command for the hub. */
import type { ParsedLine } from '../../core/dialect.js';
import type { Signal } from '../../core/command.js';
import type { Extras, Form, Live } from '../../core/message.js';
import type { Status } from '../../core/modes.js';
import { styledText, unstyledText } from '../../core/text/styles.js';
import { parseRoomName, type RoomName, type Text, typedName } from '../../core/text/text.js';

/** A target of PRIVMSG: `#dev`, `@#dev` for those with that status, or a nick. */
export type Target =
  | { readonly kind: 'room'; readonly room: RoomName; readonly status: keyof Status | null }
  | { readonly kind: 'user'; readonly nick: Text };

/** Of several prefixes the lowest one counts. */
const STATUS_PREFIX = /^[@+]+(?=#)/;

/** Null for an invalid name of a room. */
export function targetOf(typed: Text): Target | null {
  const [prefixes] = STATUS_PREFIX.exec(typed) ?? [''];
  const status = prefixes === '' ? null : prefixes.includes('+') ? 'voice' : 'op';
  const rest = typed.slice(prefixes.length);
  if (!rest.startsWith('#')) return { kind: 'user', nick: typed };
  const room = parseRoomName(rest);
  return room === null ? null : { kind: 'room', room, status };
}

/** Other CTCP than ACTION, and what its answers are. The last 01 may be missing. */
const CTCP = /^\x01([^\x01]*)\x01?$/;
const ACTION = /^ACTION(?: |$)/;

export function isCtcp(raw: string): boolean {
  return CTCP.test(raw);
}

/** The text as it is passed on: the last 01 of CTCP is added where it is missing. */
export function completed(raw: string): string {
  return isCtcp(raw) && !raw.endsWith('\x01') ? `${raw}\x01` : raw;
}

/** The command that says a text to a target; null for a text without anything to show. */
export function speech(target: Target, raw: string, isNotice: boolean, tags: string): ParsedLine {
  const ctcp = CTCP.exec(raw)?.[1];
  if (ctcp === undefined) return spoken(target, raw, isNotice ? 'notice' : null, tags);
  if (ACTION.test(ctcp) && !isNotice) return spoken(target, ctcp.replace(ACTION, ''), 'action', tags);
  const text = unstyledText(ctcp);
  if (text === '') return null;
  return signal(target, { kind: isNotice ? 'ctcp-reply' : 'ctcp', text, tags });
}

/** Something that is shown as it comes and is not a message. */
export function signal(target: Target, sent: Signal): ParsedLine {
  if (target.kind === 'user')
    return { kind: 'signal', room: null, who: typedName(target.nick), status: null, signal: sent };
  return { kind: 'signal', room: target.room, who: null, status: target.status, signal: sent };
}

function spoken(target: Target, raw: string, form: Form | null, tags: string): ParsedLine {
  const { text, styled } = styledText(raw);
  if (text === '') return null;
  if (target.kind === 'room' && target.status !== null)
    return signal(target, { kind: form ?? 'message', text: styled ?? text, tags });
  const live: Live | null = styled === null && tags === '' ? null : { styled, tags };
  const extras: Extras | undefined = form === null && live === null ? undefined : { form, live: [live] };
  if (target.kind === 'user') return { kind: 'tell', to: target.nick, text, extras };
  if (form === 'action') return { kind: 'me', room: target.room, text, live: live ?? undefined };
  return { kind: 'say', room: target.room, text, extras };
}
