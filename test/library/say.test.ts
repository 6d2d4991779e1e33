/** Tests `say()`: messages of bots in the same process, as users see them. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../support/fragile-history.js';
import { makeParty, serveParty } from '../support/party.js';
import { SocketClient } from '../support/socket-client.js';

/** Of a text that is stored. */
const SAID: unknown = { id: expect.any(Number), lastId: expect.any(Number), time: expect.any(Number) };

describe('say()', () => {
  it('say() sends one message per line to the room under the name of the bot, and stores them', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    expect(await party.say('lobby', 'deploy-bot', 'version 2\nis out')).toMatchObject({ id: 1, lastId: 2 });
    expect(await ann.fence()).toBe('MSG deploy-bot version 2\nMSG deploy-bot is out\n');
    ann.send('HISTORY\n');
    await ann.until(/HIST 1 \S+ deploy-bot version 2\nHIST 2 \S+ deploy-bot is out\nOK\n/);
  });

  it('say() is refused under a registered name, also while its user is offline', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER correct-horse\nQUIT\n');
    await ann.until('OK\nINFO bye\n');
    expect(await party.say('lobby', 'ann', 'hi')).toBe('username-taken');
  });

  it('say() does not add the bot to the users: neither in WHO nor in joins', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    await party.say('lobby', 'bot', 'hi');
    ann.send('WHO\nWHO lobby\nROOMS\nDM bot hello\n');
    expect(await ann.fence()).toBe('MSG bot hi\nUSER ann\nUSER ann\nROOM lobby 1\nOK\nERR user-not-found\n');
    expect(party.userCount).toBe(1);
  });

  it('say() stores a message for an empty room', async () => {
    const { party, port } = await serveParty();
    expect(await party.say('#Builds', 'ci', 'green')).toEqual(SAID);
    const ann = await SocketClient.login(port, 'ann');
    ann.send('ROOMS\nJOIN builds\nHISTORY\n');
    await ann.until(/^ROOM lobby 1\nOK\nOK\nHIST 1 \S+ ci green\nOK\n/);
  });

  it('say() has one order with the messages of users, for every user and in the history', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    const eve = await SocketClient.login(port, 'eve');
    party.on('message', ({ name, text }) => {
      if (name === 'ann') void party.say('lobby', 'echo', `after ${text}`);
    });
    for (let index = 0; index < 20; index++) {
      ann.send(`MSG a${index}\n`);
      eve.send(`MSG e${index}\n`);
      void party.say('lobby', 'bot', `b${index}`);
    }
    await bob.until('MSG echo after a19\n');
    await Promise.all([ann.fence(), eve.fence()]);
    bob.send('HISTORY 500\n');
    const history = await bob.until(/OK\n$/);
    const order = Array.from(history.matchAll(/HIST \d+ \S+ (\S+ .*)/g), ([, message]) => message ?? '');
    expect(order).toHaveLength(80);
    const carl = await SocketClient.login(port, 'carl');
    carl.send('HISTORY 500\n');
    expect(Array.from((await carl.until(/OK\n$/)).matchAll(/HIST \d+ \S+ (\S+ .*)/g), ([, s]) => s)).toEqual(
      order,
    );
    for (const prefix of ['a', 'e', 'b']) {
      const own = order.filter((line) => new RegExp(`^(?:ann|eve|bot) ${prefix}\\d+$`).test(line));
      expect(own.map((line) => Number(line.slice(5)))).toEqual([...Array(20).keys()]);
    }
    for (let index = 0; index < 20; index++)
      expect(order.indexOf(`echo after a${index}`)).toBeGreaterThan(order.indexOf(`ann a${index}`));
  });

  it.each([
    ['lobby', 'ann', 'hi', 'username-taken'],
    ['lobby', 'ANN', 'hi', 'username-taken'],
    ['lobby', 'ánn', 'hi', 'username-taken'],
    ['lobby', 'server', 'hi', 'username-taken'],
    ['lobby', 'two words', 'hi', 'invalid-username'],
    ['lobby', 'a*', 'hi', 'invalid-username'],
    ['lobby', '', 'hi', 'invalid-username'],
    ['two words', 'bot', 'hi', 'invalid-room'],
    ['', 'bot', 'hi', 'invalid-room'],
    ['lobby', 'bot', '', 'usage'],
    ['lobby', 'bot', ' \r\n\t\n', 'usage'],
    ['lobby', 'bot', '\u0000\u200b\n', 'usage'],
    ['lobby', 'bot', 'x'.repeat(4097), 'line-too-long'],
    ['lobby', 'bot', 'é'.repeat(2049), 'line-too-long'],
    ['lobby', 'bot', 'x\n'.repeat(201), 'paste-too-long'],
    ['lobby', 'bot', `${'x'.repeat(4000)}\n`.repeat(5), 'paste-too-long'],
  ])('say() is refused like a message of a user: in %j as %j (%#)', async (room, name, text, reason) => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    expect(await party.say(room, name, text)).toBe(reason);
    expect(await ann.fence()).toBe('');
  });

  it.each([
    [undefined, 'bot', 'hi', 'invalid-room'],
    ['lobby', null, 'hi', 'invalid-username'],
    ['lobby', 'bot', 42, 'usage'],
    ['lobby', 'bot', undefined, 'usage'],
  ])('say() refuses arguments that are not strings: %j, %j, %j', async (...args) => {
    const party = makeParty();
    const [room, name, text, reason] = args;
    expect(await Reflect.apply(party.say, party, [room, name, text])).toBe(reason);
  });

  it('say() accepts as much text as a PASTE', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    expect(await party.say('lobby', 'bot', 'x\n'.repeat(200))).toEqual(SAID);
    expect(await ann.fence()).toBe('MSG bot x\n'.repeat(200));
  });

  it('say() removes escapes and line breaks from the names and the text', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    const malicious = 'a\u001b[2Jb\rc\u2028OK\u0085d\u202ee\u0000\u{e0041}\ud800';
    expect(await party.say('lo\u200bbby', 'b\u0007ot', `${malicious}\r\n  two  `)).toEqual(SAID);
    expect(await ann.fence()).toBe('MSG bot a[2JbcOKde\ufffd\nMSG bot   two  \n');
  });

  it('say() resolves with not-stored and delivers nothing while the history fails', async () => {
    const history = new FragileHistory();
    const { party, port } = await serveParty({}, { history });
    const ann = await SocketClient.login(port, 'ann');
    history.broken = true;
    const lost = [party.say('lobby', 'bot', 'one\ntwo'), party.say('lobby', 'bot', 'three')];
    expect(await Promise.all(lost)).toEqual(['not-stored', 'not-stored']);
    expect(await ann.fence()).toBe('');
    history.broken = false;
    expect(await party.say('lobby', 'bot', 'four')).toEqual(SAID);
    expect(await ann.fence()).toBe('MSG bot four\n');
  });

  it('say() resolves each of many concurrent calls with its own result', async () => {
    const { party, port } = await serveParty();
    await SocketClient.login(port, 'ann');
    const results = await Promise.all(
      Array.from({ length: 20_000 }, (_, index) => party.say('dev', index % 3 === 0 ? 'ann' : 'bot', 'x')),
    );
    for (const [index, result] of results.entries())
      expect(typeof result === 'string' ? result : 'stored').toBe(
        index % 3 === 0 ? 'username-taken' : 'stored',
      );
    const ids = results.flatMap((result) => (typeof result === 'string' ? [] : [result.id]));
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
  });

  it('say() stores a message called right before close(), and refuses one right after', async () => {
    const history = new FragileHistory();
    const party = makeParty({}, { history });
    const early = party.say('lobby', 'bot', 'last words');
    const closed = party.close();
    const late = party.say('lobby', 'bot', 'too late');
    expect(await early).toEqual(SAID);
    expect(await late).toBe('closed');
    await closed;
    expect(history.stored).toEqual([1]);
    expect(await party.say('lobby', 'bot', 'hi')).toBe('closed');
  });
});

describe('the name of a bot', () => {
  it('the name of a bot is free for users, and the bot is refused while a user has it', async () => {
    const { party, port } = await serveParty();
    expect(await party.say('lobby', 'bot', 'hi')).toEqual(SAID);
    const user = await SocketClient.login(port, 'bot');
    expect(await party.say('lobby', 'bot', 'hi')).toBe('username-taken');
    user.send('QUIT\n');
    await user.closed;
    expect(await party.say('lobby', 'bot', 'hi')).toEqual(SAID);
  });

  it('the name of a bot in botNames is refused to users, as are names that look like it', async () => {
    const { party, port } = await serveParty({ botNames: ['Deploy-Bot'] });
    const user = await SocketClient.connect(port);
    user.send('LOGIN deploy-bot\nLOGIN dep1oy-bot\nLOGIN déploy-bot\n');
    expect(await user.fence()).toBe('ERR username-taken\n'.repeat(3));
    expect(await party.say('lobby', 'deploy-bot', 'hi')).toEqual(SAID);
    expect(await party.say('lobby', 'dep1oy-bot', 'hi')).toBe('username-taken');
    user.send('LOGIN ann\n');
    expect(await user.fence()).toBe('OK\n');
  });
});
