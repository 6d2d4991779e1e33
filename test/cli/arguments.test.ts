/** Wrong arguments of the built command line, and the help: each answer is one line with the correction. */
import { describe, expect, it } from 'vitest';
import { adviceFor, preparedArguments } from '../../src/cli/arguments.js';
import { flagOf, type Setting, settings as table } from '../../src/config/settings.js';
import { run } from '../support/process.js';

const settings: readonly Setting[] = table;
const FOOTER = 'Each setting is also an environment variable';

describe('partyline help', () => {
  it.each([
    [['help'], ['--help']],
    [
      ['help', 'export'],
      ['export', '--help'],
    ],
    [
      ['help', 'user', 'grant'],
      ['user', 'grant', '--help'],
    ],
    [
      ['help', 'serve'],
      ['serve', '--help'],
    ],
  ])('partyline %j prints the same help as %j', async (words, same) => {
    const [help, expected] = await Promise.all([run(words), run(same)]);
    expect(help).toEqual(expected);
    expect(help).toMatchObject({ code: 0, stderr: '' });
  });

  it('partyline help mentions the settings only where it lists them', async () => {
    const [serve, cert, user] = await Promise.all([
      run(['serve', '--help']),
      run(['cert', '--help']),
      run(['user', 'list', '--help']),
    ]);
    expect(serve.stdout).toContain(FOOTER);
    expect(cert.stdout + user.stdout).not.toContain(FOOTER);
  });
});

describe('a wrong argument', () => {
  it.each([
    [['help', 'nosuch'], 'unknown command "nosuch"; see partyline --help'],
    [['2525'], 'unknown command "2525"; use --port 2525'],
    [['serve', '2525'], 'unknown command "2525"; use --port 2525'],
    [['exprot'], 'unknown command "exprot"; did you mean partyline export?'],
    [['-port', '4001'], 'unknown option "-port"; use --port'],
    [['serve', '-host=localhost'], 'unknown option "-host=localhost"; use --host'],
    [['send', '-name', 'ann', 'hi'], "unknown option '-name'; use --name"],
    [['-version'], "unknown option '-version'; use --version"],
    [['version'], 'unknown command "version"; use partyline --version'],
    [['licenses', '--tls-only'], "unknown option '--tls-only'; see partyline licenses --help"],
    [['serve', '--nosuch'], "unknown option '--nosuch'; see partyline serve --help"],
    [['--nosuch'], "unknown option '--nosuch'; see partyline --help"],
    [['user', 'list', '--nosuch'], "unknown option '--nosuch'; see partyline user list --help"],
    [
      ['token', 'list', 'extra'],
      "too many arguments for 'list'. Expected 0 arguments but got 1; see partyline token list --help",
    ],
    [['user', 'remove'], "missing required argument 'name'; see partyline user remove --help"],
    [
      ['--port', '1', 'chat'],
      '--port is a setting of the server, which partyline chat does not take; see partyline chat --help',
    ],
    [
      ['--announce-login', '--data-dir', '/nowhere', 'token', 'list'],
      '--announce-login is a setting of the server, which partyline token list does not take; see partyline token list --help',
    ],
    [
      ['--data-dir=~/x'],
      '--data-dir must be a path without control characters; ~ is not expanded here, so write the whole path; got "~/x"',
    ],
    [
      ['export', '--data-dir=~'],
      '--data-dir must be a path without control characters; ~ is not expanded here, so write the whole path; got "~"',
    ],
    [['--tls-only', 'maybe'], '--tls-only must be true or false; got "maybe"'],
    [['serve', '--log-text', ''], '--log-text must be true or false; got ""'],
    [['--announce-login', 'srve'], 'unknown command "srve"; did you mean partyline serve?'],
    [['cert', '--out=~/x'], 'invalid --out ~/x: ~ is not expanded here, so write the whole path'],
    [['send', '--ca=~/x', 'hi'], 'cannot read --ca ~/x: ~ is not expanded here, so write the whole path'],
  ])('the wrong argument %j is answered with what to type instead', async (words, message) => {
    expect(await run(words)).toEqual({ code: 2, stdout: '', stderr: `partyline: ${message}\n` });
  });

  it.each([
    [['\u001b[31mred']],
    [['--port', '\u001b[31mred']],
    [['--\u001b[31mred']],
    [['serve', 'a\u0007\nb']],
    [['help', '\u001b[31mred']],
    [['user', '\u001b[31mred']],
    [['user', 'list', '--\u009b31m']],
    [['export', '--room', '\u001b[31mred']],
    [['export', '--data-dir', '/\u202e/x']],
    [['backup', '\u001b[31mred', '--data-dir', '/nowhere']],
    [['send', '--name', '\u001b[31mred', 'hi']],
    [['send', '--url', '\u001b[31mred', 'hi']],
    [['cert', '--out', '/none/\u001b[31mred']],
    [['cert', '--name', '\u001b[31mred']],
  ])('the wrong argument %j is never printed as an escape sequence', async (words) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^partyline: [^\p{Cc}\u2028-\u202e\u2066-\u2069]+\n$/u);
  });
});

describe('the arguments before they are parsed', () => {
  it('the correction of arguments keeps the words of a message, which may look like an option', () => {
    const words = ['send', '-port', '--log-text'];
    expect(preparedArguments(words)).toEqual(words);
  });

  it('the correction of arguments gives a value to each flag that may stand alone', () => {
    expect(preparedArguments(['--announce-login', 'serve', '--no-log-text', '--tls-only', 'no'])).toEqual([
      '--announce-login=true',
      'serve',
      '--log-text=false',
      '--tls-only',
      'no',
    ]);
  });
});

describe('a flag that may stand alone', () => {
  const toggles = settings.filter(({ kind }) => kind.toggle).map(flagOf);

  it.each(toggles)('the flag %s takes the next word as its value unless that may be a command', (flag) => {
    for (const value of ['maybe', 'ture', 'of', '2', '', 'no'])
      expect(preparedArguments([flag, value])).toEqual([flag, value]);
    for (const word of ['serve', 'srve', 'chat', '--port', '-h'])
      expect(preparedArguments([flag, word])).toEqual([`${flag}=true`, word]);
    expect(preparedArguments([flag])).toEqual([`${flag}=true`]);
  });
});

describe('the advice for a word that is not a command', () => {
  it.each([
    ['4000', 'use --port 4000'],
    ['localhost:4000', 'use --host localhost --port 4000'],
    ['[::1]:4000', 'use --host ::1 --port 4000'],
    ['serv', 'did you mean partyline serve?'],
    ['frobnicate', 'see partyline --help'],
  ])('the advice for the unknown command %s is: %s', (word, advice) => {
    expect(adviceFor(word, ['serve', 'export'])).toBe(advice);
  });
});
