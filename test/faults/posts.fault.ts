/** Posts with curl to a server that is killed again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { curl, hasCurl } from '../support/curl.js';
import { PartylineProcess, temporaryFolder } from '../support/process.js';
import { shortened } from './form.js';

const CURLS = 20;
const POSTS_EACH = shortened(8, 15);
const KILLS = shortened(4, 8);

// Debian's package curl; .ci/run installs it.
describe.skipIf(!hasCurl)('under kill -9', () => {
  it('under kill -9, each post of 20 curls with a key and --retry is in the history once, under the id that it was told', async () => {
    const folder = temporaryFolder();
    // The next servers listen on the port that the first one got.
    const start = async (port: number) => {
      const flags = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', folder];
      const server = new PartylineProcess({ flags });
      server.port = Number((await server.log.has({ tag: 'LISTEN' })).port);
      return server;
    };
    let server = await start(0);
    const { port } = server;
    const answers = new Map<string, string>();
    const post = async (text: string) => {
      const { stdout, code, stderr } = await curl([
        ...['--retry', '50', '--retry-all-errors', '--retry-delay', '1', '--retry-max-time', '120'],
        ...['--max-time', '10', '-w', ' %{http_code}', '-H', `Idempotency-Key: key-${text}`],
        ...['-d', text, `127.0.0.1:${port}/rooms/ops/messages?as=ci`],
      ]);
      // What curl had printed of earlier tries stands before the last answer.
      const [, id, status] = /(\d+)\n (200|201)$/.exec(stdout) ?? [];
      expect({ text, code, stderr, isAnswered: id !== undefined }).toMatchObject({
        code: 0,
        isAnswered: true,
      });
      answers.set(text, `${id} ${status}`);
    };
    const clients = Array.from({ length: CURLS }, async (_, client) => {
      for (let count = 0; count < POSTS_EACH; count++) await post(`c${client}-${count}`);
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(300 + Math.random() * 900);
      server.signal('SIGKILL');
      await server.exited;
      server = await start(port);
    }
    await Promise.all(clients);
    expect(answers.size).toBe(CURLS * POSTS_EACH);
    const stored = new Map<string, string[]>();
    for (let after = 0; ;) {
      const { stdout } = await curl([`127.0.0.1:${port}/rooms/ops/messages?after=${after}&limit=500`]);
      const lines = Array.from(stdout.matchAll(/^(\d+) \S+ ci (.*)$/gm));
      for (const [, id = '', text = ''] of lines) stored.set(text, [...(stored.get(text) ?? []), id]);
      if (lines.length < 500) break;
      after = Number(lines.at(-1)?.[1]);
    }
    expect(stored.size).toBe(CURLS * POSTS_EACH);
    for (const [text, answer] of answers)
      expect([text, stored.get(text)]).toEqual([text, [answer.split(' ')[0]]]);
  });
});
