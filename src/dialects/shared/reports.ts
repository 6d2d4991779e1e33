/**
 * The text of answers about a user or a room, in lines: `lines` shows them as INFO lines, GoTalk as lines of the
 * system.
 */
import type { Report, UserReport } from '../../core/event.js';
import { foldName } from '../../core/text/text.js';

/**
 * `isReply` is false for an answer that an interactive session gets at its login unasked; `showTime` formats
 * milliseconds since 1970.
 */
export function reportLines(
  report: Report,
  isReply: boolean,
  showTime: (at: number) => string,
): readonly string[] {
  switch (report.kind) {
    case 'topic':
      return [
        report.topic === null
          ? `${report.room} has no topic`
          : `the topic of ${report.room}: ${report.topic}`,
      ];
    case 'ignores':
      return isReply ? report.names : [`you ignore ${report.names.join(', ')}`];
    case 'last-address':
      return [`${report.name} was last at ${report.address}`];
    case 'seen':
      return [
        report.lastHereAt === null
          ? `${report.name} is here`
          : `${report.name} was last here ${showTime(report.lastHereAt)}`,
      ];
    // Of commands that only other dialects have.
    case 'invitations':
    case 'watches':
    case 'targets':
    case 'departures':
    case 'modes':
    case 'masks':
      return [];
    case 'whois':
      return whoisLines(report.user, showTime);
    // For IRC alone.
    case 'census':
    case 'present':
      return [];
  }
}

function whoisLines(user: UserReport, showTime: (at: number) => string): readonly string[] {
  const { name, rooms, dialect, since, idleMs, leftAt, address, awayText } = user;
  const lines = [
    registration(user),
    ...(rooms.length > 0 ? [`is in ${rooms.join(', ')}`] : []),
    leftAt === null
      ? `has been here since ${showTime(since)}`
      : `was here from ${showTime(since)} to ${showTime(leftAt)}`,
    ...(idleMs === null ? [] : [`has been idle for ${Math.floor(idleMs / 1000)} s`]),
    `${leftAt === null ? 'uses' : 'used'} ${dialect}`,
    ...(awayText === null ? [] : [`is away: ${awayText}`]),
    ...(address === null ? [] : [`${leftAt === null ? 'is' : 'was'} at ${address}`]),
  ];
  return lines.map((line) => `${name} ${line}`);
}

/** A session may be logged in to the account of another name. */
function registration({ name, by: { account } }: UserReport): string {
  if (account === null) return 'is not registered';
  return foldName(account) === foldName(name) ? 'is registered' : `is logged in as ${account}`;
}
