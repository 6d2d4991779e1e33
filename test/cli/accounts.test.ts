/** Tests `partyline user` and `partyline token`, beside a running server and without one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { launch, type PartylineProcess, run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** A password takes a third of a second of CPU time, in several processes at once; a busy machine needs many times that. */
const DEADLINE_MS = 40_000;
vi.setConfig({ testTimeout: 120_000 });

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Runs `partyline …` on the data directory of this test. */
function partyline(...words: readonly string[]) {
  return run([...words, '--data-dir', folder]);
}

function serve(env: Readonly<Record<string, string>> = {}): Promise<PartylineProcess> {
  return launch({ flags: ['--data-dir', folder, '--greeting-delay', '0'], env });
}

async function exchange(server: PartylineProcess, lines: string, until: string): Promise<SocketClient> {
  const client = await SocketClient.connect(server.port);
  client.send(lines);
  await client.until(until, DEADLINE_MS);
  return client;
}

async function register(server: PartylineProcess, name: string): Promise<void> {
  const client = await exchange(server, `LOGIN ${name}\nREGISTER ${name}-password\n`, 'OK\nOK\n');
  client.send('QUIT\n');
  await client.closed;
}

describe('the account commands without registered names', () => {
  it('the account commands without registered names list nothing, and refuse to change an unknown name or token', async () => {
    await serve();
    expect(await partyline('user', 'list')).toEqual({ code: 0, stdout: '', stderr: '' });
    const commands = [
      ['user', 'grant', 'ann', 'operator'],
      ['user', 'revoke', 'ann', 'operator'],
      ['user', 'remove', 'ann'],
      ['user', 'reset-password', 'ann'],
      ['token', 'create', 'ann'],
    ];
    for (const result of await Promise.all(commands.map((words) => partyline(...words)))) {
      const { code, stdout, stderr } = result;
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^partyline: user "ann" is not registered; .+\n$/);
    }
    const revoked = await partyline('token', 'revoke', 'abc');
    expect(revoked.code).toBe(1);
    expect(revoked.stderr).toMatch(/^partyline: unknown token "abc"; .+\n$/);
  });

  it.each([
    [
      ['user'],
      'no command after user; use one of: list, grant, revoke, remove, reset-password; see partyline user --help',
    ],
    [
      ['user', 'frob'],
      'unknown command "user frob"; use one of: list, grant, revoke, remove, reset-password; see partyline user --help',
    ],
    [['token'], 'no command after token; use one of: create, list, revoke; see partyline token --help'],
    [['user', 'grant', 'ann', 'king'], 'unknown role "king"; use: partyline user grant ann operator'],
    [
      ['token', 'create', 'ann', '--expires', '30'],
      'invalid --expires 30; give seconds, minutes, hours, days or weeks, such as --expires 30d',
    ],
  ])('the account commands print advice and exit with 2 for %j', async (words, problem) => {
    expect(await run(words)).toEqual({ code: 2, stdout: '', stderr: `partyline: ${problem}\n` });
  });
});

