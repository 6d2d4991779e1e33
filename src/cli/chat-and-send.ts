/** `partyline chat` and `partyline send`: checks the arguments and starts the client. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { certificateOf, millisecondsOf, usage } from './client-options.js';
import { printError } from './print-error.js';
import { stderr } from './standard-streams.js';
import { systemClock } from '../util/clock.js';
import type { Values } from '../config/load-config.js';
import type { ChatDeps } from '../client/chat.js';
import { DEFAULT_SERVER, parseAddress, type ServerAddress } from '../client/url.js';

interface CommonOptions {
  readonly name?: string;
  readonly password?: string;
  readonly ca?: string;
}

interface SendOptions extends CommonOptions {
  readonly room?: string;
  readonly url?: string;
  readonly to?: string;
  readonly timeout?: string;
}

interface ChatOptions extends CommonOptions {
  readonly room?: readonly string[];
  readonly bell: boolean;
}

const ADDRESSES = 'tcp://, tls://, ws:// or wss://, or host:port';
/** Far more than a person types; a larger input is probably the wrong file. */
const MAX_INPUT_BYTES = 1024 * 1024;
/** The default of --timeout: a fixed time to connect, and time per line for a server that limits the rate. */
const TIMEOUT_MS = 10_000;
const TIMEOUT_PER_LINE_MS = 200;

/** Adds `chat` and `send`. `env` may contain PARTYLINE_URL and PARTYLINE_PASSWORD. */
export function addClientCommands(program: Command, env: Values): void {
  const chat = program
    .command('chat [url]')
    .description('chat in this terminal; messages appear above the input line')
    .action((url: string | undefined, options: ChatOptions) => runChat(url, options, env));
  const send = program
    .command('send [text...]')
    .description('send a text and exit: 0 once it is stored, 1 if it is not, 2 for invalid arguments')
    .option('--url <url>', `address of the server: ${ADDRESSES} (default ${DEFAULT_SERVER})`)
    .option('--to <user>', 'recipient of a direct message')
    .option(
      '--timeout <seconds>',
      'total time from connecting to the last reply (default 10, plus 0.2 per line)',
    )
    .action((text: string[], options: SendOptions) => runSend(text, options, env));
  chat.option('--room <room>', 'room to join, may be repeated (default: the lobby)', collect);
  send.option('--room <room>', 'room to join (default: the lobby)');
  for (const command of [chat, send]) {
    command
      .option(
        '--name <name>',
        `user name (default: ${command === chat ? 'your login name' : 'a generated name'})`,
      )
      .option('--password <password>', 'password or token of a registered name, or password of the server')
      .addOption(
        new Option('--ca <file>', 'additional trusted certificate (PEM), such as the cert.pem of the server'),
      );
  }
  chat
    .option('--no-bell', 'disable the terminal bell')
    .addHelpText('after', `\nThe URL is ${ADDRESSES} (default ${DEFAULT_SERVER}).${ENVIRONMENT}${PIPES}`);
  send.addHelpText('after', `${ENVIRONMENT}${STANDARD_INPUT}`);
}

const ENVIRONMENT =
  '\nThe environment variables PARTYLINE_URL and PARTYLINE_PASSWORD set the server and the password. Other users can' +
  '\nread --password in the list of processes, but not a variable.';
const PIPES = '\nIf input or output is not a terminal, each input line is a message or a /command.';
const STANDARD_INPUT =
  '\nWithout a text, standard input is sent. Several lines arrive together and unchanged, up to 200 lines or 16 KiB;' +
  '\na longer text is sent in several such blocks. Put -- before a text that begins with -.';

async function runChat(url: string | undefined, options: ChatOptions, env: Values): Promise<void> {
  const { chat } = await import('../client/chat.js');
  const { connectTo } = await import('../client/connect.js');
  const { stdin, stdout } = process;
  const server = addressOf(url, env);
  const isTerminal = stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb';
  const [room = null, ...furtherRooms] = await Promise.all((options.room ?? []).map(roomOf));
  const failure = await chat(
    {
      server,
      name: await nameOf(options.name ?? loginName()),
      password: passwordOf(options, env),
      room,
      furtherRooms,
      bell: options.bell && isTerminal,
      colours: isTerminal && stdout.hasColors({ ...env }), // respects NO_COLOR
      plain: !isTerminal,
    },
    {
      connect: connectTo(server, { ca: certificateOf(options) }),
      clock: systemClock,
      random: Math.random,
      screen: await loadScreen(isTerminal, env),
    },
  );
  report(failure);
}

