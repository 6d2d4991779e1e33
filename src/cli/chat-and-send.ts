/** The command line of the clients: `partyline chat` and `partyline send`. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { systemClock } from '../util/clock.js';
import { ConfigError, type Values } from '../config/load-config.js';
import type { Completed } from '../client/completion.js';
import type { Screen, InputHandler } from '../client/screen.js';
import { DEFAULT_SERVER, parseAddress, type ServerAddress } from '../client/url.js';
import { parseRoomName, parseUserName } from '../core/text/text.js';

interface CommonOptions {
  readonly room?: string;
  readonly name?: string;
  readonly password?: string;
  readonly ca?: string;
}

interface SendOptions extends CommonOptions {
  readonly url?: string;
  readonly to?: string;
  readonly timeout?: string;
}

interface ChatOptions extends CommonOptions {
  readonly bell: boolean;
}

const ADDRESSES = 'tcp://, tls://, ws:// or wss://, or just host:port';
/** What a person at a terminal would still call a line of chat, many times over. */
const MAX_INPUT_BYTES = 1024 * 1024;
/** Where it is not given: to connect and be answered, and for each line what a server takes that slows us. */
const TIMEOUT_MS = 10_000;
const TIMEOUT_PER_LINE_MS = 200;

/** Adds `chat` and `send`; `env` is where PARTYLINE_URL and PARTYLINE_PASSWORD are looked up. */
export function addClientCommands(program: Command, env: Values): void {
  const chat = program
    .command('chat [url]')
    .description('chat in this terminal: messages come in above the line you type')
    .action((url: string | undefined, options: ChatOptions) => runChat(url, options, env));
  const send = program
    .command('send [text...]')
    .description('say something and exit: 0 once it is stored, 1 if it is not, 2 if called wrongly')
    .option('--url <url>', `the server: ${ADDRESSES} (default ${DEFAULT_SERVER})`)
    .option('--to <user>', 'tell it to this user alone')
    .option('--timeout <seconds>', 'how long all of it may take (default 10, and 0.2 a line)')
    .action((text: string[], options: SendOptions) => runSend(text, options, env));
  for (const command of [chat, send]) {
    command
      .option('--room <room>', 'the room to go to (default: the lobby)')
      .option('--name <name>', `who you are (default: ${command === chat ? 'your login name' : 'send-…'})`)
      .option('--password <password>', 'if the name is registered, or the server has a password')
      .addOption(
        new Option('--ca <file>', 'a certificate to trust besides the usual: a server’s own cert.pem'),
      );
  }
  chat
    .option('--no-bell', 'do not ring when you are spoken to')
    .addHelpText('after', `\nThe url: ${ADDRESSES} (default ${DEFAULT_SERVER}).${ENVIRONMENT}${PIPES}`);
  send.addHelpText('after', `${ENVIRONMENT}${STANDARD_INPUT}`);
}

const ENVIRONMENT =
  '\nThe environment may name the server, PARTYLINE_URL, and hold the password, PARTYLINE_PASSWORD: the list of' +
  '\nprocesses, which others can read, does not show it then.';
const PIPES = '\nWhere input or output is no terminal, each line of input is a message or a /command.';
const STANDARD_INPUT =
  '\nWithout a text it is read from standard input. Several lines arrive together and as they are, blanks too, as' +
  '\nfar as they fit in a PASTE (200 lines, 16 KiB), then the next ones. Text that begins with - comes after --.';

async function runChat(url: string | undefined, options: ChatOptions, env: Values): Promise<void> {
  const { chat } = await import('../client/chat.js');
  const { connectTo } = await import('../client/connect.js');
  const { stdin, stdout } = process;
  const server = addressOf(url, env);
  const isTerminal = stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb';
  const failure = await chat(
    {
      server,
      name: nameOf(options.name ?? loginName()),
      password: passwordOf(options, env),
      room: roomOf(options),
      bell: options.bell && isTerminal,
      colours: isTerminal && stdout.hasColors({ ...env }), // knows NO_COLOR
      plain: !isTerminal,
    },
    {
      connect: connectTo(server, { ca: certificateOf(options) }),
      clock: systemClock,
      random: Math.random,
      screen: await screens(isTerminal),
    },
  );
  report(failure);
}

