/** The sentence that confirms a command of the user. */

export interface Answered {
  /** The command, its verb in capitals. */
  readonly line: string;
  readonly ownName: string;
  /** The room that the command was for. */
  readonly room: string;
}

type Sentence = (about: string, answered: Answered) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  REGISTER: (_, { ownName }) => `${ownName} is now registered`,
  PASSWORD: () => 'your password is changed',
  UNREGISTER: (_, { ownName }) => `${ownName} is no longer registered`,
  NICK: (about) => `you are now ${about}`,
  AWAY: (about) => (about === '' ? 'you are no longer marked as away' : 'you are marked as away'),
  IGNORE: (about) => (about === '' ? 'you ignore no users' : `messages from ${about} are hidden`),
  UNIGNORE: (about) => `messages from ${about} are shown again`,
  LOCK: (_, { room }) => `${room} is locked; entering it needs the key`,
  UNLOCK: (_, { room }) => `${room} is unlocked`,
  TOPIC: (_, { room }) => `the topic of ${room} is set`,
  FOUND: (about, { room }) => `${about} is now the founder of ${room}`,
  DELETE: (about) => `message ${about} is deleted`,
  KICK: (about) => `${about} is disconnected`,
  BAN: (about, { line }) => `${about} is banned${minutesIn(line)}`,
  UNBAN: (about) => `${about} is no longer banned`,
  BANS: () => 'no bans',
  MUTE: (about, { line }) => `${about} is muted${minutesIn(line)}`,
  UNMUTE: (about) => `${about} is no longer muted`,
  SAY: () => 'sent to all users',
  HISTORY: (_, { room }) => `no messages in ${room}`,
  SEARCH: (_, { room }) => `no messages found in ${room}`,
  WHO: () => 'no users',
  ROOMS: () => 'no rooms',
};

/** For an answer without content. */
export function answerText(answered: Answered): string {
  const [verb = '', about = ''] = answered.line.split(/\s+/);
  const sentence = Object.hasOwn(SENTENCES, verb) ? SENTENCES[verb] : undefined;
  return sentence?.(about, answered) ?? `/${verb.toLowerCase()} is done`;
}

function minutesIn(line: string): string {
  const minutes = /^\S+\s+\S+\s+(\d+)(?:\s|$)/.exec(line)?.[1];
  if (minutes === undefined) return '';
  return minutes === '1' ? ' for 1 minute' : ` for ${minutes} minutes`;
}
