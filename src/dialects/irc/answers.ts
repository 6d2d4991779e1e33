/** Answers to commands: numerics, and the lines that a user gets of its own actions. */
import type { HubEvent, Report, Who } from '../../core/event.js';
import { burst, lusers } from './burst.js';
import { loggedInLines } from './account-lines.js';
import { ECHO_MESSAGE, has, REDACTION, SETNAME } from './caps.js';
import { CHATHISTORY_VERB, historyLines, historyRefusal, replayLines, targetLines } from './history.js';
import { fit } from './message.js';
import { listLines } from './list.js';
import { roomModeLines, maskLines } from './mode-answers.js';
import { departureLines, watchedLines, watchListLines } from './monitor.js';
import { inLines, nameLines, NAMES_STYLE } from './names.js';
import { pongLine } from './pong.js';
import { redactLines } from './redaction.js';
import { refusalLines } from './refusals.js';
import { NICKSERV, nickServLines } from './services.js';
import { END_OF_ANSWER, type IrcRequest } from './request.js';
import type { LineFormat } from './source.js';
import { whoLines } from './who.js';
import { whoisLines } from './whois.js';

/** The text of an event that answers a command. */
export function answerTo(event: HubEvent, request: IrcRequest, dialect: LineFormat): string {
  if (event.kind === 'answered' && event.text === END_OF_ANSWER) return request.end();
  const answer = request.answer(linesOf(event, request, dialect));
  // Nothing follows where the connection ends.
  return event.kind === 'closing' || (event.kind === 'refused' && event.final)
    ? answer + request.end()
    : answer;
}

function linesOf(event: HubEvent, request: IrcRequest, dialect: LineFormat): string {
  if (request.verb === NICKSERV && (event.kind === 'done' || event.kind === 'refused'))
    return nickServLines(event, request, dialect);
  switch (event.kind) {
    case 'pong':
      return pongLine(event.token, request);
    case 'logged-in':
      request.nick = event.name;
      return burst(event, request);
    case 'entered':
      return event.isNew ? dialect.joinOf(event.at, event.by, event.room) : '';
    case 'exited':
      return dialect.line(event.at, event.by, `PART #${event.room}${last(event.reason)}`);
    case 'done':
      return done(event, request, dialect);
    case 'delivered':
      return delivered(event, request);
    case 'refused':
      return request.verb === CHATHISTORY_VERB
        ? historyRefusal(event, request)
        : refusalLines(event, request);
    case 'members':
      return event.style === NAMES_STYLE ? nameLines(event, request) : whoLines(event, request);
    case 'watched':
      return watchedLines(event, request);
    case 'history':
      return historyLines(event, request, dialect);
    case 'recap':
      return replayLines(event, request, dialect);
    case 'rooms':
      return listLines(event, request);
    case 'report':
      return reportLines(event, request);
    default:
      return dialect.format(event);
  }
}

/** The user's own action, as the others see it, or a numeric. */
function done(
  { at, action, by }: Extract<HubEvent, { kind: 'done' }>,
  request: IrcRequest,
  dialect: LineFormat,
): string {
  const own = (rest: string, who: Who = by) => dialect.line(at, who, rest);
  const { kind, about, text = '' } = action;
  switch (kind) {
    case 'nick':
      return text === about ? '' : own(`NICK ${text}`);
    case 'topic':
      return own(`TOPIC #${about} :${action.styled ?? text}`);
    case 'away':
      return text === ''
        ? request.reply('305', ':You are no longer marked as being away')
        : request.reply('306', ':You have been marked as being away');
    case 'authenticate': {
      if (request.verb === 'OPER')
        return (
          loggedInLines(about, { at, by }, request, dialect) +
          request.reply('381', ':You are now an IRC operator') +
          fit(`:${request.nick} MODE ${request.nick} :+o`)
        );
      return (
        loggedInLines(about, { at, by }, request, dialect) +
        request.reply('903', ':SASL authentication successful')
      );
    }
    case 'register': {
      const { server } = request;
      return (
        fit(`:${server.name} REGISTER SUCCESS ${about} :Account registered`) +
        loggedInLines(about, { at, by }, request, dialect)
      );
    }
    case 'invite':
      return request.reply('341', `${text} #${about}`);
    case 'delete':
    case 'delete-direct':
      return has(request.caps, ECHO_MESSAGE) && has(request.caps, REDACTION)
        ? redactLines(
            { at, by, reason: text },
            kind === 'delete' ? `#${action.room ?? ''}` : (action.to ?? ''),
            Number(about),
            1,
            dialect,
          )
        : '';
    case 'describe':
      return request.verb === 'SETNAME' && has(request.caps, SETNAME) ? own(`SETNAME :${by.realname}`) : '';
    default:
      return '';
  }
}

/** A direct message was delivered, or waits for its receiver. */
function delivered(
  { to, isOffline, awayText }: Extract<HubEvent, { kind: 'delivered' }>,
  request: IrcRequest,
): string {
  if (request.isQuiet) return '';
  if (isOffline) return request.reply('301', `${to} :not here; your message is kept`);
  return awayText === null ? '' : request.reply('301', `${to} :${awayText}`);
}

/** The answer to USERHOST, to ISON, or to a command that depends on whether a user is online. */
function presentLines({ users }: Extract<Report, { kind: 'present' }>, request: IrcRequest): string {
  if (request.onPresence !== null) return request.onPresence(users.length > 0);
  if (request.verb === 'ISON')
    return itemLines(
      '303',
      users.map(({ who }) => who.name),
      request,
    );
  const replies = users.map(
    ({ who, isAway, isOperator }) =>
      `${who.name}${isOperator ? '*' : ''}=${isAway ? '-' : '+'}${who.user}@${who.host}`,
  );
  return itemLines('302', replies, request);
}

/** Items in as many lines as they need, at least one. */
function itemLines(numeric: string, items: readonly string[], request: IrcRequest): string {
  const lines = inLines(items, request.bytesLeft(numeric, ':'));
  return (lines.length === 0 ? [''] : lines).map((line) => request.reply(numeric, `:${line}`)).join('');
}

function topicLines(
  { room, topic, by, setAt }: Extract<Report, { kind: 'topic' }>,
  request: IrcRequest,
): string {
  if (topic === null || topic === '') return request.reply('331', `#${room} :No topic is set`);
  const line = request.reply('332', `#${room} :${topic}`);
  if (by === null || setAt === null) return line;
  return line + request.reply('333', `#${room} ${by} ${Math.floor(setAt / 1000)}`);
}

function reportLines({ report }: Extract<HubEvent, { kind: 'report' }>, request: IrcRequest): string {
  switch (report.kind) {
    case 'topic':
      return topicLines(report, request);
    case 'whois':
      return whoisLines(report.user, request);
    case 'modes':
      return roomModeLines(report, request);
    case 'masks':
      return maskLines(report, request);
    case 'invitations':
      return (
        report.rooms.map((room) => request.reply('336', `#${room}`)).join('') +
        request.reply('337', ':End of INVITE list')
      );
    case 'present':
      return presentLines(report, request);
    case 'watches':
      return watchListLines(report.names, request);
    case 'departures':
      return departureLines(report, request);
    case 'targets':
      return targetLines(report, request);
    case 'census':
      return lusers(report.census, request);
    default:
      return '';
  }
}

/** A last parameter that may be missing. */
function last(text: string): string {
  return text === '' ? '' : ` :${text}`;
}
