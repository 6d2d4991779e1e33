/**
 * Every setting of the server, a row each. The flags of the command line, the type `Config`, `.env.example` and the
 * table in docs/settings.md all come from the rows, so a new setting is one row more and nothing else.
 */
import {
  addresses,
  bytes,
  file,
  host,
  type Kind,
  oneOf,
  origins,
  passwordOrNone,
  path,
  portOrNone,
  rate,
  seconds,
  toggle,
  whole,
} from './setting-types.js';

type Group = 'Listening' | 'Sessions' | 'Limits' | 'Messages' | 'Log';

/** One row of the table. */
export interface Setting {
  /** The name in the environment and in `.env`; the flag is made of the same words. */
  readonly env: string;
  /** The name in the Config, with the unit in it. */
  readonly key: string;
  /** As one would write it in `.env`. */
  readonly default: string;
  readonly kind: Kind<unknown>;
  readonly group: Group;
  readonly help: string;
}

/** The table, in the order in which `--help`, `.env.example` and docs/settings.md show it. */
export const settings = [
  {
    env: 'PORT',
    key: 'port',
    default: '4000',
    kind: whole('number', 0, 65_535, '0 = any free port'),
    group: 'Listening',
    help: 'the port to listen on; 0 = any free one, which the log names',
  },
  {
    env: 'HOST',
    key: 'host',
    default: 'localhost',
    kind: host(),
    group: 'Listening',
    help: 'the address to listen on; 0.0.0.0 or :: = every address of this machine',
  },
  {
    env: 'GOTALK_PORT',
    key: 'gotalkPort',
    default: '',
    kind: portOrNone(),
    group: 'Listening',
    help: "a second port, for GoTalk's clients: who says nothing for 0.3 s is greeted and asked for a name; empty = none",
  },
  {
    env: 'MACHAT_WS_PORT',
    key: 'machatWsPort',
    default: '',
    kind: portOrNone(),
    group: 'Listening',
    help: "one more port, for MaChat's WebSocket clients at the port they know: /mychat; it is served on the others too; empty = none",
  },
  {
    env: 'ALLOWED_ORIGINS',
    key: 'allowedOrigins',
    default: '',
    kind: origins(),
    group: 'Listening',
    help: 'web pages from elsewhere that may chat by WebSocket: their origins, comma between; empty = none',
  },
  {
    env: 'TLS_CERT',
    key: 'tlsCert',
    default: '',
    kind: file(),
    group: 'Listening',
    help: 'the certificate (PEM, its chain behind it) for encrypted connections, on the same ports; reread on SIGHUP; empty = none',
  },
  {
    env: 'TLS_KEY',
    key: 'tlsKey',
    default: '',
    kind: file(),
    group: 'Listening',
    help: 'the key of TLS_CERT (PEM, without a passphrase); empty = none',
  },
  {
    env: 'TLS_ONLY',
    key: 'tlsOnly',
    default: 'false',
    kind: toggle(),
    group: 'Listening',
    help: 'refuse whoever does not encrypt; needs TLS_CERT and TLS_KEY',
  },
  {
    env: 'IDLE_TIMEOUT',
    key: 'idleTimeoutMs',
    default: '60',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'a session that sends no line for so long is closed; 0 = never',
  },
  {
    env: 'HEARTBEAT_INTERVAL',
    key: 'heartbeatIntervalMs',
    default: '30',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'a silent session is sent PING this often; 0 = never',
  },
  {
    env: 'LOGIN_TIMEOUT',
    key: 'loginTimeoutMs',
    default: '60',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'a connection that has not logged in by then is closed; 0 = never',
  },
  {
    env: 'GREETING_DELAY',
    key: 'greetingDelayMs',
    default: '2',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'who sends nothing for so long after connecting is taken for a person and given hints; 0 = never',
  },
  {
    env: 'SHUTDOWN_GRACE',
    key: 'shutdownGraceMs',
    default: '10',
    kind: seconds('0 = at once'),
    group: 'Sessions',
    help: 'how long a stop may take to deliver what was said; 0 = at once',
  },
  {
    env: 'SERVER_PASSWORD',
    key: 'serverPassword',
    default: '',
    kind: passwordOrNone(),
    group: 'Sessions',
    help: 'who logs in by a name that is not registered needs this; no flag, since others can read those; empty = nobody does',
  },
  {
    env: 'MAX_CLIENTS',
    key: 'maxClients',
    default: '10000',
    kind: whole('count', 0, 10_000_000, '0 = no limit'),
    group: 'Limits',
    help: 'connections at a time; 0 = no limit',
  },
  {
    env: 'MAX_CLIENTS_PER_ADDRESS',
    key: 'maxClientsPerAddress',
    default: '64',
    kind: whole('count', 0, 10_000_000, '0 = no limit'),
    group: 'Limits',
    help: 'connections at a time from one address; 0 = no limit',
  },
  {
    env: 'EXEMPT_ADDRESSES',
    key: 'exemptAddresses',
    default: '127.0.0.0/8,::1',
    kind: addresses(),
    group: 'Limits',
    help: 'addresses and CIDR blocks, comma between, free of the rate and of the limit per address; empty = none',
  },
  {
    env: 'MAX_LINE_BYTES',
    key: 'maxLineBytes',
    default: '4096',
    kind: bytes(64, 65_535),
    group: 'Limits',
    help: 'the longest line a client may send, its line end not counted',
  },
  {
    env: 'WRITE_QUEUE_BYTES',
    key: 'writeQueueBytes',
    default: '1048576',
    kind: bytes(1024, 1_073_741_824),
    group: 'Limits',
    help: 'unread output kept for a client; a reader further behind is disconnected',
  },
  {
    env: 'RATE_LIMIT',
    key: 'rateLimit',
    default: '10',
    kind: rate(),
    group: 'Limits',
    help: 'lines a second a client may send for long; beyond it is read more slowly; 0 = no limit',
  },
  {
    env: 'RATE_BURST',
    key: 'rateBurst',
    default: '50',
    kind: whole('lines', 1, 1_000_000),
    group: 'Limits',
    help: 'lines a client may send at once before RATE_LIMIT is felt',
  },
  {
    env: 'ANNOUNCE_LOGIN',
    key: 'announceLogin',
    default: 'false',
    kind: toggle(),
    group: 'Messages',
    help: 'tell everyone who logs in',
  },
  {
    env: 'HISTORY',
    key: 'history',
    default: 'disk',
    kind: oneOf('disk', 'memory'),
    group: 'Messages',
    help: 'where messages are kept: disk = in DATA_DIR; memory = the last 1,000 of each room, until the server stops',
  },
  {
    env: 'HISTORY_DAYS',
    key: 'historyDays',
    default: '0',
    kind: whole('days', 0, 36_500, '0 = for ever'),
    group: 'Messages',
    help: 'messages on disk that are older are forgotten; 0 = kept for ever',
  },
  {
    env: 'DATA_DIR',
    key: 'dataDir',
    default: './data',
    kind: path(),
    group: 'Messages',
    help: 'the folder of all that outlives the server; made if it is not there',
  },
  {
    env: 'HISTORY_REPLAY',
    key: 'historyReplay',
    default: '50',
    kind: whole('messages', 0, 500, '0 = none'),
    group: 'Messages',
    help: "the last messages that GoTalk's users are shown when they come to a room; 0 = none",
  },
  {
    env: 'BANNER_FILE',
    key: 'bannerFile',
    default: '',
    kind: file(),
    group: 'Messages',
    help: "a text that GoTalk's users are greeted with in place of the penguin; empty = the penguin",
  },
  {
    env: 'TRANSCRIPT_FILE',
    key: 'transcriptFile',
    default: '',
    kind: file(),
    group: 'Log',
    help: 'a file to which all that is said in rooms is appended, and who comes and goes; reopened on SIGHUP; empty = none',
  },
  {
    env: 'LOG_LEVEL',
    key: 'logLevel',
    default: 'info',
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    group: 'Log',
    help: 'the least that is logged: trace, debug, info, warn, error, fatal or silent',
  },
  {
    env: 'LOG_FORMAT',
    key: 'logFormat',
    default: 'auto',
    kind: oneOf('auto', 'pretty', 'json'),
    group: 'Log',
    help: 'pretty (for people), json (a line an event), or auto: pretty on a terminal, else json',
  },
  {
    env: 'LOG_TEXT',
    key: 'logText',
    default: 'true',
    kind: toggle(),
    group: 'Log',
    help: 'log what people write; false (or --no-log-text) keeps it out',
  },
] as const satisfies readonly Setting[];

