/** Tests the built command line as a child process: flags, settings, the log, signals, and few file descriptors. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { flagOf, settings } from '../../src/config/settings.js';
import { launch, type PartylineProcess, run, serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('the help and the version', () => {
  it('partyline --version prints the version of the package', async () => {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );

    const { code, stdout, stderr } = await run(['--version']);

    expect(manifest).toMatchObject({ version: stdout.trim() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each([['--help'], ['serve --help']])(
    'partyline %s lists the flag of every setting, in groups',
    async (words) => {
      const { code, stdout, stderr } = await run(words.split(' '));

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const group of ['Listening', 'Sessions', 'Limits', 'Messages', 'Log'])
        expect(stdout).toMatch(new RegExp(`^${group}:$`, 'm'));
      for (const setting of settings) {
        if (setting.kind.isSecret === true) continue; // a secret has no flag
        const [, ownGroup] = stdout.split(`${setting.group}:\n`);
        expect(ownGroup?.split('\n\n')[0]).toMatch(new RegExp(`^ +${flagOf(setting)} [<[]`, 'm'));
      }
    },
  );
});

describe('invalid arguments', () => {
  it.each([
    ['an invalid port', ['--port', '99999'], {}, '--port'],
    ['a flag without its value', ['--port'], {}, '--port'],
    ['an unknown flag', ['--prot', '4000'], {}, '--prot'],
    ['an unknown command', ['frobnicate'], {}, 'frobnicate'],
    [
      'a host name that does not exist',
      ['--host', 'nosuch.invalid', '--port', '0'],
      {},
      'cannot listen on nosuch.invalid: unknown host name; ',
    ],
    ['an address of another machine', ['--host', '192.0.2.1', '--port', '0'], {}, '192.0.2.1'],
    ['an invalid value in the environment', [], { IDLE_TIMEOUT: 'soon' }, 'IDLE_TIMEOUT'],
    ['an invalid value of a flag that needs no value', ['--log-text=maybe'], {}, '--log-text'],
  ])('invalid arguments print one line and exit with 2: %s', async (_what, flags, env, named) => {
    expectOneLine(await run(flags, { env }), named);
  });

  it('an invalid value in .env prints one line and exits with 2', async () => {
    const cwd = folderWithEnv('WRITE_QUEUE_BYTES=lots\n');
    expectOneLine(await run([], { cwd }), 'WRITE_QUEUE_BYTES in .env');
  });

  it('a .env that is a link to a missing file prints one line and exits with 2', async () => {
    const cwd = temporaryFolder();
    symlinkSync('missing.env', join(cwd, '.env'));
    expectOneLine(await run([], { cwd }), 'cannot read .env: no such file');
  });

  it('a .env in UTF-16 prints one line and exits with 2', async () => {
    const cwd = folderWithEnv(Buffer.from('SERVER_PASSWORD=secret\n', 'utf16le'));
    expectOneLine(await run([], { cwd }), '.env is not UTF-8');
    expectOneLine(await run(['export'], { cwd }), '.env is not UTF-8');
  });

  it('a port in use prints one line and exits with 2', async () => {
    const { port } = await serve();
    const flags = ['--host', '127.0.0.1', '--port', String(port)];
    expectOneLine(await run(flags), `cannot listen on 127.0.0.1: port ${port} is in use`);
    const second = ['--host', '127.0.0.1', '--port', '0', '--machat-ws-port', String(port)];
    const { code, stderr } = await run(second);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('another port with --machat-ws-port (0 = any'),
    ]);
  });

  function expectOneLine(result: { code: number | null; stdout: string; stderr: string }, named: string) {
    expect(result.stderr).toMatch(/^partyline: [^\n]+\n$/);
    expect(result.stderr).toContain(named);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 2, stdout: '' });
  }
});

describe('a setting', () => {
  it.each([
    ['.env', {}, [], 64],
    ['the environment, which overrides .env', { MAX_LINE_BYTES: '128' }, [], 128],
    ['a flag, which overrides both', { MAX_LINE_BYTES: '128' }, ['--max-line-bytes', '256'], 256],
  ])('a setting is read from %s', async (_source, env, flags, longest) => {
    const server = await launch({ cwd: folderWithEnv('MAX_LINE_BYTES=64\n'), env, flags });
    const client = await SocketClient.connect(server.port);

    client.send(`PING ${'x'.repeat(longest - 5)}\nPING ${'x'.repeat(longest - 4)}\n`);

    expect(await client.fence()).toBe(`PONG ${'x'.repeat(longest - 5)}\nERR line-too-long\n`);
  });
});

describe('a setting without effect', () => {
  it('an unknown name in .env or in the environment that resembles a setting is warned of at start', async () => {
    const cwd = folderWithEnv('IDLE_TIMOUT=5\nUNRELATED=1\n');
    const server = await launch({ cwd, env: { HEARTBEAT_INTERVALL: '5' } });
    await server.log.has({
      level: 'warn',
      msg: '.env: unknown setting "IDLE_TIMOUT" is ignored; did you mean IDLE_TIMEOUT?',
    });
    expect(server.log.events.filter(({ level }) => level === 'warn').map(({ msg }) => msg)).toEqual([
      'environment: unknown setting "HEARTBEAT_INTERVALL" is ignored; did you mean HEARTBEAT_INTERVAL?',
      '.env: unknown setting "IDLE_TIMOUT" is ignored; did you mean IDLE_TIMEOUT?',
    ]);
  });

  it('an unknown name that resembles a setting is warned of by a command that reads .env', async () => {
    const cwd = folderWithEnv('DATA_DRI=/var/lib/partyline\n');
    const { code, stderr } = await run(['export'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^partyline: \.env: unknown setting "DATA_DRI" is ignored; did you mean DATA_DIR\?\n/,
    );
  });

  it.each([
    ['30', '30', true],
    ['20', '30', true],
    ['60', '30', false],
    ['20', '0', false],
    ['0', '30', false],
  ])(
    'a heartbeat without effect is warned of at start: IDLE_TIMEOUT=%s with HEARTBEAT_INTERVAL=%s (%s)',
    async (idle, beat, warns) => {
      const server = await launch({ env: { IDLE_TIMEOUT: idle, HEARTBEAT_INTERVAL: beat } });
      const client = await SocketClient.login(server.port, 'ann');
      client.send('QUIT\n');
      await server.log.has({ tag: 'DISCONNECT' });
      const warnings = server.log.events.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
      expect(warnings).toEqual(
        warns ? [expect.stringMatching(/^HEARTBEAT_INTERVAL=30 is not below IDLE/)] : [],
      );
    },
  );
});

describe('the log on standard output', () => {
  it('the log on standard output is JSON with one event per line if it is not a terminal', async () => {
    const server = await launch({ env: { LOG_FORMAT: 'auto' } });
    const naman = await SocketClient.login(server.port, 'Naman');
    naman.send('MSG hi everyone!\nQUIT\n');
    await server.log.has({ tag: 'DISCONNECT' });

    expect(server.log.tags()).toEqual(['LISTEN', 'CONNECT', 'LOGIN', 'MSG', 'DISCONNECT']);
    for (const line of server.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('time');
    expect(server.stderr).toBe('');
  });

  it.each([
    ['LOG_TEXT=false', { LOG_TEXT: 'false' }, []],
    ['--no-log-text', {}, ['--no-log-text']],
  ])('the log on standard output contains no text of messages with %s', async (_how, env, flags) => {
    const server = await launch({ env: { LOG_LEVEL: 'trace', ...env }, flags });
    const naman = await SocketClient.login(server.port, 'Naman');
    await SocketClient.login(server.port, 'Yudi');
    naman.send('MSG a secret\nDM Yudi another secret\nPASTE\npasted secret\n.\nsecret verb\nQUIT\n');
    await server.log.has({ tag: 'DISCONNECT' });

    expect(server.log.events).toContainEqual(expect.objectContaining({ tag: 'MSG', from: 'Naman' }));
    expect(server.log.events).toContainEqual(expect.objectContaining({ tag: 'DM', to: 'Yudi' }));
    expect(server.stdout + server.stderr).not.toMatch(/secret/i);
  });

  it('the log on standard output contains no password, whatever the reply to LOGIN', async () => {
    const server = await launch({ env: { LOG_LEVEL: 'trace' } });
    const naman = await SocketClient.connect(server.port);
    naman.send('LOGIN Naman hunter2-good\nLOGIN Naman hunter2-again\n');
    expect(await naman.fence()).toBe('OK\nERR already-logged-in\n');
    const other = await SocketClient.connect(server.port);
    other.send('LOGIN Naman hunter2-taken\nLOGIN -x- hunter2-invalid\nLOGIN a b hunter2-spare\n');
    other.send(`LOGIN Yudi hunter2-${'x'.repeat(5000)}\n`);
    expect(await other.fence()).toBe(
      'ERR username-taken\nERR invalid-username\nERR usage: LOGIN <username>\nERR line-too-long\n',
    );
    other.send('QUIT\n');
    await server.log.has({ tag: 'DISCONNECT' });

    expect(server.stdout + server.stderr).not.toContain('hunter2');
  });
});

describe('a server that is stopped', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a server that is stopped by %s under load sends every client a last notice and exits with 0',
    async (signal) => {
      const server = await launch();
      const clients = await Promise.all(
        Array.from({ length: 20 }, (_, number) => SocketClient.login(server.port, `user${number}`)),
      );
      await Promise.all(clients.map((client) => talkUntilClosed(client)));
      const before = performance.now();

      server.signal(signal);
      const ends = await Promise.all(clients.map((client) => client.toEnd()));

      expect(await server.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - before).toBeLessThan(5000);
      for (const { text, ending } of ends) {
        expect(text.slice(-60)).toMatch(/(^|\n)INFO server shutting down\n$/);
        expect(text).not.toContain('disconnected');
        expect(ending).toBe('fin');
      }
      expect(server.log.tags()).toContain('SHUTDOWN');
      expect(server.stderr).toBe('');
    },
  );

  it('a server that is stopped by Ctrl-C under npm does not count the forwarded signal as a second one', async () => {
    const server = await launch();
    const naman = await SocketClient.login(server.port, 'naman');

    server.signal('SIGINT');
    server.signal('SIGINT');

    expect(await naman.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'a server that is stopped by a second %s exits immediately while a client does not read',
    async (signal, code) => {
      const server = await launch(largeQueue);
      await blockShutdown(server);
      const before = performance.now();
      server.signal(signal);
      await server.log.has({ tag: 'SHUTDOWN' });

      const again = setInterval(() => server.signal(signal), 20);
      const exit = await server.exited;
      clearInterval(again);

      expect(exit).toEqual({ code, signal: null });
      expect(performance.now() - before).toBeGreaterThanOrEqual(100);
      expect(performance.now() - before).toBeLessThan(5000);
    },
  );

  it('a server that is stopped exits with 0 after SHUTDOWN_GRACE while a client does not read', async () => {
    const server = await launch({ ...largeQueue, flags: ['--shutdown-grace', '0.4'] });
    await blockShutdown(server);
    const before = performance.now();

    server.signal('SIGTERM');

    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeGreaterThanOrEqual(400);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

describe('an uncaught error', () => {
  it.each([
    ['thrown', 'setTimeout(() => { throw new Error("boom") })'],
    ['rejected', 'Promise.reject(new Error("boom"))'],
  ])(
    'an uncaught error (%s) is logged as fatal, pending messages are delivered, and the exit code is 1',
    async (_how, fails) => {
      const server = await launch({ env: preloaded(`process.on('SIGUSR2', () => { ${fails} })`) });
      const naman = await SocketClient.login(server.port, 'naman');
      const yudi = await SocketClient.login(server.port, 'yudi');
      naman.send('MSG before the end\n');
      await naman.fence();

      server.signal('SIGUSR2');

      expect(await server.exited).toEqual({ code: 1, signal: null });
      expect(await naman.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
      expect((await yudi.toEnd()).text).toBe('MSG naman before the end\nINFO server shutting down\n');
      expect(server.log.events).toContainEqual(
        expect.objectContaining({
          level: 'fatal',
          tag: 'ERROR',
          err: expect.objectContaining({ message: 'boom' }),
        }),
      );
    },
  );
});

describe('a server with few file descriptors', () => {
  /** The loader of Node.js opens the files of the server side by side, about 100 of them. */
  const openFiles = 150;

  it('a server with few file descriptors warns at start, answers further connections with server-full, and recovers', async () => {
    const server = await launch({ openFiles });
    const warning = server.log.events.find(({ level }) => level === 'warn');
    const [, possible] = /10000.* allows only (\d+) connections/.exec(warning?.msg ?? '') ?? [];
    const limit = Number(possible);
    expect(limit).toBeGreaterThan(0);
    expect(limit).toBeLessThan(openFiles);

    const clients: SocketClient[] = [];
    while (clients.length < 200) {
      const client = await SocketClient.connect(server.port);
      clients.push(client);
      client.send(`LOGIN user${clients.length}\n`);
      if (clients.length <= limit) expect(await client.until('\n')).toBe('OK\n');
      else expect(await client.toEnd()).toEqual({ text: 'ERR server-full\n', ending: 'fin' });
    }

    await expectChat(clients.slice(0, limit));
    await expectLogins(server, clients.slice(0, 5));
  });

  it('a server with few file descriptors survives many simultaneous connections and recovers', async () => {
    const server = await launch({ openFiles });
    const { admitted, refused } = await connectTogether(server, 200);

    expect(admitted.length).toBeGreaterThan(0);
    expect(admitted.length).toBeLessThan(openFiles);
    expect(refused).toContain('ERR server-full\n');
    for (const answer of refused) expect(['ERR server-full\n', '']).toContain(answer);
    await expectChat(admitted);
    await expectLogins(server, admitted.slice(0, 5));
  });

  it('a server with few file descriptors continues to serve its clients when no descriptor is left, and recovers', async () => {
    const server = await launch({ openFiles, env: preloaded(leavesThreeDescriptors) });
    const naman = await SocketClient.login(server.port, 'naman');
    const yudi = await SocketClient.login(server.port, 'yudi');

    server.signal('SIGUSR2');
    await vi.waitFor(() => expect(server.stderr).toBe('taken\n'));
    const { admitted } = await connectTogether(server, 20);
    expect(admitted.length).toBeLessThanOrEqual(3);
    await expectChat([naman, yudi, ...admitted]);

    server.signal('SIGUSR2');
    await vi.waitFor(() => expect(server.stderr).toBe('taken\nfreed\n'));
    await expectLogins(server, [...admitted, yudi]);
    await naman.fence();
  });

  /** Connects many clients while the server is suspended, so that it sees all of them at once. */
  async function connectTogether(server: PartylineProcess, connections: number) {
    server.signal('SIGSTOP');
    const clients = await Promise.all(
      Array.from({ length: connections }, () => SocketClient.connect(server.port)),
    );
    for (const [number, client] of clients.entries()) client.send(`LOGIN user${number}\n`);
    server.signal('SIGCONT');
    const admitted: SocketClient[] = [];
    const refused: string[] = [];
    for (const client of clients) {
      const answer = await client.until('\n').catch(() => '');
      if (answer === 'OK\n') admitted.push(client);
      else refused.push(answer);
    }
    return { admitted, refused };
  }

  async function expectChat([speaker, ...others]: readonly SocketClient[]) {
    await speaker?.fence();
    for (const other of others) await other.fence();
    speaker?.send('MSG still here\n');
    await speaker?.fence();
    for (const other of others) expect(await other.fence()).toMatch(/^MSG \S+ still here\n$/);
  }

  async function expectLogins(server: PartylineProcess, leavers: readonly SocketClient[]) {
    for (const leaver of leavers) {
      leaver.leave();
      await leaver.closed;
    }
    for (const number of leavers.keys()) {
      let answer = '';
      while (answer !== 'OK\n') {
        const client = await SocketClient.connect(server.port);
        client.send(`LOGIN new${number}\n`);
        answer = await client.until('\n');
      }
    }
  }
});

