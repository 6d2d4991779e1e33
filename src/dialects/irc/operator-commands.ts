/** The commands of the server's operators: OPER, KILL, WALLOPS. */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, parseUserName, typedName } from '../../core/text/text.js';
import { type Asker, type Handler, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';

/** Logs in to the account of an operator, whatever the nick. */
function oper({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [name = '', secret = ''] = params.map((parameter) => cleanText(parameter));
  if (name === '' || secret === '') return needMoreParameters(asker);
  const account = parseUserName(name);
  if (account === null) return numeric(asker, '464', ':Password incorrect');
  return { kind: 'authenticate', account, secret, operatorsOnly: true };
}

function kill({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [nick = '', reason = ''] = params.map((parameter) => cleanText(parameter));
  if (nick === '') return needMoreParameters(asker);
  return withRequest(asker.request.about(nick), {
    kind: 'kick',
    who: typedName(cleanText(nick)),
    reason: cleanText(reason),
  });
}

function wallops({ params }: IrcMessage, asker: Asker): ParsedLine {
  const text = cleanText(params[0] ?? '');
  return text === '' ? needMoreParameters(asker) : { kind: 'wallops', text };
}

export const OPERATOR_COMMANDS: Readonly<Record<string, Handler>> = {
  OPER: oper,
  KILL: kill,
  WALLOPS: wallops,
};