/** The parsed settings, frozen. Times are milliseconds, sizes bytes; 0 means what the setting's help says. */
export type Config = {
  readonly [Row in (typeof settings)[number] as Row['key']]: Row['kind'] extends Kind<infer Value>
    ? Value
    : never;
};

/** The flag of a setting, the same words: `--idle-timeout`. */
export function flagOf(setting: Setting): string {
  return `--${setting.env.toLowerCase().replaceAll('_', '-')}`;
}

/** The text of `.env.example`: every setting at its default, so that a copy of it changes nothing. */
export function exampleEnv(): string {
  const intro = [
    '# Settings of Partyline, at their defaults. Copy this file to .env and change what you need.',
    '# A variable of the environment wins over this file, and a flag (--idle-timeout 5) over both.',
  ];
  const groups = settingGroups().map(([group, members]) => [
    `# ${group}`,
    ...members.flatMap((setting) => [
      `# ${setting.env} (${setting.kind.unit}): ${setting.help}`,
      `${setting.env}=${setting.default}`,
    ]),
  ]);
  return `${[intro, ...groups].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The table of docs/settings.md in Markdown, without a line end after the last row. */
export function settingsTable(): string {
  const rows = settings.map(
    (setting) =>
      `| \`${setting.env}\` | ${setting.kind.isSecret ? 'none' : `\`${usageOf(setting)}\``} | ${setting.default === '' ? 'none' : `\`${setting.default}\``} | ${setting.help} |`,
  );
  return ['| setting | flag | default | what it does |', '|---|---|---|---|', ...rows].join('\n');
}

/** The flag with what it takes, as `--help` shows it: `--idle-timeout <seconds>`. */
export function usageOf(setting: Setting): string {
  const { unit, toggle } = setting.kind;
  return toggle ? `${flagOf(setting)} [${unit}]` : `${flagOf(setting)} <${unit}>`;
}

function settingGroups(): [Group, Setting[]][] {
  const groups = new Map<Group, Setting[]>();
  for (const setting of settings) groups.set(setting.group, [...(groups.get(setting.group) ?? []), setting]);
  return [...groups];
}