async function loadScreen(isTerminal: boolean, env: Values): Promise<ChatDeps['screen']> {
  const { stdin, stdout } = process;
  if (isTerminal) {
    const { TerminalScreen } = await import('../client/terminal-screen.js');
    const { marksPastes } = await import('../client/terminal-mode.js');
    const isMarking = marksPastes(env);
    return (inputHandler, complete, window) =>
      new TerminalScreen(stdin, stdout, systemClock, inputHandler, complete, window, isMarking);
  }
  const { PlainScreen } = await import('../client/plain-screen.js');
  return (inputHandler) => new PlainScreen(stdin, stdout, inputHandler);
}

async function runSend(words: readonly string[], options: SendOptions, env: Values): Promise<void> {
  const { hasEndlessLine, send, toBatches } = await import('../client/send.js');
  const { connectTo } = await import('../client/connect.js');
  const server = addressOf(options.url, env);
  const to = options.to === undefined ? null : await nameOf(options.to, '--to');
  const common = {
    server,
    to,
    name: await nameOf(options.name ?? `send-${randomBytes(4).toString('hex')}`),
    password: passwordOf(options, env),
    room: options.room === undefined ? null : await roomOf(options.room),
  };
  const givenMs = options.timeout === undefined ? null : millisecondsOf(options.timeout);
  const ca = certificateOf(options);
  const batches = toBatches(words.length > 0 ? words.join(' ') : await readInput(), to);
  if (batches.length === 0) throw usage('no text to send; give it after the options, or pipe it in');
  if (hasEndlessLine(batches)) return report('not sent: a line has more than 64 KiB; send it in parts');
  const size = batches.reduce((sum, batch) => sum + batch.size, 0);
  const timeoutMs = givenMs ?? TIMEOUT_MS + size * TIMEOUT_PER_LINE_MS;
  report(await send({ ...common, batches, timeoutMs }, connectTo(server, { ca }), systemClock));
}

/** Sets the exit code and prints a failure as one line on stderr. */
function report(failure: string | null): void {
  if (failure !== null) printError(`partyline: ${failure}`);
  process.exitCode = failure === null ? 0 : 1;
}

function addressOf(url: string | undefined, env: Values): ServerAddress {
  const address = parseAddress(url ?? (env.PARTYLINE_URL || DEFAULT_SERVER));
  if (!('problem' in address)) return address;
  const where = url === undefined ? 'PARTYLINE_URL: ' : '';
  throw usage(`${where}${address.problem}; give ${ADDRESSES}, such as ${DEFAULT_SERVER}`);
}

async function nameOf(typed: string, flag = '--name'): Promise<string> {
  const { parseUserName } = await import('../core/text/text.js');
  const name = parseUserName(typed);
  if (name !== null) return name.shown;
  throw usage(
    `invalid ${flag} "${typed}"; give 1 to 32 letters or digits of one script, and _ - . after the first`,
  );
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage('cannot read your login name; give a name with --name');
  }
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

async function roomOf(room: string): Promise<string> {
  const { parseRoomName } = await import('../core/text/text.js');
  const parsed = parseRoomName(room);
  if (parsed !== null) return parsed.shown;
  throw usage(
    `invalid --room "${room}"; give 1 to 64 letters or digits of one script, and _ - . after the first`,
  );
}

function passwordOf({ password }: CommonOptions, env: Values): string | null {
  const given = password ?? env.PARTYLINE_PASSWORD;
  if (given === undefined || given === '') return null;
  if (/[\s\p{Cc}]/u.test(given))
    throw usage('invalid password: it contains a space; check --password and PARTYLINE_PASSWORD');
  return given;
}

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) stderr().write('Type the text. Ctrl-D sends it, Ctrl-C cancels.\n');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) throw usage('the text is longer than 1 MiB; send it in parts');
  }
  return Buffer.concat(chunks).toString('utf8');
}
