import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { partyline, Running } from './command.js';

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm;

/** Stands between a client and its server, and can cut every line between them. */
class Wire {
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

  mend(): void {
    this.#isCut = false;
  }
}

describe('partyline chat without a terminal', () => {
  it('says what it reads and shows what it hears, a line each, with no escape and no prompt', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const chat = new Running(['chat', `127.0.0.1:${port}`, '--name', 'bob']);
    await chat.until('you are bob in lobby');
    ann.send('MSG hi bob\nDM bob psst\n');
    await chat.until('psst\n');
    chat.type('hello\n/dm ann hush\n//slash\n/fly\n');
    await chat.until('no such command');
    expect(await ann.until('/slash\n')).toBe('MSG bob hello\nDM bob hush\nMSG bob /slash\n');
    chat.end('/join dev\n');
    const { code, stdout, stderr } = await chat.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(TIME, '')).toBe(
      [
        `* you are bob in lobby at tcp://127.0.0.1:${port}; /help shows the commands`,
        'ann: hi bob',
        'ann -> you: psst',
        'bob: hello',
        'you -> ann: hush',
        'bob: /slash',
        '! "FLY": there is no such command; /help shows those there are',
        '* you are in dev',
        '',
      ].join('\n'),
    );
    expect(await ann.until('disconnected\n')).toBe('INFO bob left lobby\nINFO bob disconnected\n');
  });

  it('at the end of its input all of it has been said', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const ran = await partyline(['chat', `:${port}`, '--name', 'bob'], `${lines.join('\n')}\n`);
    expect(ran.code).toBe(0);
    const heard = await ann.until('disconnected\n');
    expect(heard.split('\n').slice(0, -2)).toEqual(lines.map((line) => `MSG bob ${line}`));
  });

  it('shows what was said before, and takes its room from --room', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN dev\nMSG before\n');
    await ann.fence();
    const { code, stdout } = await partyline(['chat', `:${port}`, '--name', 'bob', '--room', 'dev']);
    expect(code).toBe(0);
    expect(stdout.replace(TIME, '').split('\n').slice(1)).toEqual(['ann: before', '']);
  });

  it('comes back when the line was cut, with what it missed and nothing twice', async () => {
    const { port } = await serve();
    const wire = await new Wire(port).open();
    const ann = await SocketClient.login(port, 'ann');
    const chat = new Running(['chat', `127.0.0.1:${wire.port}`, '--name', 'bob']);
    await chat.until('you are bob');
    ann.send('MSG one\n');
    await chat.until('ann: one\n');
    chat.type('two\n');
    await ann.until('MSG bob two\n');
    wire.cut();
    await ann.until('INFO bob disconnected\n');
    await chat.until('disconnected');
    ann.send('MSG three\n');
    await ann.fence();
    chat.type('four\n');
    await chat.until('bob: four (waiting)\n');
    wire.mend();
    await chat.until('connected again, in lobby\n');
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

  it('is not evicted while it has nothing to say', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.6', HEARTBEAT_INTERVAL: '0.1' });
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await chat.until('you are bob');
    const ann = await SocketClient.login(port, 'ann');
    // Ann is silent and is put out; bob, who was silent for longer by then, is still there.
    await ann.until('INFO disconnected due to inactivity\n');
    const eve = await SocketClient.login(port, 'eve');
    eve.send('WHO\n');
    expect(await eve.lines()).toEqual(['USER bob', 'USER eve']);
    chat.end();
    expect(await chat.ended).toMatchObject({ code: 0 });
  });

  it('is put out at most once where nobody asks whether it is there', async () => {
    const { port, log } = await serve({ IDLE_TIMEOUT: '1', HEARTBEAT_INTERVAL: '0' });
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await log.has({ tag: 'DISCONNECT', user: 'bob', why: 'idle' });
    await chat.until(/back in lobby|again/);
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

  it('ends quietly when nobody reads it any more', async () => {
    const { port } = await serve();
    const chat = new Running(['chat', `:${port}`, '--name', 'bob']);
    await chat.until('you are bob');
    chat.hangUp();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG is anybody there?\n');
    expect(await chat.ended).toMatchObject({ stderr: '' });
  });

  it.each([
    ['a name in use', ['--name', 'ANN'], 1, 'the name is in use'],
    ['no name', ['--name', '-'], 2, '--name "-" is no name'],
    ['no room', ['--name', 'bob', '--room', '!'], 2, '--room "!" is no room'],
  ])('%s is one line on stderr', async (_, args, code, message) => {
    const { port } = await serve();
    await SocketClient.login(port, 'ann');
    const ran = await partyline(['chat', `:${port}`, ...args]);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(/^partyline: [^\n]*\n$/);
    expect(ran.stderr).toContain(message);
  });

  it('a server that is not there, or an address that is none', async () => {
    expect(await partyline(['chat', '127.0.0.1:1', '--name', 'bob'])).toMatchObject({ code: 1 });
    expect(await partyline(['chat', 'gopher://host', '--name', 'bob'])).toMatchObject({ code: 2 });
  });
});

const HARMFUL = [
  'HIST 1 t ev\u001b[2Jil \u001b]0;owned\u0007\u009b31mpast',
  '@id=2;time=x;room=\u001bc MSG e\u001b[Hve \u001b[?1049hlive\u202e',
  'DM \u001b[5n \u001bPx',
  'INFO \u001b[3J\u2028\r\u0085y',
  'USER \u001b[31m',
  'ROOM \u001b[31m \u001b[0m',
  'OK\n',
].join('\n');

describe('partyline chat and a server that means harm', () => {
  it('no byte that a terminal obeys comes through', async () => {
    const evil = createServer((socket) => {
      socket.on('error', () => {});
      socket.setEncoding('utf8').on('data', (text: string) => {
        for (const [, token] of text.matchAll(/PING (\S+)/g)) {
          const isLogin = /^(?:LOGIN|TAGS)/.test(text);
          const refusal = text.startsWith('HISTORY') ? '' : 'ERR \u001b[6nz\n';
          socket.write(`${isLogin ? 'OK\nOK\n' : HARMFUL + refusal}PONG ${token}\n`);
        }
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void evil.close());
    await once(evil, 'listening');
    const address = evil.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const room of [[], ['--room', 'dev']]) {
      const chat = new Running(['chat', `:${port}`, '--name', 'bob', ...room]);
      chat.end('/who\n/rooms\nhi\n');
      const { stdout, stderr } = await chat.ended;
      expect(stdout).toContain('past');
      expect(stdout).toContain('live');
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    }
  });

  it('a line without an end does not fill the memory', async () => {
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
    expect(ran.stderr).toContain('is no chat');
  });
});
