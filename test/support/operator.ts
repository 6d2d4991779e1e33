/** An operator of a server whose data is on disk. */
import { expect } from 'vitest';
import { run } from './process.js';
import { SocketClient } from './socket-client.js';

/** A registered operator, logged in. */
export async function operator(port: number, folder: string): Promise<SocketClient> {
  const op = await SocketClient.login(port, 'op');
  op.send('REGISTER correct-horse\n');
  await op.until('OK\n');
  expect((await run(['user', 'grant', 'op', 'operator', '--data-dir', folder])).code).toBe(0);
  for (let answer = ''; !answer.startsWith('OK');) {
    op.send('BANS\n');
    answer = await op.fence();
  }
  return op;
}
