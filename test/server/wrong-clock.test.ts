/** The built server under a wrong clock: nothing is lost, later times are right, and the log warns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const DAY = 24 * 3_600_000;

/** A server whose wall clock is this many days ahead. */
async function serverAhead(folder: string, days: number) {
  const clock = join(temporaryFolder(), 'clock.cjs');
  writeFileSync(clock, `const { now } = Date; Date.now = () => now() + ${days * DAY};`);
  const flags = ['--data-dir', folder, '--history-days', '1', '--greeting-delay', '0'];
  return launch({ flags, env: { NODE_OPTIONS: `--require=${clock}` } });
}

it('a server under a clock 400 days ahead keeps messages and mail, and is right again afterwards', async () => {
  const folder = join(temporaryFolder(), 'data');
  const before = await serverAhead(folder, 0);
  const [ann, bob] = [
    await SocketClient.login(before.port, 'ann'),
    await SocketClient.login(before.port, 'bob'),
  ];
  ann.send('REGISTER correct-horse\n');
  expect(await ann.fence()).toBe('OK\n');
  ann.send('MSG first\nQUIT\n');
  await ann.closed;
  bob.send('DM ann psst\n');
  await bob.fence();
  before.signal('SIGTERM');
  await before.exited;

  const ahead = await serverAhead(folder, 400);
  const warning = ahead.log.events.find(({ level }) => level === 'warn');
  expect(warning?.msg).toMatch(/^the clock \(\S+\) is 400 days ahead of the newest message \(/);
  const cat = await SocketClient.login(ahead.port, 'cat');
  cat.send('MSG second\n');
  await cat.fence();
  ahead.signal('SIGTERM');
  await ahead.exited;

  const after = await serverAhead(folder, 0);
  expect(after.log.events.find(({ level }) => level === 'warn')?.msg).toMatch(
    /^the clock \(\S+\) is 400 days behind the newest message \(/,
  );
  const again = await SocketClient.connect(after.port);
  again.send('LOGIN ann correct-horse\nMSG third\nHISTORY\n');
  const lines = (await again.fence()).split('\n');
  expect(lines.filter((line) => !line.startsWith('HIST'))).toEqual(['OK', 'DM bob psst', 'OK', '']);
  const history = lines.filter((line) => line.startsWith('HIST')).map((line) => line.split(' '));
  expect(history.map((words) => words[4])).toEqual(['first', 'second', 'third']);
  const days = history.map(([, , time = '']) => Math.abs(Math.round((Date.parse(time) - Date.now()) / DAY)));
  expect(days).toEqual([0, 400, 0]);
  after.signal('SIGTERM');
  await after.exited;
});