describe('the account commands without a data file', () => {
  it.each([
    ['user', 'list'],
    ['user', 'grant', 'ann', 'operator'],
    ['user', 'revoke', 'ann', 'operator'],
    ['user', 'remove', 'ann'],
    ['user', 'reset-password', 'ann'],
    ['token', 'create', 'ann'],
    ['token', 'list'],
    ['token', 'revoke', 'abc'],
    ['ban', 'list'],
    ['ban', 'add', 'ann'],
    ['ban', 'remove', 'ann'],
  ])(
    'the account commands without a data file create nothing, name the folder and --data-dir, and exit with 2: %s %s',
    async (...words) => {
      const given = words.filter((word) => word !== undefined);
      const missing = join(folder, 'mistyped');
      expect(await run([...given, '--data-dir', missing])).toEqual({
        code: 2,
        stdout: '',
        stderr: `partyline: no data file in ${missing}; give the data directory with --data-dir\n`,
      });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('the account commands without a data file create nothing in an empty folder either', async () => {
    expect((await partyline('user', 'list')).code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('beside a running server', () => {
  it('partyline token create makes a token that works immediately, and token revoke ends its session', async () => {
    const server = await serve();
    await register(server, 'bot');
    const created = await partyline('token', 'create', 'bot', '--expires', '30d');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toMatch(/^[\w-]{43}\n$/);
    const token = created.stdout.trim();

    const bot = await exchange(server, `LOGIN bot ${token}\n`, 'OK\n');
    const listed = await partyline('token', 'list');
    expect(listed.stdout).toMatch(/^[0-9a-f]{8} {2}bot {2}\d{4}-\S+Z {2}\d{4}-\S+Z\n$/);
    expect(listed.stdout).not.toContain(token);

    const [id = ''] = listed.stdout.split(' ');
    expect(await partyline('token', 'revoke', id)).toMatchObject({ code: 0, stderr: '' });
    await bot.until('INFO disconnected: token revoked\n');
    expect(await bot.closed).toBe('fin');
    await exchange(server, `LOGIN bot ${token}\n`, 'ERR wrong-password\n');
    await server.log.has({ tag: 'ADMIN', did: 'revoke token', about: 'bot', by: 'command line' });
    expect(server.log.tags()).not.toContain('ERROR');
    expect(JSON.stringify(server.log.events)).not.toContain(token);
    expect(server.stderr).toBe('');
  });

  it('a token expires at its time on a running server, which is logged', async () => {
    const server = await serve();
    await register(server, 'bot');
    const { stdout } = await partyline('token', 'create', 'bot', '--expires', '3s');
    const id = (await partyline('token', 'list')).stdout.slice(0, 8);
    const event = await server.log.has({ token: id });
    expect(event.msg).toMatch(new RegExp(`^token ${id} of bot expired at \\d{4}-\\S+Z$`));
    await exchange(server, `LOGIN bot ${stdout}`, 'ERR wrong-password\n');
  });

  it('partyline user remove frees the name on a running server', async () => {
    const server = await serve();
    await register(server, 'ann');
    expect((await partyline('user', 'list')).stdout).toMatch(/^ann {2}user {2}\d{4}-\S+Z\n$/);
    expect((await partyline('user', 'remove', 'ANN')).stdout).toBe('ann is no longer registered\n');
    await until(async () => {
      const client = await SocketClient.connect(server.port);
      client.send('LOGIN ann\n');
      return (await client.until('\n')) === 'OK\n';
    });
  });

  it('partyline user remove ends the sessions of the name, and passes its rooms on', async () => {
    const server = await serve();
    for (const name of ['ann', 'bob']) await register(server, name);
    const founder =
      'LOGIN ann ann-password\nJOIN dev\nLOCK dev-key\nJOIN den\nLOCK den-key\nJOIN dev dev-key\n';
    const ann = await exchange(server, founder, 'OK\n'.repeat(6));
    const member = 'LOGIN bob bob-password\nJOIN dev dev-key\n';
    const bob = await exchange(server, member, 'OK\nOK\n');
    expect((await partyline('user', 'remove', 'ann')).code).toBe(0);
    await ann.until('INFO disconnected: access revoked\n');
    expect(await ann.closed).toBe('fin');
    bob.send('TOPIC ours\n');
    await bob.until('OK\n');
    await exchange(server, 'LOGIN cat\nJOIN den\nJOIN dev\n', 'OK\nOK\nERR room-locked\n');
    expect(server.log.tags()).not.toContain('ERROR');
  });

  it('partyline user reset-password ends the sessions of the name and revokes its tokens', async () => {
    const server = await serve();
    for (const name of ['ann', 'bob']) await register(server, name);
    const [token = '', other = ''] = await Promise.all(
      ['ann', 'bob'].map(async (name) => (await partyline('token', 'create', name)).stdout.trim()),
    );
    const ann = await exchange(server, `LOGIN ann ${token}\n`, 'OK\n');
    const bob = await exchange(server, `LOGIN bob ${other}\n`, 'OK\n');
    await partyline('user', 'reset-password', 'ann');
    await ann.until('INFO disconnected: access revoked\n');
    expect(await ann.closed).toBe('fin');
    await exchange(server, `LOGIN ann ${token}\n`, 'ERR wrong-password\n');
    expect((await partyline('token', 'list')).stdout).toMatch(/^[0-9a-f]{8} {2}bob [^\n]+\n$/);
    bob.send('PING\n');
    await bob.until('PONG\n');
  });

  it('partyline user reset-password replaces the password on a running server', async () => {
    const server = await serve();
    await register(server, 'ann');
    const { code, stdout, stderr } = await partyline('user', 'reset-password', 'ann');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]{20}\n$/);
    await exchange(server, `LOGIN ann ${stdout}`, 'OK\n');
    await exchange(server, 'LOGIN ann ann-password\n', 'ERR wrong-password\n');
  });
});

describe('without a running server', () => {
  it('partyline user remove without a running server unlocks the rooms of the name, and keeps their topics', async () => {
    const before = await serve();
    await register(before, 'ann');
    await exchange(
      before,
      'LOGIN ann ann-password\nJOIN dev\nTOPIC ours\nLOCK our-key\nPING\n',
      'OK\nOK\nOK\nOK\nPONG\n',
    );
    before.signal('SIGTERM');
    await before.exited;
    expect((await partyline('user', 'remove', 'ann')).code).toBe(0);
    const after = await serve();
    await exchange(after, 'LOGIN bob\nJOIN dev\nTOPIC\n', 'OK\nOK\nINFO the topic of dev: ours\nOK\n');
  });

  it('partyline user reset-password sets a password as long as MIN_PASSWORD_LENGTH', async () => {
    const server = await serve();
    await register(server, 'ann');
    const flags = ['user', 'reset-password', 'ann', '--data-dir', folder];
    const { stdout } = await run(flags, { env: { MIN_PASSWORD_LENGTH: '30' } });
    expect(stdout).toMatch(/^[\w-]{32}\n$/);
  });

  it('changes of names, roles and tokens without a running server apply at the next start', async () => {
    const before = await serve();
    await register(before, 'ann');
    await exchange(
      before,
      'LOGIN ann ann-password\nJOIN dev\nTOPIC ours\nLOCK our-key\nIGNORE ann2\nPING\n',
      'OK\nOK\nOK\nOK\nERR user-not-found\nPONG\n',
    );
    await exchange(before, 'LOGIN ann ann-password\nQUIT\n', 'INFO bye\n');
    await exchange(before, 'LOGIN bob\nDM ann hello\nPING\n', 'OK\nPONG\n');
    before.signal('SIGKILL');
    await before.exited;
    const token = (await partyline('token', 'create', 'ann')).stdout.trim();
    expect((await partyline('user', 'grant', 'ann', 'operator')).stdout).toBe('ann is an operator\n');
    expect((await partyline('user', 'list')).stdout).toMatch(/^ann {2}operator {2}\d{4}-\S+Z\n$/);
    const after = await serve();
    await exchange(after, 'LOGIN ann\n', 'ERR password-required\n');
    const ann = await exchange(after, `LOGIN ann ${token}\nHELP OPERATOR\n`, 'OK\nDM bob hello\nINFO ');
    await ann.until('KICK <user>');
    await exchange(after, 'LOGIN bob\nJOIN dev\nJOIN dev our-key\n', 'OK\nERR room-locked\nOK\n');
    expect((await partyline('user', 'revoke', 'ann', 'operator')).stdout).toBe(
      'ann is no longer an operator\n',
    );
  });
});

describe('SERVER_PASSWORD', () => {
  it('SERVER_PASSWORD is required at the login, has no flag, and does not appear in the log', async () => {
    const server = await serve({ SERVER_PASSWORD: 'team-secret' });
    await exchange(
      server,
      'LOGIN bob\nLOGIN bob guess\nLOGIN bob team-secret\n',
      'ERR password-required\nERR wrong-password\nOK\n',
    );
    expect(JSON.stringify(server.log.events)).not.toContain('team-secret');
    expect(await run(['--server-password', 'team-secret'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "partyline: unknown option '--server-password'; see partyline --help\n",
    });
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()));
}
