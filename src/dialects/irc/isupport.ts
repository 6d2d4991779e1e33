/** The features that 005 announces (modern.ircdocs.horse, RPL_ISUPPORT). */
import { MAX_ROOMS } from '../../core/limits.js';
import { MAX_HISTORY, REFERENCE_TYPES } from './history-commands.js';
import { MAX_REALNAME, MAX_USER } from './registration.js';

const TOKENS = [
  'CASEMAPPING=ascii',
  'CHANTYPES=#',
  'CHANNELLEN=65',
  `CHANLIMIT=#:${MAX_ROOMS}`,
  'CHANMODES=beI,k,l,Cimnst',
  'PREFIX=(ov)@+',
  'STATUSMSG=@+',
  'MODES=12',
  'MAXLIST=beI:100',
  'EXCEPTS=e',
  'INVEX=I',
  'EXTBAN=,m',
  'NICKLEN=32',
  `USERLEN=${MAX_USER}`,
  `NAMELEN=${MAX_REALNAME}`,
  'TOPICLEN=390',
  'KICKLEN=300',
  'AWAYLEN=300',
  'KEYLEN=64',
  'TARGMAX=JOIN:,PART:,KICK:10,NAMES:10,LIST:,PRIVMSG:4,NOTICE:4,TAGMSG:4,WHOIS:1,MONITOR:',
  'MONITOR=100',
  'ELIST=CMNTU',
  'SAFELIST',
  'WHOX',
  'BOT=B',
  'UTF8ONLY',
  `CHATHISTORY=${MAX_HISTORY}`,
  `MSGREFTYPES=${REFERENCE_TYPES}`,
  'NETWORK=Partyline',
];

const TOKENS_PER_LINE = 13;

/** The tokens of each 005. */
export const ISUPPORT_LINES: readonly string[] = Array.from(
  { length: Math.ceil(TOKENS.length / TOKENS_PER_LINE) },
  (_, line) => TOKENS.slice(line * TOKENS_PER_LINE, (line + 1) * TOKENS_PER_LINE).join(' '),
);
