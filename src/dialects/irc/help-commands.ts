/** HELP: what each command does, in 704 to 706 (modern.ircdocs.horse). */
import { cleanText } from '../../core/text/text.js';
import { answer, type Asker, type Handled, type Handler } from './handler.js';
import type { IrcMessage } from './message.js';

const TOPICS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    JOIN: ['JOIN <channel>[,<channel>…] [<key>…]', 'enters channels, and makes them if they do not exist'],
    PART: ['PART <channel>[,<channel>…] [:<reason>]', 'leaves channels'],
    PRIVMSG: ['PRIVMSG <channel or nick> :<text>', 'sends a message'],
    NOTICE: ['NOTICE <channel or nick> :<text>', 'sends a message that is not answered'],
    NICK: ['NICK <nick>', 'changes your nick'],
    TOPIC: ['TOPIC <channel> [:<topic>]', 'shows or changes the topic of a channel'],
    NAMES: ['NAMES <channel>', 'lists the members of a channel'],
    LIST: ['LIST', 'lists the channels with members'],
    WHO: ['WHO <channel or mask>', 'lists users'],
    WHOIS: ['WHOIS <nick>', 'describes a user'],
    AWAY: ['AWAY [:<text>]', 'marks you as away, or as back'],
    MODE: ['MODE <channel> [<modes> <parameters>]', 'shows or changes the modes of a channel'],
    KICK: ['KICK <channel> <nick> [:<reason>]', 'puts a user out of a channel'],
    INVITE: ['INVITE <nick> <channel>', 'invites a user'],
    REGISTER: ['REGISTER * * <password>', 'registers your nick; also /msg NickServ HELP'],
    QUIT: ['QUIT [:<reason>]', 'ends your session'],
  }),
);

function help({ params }: IrcMessage, { request }: Asker): Handled {
  const topic = cleanText(params[0] ?? '').toUpperCase();
  const subject = topic === '' ? '*' : topic.replace(/ .*/, '');
  const lines =
    topic === ''
      ? [`Commands: ${[...TOPICS.keys()].join(' ')}`, 'HELP <command> explains one']
      : TOPICS.get(topic);
  if (lines === undefined) return answer(request.reply('524', `${subject} :No help available on this topic`));
  const [first = '', ...rest] = lines;
  const replies = [request.reply('704', `${subject} :${first}`)];
  for (const line of rest.slice(0, -1)) replies.push(request.reply('705', `${subject} :${line}`));
  replies.push(request.reply('706', `${subject} :${rest.at(-1) ?? ''}`));
  return answer(replies.join(''));
}

export const HELP_COMMANDS: Readonly<Record<string, Handler>> = { HELP: help, HELPOP: help };
