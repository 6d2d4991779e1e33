/**
 * The table of all settings of the server. The flags, the type `Config`, `.env.example` and the table in
 * docs/settings.md are derived from it, so a new setting is one new row.
 */
import { clusterServers, nodeNameOrNone, streamName } from './cluster-types.js';
import {
  addresses,
  boundedSeconds,
  bytes,
  countOrAll,
  file,
  host,
  hostNames,
  type Kind,
  oneOf,
  origins,
  passwordOrNone,
  path,
  portOrNone,
  rate,
  roomNames,
  seconds,
  secondsOrNone,
  serverName,
  toggle,
  whole,
} from './setting-types.js';

export type Group = 'Listening' | 'Sessions' | 'Limits' | 'Messages' | 'Cluster' | 'Log';

/** One row of the table. */
export interface Setting {
  /** The name in the environment and in `.env`; the flag has the same words. */
  readonly env: string;
  /** The key in the Config, with the unit. */
  readonly key: string;
  /** The text as in `.env`. */
  readonly default: string;
  readonly kind: Kind<unknown>;
  readonly group: Group;
  /** Starts with a noun or a verb; special values stand in brackets at the end. */
  readonly help: string;
}

/** The order is that of `--help`, `.env.example` and docs/settings.md. */
export const settings = [
  {
    env: 'PORT',
    key: 'port',
    default: '4000',
    kind: whole('number', 0, 65_535, '0 = any free port'),
    group: 'Listening',
    help: 'port to listen on (0 = any free port, shown in the log)',
  },
  {
    env: 'HOST',
    key: 'host',
    default: 'localhost',
    kind: host(),
    group: 'Listening',
    help: 'address to listen on (0.0.0.0 or :: = every address of this machine)',
  },
  {
    env: 'GOTALK_PORT',
    key: 'gotalkPort',
    default: '',
    kind: portOrNone(),
    group: 'Listening',
    help: 'additional port for GoTalk clients; a client without input for 0.3 s gets the GoTalk greeting (empty = none)',
  },
  {
    env: 'MACHAT_WS_PORT',
    key: 'machatWsPort',
    default: '',
    kind: portOrNone(),
    group: 'Listening',
    help: "additional port for MaChat's WebSocket clients; /mychat is served on every port (empty = none)",
  },
  {
    env: 'IRC_PORT',
    key: 'ircPort',
    default: '',
    kind: portOrNone(),
    group: 'Listening',
    help: 'additional port for IRC clients, usually 6667; they are recognised on every port (empty = none)',
  },
  {
    env: 'ALLOWED_ORIGINS',
    key: 'allowedOrigins',
    default: '',
    kind: origins(),
    group: 'Listening',
    help: 'origins of web pages on other hosts that may connect, separated by commas (null = pages from files, empty = none)',
  },
  {
    env: 'ALLOWED_HOSTS',
    key: 'allowedHosts',
    default: '',
    kind: hostNames(),
    group: 'Listening',
    help: 'further names of this server in requests over plain HTTP, separated by commas (.example.org = it and all below, * = any, empty = none)',
  },
  {
    env: 'HTTP_API',
    key: 'httpApi',
    default: 'on',
    kind: oneOf('on', 'token', 'off'),
    group: 'Listening',
    help: 'HTTP interface for curl and scripts (on = for all clients, token = for registered names, off = none)',
  },
  {
    env: 'TRUSTED_PROXIES',
    key: 'trustedProxies',
    default: '',
    kind: addresses(),
    group: 'Listening',
    help: 'addresses and CIDR blocks of proxies that may name the address of their client, separated by commas (empty = none)',
  },
  {
    env: 'TRANSPORT',
    key: 'transport',
    default: 'auto',
    kind: oneOf('auto', 'public'),
    group: 'Listening',
    help: "how connections are read and written (auto = by Node.js's TCP handles, if a check at the start shows that they work; public = by its sockets, which takes more memory and time)",
  },
  {
    env: 'TLS_CERT',
    key: 'tlsCert',
    default: '',
    kind: file(),
    group: 'Listening',
    help: 'certificate chain (PEM) for encrypted connections on all ports; read again on SIGHUP (empty = none)',
  },
  {
    env: 'TLS_KEY',
    key: 'tlsKey',
    default: '',
    kind: file(),
    group: 'Listening',
    help: 'private key (PEM, without a passphrase) of TLS_CERT (empty = none)',
  },
  {
    env: 'TLS_ONLY',
    key: 'tlsOnly',
    default: 'false',
    kind: toggle(),
    group: 'Listening',
    help: 'refuse connections without encryption; needs TLS_CERT and TLS_KEY',
  },
  {
    env: 'STS_DURATION',
    key: 'stsDurationSeconds',
    default: '0',
    kind: whole('seconds', 0, 315_360_000, '0 = off'),
    group: 'Listening',
    help: 'seconds for which IRC clients must use TLS after they have used it once; needs TLS_CERT (0 = off)',
  },
  {
    env: 'IDLE_TIMEOUT',
    key: 'idleTimeoutMs',
    default: '',
    kind: secondsOrNone('0 = never', '60 s for programs, 3600 s for people'),
    group: 'Sessions',
    help: 'seconds without input before a session is closed (0 = never, empty = 60, interactive sessions 3600)',
  },
  {
    env: 'HEARTBEAT_INTERVAL',
    key: 'heartbeatIntervalMs',
    default: '30',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'seconds without input before a session is sent PING, and between two PINGs (0 = never)',
  },
  {
    env: 'LOGIN_TIMEOUT',
    key: 'loginTimeoutMs',
    default: '60',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'seconds before a connection without a login is closed (0 = never)',
  },
  {
    env: 'GREETING_DELAY',
    key: 'greetingDelayMs',
    default: '2',
    kind: seconds('0 = never'),
    group: 'Sessions',
    help: 'seconds without input after connecting before a session counts as interactive and gets hints (0 = never)',
  },
  {
    env: 'SHUTDOWN_GRACE',
    key: 'shutdownGraceMs',
    default: '10',
    kind: seconds('0 = stop immediately'),
    group: 'Sessions',
    help: 'seconds that a stop may take to deliver pending output (0 = stop immediately)',
  },
  {
    env: 'SERVER_PASSWORD',
    key: 'serverPassword',
    default: '',
    kind: passwordOrNone(),
    group: 'Sessions',
    help: 'password for logins under unregistered names; not a flag, because other users can read flags (empty = none)',
  },
  {
    env: 'MIN_PASSWORD_LENGTH',
    key: 'minPasswordLength',
    default: '8',
    kind: whole('characters', 1, 128),
    group: 'Sessions',
    help: 'minimum length of the password of a registered name',
  },
  {
    env: 'MAX_CLIENTS',
    key: 'maxClients',
    default: '10000',
    kind: whole('count', 0, 10_000_000, '0 = no limit'),
    group: 'Limits',
    help: 'maximum number of connections (0 = no limit)',
  },
  {
    env: 'MAX_CLIENTS_PER_ADDRESS',
    key: 'maxClientsPerAddress',
    default: '64',
    kind: whole('count', 0, 10_000_000, '0 = no limit'),
    group: 'Limits',
    help: 'maximum number of connections per address (0 = no limit)',
  },
  {
    env: 'EXEMPT_ADDRESSES',
    key: 'exemptAddresses',
    default: '127.0.0.0/8,::1',
    kind: addresses(),
    group: 'Limits',
    help: 'addresses and CIDR blocks without the rate limit and the limit per address, separated by commas (empty = none)',
  },
  {
    env: 'MAX_LINE_BYTES',
    key: 'maxLineBytes',
    default: '4096',
    kind: bytes(64, 65_535),
    group: 'Limits',
    help: 'maximum length of a line from a client, without its line end',
  },
  {
    env: 'WRITE_QUEUE_BYTES',
    key: 'writeQueueBytes',
    default: '1048576',
    kind: bytes(1024, 1_073_741_824),
    group: 'Limits',
    help: 'maximum unread output of a client; beyond it the client is disconnected',
  },
  {
    env: 'RATE_LIMIT',
    key: 'rateLimit',
    default: '10',
    kind: rate(),
    group: 'Limits',
    help: 'lines per second that a client may send; a faster client is read more slowly (0 = no limit)',
  },
  {
    env: 'RATE_BURST',
    key: 'rateBurst',
    default: '50',
    kind: whole('lines', 1, 1_000_000),
    group: 'Limits',
    help: 'lines that a client may send at once before RATE_LIMIT applies',
  },
  {
    env: 'ANNOUNCE_LOGIN',
    key: 'announceLogin',
    default: 'false',
    kind: toggle(),
    group: 'Messages',
    help: 'announce each login to all users',
  },
  {
    env: 'PRESENCE_LIMIT',
    key: 'presenceLimit',
    default: '2000',
    kind: whole('users', 0, 10_000_000, '0 = no limit'),
    group: 'Messages',
    help: 'number of users from which logins and disconnects are shown in the rooms of the user only (0 = no limit)',
  },
  {
    env: 'HISTORY',
    key: 'history',
    default: 'disk',
    kind: oneOf('disk', 'memory'),
    group: 'Messages',
    help: 'storage of messages (disk = in DATA_DIR, memory = the last 1,000 per room until the server stops)',
  },
  {
    env: 'HISTORY_DAYS',
    key: 'historyDays',
    default: '0',
    kind: whole('days', 0, 36_500, '0 = never'),
    group: 'Messages',
    help: 'days before a message on disk is deleted (0 = never)',
  },
  {
    env: 'DATA_DIR',
    key: 'dataDir',
    default: './data',
    kind: path(),
    group: 'Messages',
    help: 'data directory, created if missing',
  },
  {
    env: 'HISTORY_REPLAY',
    key: 'historyReplay',
    default: '50',
    kind: countOrAll('messages', 500, '0 = none'),
    group: 'Messages',
    help: 'messages that a GoTalk client is shown when it enters a room (0 = none, all = every stored one)',
  },
  {
    env: 'GOTALK_CLASSIC',
    key: 'gotalkClassic',
    default: 'false',
    kind: toggle(),
    group: 'Messages',
    help: "send GoTalk clients the notices of GoTalk's own server, and a prompt [time][name]: for each message",
  },
  {
    env: 'BANNER_FILE',
    key: 'bannerFile',
    default: '',
    kind: file(),
    group: 'Messages',
    help: 'text file with the greeting of GoTalk clients (empty = a penguin)',
  },
  {
    env: 'SERVER_NAME',
    key: 'serverName',
    default: 'partyline.local',
    kind: serverName(),
    group: 'Messages',
    help: 'name of the server for IRC clients, the same on all nodes of a cluster',
  },
  {
    env: 'IRC_AUTOJOIN',
    key: 'ircAutojoin',
    default: 'lobby',
    kind: roomNames(),
    group: 'Messages',
    help: 'rooms that an IRC client enters at its login, separated by commas (empty = none)',
  },
  {
    env: 'IRC_REPLAY',
    key: 'ircReplay',
    default: '20',
    kind: whole('messages', 0, 500, '0 = only missed ones'),
    group: 'Messages',
    help: 'messages that an IRC client without draft/chathistory is shown when it enters a room (0 = only missed ones)',
  },
  {
    env: 'MOTD_FILE',
    key: 'motdFile',
    default: '',
    kind: file(),
    group: 'Messages',
    help: 'text file with a message for IRC clients, the first screen of the page and /about (empty = none)',
  },
  {
    env: 'CLUSTER',
    key: 'cluster',
    default: '',
    kind: clusterServers(),
    group: 'Cluster',
    help: 'nats:// or tls:// URLs of the NATS servers that connect several machines, separated by commas; not a flag, because it may contain a password (empty = none)',
  },
  {
    env: 'NODE_NAME',
    key: 'nodeName',
    default: '',
    kind: nodeNameOrNone(),
    group: 'Cluster',
    help: 'name of this server in the cluster; each node needs its own (empty = host name)',
  },
  {
    env: 'CLUSTER_STREAM',
    key: 'clusterStream',
    default: 'PARTYLINE',
    kind: streamName(),
    group: 'Cluster',
    help: 'JetStream stream that holds the log of the cluster',
  },
  {
    env: 'CLUSTER_CREDS',
    key: 'clusterCreds',
    default: '',
    kind: file(),
    group: 'Cluster',
    help: 'NATS credentials file, in place of user and password in CLUSTER (empty = none)',
  },
  {
    env: 'CLUSTER_CA',
    key: 'clusterCa',
    default: '',
    kind: file(),
    group: 'Cluster',
    help: 'certificate authority (PEM) of the NATS servers (empty = those of Node.js)',
  },
  {
    env: 'CLUSTER_KEY_FILE',
    key: 'clusterKeyFile',
    default: '',
    kind: file(),
    group: 'Cluster',
    help: 'file with the key that encrypts the log: 32 bytes in base64, the same on all nodes (empty = none)',
  },
  {
    env: 'CLUSTER_REPLICAS',
    key: 'clusterReplicas',
    default: '1',
    kind: whole('count', 1, 5),
    group: 'Cluster',
    help: 'number of NATS servers that store the log; 3 if there are three or more',
  },
  {
    env: 'CLUSTER_LEASE',
    key: 'clusterLeaseMs',
    default: '12',
    kind: boundedSeconds(3, 300),
    group: 'Cluster',
    help: 'seconds of silence of a node, of which a quarter stops its messages and 5/3 end its sessions',
  },
  {
    env: 'TRANSCRIPT_FILE',
    key: 'transcriptFile',
    default: '',
    kind: file(),
    group: 'Log',
    help: 'file to which room messages, joins and leaves are appended; opened again on SIGHUP (empty = none)',
  },
  {
    env: 'LOG_LEVEL',
    key: 'logLevel',
    default: 'info',
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    group: 'Log',
    help: 'minimum level of a log line: trace, debug, info, warn, error, fatal or silent',
  },
  {
    env: 'LOG_FORMAT',
    key: 'logFormat',
    default: 'auto',
    kind: oneOf('auto', 'pretty', 'json'),
    group: 'Log',
    help: 'format of the log (pretty = for people, json = one object per line, auto = pretty on a terminal, else json)',
  },
  {
    env: 'LOG_TEXT',
    key: 'logText',
    default: 'true',
    kind: toggle(),
    group: 'Log',
    help: 'log the text of messages (false, or --no-log-text = omit it)',
  },
] as const satisfies readonly Setting[];

/** The parsed settings, frozen. Times are in milliseconds, sizes in bytes; the help defines the meaning of 0. */
export type Config = {
  readonly [Row in (typeof settings)[number] as Row['key']]: Row['kind'] extends Kind<infer Value>
    ? Value
    : never;
};

/** How messages call a setting: a server and a program that embeds one know it under different names. */
export type NameOf = (key: keyof Config) => string;

/** For a server: `IDLE_TIMEOUT`. */
export const settingName: NameOf = (key) => settings.find((setting) => setting.key === key)?.env ?? key;

/** For a program that embeds a chat: `idleTimeoutMs`. */
export const optionName: NameOf = (key) => key;

/** The flag of a setting, such as `--idle-timeout`. */
export function flagOf(setting: Setting): string {
  return `--${setting.env.toLowerCase().replaceAll('_', '-')}`;
}

/** The flag and its value, as in `--help`: `--idle-timeout <seconds>`. */
export function usageOf(setting: Setting): string {
  const { unit, toggle } = setting.kind;
  return toggle ? `${flagOf(setting)} [${unit}]` : `${flagOf(setting)} <${unit}>`;
}
