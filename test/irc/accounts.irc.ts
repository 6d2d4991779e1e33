/** irssi and WeeChat log in with SASL, over TLS, and again after a crash. Skipped where they are not installed. */
import { describe, expect, it } from 'vitest';
import { certificatePair } from '../support/certificate.js';
import { launch, PartylineProcess, serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { IRC_CLIENTS, startInLobby } from './irc-client.js';

const password = 'correct-horse';
const account = { name: 'ann', password };

describe.each(IRC_CLIENTS)('$name', (kind) => {
  const test = it.skipIf(!kind.isInstalled);

  test(`${kind.name} registers with NickServ, and logs in with SASL under another nick`, async () => {
    const { port, log } = await serve();
    const first = await startInLobby(kind, { port, nick: 'ann' });
    first.type(`/msg NickServ REGISTER ${password}`);
    await log.has({ tag: 'ACCOUNT', did: 'register' });
    await startInLobby(kind, { port, nick: 'ann-phone', account });
    const lin = await SocketClient.login(port, 'lin');
    lin.send('WHOIS ann-phone\n');
    await lin.until('INFO ann-phone is logged in as ann\n');
  });

  test(`${kind.name} connects under another nick where its own is in use`, async () => {
    const { port, log } = await serve();
    await SocketClient.login(port, 'ann');
    const client = kind.start({ port, nick: 'ann' });
    await log.has({ tag: 'LOGIN', user: 'ann_', dialect: 'irc' });
    await client.shows('[ann_');
  });

  test(`${kind.name} logs in with SASL to an account that lines registered, and not with a wrong password`, async () => {
    const { port } = await serve();
    await register(port);
    const ann = await startInLobby(kind, { port, nick: 'ann', account });
    ann.type('it is me');
    const lin = await SocketClient.login(port, 'lin');
    lin.send('WHOIS ann\n');
    expect(await lin.fence()).toContain('INFO ann is registered\n');
    const eve = kind.start({ port, nick: 'eve', account: { name: 'ann', password: 'wrong-horse' } });
    await eve.shows('SASL authentication failed');
    expect(eve.count('900')).toBe(0);
  });

  test(`${kind.name} connects again after a crash, and is shown once what it missed`, async () => {
    const folder = temporaryFolder();
    const flags = ['--host', '127.0.0.1', '--data-dir', folder];
    const first = await launch({ flags: ['--data-dir', folder] });
    await register(first.port);
    const client = await startInLobby(kind, { port: first.port, nick: 'ann', account });
    await say(first.port, 'before the crash');
    await client.shows('before the crash');
    first.signal('SIGKILL');
    await first.exited;

    // On another port, so that the client is not back before the message.
    const meanwhile = await launch({ flags: ['--data-dir', folder] });
    await say(meanwhile.port, 'while it was away');
    meanwhile.signal('SIGTERM');
    await meanwhile.exited;

    const last = new PartylineProcess({ flags: [...flags, '--port', `${first.port}`] });
    await last.log.has({ tag: 'LISTEN' });
    await client.shows('while it was away');
    await say(first.port, 'after the crash');
    await client.shows('after the crash');
    for (const text of ['before the crash', 'while it was away', 'after the crash'])
      expect({ text, count: client.count(text) }).toEqual({ text, count: 1 });
  });

  test(`${kind.name} connects with TLS, and trusts a certificate that the server made itself`, async () => {
    const { settings, certFile } = await certificatePair();
    const { port, log } = await serve({ ...settings, TLS_ONLY: 'true' });
    const client = await startInLobby(kind, { port, nick: 'ann', trustedCertificate: certFile });
    client.type('behind TLS');
    await log.has({ tag: 'MSG', user: 'ann', text: 'behind TLS' });
  });
});

/** A client of lines registers ann, and leaves. */
async function register(port: number): Promise<void> {
  const ann = await SocketClient.login(port, 'ann');
  ann.send(`REGISTER ${password}\nQUIT\n`);
  await ann.until('INFO bye\n');
  await ann.closed;
}

async function say(port: number, text: string): Promise<void> {
  const lin = await SocketClient.login(port, 'lin');
  lin.send(`MSG ${text}\nQUIT\n`);
  await lin.until('INFO bye\n');
}
