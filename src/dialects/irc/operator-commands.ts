/** The commands of the server's operators: OPER, KILL, WALLOPS. */
import type { ParsedLine } from '../../core/dialect.js';
import { unstyledText } from '../../core/text/styles.js';
import { cleanText, parseUserName, typedName } from '../../core/text/text.js';
import { fitsKill } from './closings.js';
import { type Asker, type Handler, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { isTooLong, tooLong } from './room-commands.js';

/** Logs in to the account of an operator, whatever the nick. */
function oper({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [name = '', secret = ''] = params.map((parameter) => cleanText(parameter));
  if (name === '' || secret === '') return needMoreParameters(asker);
  const account = parseUserName(name);
  if (account === null) return numeric(asker, '464', ':Password incorrect');
  return { kind: 'authenticate', account, secret, operatorsOnly: true };
}

function kill({ params }: IrcMessage, asker: Asker): ParsedLine {
  const nick = cleanText(params[0] ?? '');
  if (nick === '') return needMoreParameters(asker);
  const reason = unstyledText(params[1] ?? '');
  if (!fitsKill(asker.request.nick, reason)) return tooLong(asker);
  return withRequest(asker.request.about(nick), { kind: 'kick', who: typedName(nick), reason });
}

function wallops({ params }: IrcMessage, asker: Asker): ParsedLine {
  const text = unstyledText(params[0] ?? '');
  if (text === '') return needMoreParameters(asker);
  return isTooLong(asker, `WALLOPS :${text}`) ? tooLong(asker) : { kind: 'wallops', text };
}

export const OPERATOR_COMMANDS: Readonly<Record<string, Handler>> = {
  OPER: oper,
  KILL: kill,
  WALLOPS: wallops,
};
