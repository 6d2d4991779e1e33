/** IRC on WebSocket: with the subprotocols of IRCv3, and without one. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { serve } from '../../support/process.js';
import { SocketClient } from '../../support/socket-client.js';
import { refusedUpgrade } from '../../support/websocket-client.js';

interface Frame {
  readonly text: string;
  readonly isBinary: boolean;
}

class IrcWebSocket {
  readonly ws: WebSocket;
  readonly frames: Frame[] = [];

  private constructor(url: string, subprotocols: readonly string[]) {
    this.ws = new WebSocket(url, [...subprotocols]);
    this.ws.on('message', (data, isBinary) => this.frames.push({ text: String(data), isBinary }));
    this.ws.on('error', () => {});
    onTestFinished(() => this.ws.terminate());
  }

  static async connect(
    port: number,
    path: string,
    ...subprotocols: readonly string[]
  ): Promise<IrcWebSocket> {
    const client = new IrcWebSocket(`ws://127.0.0.1:${port}${path}`, subprotocols);
    await once(client.ws, 'open');
    return client;
  }

  /** Sends messages, and waits for the PONG of a PING behind them. Returns the frames before it. */
  async ask(...messages: readonly (string | Buffer)[]): Promise<Frame[]> {
    for (const message of [...messages, 'PING fence']) this.ws.send(message);
    const isPong = ({ text }: Frame) => /PONG \S+ fence/.test(text);
    while (!this.frames.some(isPong)) await once(this.ws, 'message');
    const at = this.frames.findIndex(isPong);
    return this.frames.splice(0, at + 1).slice(0, -1);
  }

  async login(nick: string): Promise<void> {
    await this.ask(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
  }
}

const texts = (frames: readonly Frame[]) => frames.map(({ text }) => text);

describe('IRC on WebSocket with a subprotocol', () => {
  it.each([
    ['/ws', ['text.ircv3.net'], 'text.ircv3.net', false],
    ['/ws', ['binary.ircv3.net', 'text.ircv3.net'], 'binary.ircv3.net', true],
    ['/ws', ['chat', 'text.ircv3.net', 'binary.ircv3.net'], 'text.ircv3.net', false],
    ['/', ['text.ircv3.net'], 'text.ircv3.net', false],
    ['/', ['binary.ircv3.net'], 'binary.ircv3.net', true],
  ])('IRC on %s with %j answers %s, one frame for each line', async (path, names, chosen, isBinary) => {
    const { port } = await serve();
    const ann = await IrcWebSocket.connect(port, path, ...names);
    expect(ann.ws.protocol).toBe(chosen);
    const frames = await ann.ask('NICK ann', 'USER ann 0 * :Ann');
    expect(frames[0]).toMatchObject({ text: expect.stringMatching(/^:partyline\.local 001 ann :[^\r\n]+$/) });
    expect(frames.filter((frame) => frame.isBinary !== isBinary)).toEqual([]);
    expect(texts(frames).filter((text) => /[\r\n]/.test(text) || text === '')).toEqual([]);
    expect(texts(frames).at(-1)).toBe(':partyline.local 366 ann #lobby :End of NAMES list');
  });

  it('a message is one line: what follows a line end in it is dropped', async () => {
    const { port } = await serve();
    const ann = await IrcWebSocket.connect(port, '/ws', 'text.ircv3.net');
    const bob = await SocketClient.login(port, 'bob');
    await ann.login('ann');
    await bob.fence();
    await ann.ask(
      'PRIVMSG #lobby :one\r\nPRIVMSG #lobby :not said',
      Buffer.from('PRIVMSG #lobby :two\nPRIVMSG #lobby :not said'),
      'PRIVMSG #lobby :three\rPRIVMSG #lobby :not said',
      'PRIVMSG #lobby :four\r\n',
      '',
      '\nPRIVMSG #lobby :not said',
      Buffer.from('PRIVMSG #lobby :grüße'),
    );
    expect(await bob.fence()).toBe('MSG ann one\nMSG ann two\nMSG ann three\nMSG ann four\nMSG ann grüße\n');
  });

  it('sends text in UTF-8 in both kinds of frames', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    const ann = await IrcWebSocket.connect(port, '/ws', 'text.ircv3.net');
    const cat = await IrcWebSocket.connect(port, '/ws', 'binary.ircv3.net');
    await ann.login('ann');
    await cat.login('cat');
    bob.send('MSG ünï 🎉\n');
    await bob.fence();
    for (const client of [ann, cat])
      expect(texts(await client.ask()).at(-1)).toMatch(/^:bob!\S+ PRIVMSG #lobby :ünï 🎉$/);
  });

  it('refuses bytes that are not UTF-8, and passes nothing of them on', async () => {
    const { port } = await serve();
    const ann = await IrcWebSocket.connect(port, '/ws', 'binary.ircv3.net');
    await ann.login('ann');
    const bytes = Buffer.concat([Buffer.from('PRIVMSG #lobby :'), Buffer.from([0xff, 0xf4, 0xfe])]);
    expect(texts(await ann.ask(bytes))).toEqual([
      ':partyline.local FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8',
    ]);
  });

  it('is IRC also where the first message is of another protocol', async () => {
    const { port } = await serve();
    const ann = await IrcWebSocket.connect(port, '/ws', 'text.ircv3.net');
    ann.ws.send('LOGIN ann');
    await once(ann.ws, 'message');
    expect(texts(ann.frames)).toEqual([':partyline.local 451 * :You have not registered']);
  });

  it('is not spoken on /mychat, which answers no subprotocol of IRC', async () => {
    const { port } = await serve();
    const request =
      'GET /mychat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    onTestFinished(() => {
      socket.destroy();
    });
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
    expect(String(answer)).not.toMatch(/Sec-WebSocket-Protocol/i);
  });

  it('is what / is for: a WebSocket there without a subprotocol of IRC is refused', async () => {
    const { port } = await serve();
    expect(await refusedUpgrade(port, '/')).toBe(404);
  });
});

describe('IRC on WebSocket without a subprotocol', () => {
  it('has lines with CR LF, one in each frame, once the first frame is one of IRC', async () => {
    const { port } = await serve();
    const ann = await IrcWebSocket.connect(port, '/ws');
    const frames = await ann.ask('NICK ann', 'USER ann 0 * :Ann');
    expect(texts(frames).filter((text) => !/^[^\r\n]+\r\n$/.test(text))).toEqual([]);
    expect(frames[0]).toMatchObject({ text: expect.stringContaining(' 001 ann '), isBinary: false });
  });
});
