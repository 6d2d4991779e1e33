import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { partyline, Running } from './command.js';

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm;

/** A TCP proxy between a client and its server that can cut all connections. */
class Proxy {
  port = 0;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<this> {
    const server = createServer((near) => {
      if (this.#isCut) return near.destroy();
      const far = connect(this.#target, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.pipe(other);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      return near;
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      this.cut();
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    return this;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }
}

describe('partyline chat without a terminal', () => {
  it('partyline chat without a terminal sends each input line and prints each event as a line, without escapes', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const chat = new Running(['chat', `127.0.0.1:${port}`, '--name', 'bob']);
    await chat.until('you are bob in lobby');
    ann.send('MSG hi bob\nDM bob psst\n');
    await chat.until('psst\n');
    chat.type('hello\n/dm ann hush\n//slash\n');
    await chat.until('/slash\n');
    expect(await ann.until('/slash\n')).toBe('MSG bob hello\nDM bob hush\nMSG bob /slash\n');
    chat.end('/join dev\n');
    const { code, stdout, stderr } = await chat.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(TIME, '')).toBe(
      [
        `* you are bob in lobby at tcp://127.0.0.1:${port}; /help lists the commands`,
        'ann: hi bob',
        'ann -> you: psst',
        'bob: hello',
        'you -> ann: hush',
        'bob: /slash',
        '* you are in dev',
        '',
      ].join('\n'),
    );
    expect(await ann.until('disconnected\n')).toBe('INFO bob disconnected\n');
  });

  it.each(['/dm nobody psst\n', '/join a:b\n/topic mine\n'])(
    'partyline chat without a terminal exits with 1 if the server refused a line: %j',
    async (input) => {
      const { port } = await serve();
      const chat = new Running(['chat', `127.0.0.1:${port}`, '--name', 'bob']);
      chat.end(input);
      const { code, stdout, stderr } = await chat.ended;
      expect(stdout).toMatch(/^\S+ \S+ ! /m);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'partyline: not everything was sent; the lines of the output marked with ! say what to do\n',
      });
    },
  );

  it.each([
    '/fly',
    '/msg ann',
    '/me',
    '/join a b c',
    '/join a/b',
    '/query',
    '/win 9',
    '/leave',
    '/login eve',
    '/help fly',
    '/query ann\n/topic tea',
  ])(
    'partyline chat without a terminal marks a command that it does not carry out, and exits with 1: %j',
    async (input) => {
      const { port } = await serve();
      const ran = await partyline(['chat', `:${port}`, '--name', 'bob'], `${input}\nhello\n`);
      expect(ran.stdout).toMatch(/^\S+ \S+ ! /m);
      expect(ran.code).toBe(1);
    },
  );

  it.each([
    [
      '/history 0',
      '"/history 0": type it as /history [<n>] | /history AFTER <id> [<n>] | /history BEFORE <id>',
    ],
    ['/search', '"/search": type it as /search <words>, at most 32'],
    ['/join a b c', 'a key has no spaces: a room and its key follow, as in /join dev key'],
    ['/nick ann', '"/nick ann": the name is registered; give its password, as in /nick <name> <password>'],
    ['/nick ann red-cow-9', '"/nick ann …": wrong password; try again with the right one'],
    [
      '/nick -',
      '"/nick -": invalid user name: use 1 to 32 letters or digits of one script, and _ - . after the first; try another',
    ],
    ['/join den', 'cannot enter den: the room is locked; give its key, as in /join den <key>'],
  ])('partyline chat without a terminal says what to type instead: %s', async (input, advice) => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER red-horse\nJOIN den\nLOCK sesame\n');
    await ann.fence();
    const { stdout } = await partyline(['chat', `:${port}`, '--name', 'bob'], `${input}\n`);
    expect(stdout).toContain(` ! ${advice}`);
  });

