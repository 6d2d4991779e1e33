/** irssi and WeeChat, as Debian has them, chat with users of all protocols. Skipped where they are not installed. */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { IRC_CLIENTS, startInLobby } from './irc-client.js';

describe.each(IRC_CLIENTS)('$name', (kind) => {
  const test = it.skipIf(!kind.isInstalled);

  test(`${kind.name} shows messages, pastes and actions of lines, and sends its own`, async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await startInLobby(kind, { port, nick: 'ann' });
    lin.send('MSG hello from ncat\nPASTE\nif ready:\n\n  go 🐎 漢字\n.\nME waves\n');
    await client.shows('hello from ncat');
    await client.shows('if ready:');
    await client.shows('  go 🐎');
    await client.shows('* lin waves'.slice(kind.name === 'irssi' ? 0 : 2));
    client.type('žluťoučký kůň 🐎');
    client.type('/me dances');
    await lin.until('MSG ann žluťoučký kůň 🐎\nMSG ann * ann dances\n');
    expect(client.count('hello from ncat')).toBe(1);
    expect(client.count('dances')).toBe(1);
  });

  test(`${kind.name} wraps a long line of another protocol, and sends one of its own in parts`, async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await startInLobby(kind, { port, nick: 'ann' });
    lin.send(`MSG ${'word '.repeat(240)}last\n`);
    await client.shows('last');
    client.type(`first ${'word '.repeat(160)}end`);
    expect(await lin.until('end\n')).toMatch(
      /^MSG ann first (?:word ?)+\n(?:MSG ann (?:word ?)+\n)*MSG ann (?:word )*end\n$/,
    );
  });

  test(`${kind.name} talks with gotalk, machat and the page`, async () => {
    const { port, gotalkPort } = await serve({ GOTALK_PORT: '0' });
    const client = await startInLobby(kind, { port, nick: 'ann' });
    const machat = await SocketClient.connect(port);
    machat.send('{"name":"mia","room":"lobby"}');
    const page = await WebSocketClient.login(port, 'pia');
    const gotalk = await gotalkUser(gotalkPort, 'gus');
    await client.shows('gus');

    machat.send('hello from machat\n');
    await client.shows('hello from machat');
    page.send('MSG hello from the page');
    await client.shows('hello from the page');
    gotalk.send('hello from gotalk\n');
    await client.shows('hello from gotalk');
    client.type('hello from IRC');
    await machat.until('ann:hello from IRC\n');
    await page.until('MSG ann hello from IRC\n');
    await gotalk.until('[ann]: hello from IRC\n');
  });

  test(`${kind.name} has a window for the direct messages of each user`, async () => {
    const { port, gotalkPort } = await serve({ GOTALK_PORT: '0' });
    const client = await startInLobby(kind, { port, nick: 'ann' });
    const lin = await SocketClient.login(port, 'lin');
    const page = await WebSocketClient.login(port, 'pia');
    const gotalk = await gotalkUser(gotalkPort, 'gus');
    const machat = await SocketClient.connect(port);
    machat.send('{"name":"mia","room":"lobby"}');
    await client.shows('mia');
    await client.shows('gus');

    lin.send('DM ann between us\n');
    page.send('DM ann from the page');
    gotalk.send('/dm ann from gotalk\n');
    const talks = [
      ['lin', 'between us', () => lin.until('DM ann answer to lin\n')],
      ['pia', 'from the page', () => page.until('DM ann answer to pia\n')],
      ['gus', 'from gotalk', () => gotalk.until('[ann -> you]: answer to gus\n')],
    ] as const;
    for (const [name, text, answered] of talks) {
      client.type(`/query ${name}`);
      await client.shows(text);
      client.type(`answer to ${name}`);
      await answered();
      expect(client.count(`answer to ${name}`)).toBe(1);
    }
    client.type('/query mia');
    client.type('answer to mia');
    await machat.until('* ann (private): answer to mia\n');
  });
});

describe('formatting', () => {
  const [first, second] = IRC_CLIENTS;
  const test = it.skipIf(first?.isInstalled !== true || second?.isInstalled !== true);

  test('formatting is shown between irssi and WeeChat, and is left out for lines', async () => {
    if (first === undefined || second === undefined) return;
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const irssi = await startInLobby(first, { port, nick: 'ann' });
    const weeChat = await startInLobby(second, { port, nick: 'wendy' });
    // Ctrl-B in irssi, Ctrl-C and b in WeeChat.
    irssi.pane.press('C-b');
    irssi.pane.paste('loud');
    irssi.pane.press('C-b');
    irssi.type(' words');
    await weeChat.shows('loud words');
    expect(weeChat.showsBold('loud')).toBe(true);
    weeChat.pane.press('C-c', 'b');
    weeChat.type('strong');
    await irssi.shows('strong');
    expect(irssi.showsBold('strong')).toBe(true);
    await lin.until('MSG ann loud words\nMSG wendy strong\n');
  });
});

async function gotalkUser(port: number | null, name: string): Promise<SocketClient> {
  const client = await SocketClient.connect(port ?? 0);
  client.send(`${name}\n`);
  return client;
}
