/** How the door makes up its mind: the first bytes in any packets, silence, half a word, no place left. */
import { describe, expect, it } from 'vitest';
import type { Values } from '../../src/config/load-config.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const PROMPT = '[ENTER YOUR NAME]: ';
const FULL = 'Maximum connection limit reached. Please try again later...\n';

async function doors(settings: Values = {}) {
  const server = await serve({ GOTALK_PORT: '0', ...settings });
  return {
    ...server,
    main: () => SocketClient.connect(server.port),
    gotalks: () => SocketClient.connect(server.gotalkPort ?? 0),
  };
}

describe('the first bytes', () => {
  it.each([
    ['main', '{"name":"mina","room":"lobby"}hi\n', 'mina:hi\n'],
    ['gotalks', '{"name":"mina","room":"lobby"}hi\n', 'mina:hi\n'],
    ['main', 'LOGIN ann\nPING x\n', 'OK\nPONG x\n'],
    ['main', 'PONG\nPING x\n', 'PONG x\n'], // begins like POST
    ['main', 'DELETE\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', 'GET\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', 'get / http\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', ' {"name":"mina","room":"lobby"}\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', '\x16\x02x\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', '\xff\xfb\x01LOGIN ann\n', 'OK\n'],
    ['gotalks', 'GETTY\n/quit\n', 'bye\n'],
    ['gotalks', 'TRACE\n/quit\n', 'bye\n'],
    ['gotalks', '\xff\xfd\x03Bob\n/quit\n', 'bye\n'],
  ] as const)('on %s are the same in one packet and in many: %j', async (door, bytes, answer) => {
    const server = await doors();
    const sent = Buffer.from(bytes, 'latin1');
    for (const packets of [[sent], Array.from(sent, (byte) => Uint8Array.of(byte))]) {
      const client = await server[door]();
      for (const packet of packets) await client.sent(packet);
      expect((await client.until(answer)).endsWith(answer)).toBe(true);
      client.end();
      await client.toEnd();
    }
  });

  it('that may still become something are waited for until the login timeout, not the greeting', async () => {
    const server = await doors({ LOGIN_TIMEOUT: '0.7', GREETING_DELAY: '0.1' });
    const before = performance.now();
    const [lines, gotalk, tls] = [await server.main(), await server.gotalks(), await server.main()];
    lines.send('GE');
    gotalk.send('POST');
    tls.send(Uint8Array.of(0x16));
    expect(await lines.toEnd()).toEqual({ text: 'ERR login-timeout\n', ending: 'fin' });
    expect(performance.now() - before).toBeGreaterThanOrEqual(690);
    expect((await gotalk.toEnd()).text.split(PROMPT)[1]).toBe(
      '\nNo name was entered in time. Please connect again.\n',
    );
    expect((await tls.toEnd()).text).toBe('ERR login-timeout\n');
  });

  it('that become nothing in the end are the beginning of a line', async () => {
    const server = await doors();
    const gene = await server.gotalks();
    gene.send('GE');
    const other = await server.gotalks();
    await other.until(PROMPT); // who came later has been silent for long enough
    gene.send('NE\n/who\n');
    expect(await gene.until('1 user online\n')).toContain('[system]: GENE\n');
  });

  it('that end before they become anything are a line', async () => {
    const server = await doors();
    const client = await server.main();
    client.end('GE');
    expect(await client.toEnd()).toEqual({ text: "ERR expected 'LOGIN <username>'\n", ending: 'fin' });
  });
});

describe('silence', () => {
  it('decides for good: after the greeting nothing is MaChat or HTTP', async () => {
    const server = await doors();
    const client = await server.gotalks();
    await client.until(PROMPT);
    client.send('{"name":"mina","room":"lobby"}\n');
    expect(await client.until(PROMPT)).toBe(`Sorry! That name can't be accepted.\n${PROMPT}`);
    client.send('GET / HTTP/1.1\r\n');
    expect(await client.toEnd()).toEqual({ text: '', ending: 'fin' });
  });

  it('decides on the main port, too, once the hint is given', async () => {
    const server = await doors({ GREETING_DELAY: '0.05' });
    const client = await server.main();
    await client.until('INFO type LOGIN <username> to join, HELP for help\n');
    client.send('{"name":"mina","room":"lobby"}\n');
    expect(await client.until('\n')).toBe("ERR expected 'LOGIN <username>'\n");
  });

  it('of one who says no more at all ends at once, in the words of the port', async () => {
    const server = await doors({ GREETING_DELAY: '60' });
    const [lines, gotalk] = [await server.main(), await server.gotalks()];
    lines.end();
    gotalk.end();
    expect(await lines.toEnd()).toEqual({ text: '', ending: 'fin' });
    expect((await gotalk.toEnd()).text).toMatch(/^Welcome to TCP-Chat!\n[^]*\[ENTER YOUR NAME\]: $/);
  });

  it('is broken off by the end of the server, which is said in the words of the port', async () => {
    const server = await doors({ GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
    const [lines, begun] = [await server.main(), await server.main()];
    await begun.sent('GE');
    const other = await server.main();
    other.send('PING\n');
    await other.until('PONG\n'); // the server has seen the ones before
    await server.stop();
    for (const client of [lines, begun])
      expect(await client.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
  });
});

describe('where there is no place', () => {
  it.each([
    ['main', '', 'ERR server-full\n'],
    ['main', 'LOGIN bob\n', 'ERR server-full\n'],
    ['main', 'GE', 'ERR server-full\n'],
    ['main', '{', '* server-full\n'],
    ['gotalks', '{', '* server-full\n'],
    ['gotalks', '', FULL],
    ['gotalks', 'PU', FULL],
    ['gotalks', 'bob\n', FULL],
  ] as const)(
    '%s is refused who says %j, in a language of its own if there is time',
    async (door, bytes, answer) => {
      const server = await doors({ MAX_CLIENTS: '1', GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
      await SocketClient.login(server.port, 'ann');
      const late = await server[door]();
      if (bytes !== '') late.send(bytes);
      expect(await late.toEnd()).toEqual({ text: answer, ending: 'fin' });
    },
  );

  it.each(['leave', 'reset'] as const)(
    'one who goes (%s) before it said anything gives its place back',
    async (how) => {
      const server = await doors({ MAX_CLIENTS: '1', GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
      const first = await server.main();
      await first.sent('GE');
      first[how]();
      let answer = '';
      while (answer !== 'OK\n') {
        const next = await server.main();
        next.send('LOGIN ann\n');
        answer = await next.until('\n');
      }
    },
  );
});
