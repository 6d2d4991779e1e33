/** Protocol detection over real sockets: split packets, silence, incomplete matches, connection limits. */
import { USER_NAME_RULE } from '../../src/dialects/shared/name-rules.js';
import { describe, expect, it } from 'vitest';
import type { Values } from '../../src/config/load-config.js';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import { ProtocolDetector } from '../../src/net/protocol-detection.js';
import { HTTP } from '../../src/net/sniff.js';
import { ManualClock } from '../support/manual-clock.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const PROMPT = '[ENTER YOUR NAME]: ';
const FULL = 'Maximum connection limit reached. Please try again later...\n';

async function listeners(settings: Values = {}) {
  const server = await serve({ GOTALK_PORT: '0', ...settings });
  return {
    ...server,
    main: () => SocketClient.connect(server.port),
    gotalk: () => SocketClient.connect(server.gotalkPort ?? 0),
  };
}

describe('protocol detection', () => {
  it.each([
    ['main', '{"name":"mina","room":"lobby"}hi\n', 'mina:hi\n'],
    ['gotalk', '{"name":"mina","room":"lobby"}hi\n', 'mina:hi\n'],
    ['main', 'LOGIN ann\nPING x\n', 'OK\nPONG x\n'],
    ['main', 'PONG\nPING x\n', 'PONG x\n'], // begins like POST
    ['main', 'DELETE\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', 'GET\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', 'get / http\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', ' {"name":"mina","room":"lobby"}hi\n', 'mina:hi\n'],
    ['gotalk', '\xef\xbb\xbf{"NAME":"mina"}hi\n', 'mina:hi\n'],
    ['main', ' \n{"name":"mina","room":"lobby"}\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', '\x16\x02x\n', "ERR expected 'LOGIN <username>'\n"],
    ['main', '\xff\xfb\x01LOGIN ann\n', 'OK\n'],
    ['gotalk', 'GETTY\n/quit\n', 'bye\n'],
    ['gotalk', 'TRACE\n/quit\n', 'bye\n'],
    ['gotalk', '\xff\xfd\x03Bob\n/quit\n', 'bye\n'],
  ] as const)(
    'protocol detection gives the same result on the port %s for one packet and for single bytes: %j',
    async (port, bytes, answer) => {
      const server = await listeners();
      const sent = Buffer.from(bytes, 'latin1');
      for (const packets of [[sent], Array.from(sent, (byte) => Uint8Array.of(byte))]) {
        const client = await server[port]();
        for (const packet of packets) await client.sent(packet);
        expect((await client.until(answer)).endsWith(answer)).toBe(true);
        client.end();
        await client.toEnd();
      }
    },
  );

  it('protocol detection waits for an incomplete match until the login timeout, not only the greeting delay', async () => {
    const server = await listeners({ LOGIN_TIMEOUT: '0.7', GREETING_DELAY: '0.1' });
    const before = performance.now();
    const [lines, gotalk, tls] = [await server.main(), await server.gotalk(), await server.main()];
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

  it('protocol detection takes an incomplete match that fails for the beginning of a line', async () => {
    const server = await listeners();
    const gene = await server.gotalk();
    gene.send('GE');
    const other = await server.gotalk();
    await other.until(PROMPT); // a later client has been greeted by now
    gene.send('NE\n/who\n');
    expect(await gene.until('1 user online\n')).toContain('[system]: GENE\n');
  });

  it('protocol detection takes an incomplete match at the end of the stream for a line', async () => {
    const server = await listeners();
    const client = await server.main();
    client.end('GE');
    expect(await client.toEnd()).toEqual({ text: "ERR expected 'LOGIN <username>'\n", ending: 'fin' });
  });
});

describe('a silent connection', () => {
  it('a silent connection has its dialect decided by the greeting: later neither MaChat nor HTTP is detected', async () => {
    const server = await listeners();
    const client = await server.gotalk();
    await client.until(PROMPT);
    client.send('{"name":"mina","room":"lobby"}\n');
    expect(await client.until(PROMPT)).toBe(
      `Sorry! That name can't be accepted.\n${USER_NAME_RULE}\n${PROMPT}`,
    );
    client.send('GET / HTTP/1.1\r\n');
    expect(await client.toEnd()).toEqual({ text: '', ending: 'fin' });
  });

  it('a silent connection has its dialect decided by the hint on the main port', async () => {
    const server = await listeners({ GREETING_DELAY: '0.05' });
    const client = await server.main();
    await client.until('INFO type LOGIN <username> to join, HELP for help\n');
    client.send('{"name":"mina","room":"lobby"}\n');
    expect(await client.until('\n')).toBe("ERR expected 'LOGIN <username>'\n");
  });

  it('a silent connection is closed in the fallback dialect of its port when it ends its sending side', async () => {
    const server = await listeners({ GREETING_DELAY: '60' });
    const [lines, gotalk] = [await server.main(), await server.gotalk()];
    lines.end();
    gotalk.end();
    expect(await lines.toEnd()).toEqual({ text: '', ending: 'fin' });
    expect((await gotalk.toEnd()).text).toMatch(/^Welcome to TCP-Chat!\n[^]*\[ENTER YOUR NAME\]: $/);
  });

  it('a silent connection gets the notice of a shutdown in the fallback dialect of its port', async () => {
    const server = await listeners({ GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
    const [lines, begun] = [await server.main(), await server.main()];
    await begun.sent('GE');
    const other = await server.main();
    other.send('PING\n');
    await other.until('PONG\n'); // the server has read from the earlier ones
    await server.stop();
    for (const client of [lines, begun])
      expect(await client.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
  });
});

describe('a full server', () => {
  it.each([
    ['main', '', 'ERR server-full\n'],
    ['main', 'LOGIN bob\n', 'ERR server-full\n'],
    ['main', 'GE', 'ERR server-full\n'],
    ['main', '{', '* server-full\n'],
    ['gotalk', '{', '* server-full\n'],
    ['gotalk', '', FULL],
    ['gotalk', 'PU', FULL],
    ['gotalk', 'bob\n', FULL],
  ] as const)(
    'a full server refuses a client of the port %s that sends %j, in its own dialect if that shows within 300 ms',
    async (port, bytes, answer) => {
      const server = await listeners({ MAX_CLIENTS: '1', GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
      await SocketClient.login(server.port, 'ann');
      const late = await server[port]();
      if (bytes !== '') late.send(bytes);
      expect(await late.toEnd()).toEqual({ text: answer, ending: 'fin' });
    },
  );

  it.each(['leave', 'reset'] as const)(
    'a full server accepts another client once one leaves before its protocol is known: %s',
    async (how) => {
      const server = await listeners({ MAX_CLIENTS: '1', GREETING_DELAY: '60', LOGIN_TIMEOUT: '60' });
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

describe('after a pause of the process', () => {
  it('after a pause of the process, a silent connection is not greeted before its input is read', () => {
    const clock = new ManualClock();
    const decided: string[] = [];
    const slot = { refusal: null, connectedAt: 0, release() {} };
    const timeouts = { timers: new TimerWheel(clock), silenceMs: 300, loginTimeoutMs: 60_000 };
    class Detector extends ProtocolDetector<'http'> {
      protected onDecision(protocol: 'http' | 'none'): void {
        decided.push(protocol);
      }
    }
    const detectors = [1, 2].map(() => new Detector([HTTP], timeouts, { ...slot }));
    clock.pause(100_000);
    detectors[0]?.detect(Buffer.from('GET '));
    expect(decided).toEqual(['http']);
    clock.advance(280);
    expect(decided).toEqual(['http']);
    clock.advance(40);
    expect(decided).toEqual(['http', 'none']);
    expect(detectors[0]?.slot.connectedAt).toBe(100_000);
  });
});
