/** What a server that a user has just installed must do. */
import { expect } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import type { Clone } from './clone.js';

/** `npm start` serves: a name is registered, and a message is found, also after a restart. */
export async function storesOnDisk(clone: Clone): Promise<void> {
  const first = await clone.start();
  const ann = await SocketClient.login(first.port, 'ann');
  ann.send('REGISTER correct-horse\nMSG the build is done\nSEARCH build\n');
  expect((await ann.lines()).join('\n')).toMatch(/HIST .* the build is done/);
  expect(await first.stop()).toContain('SHUTDOWN');

  const second = await clone.start();
  const again = await SocketClient.connect(second.port);
  again.send('LOGIN ann\nLOGIN ann correct-horse\nSEARCH build\n');
  const replies = (await again.lines()).join('\n');
  expect(replies).toMatch(/^ERR password-required$/m);
  expect(replies).toMatch(/HIST .* the build is done/);
  await second.stop();
}

/** `HISTORY=memory npm start` serves. */
export async function servesFromMemory(clone: Clone): Promise<void> {
  const server = await clone.start({ HISTORY: 'memory' });
  const bob = await SocketClient.login(server.port, 'bob');
  bob.send('MSG kept in memory\nSEARCH memory\n');
  expect((await bob.lines()).join('\n')).toMatch(/HIST .* kept in memory/);
  await server.stop();
}