  it('partyline chat without a terminal names the way into the locked room of --room', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER red-horse\nJOIN den\nLOCK sesame\n');
    await ann.fence();
    const ran = await partyline(['chat', `:${port}`, '--name', 'bob', '--room', 'den'], 'hi\n');
    expect(ran).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'partyline: cannot enter den: the room is locked; ask for its key, start without --room den, and type ' +
        '/join den <key>\n',
    });
    expect((await partyline(['chat', `:${port}`, '--name', 'bob'], '/join den sesame\nhi\n')).code).toBe(0);
    expect(await ann.until('hi\n')).toContain('MSG bob hi\n');
  });

  it('partyline chat without a terminal is in several rooms, and prints the name of a room in front of its lines unless it is shown', async () => {
    const { port } = await serve();
    const [ann, eve] = [await SocketClient.login(port, 'ann'), await SocketClient.login(port, 'eve')];
    eve.send('JOIN dev\nMSG before\n');
    await eve.fence();
    const chat = new Running(['chat', `127.0.0.1:${port}`, '--name', 'bob']);
    await chat.until('you are bob in lobby');
    chat.type('/join dev\nhi dev\n');
    expect(await eve.until('hi dev\n')).toBe('INFO bob joined dev\nMSG bob hi dev\n');
    ann.send('MSG one\nJOIN dev\nLEAVE\n');
    await chat.until('ann left dev\n');
    chat.type('/room lobby\nhi lobby\n');
    expect(await ann.until('hi lobby\n')).toContain('MSG bob hi lobby\n');
    eve.send('MSG two\n');
    await chat.until('two\n');
    chat.end('/leave\nlast words\n');
    const { stdout } = await chat.ended;
    const lines = stdout.replace(TIME, '').split('\n').slice(1, -1);
    expect(lines).toEqual([
      '* you are in dev',
      'eve: before',
      'bob: hi dev',
      '[lobby] ann: one',
      '[lobby] * ann left lobby',
      '* ann joined dev',
      '* ann left dev',
      '[lobby] * ann joined lobby',
      'bob: hi lobby',
      '[dev] eve: two',
      'bob: last words',
    ]);
    expect(await eve.until('last words\n')).toBe(
      'INFO ann joined dev\nINFO ann left dev\nMSG bob last words\n',
    );
  });

  it.each(['msg', 'query', 'tell', 'w', 'whisper'])(
    'partyline chat without a terminal sends /%s with a user and a text to that user alone',
    async (verb) => {
      const { port } = await serve();
      const [ann, eve] = [await SocketClient.login(port, 'ann'), await SocketClient.login(port, 'eve')];
      const ran = await partyline(['chat', `:${port}`, '--name', 'bob'], `/${verb} ann secret\nhello\n`);
      expect(ran.code).toBe(0);
      expect(await ann.until('disconnected\n')).toBe('DM bob secret\nMSG bob hello\nINFO bob disconnected\n');
      expect(await eve.until('disconnected\n')).toBe('MSG bob hello\nINFO bob disconnected\n');
    },
  );

  it('partyline chat without a terminal sends messages to one user from /query to /query', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    await partyline(
      ['chat', `:${port}`, '--name', 'bob'],
      '/query ann\nsecret\n/me hides\n/query\n/me waves\n',
    );
    expect(await ann.until('disconnected\n')).toBe(
      'DM bob secret\nDM bob * bob hides\nMSG bob * bob waves\nINFO bob disconnected\n',
    );
  });

  it('partyline chat without a terminal prints an action as one, and in the history too', async () => {
    const { port } = await serve();
    const name = ['chat', `:${port}`, '--name', 'bob'];
    for (const input of ['/me waves\n', '']) {
      const { stdout } = await partyline(name, input);
      expect(stdout.replace(TIME, '').split('\n').slice(1)).toEqual(['** bob waves', '']);
    }
  });

  it('partyline chat without a terminal sends all of its input before it exits', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const ran = await partyline(['chat', `:${port}`, '--name', 'bob'], `${lines.join('\n')}\n`);
    expect(ran.code).toBe(0);
    const received = await ann.until('disconnected\n');
    expect(received.split('\n').slice(0, -2)).toEqual(lines.map((line) => `MSG bob ${line}`));
  });

  it('partyline chat without a terminal ignores its input after /quit', async () => {
    const { port } = await serve();
    const chat = new Running(['chat', `127.0.0.1:${port}`, '--name', 'bob']);
    chat.end('hello\n/quit\nafter\n/fly\n');
    const { code, stdout, stderr } = await chat.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('bob: hello\n');
    expect(stdout).not.toMatch(/after|fly/);
  });

  it('partyline chat without a terminal goes on after a line that is too long for the server', async () => {
    const { port } = await serve({ MAX_LINE_BYTES: '512' });
    const ann = await SocketClient.login(port, 'ann');
    const ran = await partyline(['chat', `:${port}`, '--name', 'bob'], `one\n${'x'.repeat(600)}\ntwo\n`);
    expect(ran.stdout).toMatch(/"x{600}": a line is longer than the server accepts/);
    expect(await ann.until('disconnected\n')).toBe('MSG bob one\nMSG bob two\nINFO bob disconnected\n');
  });

  it('partyline chat without a terminal shows the last messages of the room in --room', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN dev\nMSG before\n');
    await ann.fence();
    const { code, stdout } = await partyline(['chat', `:${port}`, '--name', 'bob', '--room', 'dev']);
    expect(code).toBe(0);
    expect(stdout.replace(TIME, '').split('\n').slice(1)).toEqual(['ann: before', '']);
  });

  it('partyline chat without a terminal is in each room of --room, shows their topics, and tells of their users alone', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER red-horse\nJOIN dev\nTOPIC tea & cake\n');
    await ann.fence();
    const chat = new Running(['chat', `:${port}`, '--name', 'bob', '--room', 'ops', '--room', 'dev']);
    await chat.until('the topic of dev: tea & cake\n');
    for (const name of ['eve', 'dan']) {
      const other = await SocketClient.login(port, name);
      other.send(name === 'dan' ? 'JOIN dev\nJOIN ops\nQUIT\n' : 'QUIT\n');
      await other.toEnd();
    }
    ann.send('TOPIC more tea\nQUIT\n');
    await chat.until('ann disconnected\n');
    chat.type('to ops\n/win dev\nto dev\n');
    chat.end();
    const { stdout, code } = await chat.ended;
    expect(code).toBe(0);
    expect(stdout.replace(TIME, '').split('\n').slice(1)).toEqual([
      '[dev] * the topic of dev: tea & cake',
      '[dev] * dan joined dev',
      '[dev] * dan left dev',
      '* dan joined ops',
      '* dan disconnected',
      '[dev] * ann set the topic of dev: more tea',
      '[dev] * ann disconnected',
      'bob: to ops',
      'bob: to dev',
      '',
    ]);
  });

  it('partyline chat without a terminal follows its rooms again after a cut, catches each one up, and sends each waiting line to its room', async () => {
    const { port } = await serve();
    const proxy = await new Proxy(port).open();
    const ann = await SocketClient.login(port, 'ann');
    const eve = await SocketClient.login(port, 'eve');
    eve.send('JOIN dev\n');
    await eve.fence();
    const chat = new Running(['chat', `127.0.0.1:${proxy.port}`, '--name', 'bob']);
    await chat.until('you are bob');
    chat.type('/join dev\nto dev\n');
    await eve.until('MSG bob to dev\n');
    proxy.cut();
    await Promise.all([ann.until('INFO bob disconnected\n'), eve.until('INFO bob disconnected\n')]);
    await chat.until('disconnected');
    ann.send('MSG missed in the lobby\n');
    eve.send('MSG missed in dev\n');
    await Promise.all([ann.fence(), eve.fence()]);
    chat.type('waiting for dev\n/win 1\nwaiting for the lobby\n');
    await chat.until('waiting for the lobby (waiting)\n');
    proxy.restore();
    expect(await ann.until('waiting for the lobby\n')).toBe('MSG bob waiting for the lobby\n');
    expect(await eve.until('waiting for dev\n')).toBe('INFO bob joined dev\nMSG bob waiting for dev\n');
    await chat.until('2 waiting lines sent\n');
    chat.end();
    const { stdout } = await chat.ended;
    const said = stdout
      .replace(TIME, '')
      .split('\n')
      .filter((line) => /^(?:\[dev\] )?(?:ann|bob|eve): |^\* re/.test(line));
    expect(said).toEqual([
      'bob: to dev',
      'bob: waiting for dev (waiting)',
      'bob: waiting for the lobby (waiting)',
      '* reconnected, in lobby, dev',
      'ann: missed in the lobby',
      '[dev] eve: missed in dev',
    ]);
  });

  it('partyline chat without a terminal reconnects after a cut, fetches the missed messages and shows nothing twice', async () => {
    const { port } = await serve();
    const proxy = await new Proxy(port).open();
    const ann = await SocketClient.login(port, 'ann');
    const chat = new Running(['chat', `127.0.0.1:${proxy.port}`, '--name', 'bob']);
    await chat.until('you are bob');
    ann.send('MSG one\n');
    await chat.until('ann: one\n');
    chat.type('two\n');
    await ann.until('MSG bob two\n');
    proxy.cut();
    await ann.until('INFO bob disconnected\n');
    await chat.until('disconnected');
    ann.send('MSG three\n');
    await ann.fence();
    chat.type('four\n');
    await chat.until('bob: four (waiting)\n');
    proxy.restore();
    await chat.until('reconnected, in lobby\n');
    await chat.until('ann: three\n');
    await ann.until('MSG bob four\n');
    ann.send('MSG five\n');
    await chat.until('ann: five\n');
    chat.end();
    const { code, stdout } = await chat.ended;
    expect(code).toBe(0);
    const said = stdout
      .replace(TIME, '')
      .split('\n')
      .filter((line) => /^(?:ann|bob): /.test(line));
    expect(said).toEqual(['ann: one', 'bob: two', 'bob: four (waiting)', 'ann: three', 'ann: five']);
  });

  it('partyline chat without a terminal is not evicted while the user types nothing', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.6', HEARTBEAT_INTERVAL: '0.1' });
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await chat.until('you are bob');
    const ann = await SocketClient.login(port, 'ann');
    // Ann sends nothing and is evicted. Bob has been silent for longer by then, and is still online.
    await ann.until('INFO disconnected due to inactivity\n');
    const eve = await SocketClient.login(port, 'eve');
    eve.send('WHO\n');
    expect(await eve.lines()).toEqual(['USER bob', 'USER eve']);
    chat.end();
    expect(await chat.ended).toMatchObject({ code: 0 });
  });

  it('partyline chat without a terminal is evicted at most once by a server without heartbeats', async () => {
    const { port, log } = await serve({ IDLE_TIMEOUT: '1', HEARTBEAT_INTERVAL: '0' });
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await log.has({ tag: 'DISCONNECT', user: 'bob', why: 'idle' });
    await chat.until('reconnected, in lobby');
    const ann = await SocketClient.login(port, 'ann');
    const eve = await SocketClient.login(port, 'eve');
    for (const silent of [ann, eve]) await silent.until('INFO disconnected due to inactivity\n');
    const last = await SocketClient.login(port, 'last');
    last.send('WHO\n');
    expect(await last.lines()).toEqual(['USER bob', 'USER last']);
    expect(log.events.filter(({ tag, user }) => tag === 'DISCONNECT' && user === 'bob')).toHaveLength(1);
    chat.end();
    expect(await chat.ended).toMatchObject({ code: 0 });
  });

  it('partyline chat without a terminal ends without an error when the reader of its output is closed', async () => {
    const { port } = await serve();
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await chat.until('you are bob');
    chat.closeOutput();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG hello?\n');
    expect(await chat.ended).toMatchObject({ stderr: '' });
  });

  it.each([
    ['a name in use', ['--name', 'ANN'], 1, 'the name is in use'],
    ['an invalid name', ['--name', '-'], 2, 'invalid --name "-"'],
    ['an invalid room', ['--name', 'bob', '--room', '!'], 2, 'invalid --room "!"'],
  ])('partyline chat without a terminal prints one line on stderr for %s', async (_, args, code, message) => {
    const { port } = await serve();
    await SocketClient.login(port, 'ann');
    const ran = await partyline(['chat', `:${port}`, ...args]);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(/^partyline: [^\n]*\n$/);
    expect(ran.stderr).toContain(message);
  });

  it('partyline chat without a terminal exits with 1 for an unreachable server and with 2 for an invalid address', async () => {
    expect(await partyline(['chat', '127.0.0.1:1', '--name', 'bob'])).toMatchObject({ code: 1 });
    expect(await partyline(['chat', 'gopher://host', '--name', 'bob'])).toMatchObject({ code: 2 });
  });
});

