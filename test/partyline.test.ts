/** The library as a program uses it, with real clients on the other side. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { Partyline, type PartylineEvents, type PartylineOptions } from '../src/index.js';
import { selfSigned } from '../src/self-signed.js';
import { SocketClient } from './support/socket-client.js';

async function serve(options: PartylineOptions = {}): Promise<{ party: Partyline; port: number }> {
  const party = new Partyline({ greetingDelayMs: 0, shutdownGraceMs: 1000, ...options });
  onTestFinished(() => party.close());
  const { port } = await party.listen({ port: 0, host: '127.0.0.1' });
  return { party, port };
}

describe('say', () => {
  it('reaches the room under the name of the bot, a message a line, and is in its history', async () => {
    const { party, port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    expect(await party.say('lobby', 'deploy-bot', 'version 2\nis out')).toBeNull();
    expect(await ann.fence()).toBe('MSG deploy-bot version 2\nMSG deploy-bot is out\n');
    ann.send('HISTORY\n');
    await ann.until(/HIST 1 \S+ deploy-bot version 2\nHIST 2 \S+ deploy-bot is out\nOK\n/);
  });

  it.each([
    ['lobby', 'ann', 'hi', 'username-taken'],
    ['lobby', 'ANN', 'hi', 'username-taken'],
    ['lobby', 'server', 'hi', 'username-taken'],
    ['lobby', 'two words', 'hi', 'invalid-username'],
    ['two words', 'bot', 'hi', 'invalid-room'],
    ['lobby', 'bot', '\u0000\n', 'usage'],
    ['lobby', 'bot', 'x'.repeat(5000), 'line-too-long'],
  ])('in %s as %s is refused where a user would be', async (room, name, text, reason) => {
    const { party, port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    expect(await party.say(room, name, text)).toBe(reason);
    expect(await ann.fence()).toBe('');
  });

  it('under a registered name is refused, also while its user is away', async () => {
    const { party, port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER correct-horse\nQUIT\n');
    await ann.until('OK\nINFO bye\n');
    expect(await party.say('lobby', 'ann', 'hi')).toBe('username-taken');
  });

  it('after close says so', async () => {
    const { party } = await serve();
    await party.close();
    expect(await party.say('lobby', 'bot', 'hi')).toBe('closed');
  });
});

describe('events', () => {
  it('tell of logins, messages, direct messages and walks, and a handler that throws disturbs no one', async () => {
    const { party, port } = await serve();
    const seen: unknown[] = [];
    const note =
      (what: keyof PartylineEvents) => (event: { readonly name?: string; readonly from?: string }) => {
        seen.push([what, event.name ?? event.from]);
        throw new Error('a handler with a bug');
      };
    for (const what of ['login', 'join', 'leave', 'message', 'dm'] as const) party.on(what, note(what));
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    ann.send('MSG hi\nDM bob psst\nJOIN den\nQUIT\n');
    await bob.until('INFO ann disconnected\n');
    expect(seen).toEqual([
      ['login', 'ann'],
      ['login', 'bob'],
      ['message', 'ann'],
      ['dm', 'ann'],
      ['leave', 'ann'],
      ['join', 'ann'],
      ['leave', 'ann'],
    ]);
  });
});

describe('listen with a certificate', () => {
  const secure = (port: number, name: string, ca: string) =>
    SocketClient.login(port, name, SocketClient.connectTls(port, { ca }));

  it('serves who encrypts and who does not, in the same rooms', async () => {
    const { cert, key } = await selfSigned(['127.0.0.1'], Date.now());
    const { party, port: plainPort } = await serve();
    const { port } = await party.listen({ port: 0, host: '127.0.0.1', tls: { cert, key } });
    const ann = await secure(port, 'ann', cert);
    const bob = await SocketClient.login(port, 'bob');
    const cem = await SocketClient.login(plainPort, 'cem');

    ann.send('MSG hi\n');

    await bob.until('MSG ann hi\n');
    await cem.until('MSG ann hi\n');
  });

  it('and `only` refuses who does not encrypt, on that port', async () => {
    const { cert, key } = await selfSigned(['127.0.0.1'], Date.now());
    const { party, port: plainPort } = await serve();
    const { port } = await party.listen({ port: 0, host: '127.0.0.1', tls: { cert, key, only: true } });
    await secure(port, 'ann', cert);
    const bob = await SocketClient.connect(port);
    bob.send('LOGIN bob\n');

    expect(await bob.toEnd()).toEqual({ text: 'ERR tls-required\n', ending: 'fin' });
    await SocketClient.login(plainPort, 'bob');
  });

  it('rejects one that cannot be used', async () => {
    const [one, other] = [await selfSigned(['a'], Date.now()), await selfSigned(['b'], Date.now())];
    const { party } = await serve();

    await expect(party.listen({ port: 0, tls: { cert: one.cert, key: other.key } })).rejects.toThrow(
      /mismatch/,
    );
    await expect(party.listen({ port: 0, tls: { cert: 'none', key: one.key } })).rejects.toThrow();
  });

  it('shows another one from `renew` on, and keeps the old one if that cannot be used', async () => {
    const [one, other] = [
      await selfSigned(['127.0.0.1'], Date.now()),
      await selfSigned(['127.0.0.1'], Date.now()),
    ];
    const { party } = await serve();
    const { port, renew } = await party.listen({ port: 0, host: '127.0.0.1', tls: one });
    const ann = await secure(port, 'ann', one.cert);

    expect(() => renew({ cert: other.cert, key: one.key })).toThrow(/mismatch/);
    await secure(port, 'bob', one.cert);
    renew(other);
    await secure(port, 'cem', other.cert);
    await expect(secure(port, 'dan', one.cert)).rejects.toThrow();

    expect(await ann.fence()).toBe('');
  });

  it('has nothing to renew where there is none', async () => {
    const { party } = await serve();
    const { renew } = await party.listen({ port: 0, host: '127.0.0.1' });

    expect(() => renew({ cert: '', key: '' })).toThrow('this port was opened without a certificate');
  });
});
