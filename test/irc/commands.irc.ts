/** The commands of irssi and WeeChat, as their users type them. Skipped where they are not installed. */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { IRC_CLIENTS, startInLobby } from './irc-client.js';

describe.each(IRC_CLIENTS)('$name', (kind) => {
  const test = it.skipIf(!kind.isInstalled);

  test(`${kind.name} renames itself, sets a topic and kicks a client of lines`, async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await startInLobby(kind, { port, nick: 'ann' });
    client.type('/nick anna');
    await lin.until('INFO ann is now anna\n');
    client.type('/join #dev');
    await client.shows('[@anna');
    client.type('/topic release on friday');
    await client.shows('release on friday');
    lin.send('JOIN dev\nTOPIC\n');
    await lin.until('topic of dev: release on friday\n');
    await client.shows('lin');
    client.type('/kick lin enough');
    await lin.until('INFO put out of dev by anna: enough\n');
    client.type('/quit');
    await lin.until('INFO anna disconnected\n');
  });

  test(`${kind.name} locks a room, and enters it again with the key`, async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await startInLobby(kind, { port, nick: 'ann' });
    client.type('/join #dev');
    await client.shows('[@ann');
    lin.send('JOIN dev\n');
    await lin.until('OK\n');
    client.type('/mode #dev +k sesame');
    // In brackets: not the command that was typed, but the answer, from which the client knows the key.
    await client.shows('[+k sesame]');
    client.type('/cycle');
    await lin.until('INFO ann left dev\n');
    await lin.until('INFO ann joined dev\n');
    const eve = await SocketClient.login(port, 'eve');
    eve.send('JOIN dev\nJOIN dev sesame\n');
    await eve.until('ERR room-locked\nOK\n');
    await client.shows('eve');
  });

  test(`${kind.name} asks for users, rooms and members`, async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    lin.send('TOPIC anything goes\nJOIN dev\nAWAY at lunch\n');
    await lin.fence();
    const client = await startInLobby(kind, { port, nick: 'ann' });
    client.type('/join #dev');
    await client.open('#dev');
    client.type('/names');
    await client.shows('lin');
    client.openServer();
    client.type('/whois lin');
    await client.shows('at lunch');
    await client.shows('#dev');
    client.type('/list -yes');
    await client.shows('End of LIST');
    client.type('/away gone fishing');
    await client.shows('You have been marked as being away');
    lin.send('WHOIS ann\n');
    expect(await lin.fence()).toContain('gone fishing');
  });

  test(`${kind.name} invites, and is invited`, async () => {
    const { port } = await serve();
    const client = await startInLobby(kind, { port, nick: 'ann' });
    const bob = await ircUser(port, 'bob');
    client.type('/join #dev');
    await client.shows('[@ann');
    client.type('/mode +i');
    await client.shows('+i');
    bob.send('JOIN #dev\r\n');
    await bob.until(' 473 bob #dev ');
    client.type('/invite bob');
    await bob.until('INVITE bob #dev\r\n');
    bob.send('JOIN #dev\r\nJOIN #ops\r\nINVITE ann #ops\r\n');
    await bob.until(' 341 bob ann #ops\r\n');
    client.openServer();
    await client.shows('#ops');
  });
});

async function ircUser(port: number, nick: string): Promise<SocketClient> {
  const client = await SocketClient.connect(port);
  client.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await client.until(/ 366 .*\r\n/);
  return client;
}
