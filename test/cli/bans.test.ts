/** Tests `partyline ban`, beside a running server and without one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { launch, type PartylineProcess, run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-bans-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Runs `partyline ban …` on the data directory of this test. */
function ban(...words: readonly string[]) {
  return run(['ban', ...words, '--data-dir', folder]);
}

function serve(): Promise<PartylineProcess> {
  return launch({ flags: ['--data-dir', folder, '--greeting-delay', '0'] });
}

async function login(server: PartylineProcess, name: string): Promise<SocketClient> {
  const client = await SocketClient.connect(server.port);
  client.send(`LOGIN ${name}\n`);
  await client.until('OK\n');
  return client;
}

/** Waits until a new connection gets this reply to a login; the server notices a change within a second. */
async function untilLoginGets(server: PartylineProcess, name: string, reply: string): Promise<void> {
  for (let line = ''; line !== reply;) {
    const client = await SocketClient.connect(server.port);
    client.send(`LOGIN ${name}\n`);
    line = await client.until('\n');
  }
}

describe('partyline ban beside a running server', () => {
  it('partyline ban add ends the sessions of the name and keeps it out, and remove lets it in again', async () => {
    const server = await serve();
    const [ted, ann] = [await login(server, 'Ted'), await login(server, 'ann')];
    expect(await ban('add', 'ted', '--reason', 'spam and more')).toEqual({
      code: 0,
      stdout: 'ted is banned permanently\n',
      stderr: '',
    });
    await ted.until('INFO disconnected: banned by server: spam and more\n');
    expect(await ted.closed).toBe('fin');
    await untilLoginGets(server, 'TED', 'ERR banned\n');
    ann.send('PING\n');
    await ann.until('PONG\n');
    expect((await ban('list')).stdout).toBe('ted  permanent  server  spam and more\n');
    expect(await ban('remove', 'TED')).toEqual({
      code: 0,
      stdout: 'TED is no longer banned\n',
      stderr: '',
    });
    await untilLoginGets(server, 'ted', 'OK\n');
    expect((await ban('list')).stdout).toBe('');
    for (const did of ['ban', 'unban'])
      await server.log.has({ tag: 'ADMIN', did, about: 'ted', by: 'command line' });
  });

  it('partyline ban add --force bans this machine, and remove lifts the ban without a connection', async () => {
    const server = await serve();
    const ann = await login(server, 'ann');
    expect((await ban('add', '127.0.0.0/8', '--force', '--minutes', '10')).stdout).toMatch(
      /^127\.0\.0\.0\/8 is banned until \d{4}-\S+Z\n$/,
    );
    expect(await ann.closed).toBe('fin');
    await untilLoginGets(server, 'ann', 'ERR banned\n');
    expect((await ban('remove', '127.0.0.0/8')).code).toBe(0);
    await untilLoginGets(server, 'ann', 'OK\n');
  });
});

describe('partyline ban without a running server', () => {
  beforeEach(async () => {
    const server = await serve();
    server.signal('SIGTERM');
    await server.exited;
  });

  it('partyline ban add without a running server applies at the next start', async () => {
    expect((await ban('add', '192.0.2.7/24', '--minutes', '60')).code).toBe(0);
    expect((await ban('add', 'never-seen')).code).toBe(0);
    const lines = (await ban('list')).stdout.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^never-seen {4}permanent {17}server$/),
      expect.stringMatching(/^192\.0\.2\.[07]\/24 {2,}\d{4}-\S+Z {2}server$/),
    ]);
    await untilLoginGets(await serve(), 'never-seen', 'ERR banned\n');
  });

  it('partyline ban add refuses targets that hold an address of this machine, without --force', async () => {
    const targets = ['127.8.9.10', '127.0.0.0/8', '0.0.0.0/0', '::1', '::/0', '::ffff:127.0.0.1'];
    for (const { code, stdout, stderr } of await Promise.all(targets.map((target) => ban('add', target)))) {
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^partyline: cannot ban \S+: it holds addresses of this machine, .+; confirm with --force\n$/,
      );
    }
    expect((await ban('list')).stdout).toBe('');
  });

  it('partyline ban remove of an unknown target exits with 1 and says where the bans are listed', async () => {
    expect(await ban('remove', 'ted')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'partyline: ted is not banned; partyline ban list prints the bans\n',
    });
  });

  it.each([
    [['add', 'two words'], 'invalid target "two words"; give a user name, an address such as 192.0.2.7'],
    [['add', '10.0.0.0/40'], 'invalid target "10.0.0.0/40"; give a user name, an address such as 192.0.2.7'],
    [['add', 'ted', '--minutes', '0'], 'invalid --minutes "0"; give a whole number from 1 to 52560000'],
    [['add', 'ted', '--minutes', 'ten'], 'invalid --minutes "ten"; give a whole number from 1 to 52560000'],
    [['add'], "missing required argument 'target'"],
  ])('an invalid partyline ban command is explained, and exits with 2: %j', async (words, problem) => {
    const { code, stdout, stderr } = await ban(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`partyline: ${problem}`)).toBe(true);
  });

  it('an unknown command of partyline ban is refused with the known ones', async () => {
    expect((await run(['ban', 'frob'])).stderr).toContain(
      'partyline: unknown command "ban frob"; use one of: list, add, remove',
    );
  });
});