/** None of them ends an answer. */
const MALICIOUS_LINES = [
  'HIST 1 t ev\u001b[2Jil \u001b]0;owned\u0007\u009b31mpast',
  '@id=2;time=x MSG e\u001b[Hve \u001b[?1049hlive\u202e',
  'DM \u001b[5n \u001bPx',
  'INFO \u001b[3J\u2028\r\u0085y',
  'USER \u001b[31m',
  'ROOM \u001b[31m \u001b[0m',
];

describe('partyline chat with a malicious server', () => {
  it.each([true, false])(
    'partyline chat with a malicious server prints no terminal control characters (labels: %s)',
    async (hasLabels) => {
      const malicious = createServer((socket) => {
        socket.on('error', () => {});
        const answer = (line: string) => {
          const [, label, request = line] = /^@label=(\d+)\S* (.*)/.exec(line) ?? [];
          const tag = label === undefined ? '' : `@label=${label} `;
          const isEarly = /^(?:LOGIN|TAGS|@label=tags)/.test(request);
          if (line.startsWith('PING ')) return void socket.write(`PONG ${line.slice(5)}\n`);
          const isRefused = !isEarly && !/^(?:HISTORY|FOLLOW)/.test(request);
          const end =
            /^@label=tags/.test(request) && !hasLabels ? 'ERR no' : isRefused ? 'ERR \u001b[6nz' : 'OK';
          const lines = isEarly ? [] : MALICIOUS_LINES;
          socket.write([...lines, end].map((one) => `${one.startsWith('@') ? '' : tag}${one}\n`).join(''));
        };
        socket.setEncoding('utf8').on('data', (text: string) => {
          for (const line of text.split('\n')) if (line !== '') answer(line);
        });
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void malicious.close());
      await once(malicious, 'listening');
      const address = malicious.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
      chat.end('/who\n/rooms\nhi\n');
      const { stdout, stderr } = await chat.ended;
      expect(stdout).toContain('past');
      expect(stdout).toContain('live');
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    },
  );

  it('partyline chat with a malicious server disconnects from a line without an end', async () => {
    const endless = createServer((socket) => {
      socket.on('error', () => {});
      const more = () => {
        while (socket.writable && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more).resume();
      more();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void endless.close());
    await once(endless, 'listening');
    const address = endless.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ran = await partyline(['chat', `:${port}`, '--name', 'bob']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('is not a Partyline server');
  });
});
