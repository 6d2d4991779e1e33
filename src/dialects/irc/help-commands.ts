/** HELP: what each command does, in 704 to 706 (modern.ircdocs.horse). */
import { cleanText } from '../../core/text/text.js';
import { answer, type Asker, type Handled, type Handler } from './handler.js';
import { HELP_TOPICS } from './help-topics.js';
import type { IrcMessage } from './message.js';
import { inLines } from './names.js';

function help({ params }: IrcMessage, { request }: Asker): Handled {
  const topic = cleanText(params[0] ?? '').toUpperCase();
  // The subject stands in the middle of the line.
  const subject = topic === '' || topic.startsWith(':') || topic.includes(' ') ? '*' : topic;
  const lines = topic === '' ? overview(request.bytesLeft('705', `${subject} :`)) : HELP_TOPICS.get(topic);
  if (lines === undefined) return answer(request.reply('524', `${subject} :No help available on this topic`));
  const [title = '', ...rest] = lines;
  const replies = [request.reply('704', `${subject} :${title}`), request.reply('705', `${subject} :`)];
  for (const line of rest.slice(0, -1)) replies.push(request.reply('705', `${subject} :${line}`));
  replies.push(request.reply('706', `${subject} :${rest.at(-1) ?? ''}`));
  return answer(replies.join(''));
}

function overview(bytes: number): readonly string[] {
  return ['Commands', ...inLines([...HELP_TOPICS.keys()], bytes), 'HELP <command> explains one'];
}

export const HELP_COMMANDS: Readonly<Record<string, Handler>> = { HELP: help, HELPOP: help };
