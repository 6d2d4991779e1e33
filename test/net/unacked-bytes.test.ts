/** Unacknowledged bytes: the format of /proc/self/net/tcp, and a real connection. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { endpoint, sendQueueIn, unackedBytes } from '../../src/net/unacked-bytes.js';

describe("an endpoint in the kernel's list", () => {
  it.each([
    ['127.0.0.1', 4000, '0100007F:0FA0'],
    ['10.1.2.3', 65535, '0302010A:FFFF'],
    ['::1', 4000, '00000000000000000000000001000000:0FA0'],
    ['::ffff:127.0.0.1', 80, '0000000000000000FFFF00000100007F:0050'],
    ['2001:db8::ff00:42:8329', 1, 'B80D01200000000000FF000029834200:0001'],
    ['fe80::1%eth0', 1, '000080FE000000000000000001000000:0001'],
  ])("the endpoint %s port %i is %s in the kernel's list", (address, port, text) => {
    expect(endpoint(address, port, 'LE')).toBe(text);
  });

  it("an endpoint in the kernel's list is in big-endian order on a big-endian machine", () => {
    expect(endpoint('127.0.0.1', 4000, 'BE')).toBe('7F000001:0FA0');
  });
});

describe('the send queue of a connection', () => {
  const TEXT = `  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000005 00:00000000
   1: 0100007F:0FA0 0100007F:D431 01 0001F2A0:00000000 00:00000000
`;

  it('the send queue of a connection is read from its row', () => {
    expect(sendQueueIn(TEXT, '0100007F:0FA0', '0100007F:D431')).toBe(0x1f2a0);
  });

  it('the send queue of a connection is null without a row', () => {
    expect(sendQueueIn(TEXT, '0100007F:0FA0', '0100007F:D432')).toBeNull();
    expect(sendQueueIn('', '0100007F:0FA0', '0100007F:D431')).toBeNull();
  });

  const addresses = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  );
  const loopback = ['127.0.0.1', '::1'].filter((address) => addresses.includes(address));

  it.runIf(process.platform === 'linux').each(loopback)(
    'the send queue of a connection to %s holds the bytes that a stopped reader does not take',
    async (host) => {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const address = server.address();
      const reader = connect({ host, port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
      const [socket]: Socket[] = (await once(server, 'connection')) as Socket[];
      if (socket === undefined) throw new Error('no connection was accepted');
      while (socket.write(Buffer.alloc(1_000_000)) || socket.writableLength === 0);
      expect(await unackedBytes(socket)).toBeGreaterThan(0);
      reader.destroy();
      socket.destroy();
      server.close();
    },
  );
});
