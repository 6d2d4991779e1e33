/** All dialects on one port, over real sockets, in one room. */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('one port', () => {
  it('one port serves MaChat and lines in the same room, with text in the packet of the handshake', async () => {
    const server = await serve({});
    const ann = await SocketClient.connect(server.port);
    ann.send('LOGIN ann\nJOIN dev\n');
    await ann.until('OK\nOK\n');
    const mina = await SocketClient.connect(server.port);
    mina.send('{"name": "Mina", ');
    mina.send('"room":"dev"}hello\n');
    await ann.until('INFO Mina joined dev\nMSG Mina hello\n');
    await mina.until('Mina:hello\n');
    ann.send('MSG hi\n');
    await mina.until('ann:hi\n');
  });

  it('one port serves GoTalk, MaChat and lines if it falls back to GoTalk', async () => {
    const server = await serve({ GOTALK_PORT: '0' });
    const port = server.gotalkPort ?? 0;
    const bob = await SocketClient.connect(port);
    await bob.until('Welcome to TCP-Chat!\n');
    await bob.until('[ENTER YOUR NAME]: ');
    bob.send('Bob\n');
    const mina = await SocketClient.connect(port);
    mina.send('{"name":"Mina","room":"lobby"}');
    await bob.until(/\[system\]: Mina joined the chat\n/);
    const ann = await SocketClient.connect(server.port);
    ann.send('LOGIN ann\n');
    await bob.until(/\[system\]: ann joined the chat\n/);
    bob.send('hello\n');
    await ann.until('MSG Bob hello\n');
    await mina.until('Bob:hello\n');
    ann.send('QUIT\n');
    await bob.until(/\[system\]: ann has left our chat\.\.\.\n/);
  });

  it('one port closes a TLS connection without output if it has no certificate', async () => {
    const server = await serve({});
    const client = await SocketClient.connect(server.port);
    client.send(Buffer.from([0x16, 0x03, 0x01, 0, 1]));
    expect(await client.toEnd()).toMatchObject({ text: '' });
  });
});