type MakeScreen = (inputHandler: InputHandler, complete: (line: string) => Completed) => Screen;

async function screens(isTerminal: boolean): Promise<MakeScreen> {
  const { stdin, stdout } = process;
  if (isTerminal) {
    const { TerminalScreen } = await import('../client/terminal-screen.js');
    return (inputHandler, complete) => new TerminalScreen(stdin, stdout, inputHandler, complete);
  }
  const { PlainScreen } = await import('../client/plain-screen.js');
  return (inputHandler) => new PlainScreen(stdin, stdout, inputHandler);
}

async function runSend(words: readonly string[], options: SendOptions, env: Values): Promise<void> {
  const { hasEndlessLine, pack, send } = await import('../client/send.js');
  const { connectTo } = await import('../client/connect.js');
  const server = addressOf(options.url, env);
  const to = options.to === undefined ? null : nameOf(options.to, '--to');
  const common = {
    server,
    to,
    name: nameOf(options.name ?? `send-${randomBytes(4).toString('hex')}`),
    password: passwordOf(options, env),
    room: roomOf(options),
  };
  const givenMs = options.timeout === undefined ? null : millisecondsOf(options.timeout);
  const ca = certificateOf(options);
  const batches = pack(words.length > 0 ? words.join(' ') : await readInput(), to);
  if (batches.length === 0)
    throw usage('there is no text to send; give it behind the options, or pipe it in');
  if (hasEndlessLine(batches)) return report('not sent: a line has more than 64 KiB; send it in parts');
  const size = batches.reduce((sum, batch) => sum + batch.size, 0);
  const timeoutMs = givenMs ?? TIMEOUT_MS + size * TIMEOUT_PER_LINE_MS;
  report(await send({ ...common, batches, timeoutMs }, connectTo(server, { ca }), systemClock));
}

/** The exit code, and why, in a line on stderr. */
function report(failure: string | null): void {
  if (failure !== null) process.stderr.write(`partyline: ${failure}\n`);
  process.exitCode = failure === null ? 0 : 1;
}

function addressOf(url: string | undefined, env: Values): ServerAddress {
  const address = parseAddress(url ?? (env.PARTYLINE_URL || DEFAULT_SERVER));
  if (!('problem' in address)) return address;
  const where = url === undefined ? 'PARTYLINE_URL: ' : '';
  throw usage(`${where}${address.problem}; an address is ${ADDRESSES}, such as ${DEFAULT_SERVER}`);
}

function nameOf(typed: string, flag = '--name'): string {
  const name = parseUserName(typed);
  if (name !== null) return name.shown;
  throw usage(`${flag} "${typed}" is no name: 1 to 32 letters or digits, and _ - . after the first`);
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage('who are you? Give a name with --name');
  }
}

function roomOf({ room }: CommonOptions): string | null {
  if (room === undefined) return null;
  const parsed = parseRoomName(room);
  if (parsed !== null) return parsed.shown;
  throw usage(`--room "${room}" is no room: 1 to 64 letters or digits, and _ - . after the first`);
}

function passwordOf({ password }: CommonOptions, env: Values): string | null {
  const given = password ?? env.PARTYLINE_PASSWORD;
  if (given === undefined || given === '') return null;
  if (/[\s\p{Cc}]/u.test(given)) throw usage('a password holds no spaces; check --password');
  return given;
}

function certificateOf({ ca }: CommonOptions): string | null {
  if (ca === undefined) return null;
  try {
    return readFileSync(ca, 'utf8');
  } catch {
    throw usage(`--ca ${ca} cannot be read; give the path of a certificate (PEM)`);
  }
}

function millisecondsOf(seconds: string): number {
  const ms = /^\d+(?:\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : 0;
  if (ms > 0 && ms <= 2 ** 31 - 1) return ms;
  throw usage(`--timeout ${seconds} is no time; give seconds above 0, such as --timeout 10`);
}

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Type the text; Ctrl-D sends it, Ctrl-C gives up.\n');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) throw usage('more than 1 MiB is no chat; send less of it');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function usage(problem: string): ConfigError {
  return new ConfigError(`partyline: ${problem}`);
}
