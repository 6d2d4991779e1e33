/**
 * The README of GoTalk, byte for byte over real sockets, with a client that behaves as `nc` does: the server sends first,
 * then the client sends line by line.
 */
import { USER_NAME_RULE } from '../../src/dialects/shared/name-rules.js';
import { describe, expect, it } from 'vitest';
import { PENGUIN } from '../../src/dialects/gotalk/banner.js';
import type { Values } from '../../src/config/load-config.js';
import { launch, serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const WELCOME = `Welcome to TCP-Chat!\n${PENGUIN}`;
const PROMPT = '[ENTER YOUR NAME]: ';
const STAMP = /\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/g;

/** A server with a port for GoTalk, and clients of that port. */
async function gotalk(settings: Values = {}) {
  const server = await serve({ GOTALK_PORT: '0', ...settings });
  const nc = () => SocketClient.connect(server.gotalkPort ?? 0);
  /** Logs in, and waits for a reply of the server, so that the user is in the chat. */
  const enter = async (name: string) => {
    const client = await nc();
    await client.until(PROMPT);
    client.send(`${name}\n`);
    return { client, replay: await fence(client) };
  };
  return { ...server, nc, enter };
}

/** The output up to now, with its times replaced: an unknown command and its reply mark the end. */
async function fence(client: SocketClient): Promise<string> {
  client.send('/fence\n');
  const text = await client.until(/unknown command \/fence.*\n/);
  return text.replace(STAMP, '[time]').replace(/\[time\]\[system\]: unknown.*\n$/, '');
}

describe('a client of GoTalk', () => {
  it('a client of GoTalk sees the welcome, a penguin and the prompt if it sends nothing', async () => {
    const { nc } = await gotalk();
    const alice = await nc();
    expect(await alice.until(PROMPT)).toBe(WELCOME + PROMPT);
  });

  it('a client of GoTalk is greeted immediately if it sends first', async () => {
    const { nc } = await gotalk();
    const alice = await nc();
    alice.end('Alice\nHi Bob!\n');
    expect(await alice.toEnd()).toEqual({ text: WELCOME + PROMPT, ending: 'fin' });
    const bob = await nc();
    bob.send('Bob\n/quit\n');
    const { text } = await bob.toEnd();
    expect(text.replace(STAMP, '[time]')).toBe(
      `${WELCOME}${PROMPT}[time][Alice]: Hi Bob!\n[time][system]: bye\n`,
    );
  });

  it('a client of GoTalk is asked again after an empty name or one in use, and disconnected after the third refusal', async () => {
    const { enter, nc } = await gotalk();
    await enter('Alice');
    const bob = await nc();
    await bob.until(PROMPT);
    bob.send('\n');
    expect(await bob.until(PROMPT)).toBe(`Sorry! Empty name can't be accepted.\n${PROMPT}`);
    bob.send('alice\r\n');
    expect(await bob.until(PROMPT)).toBe(
      `Sorry! The name you are trying to enter is already in use.\n${PROMPT}`,
    );
    bob.send('not a name\n');
    expect(await bob.toEnd()).toEqual({
      text: `Sorry! That name can't be accepted.\n${USER_NAME_RULE}\n`,
      ending: 'fin',
    });
  });

  it('a client of GoTalk is refused in the words of GoTalk above the limit, here 10 users as in GoTalk', async () => {
    const { enter, nc } = await gotalk({ MAX_CLIENTS: '10' });
    const users = await Promise.all(Array.from({ length: 10 }, (_, n) => enter(`user${n}`)));
    const full = { text: 'Maximum connection limit reached. Please try again later...\n', ending: 'fin' };
    const silent = await nc();
    expect(await silent.toEnd()).toEqual(full);
    const eager = await nc();
    eager.send('eleventh\n');
    expect(await eager.toEnd()).toEqual(full);

    users[0]?.client.send('/quit\n');
    await users[0]?.client.toEnd();
    // The slot is free once the server has seen the connection close.
    let answer = '';
    while (!answer.endsWith(PROMPT)) answer = await (await nc()).until(/: $|later\.\.\.\n/);
  });
});

describe('the chat session of the README', () => {
  it('the chat session of GoTalk’s README gives the same bytes', async () => {
    const { enter } = await gotalk();
    const { client: bob } = await enter('Bob');
    const { client: alice, replay } = await enter('Alice');
    expect(replay).toBe('');
    expect(await fence(bob)).toBe('[time][system]: Alice joined the chat\n');

    alice.send('Hi Bob!\n');
    expect(await fence(alice)).toBe('');
    expect(await fence(bob)).toBe('[time][Alice]: Hi Bob!\n');
    bob.send('Hello Alice!\n');
    expect(await fence(bob)).toBe('');
    expect(await fence(alice)).toBe('[time][Bob]: Hello Alice!\n');

    bob.leave();
    expect((await alice.until('...\n')).replace(STAMP, '[time]')).toBe(
      '[time][system]: Bob has left our chat...\n',
    );
  });

  it('the chat session of GoTalk’s README shows a new user the earlier messages with their times, and none twice', async () => {
    const { enter } = await gotalk();
    const { client: alice } = await enter('Alice');
    for (let number = 1; number <= 60; number++) alice.send(`message ${number}\n`);
    await fence(alice);
    const { client: bob, replay } = await enter('Bob');
    expect(replay).toBe(Array.from({ length: 50 }, (_, n) => `[time][Alice]: message ${n + 11}\n`).join(''));
    alice.send('live\n');
    await fence(alice);
    expect(await fence(bob)).toBe('[time][Alice]: live\n');
  });

  it('the chat session of GoTalk’s README includes users of other dialects, and their joins and leaves', async () => {
    const { enter, port, gotalkPort } = await gotalk();
    const { client: alice } = await enter('Alice');
    const naman = await SocketClient.login(port, 'Naman');
    naman.send('MSG hi everyone!\nDM Alice hey this is private!\n');
    await naman.fence();
    const mina = await SocketClient.connect(gotalkPort ?? 0);
    mina.send('{"name": "Mina", "room":"lobby"}hello\n');
    await mina.until('Mina:hello\n');
    naman.send('QUIT\n');
    await naman.toEnd();
    expect(await fence(alice)).toBe(
      '[time][system]: Naman joined the chat\n' +
        '[time][Naman]: hi everyone!\n' +
        '[time][Naman -> you]: hey this is private!\n' +
        '[time][system]: Mina joined the chat\n' +
        '[time][Mina]: hello\n' +
        '[time][system]: Naman has left our chat...\n',
    );
  });

  it('the chat session of GoTalk’s README ends with a line of the server at a shutdown', async () => {
    const { enter, stop } = await gotalk();
    const { client: alice } = await enter('Alice');
    await stop();
    const { text, ending } = await alice.toEnd();
    expect(text.replace(STAMP, '[time]')).toBe('[time][system]: server shutting down\n');
    expect(ending).toBe('fin');
  });
});

describe('a time stamp', () => {
  it.each(['Asia/Kolkata', 'America/St_Johns'])(
    'a GoTalk time stamp is in the time zone of the server, here %s',
    async (TZ) => {
      const server = await launch({ env: { TZ, GOTALK_PORT: '0' } });
      const { port } = await server.log.has({ tag: 'LISTEN', fallback: 'gotalk' });
      const alice = await SocketClient.connect(Number(port));
      const before = Date.now();
      alice.send('Alice\n/rooms\n');
      const shown = /\[([^[]*)\]\[system\]: lobby: 1 user\n/.exec(await alice.until('1 user\n'))?.[1];
      const seconds: string[] = [];
      for (let at = before; at < Date.now() + 1000; at += 1000) seconds.push(wallClock(at, TZ));
      expect(seconds).toContain(shown);
    },
  );

  /** `2024-10-12 15:13:02`, as the Swedish locale has it. */
  function wallClock(at: number, timeZone: string): string {
    return new Date(at).toLocaleString('sv-SE', { timeZone });
  }
});
