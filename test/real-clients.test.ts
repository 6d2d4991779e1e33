/** Tests `ncat`, `nc` and `telnet` against a real server. Each test is skipped if its program is not installed. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { serve } from './support/process.js';
import { SocketClient } from './support/socket-client.js';
import { Terminal, whyNot } from './support/terminal.js';

const programs = ['ncat', 'nc', 'telnet'] as const;

/** Only OpenBSD's nc has `-N`, which closes the sending side at the end of the input. */
const hasOptionN = /OpenBSD/.test(String(spawnSync('nc', ['-h']).stderr));

for (const program of programs) {
  const reason = whyNot(program);

  describe(`two users of ${program}${reason}`, () => {
    it.skipIf(reason !== '')(`two users of ${program}${reason} chat as the README shows`, async () => {
      const { port } = await serve();
      const naman = new Terminal(program, ['127.0.0.1', String(port)]);
      naman.type('LOGIN Naman');
      await naman.until(/^OK\n/m);
      naman.type('MSG hi everyone!');
      expect(await naman.fence()).toBe('');

      const yudi = new Terminal(program, ['127.0.0.1', String(port)]);
      yudi.type('LOGIN Yudi');
      await yudi.until(/^OK\n/m);
      yudi.type('MSG hello Naman!');
      yudi.type('DM Naman hey this is private!');
      expect(await yudi.fence()).toBe('');
      expect(await naman.fence()).toBe('MSG Yudi hello Naman!\nDM Yudi hey this is private!\n');

      naman.type('DM Yudi hey this is private!');
      naman.type('MSG žluťoučký kůň 🐎');
      expect(await naman.fence()).toBe('');
      expect(await yudi.fence()).toBe('DM Naman hey this is private!\nMSG Naman žluťoučký kůň 🐎\n');

      naman.type('QUIT');
      await naman.until(/^INFO bye\n/m);
      await yudi.until(/^INFO Naman disconnected\n/m);
      yudi.type('WHO');
      expect(await yudi.fence()).toBe('USER Yudi\n');
    });

    it.skipIf(reason !== '')(
      `two users of ${program}${reason} get hints if they send nothing at first`,
      async () => {
        const { port } = await serve({ GREETING_DELAY: '0.2' });
        const naman = new Terminal(program, ['127.0.0.1', String(port)]);

        await naman.until(/^INFO type LOGIN <username> to join, HELP for help\n/m);
        naman.type('LOGIN Naman');
        expect(await naman.fence()).toBe('OK\nINFO you are alone in lobby; to talk: MSG <text>\n');
        naman.type('hello?');
        expect(await naman.fence()).toBe('ERR unknown-cmd\nINFO not sent; to talk: MSG <text>\n');
        naman.type('QUIT');
        await naman.until(/^INFO bye\n.*press Ctrl-C.*\n/m);
        naman.endOfInput();
        await naman.exited;
      },
    );
  });
}

describe.each([
  ['nc -N', whyNot('nc') || (hasOptionN ? '' : " (skipped: this nc is not OpenBSD's)")],
  ['ncat', whyNot('ncat')],
])('a script that pipes into %s%s', (command, reason) => {
  it.skipIf(reason !== '')(
    'a script that pipes into nc or ncat gets its replies and exits, and its message is delivered',
    async () => {
      const { port } = await serve();
      const listener = await SocketClient.login(port, 'naman');

      const script = new Terminal('sh', [
        '-c',
        `printf 'LOGIN ci\\nMSG done\\n' | ${command} 127.0.0.1 ${port}`,
      ]);

      expect(await script.exited).toBe(0);
      expect(script.take()).toBe('OK\n');
      expect(await listener.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
    },
  );

  it.skipIf(reason !== '')('a script that pipes into nc or ncat gets all of a long reply', async () => {
    const { port } = await serve();
    const talker = await SocketClient.login(port, 'talker');
    talker.send(`MSG ${'x'.repeat(4000)}\n`.repeat(500));
    await talker.fence();

    const words = "printf 'LOGIN ci\\nHISTORY 500\\nMSG done'";
    const script = new Terminal('sh', ['-c', `${words} | ${command} 127.0.0.1 ${port}`]);

    expect(await script.exited).toBe(0);
    const lines = script.take().split('\n');
    expect(lines.filter((line) => line.startsWith('HIST '))).toHaveLength(500);
    expect([lines[0], ...lines.slice(-2)]).toEqual(['OK', 'OK', '']);
    expect(await talker.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
  });
});