/** The environment in which the process loads this script before the server. */
function preloaded(script: string) {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

const leavesThreeDescriptors = `
  import { closeSync, openSync, writeSync } from 'node:fs';
  let taken = [];
  process.on('SIGUSR2', () => {
    const free = taken.length > 0;
    try {
      while (!free) taken.push(openSync('/dev/null'));
    } catch {}
    for (const descriptor of free ? taken.splice(0) : taken.splice(-3)) closeSync(descriptor);
    writeSync(2, free ? 'freed\\n' : 'taken\\n');
  });
`;

function folderWithEnv(text: string | Buffer): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), text);
  return folder;
}

/** Sends messages as fast as they are confirmed. Resolves after some of them, and continues. */
function talkUntilClosed(client: SocketClient): Promise<void> {
  return new Promise((resolve) => {
    const talk = async () => {
      for (let rounds = 0; ; rounds++) {
        client.send('MSG under load\n'.repeat(20));
        await client.fence();
        if (rounds === 3) resolve();
      }
    };
    talk().catch(() => {}); // closed
  });
}

/** A server that keeps much output for slow readers, and does not fill its log with the texts. */
const largeQueue = { env: { WRITE_QUEUE_BYTES: '1024M', LOG_TEXT: 'false' } };

/** Queues more output for a reader than the system buffers, so that the server cannot stop quickly. */
async function blockShutdown(server: PartylineProcess): Promise<void> {
  const reader = await SocketClient.login(server.port, 'reader');
  reader.stopReading();
  const talker = await SocketClient.login(server.port, 'talker');
  const batch = `MSG ${'x'.repeat(4000)}\n`.repeat(250);
  for (let megabytes = 0; megabytes < 24; megabytes++) {
    talker.send(batch);
    await talker.fence();
  }
}
