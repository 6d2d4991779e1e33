/** irssi and WeeChat, as Debian has them, chat with users of other protocols. Skipped where they are not installed. */
import { describe, it } from 'vitest';
import { hasTmux } from '../support/pane.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { hasIrssi, hasWeeChat, irssi, weeChat } from './irc-client.js';

describe.each([
  { name: 'irssi', has: hasIrssi, start: irssi },
  { name: 'WeeChat', has: hasWeeChat, start: weeChat },
])('$name', ({ has, start }) => {
  it.skipIf(!has || !hasTmux)('exchanges messages and actions with a client of lines', async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await start(port, 'ann');
    lin.send('MSG hello from ncat\nME waves\n');
    await client.pane.shows('hello from ncat');
    await client.pane.shows('lin waves');
    client.type('hello from IRC');
    client.type('/me dances');
    await lin.until('MSG ann hello from IRC\nMSG ann * ann dances\n');
  });

  it.skipIf(!has || !hasTmux)('renames itself, sets a topic and asks for users and channels', async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const client = await start(port, 'ann');
    client.type('/nick anna');
    await lin.until('INFO ann is now anna\n');
    client.type('/join #dev');
    await client.pane.shows('#dev');
    client.type('/topic release on friday');
    await client.pane.shows('release on friday');
    lin.send('JOIN dev\n');
    await lin.until('OK\n');
    client.type('/kick lin enough');
    await lin.until('INFO put out of dev by anna: enough\n');
    client.type('/quit');
    await lin.until('INFO anna disconnected\n');
  });
});
