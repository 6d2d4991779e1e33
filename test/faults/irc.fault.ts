/** A server with IRC clients that is killed: what they saw is stored, and their rooms are as they were. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { shortened } from './form.js';

const CAPS = 'server-time message-tags echo-message batch draft/chathistory draft/read-marker';
const KILLS = shortened(3, 5);

const start = (folder: string) =>
  launch({ env: { DATA_DIR: folder, LOG_TEXT: 'false', IDLE_TIMEOUT: '0', IRC_AUTOJOIN: '' } });

async function login(port: number, nick: string, secret = ''): Promise<SocketClient> {
  const client = await SocketClient.connect(port);
  const pass = secret === '' ? '' : `PASS ${secret}\r\n`;
  client.send(`CAP REQ :${CAPS}\r\n${pass}NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nCAP END\r\n`);
  await client.until(/ 221 .*\r\n/);
  return client;
}

let fences = 0;

/** The lines of the answers to these commands, and what else came before. */
async function ask(client: SocketClient, ...commands: readonly string[]): Promise<string[]> {
  const token = `fence${++fences}`;
  client.send([...commands, `PING ${token}`].map((line) => `${line}\r\n`).join(''));
  const text = await client.until(new RegExp(`.* PONG \\S+ ${token}\\r\\n`));
  return text.split('\r\n').slice(0, -2);
}

/** The text of each message by its id. */
function messagesIn(lines: readonly string[]): Map<string, string> {
  const messages = new Map<string, string>();
  for (const line of lines) {
    const [, id, said] = /^@(?:\S*;)?msgid=(\d+)\S* (:\S+ PRIVMSG #dev :.*)$/.exec(line) ?? [];
    if (id !== undefined && said !== undefined) messages.set(id, said.replace(/!\S+/, ''));
  }
  return messages;
}

it('what IRC clients saw before a kill, their own echo included, is stored under the same ids', async () => {
  const folder = temporaryFolder();
  const seen = new Map<string, string>();
  for (let round = 0; round < KILLS; round++) {
    const server = await start(folder);
    const [ann, bob] = [await login(server.port, 'ann'), await login(server.port, 'bob')];
    for (const client of [ann, bob]) await ask(client, 'JOIN #dev');
    for (const [name, client] of [
      ['ann', ann],
      ['bob', bob],
    ] as const)
      for (let count = 0; count < 500; count++) client.send(`PRIVMSG #dev :${name} ${round} ${count}\r\n`);
    await delay(20 + Math.random() * 150);
    server.signal('SIGKILL');
    await server.exited;
    for (const client of [ann, bob])
      for (const [id, said] of messagesIn((await client.toEnd()).text.split('\r\n').slice(0, -1))) {
        expect(seen.get(id) ?? said).toBe(said);
        seen.set(id, said);
      }
  }
  expect(seen.size).toBeGreaterThan(0);

  const server = await start(folder);
  const reader = await login(server.port, 'reader');
  await ask(reader, 'JOIN #dev');
  const stored = new Map<string, string>();
  for (let last = 'timestamp=2000-01-01T00:00:00.000Z', size = -1; stored.size > size;) {
    size = stored.size;
    const page = messagesIn(await ask(reader, `CHATHISTORY AFTER #dev ${last} 100`));
    for (const [id, said] of page) {
      stored.set(id, said);
      last = `msgid=${id}`;
    }
  }
  const lost = [...seen].filter(([id, said]) => stored.get(id) !== said);
  expect(lost.slice(0, 5)).toEqual([]);
});

it('a room with a founder is after a kill as it was: founder, modes, lists, topic, and read markers', async () => {
  const folder = temporaryFolder();
  const server = await start(folder);
  const ann = await login(server.port, 'ann');
  expect((await ask(ann, 'PRIVMSG NickServ :REGISTER ann-password')).join()).toMatch(/ 900 |registered/i);
  const before = await ask(
    ann,
    'JOIN #dev',
    'MODE #dev +ims-t',
    'MODE #dev +beI eve!*@* ann!*@* kim!*@*',
    'MODE #dev +l 5',
    'TOPIC #dev :release day',
    'PRIVMSG #dev :one',
  );
  const id = [...messagesIn(before).keys()][0] ?? '';
  const time = /time=(\S+?);/.exec(before.find((line) => line.includes(`msgid=${id}`)) ?? '')?.[1] ?? '';
  const questions = ['MODE #dev', 'MODE #dev b', 'MODE #dev e', 'MODE #dev I', 'TOPIC #dev', 'MARKREAD #dev'];
  await ask(ann, `MARKREAD #dev timestamp=${time}`);
  const answersOf = (client: SocketClient) => ask(client, ...questions);
  const answers = await answersOf(ann);
  expect(answers.join('\n')).toContain('+limns 5');
  expect(answers.join('\n')).toContain(`timestamp=${time}`);
  server.signal('SIGKILL');
  await server.exited;

  const next = await start(folder);
  const again = await login(next.port, 'ann', 'ann-password');
  const entered = await ask(again, 'JOIN #dev');
  expect(entered.find((line) => line.includes(' 353 '))).toMatch(/ 353 ann @ #dev :@ann$/);
  expect(await answersOf(again)).toEqual(answers);
  const [stored] = await ask(again, 'CHATHISTORY LATEST #dev * 1').then((lines) => [
    ...messagesIn(lines).keys(),
  ]);
  expect(stored).toBe(id);
});
