/** Tests the events of the library: which are emitted, in which order, and how handlers may behave. */
import { describe, expect, it } from 'vitest';
import type { Partyline, PartylineEventName, PartylineEvents } from '../../src/index.js';
import { FragileHistory } from '../support/fragile-history.js';
import { makeParty, NotedLog, serveParty } from '../support/party.js';
import { DEADLINE_MS, SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';

const NAMES: readonly PartylineEventName[] = ['login', 'join', 'leave', 'message', 'dm'];

type RecordedEvent = {
  readonly [Name in PartylineEventName]: readonly [Name, PartylineEvents[Name]];
}[PartylineEventName];

function record(party: Partyline): RecordedEvent[] {
  const recorded: RecordedEvent[] = [];
  party.on('login', (event) => recorded.push(['login', event]));
  party.on('join', (event) => recorded.push(['join', event]));
  party.on('leave', (event) => recorded.push(['leave', event]));
  party.on('message', (event) => recorded.push(['message', event]));
  party.on('dm', (event) => recorded.push(['dm', event]));
  return recorded;
}

const time = expect.any(Number);
const id = expect.any(Number);

describe('the events of a Partyline', () => {
  it('the events of a Partyline report logins, messages, direct messages, joins and leaves in order', async () => {
    const { party, port } = await serveParty();
    const recorded = record(party);
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    ann.send('MSG hi\nDM BOB psst\nJOIN den\nPASTE\none\n two\n.\nQUIT\n');
    await bob.until('INFO ann disconnected\n');

    const peer = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    expect(recorded).toEqual([
      ['login', { name: 'ann', room: 'lobby', dialect: 'lines', peer, time }],
      ['login', { name: 'bob', room: 'lobby', dialect: 'lines', peer, time }],
      ['message', { id: 1, time, room: 'lobby', name: 'ann', text: 'hi' }],
      ['dm', { id: 2, time, from: 'ann', to: 'bob', text: 'psst' }],
      ['leave', { name: 'ann', room: 'lobby', time }],
      ['join', { name: 'ann', room: 'den', time }],
      ['message', { id: 3, time, room: 'den', name: 'ann', text: 'one' }],
      ['message', { id: 4, time, room: 'den', name: 'ann', text: ' two' }],
      ['leave', { name: 'ann', room: 'den', time }],
    ]);
  });

  it('the events of a Partyline report the users of every dialect and transport', async () => {
    const { party, port } = await serveParty();
    const recorded = record(party);
    const mina = await SocketClient.connect(port);
    mina.send('{"name": "Mina", "room": "Dev"}');
    await expect.poll(() => recorded.length, { timeout: DEADLINE_MS }).toBe(1);
    const wes = await WebSocketClient.connect(port, '/mychat');
    wes.send('{"name": "Wes", "room": "dev"}', 'hello');
    await mina.until('Wes:hello\n');
    const gota = await party.listen({ port: 0, host: '127.0.0.1', fallback: 'gotalk' });
    const gus = await SocketClient.connect(gota.port);
    await gus.until('[ENTER YOUR NAME]: ');
    gus.send('Gus\n/join dev\n');
    await expect.poll(() => recorded.length, { timeout: DEADLINE_MS }).toBe(6);
    expect(
      recorded.map(([name, event]) => [
        name,
        'room' in event ? event.room : '',
        'dialect' in event ? event.dialect : '',
      ]),
    ).toEqual([
      ['login', 'Dev', 'machat'],
      ['login', 'Dev', 'machat'],
      ['message', 'Dev', ''],
      ['login', 'lobby', 'gotalk'],
      ['leave', 'lobby', ''],
      ['join', 'Dev', ''],
    ]);
  });

  it('the events of a Partyline report the leave of every user when the Partyline is closed', async () => {
    const { party, port } = await serveParty();
    const recorded = record(party);
    await SocketClient.login(port, 'ann');
    await SocketClient.login(port, 'bob');
    await party.close();
    expect(recorded.slice(2)).toEqual([
      ['leave', { name: 'ann', room: 'lobby', time }],
      ['leave', { name: 'bob', room: 'lobby', time }],
    ]);
  });

  it('the events of a Partyline report the messages of bots under their names', async () => {
    const party = makeParty();
    const recorded = record(party);
    await party.say('Dev', 'bot', 'hi');
    expect(recorded).toEqual([['message', { id, time, room: 'Dev', name: 'bot', text: 'hi' }]]);
  });

  it('the events of a Partyline do not report a message that was not stored', async () => {
    const history = new FragileHistory();
    const { party, port } = await serveParty({}, { history });
    const recorded = record(party);
    const ann = await SocketClient.login(port, 'ann');
    history.broken = true;
    ann.send('MSG lost\n');
    expect(await ann.fence()).toBe('ERR not-stored\n');
    await party.say('lobby', 'bot', 'lost too');
    history.broken = false;
    ann.send('MSG kept\n');
    await ann.fence();
    expect(recorded.slice(1)).toEqual([['message', { id, time, room: 'lobby', name: 'ann', text: 'kept' }]]);
  });

  it('the events of a Partyline do not report refused commands, queries, and connections without a login', async () => {
    const { party, port } = await serveParty();
    const recorded = record(party);
    const ann = await SocketClient.login(port, 'ann');
    ann.send('DM nobody hi\nJOIN a b c\nJOIN lobby\nLEAVE\nMSG\nWHO\nHISTORY\nPING x\nBOGUS\n');
    const other = await SocketClient.connect(port);
    other.send('MSG hi\nLOGIN ann\nQUIT\n');
    await other.toEnd();
    await ann.fence();
    expect(recorded.map(([name]) => name)).toEqual(['login']);
  });
});

describe('a handler of an event', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
    [
      'is async and throws',
      async () => {
        throw new Error('a bug');
      },
    ],
    [
      'returns a thenable that rejects',
      () => ({ then: (_ok: unknown, failed: (error: unknown) => void) => failed(new Error('a bug')) }),
    ],
    [
      'returns a promise whose then throws',
      () => ({
        get then() {
          return () => {
            throw new Error('a bug');
          };
        },
      }),
    ],
    ['throws a value that is not an Error', () => Promise.reject('a bug')],
  ])(
    'a handler of an event that %s is reported and does not affect other handlers and users',
    async (_how, handler) => {
      const logger = new NotedLog();
      const { party, port } = await serveParty({ logger });
      const later: string[] = [];
      for (const name of NAMES) party.on(name, handler);
      for (const name of NAMES) party.on(name, () => later.push(name));
      const ann = await SocketClient.login(port, 'ann');
      const bob = await SocketClient.login(port, 'bob');
      ann.send('MSG hi\nDM bob psst\nJOIN den\n');
      expect(await bob.until('INFO ann left lobby\n')).toBe('MSG ann hi\nDM ann psst\nINFO ann left lobby\n');
      expect(await party.say('den', 'bot', 'still here')).toMatchObject({ id: 3 });
      expect(await ann.fence()).toBe('OK\nMSG bot still here\n');
      expect(later).toEqual(['login', 'login', 'message', 'dm', 'leave', 'join', 'message']);
      await expect
        .poll(() => logger.text.match(/error \[ERROR\].*a bug/g)?.length, { timeout: DEADLINE_MS })
        .toBe(7);
    },
  );

  it('a handler of an event that throws does not affect users if the logger throws too', async () => {
    const broken = () => {
      throw new Error('log is broken');
    };
    const { party, port } = await serveParty({
      logger: { debug: broken, info: broken, warn: broken, error: broken },
    });
    party.on('message', broken);
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    ann.send('MSG hi\n');
    await bob.until('MSG ann hi\n');
    await party.close();
  });

  it('a handler of an event is called once even if added twice, until it is removed', async () => {
    const party = makeParty();
    const received: string[] = [];
    const handler = ({ text }: PartylineEvents['message']) => received.push(text);
    party.on('message', handler).on('message', handler);
    await party.say('lobby', 'bot', 'one');
    party.off('message', handler).off('message', handler);
    await party.say('lobby', 'bot', 'two');
    expect(received).toEqual(['one']);
  });

  it('a handler of an event may add and remove handlers, including itself', async () => {
    const party = makeParty();
    const received: string[] = [];
    const second = () => received.push('second');
    const again = () => {
      received.push('first');
      party
        .off('message', again)
        .off('message', second)
        .on('message', () => received.push('third'));
    };
    party.on('message', again).on('message', second);
    await party.say('lobby', 'bot', 'one');
    expect(received).toEqual(['first']);
    await party.say('lobby', 'bot', 'two');
    expect(received).toEqual(['first', 'third']);
  });

  it('a handler of an event may post a message, and close the chat', async () => {
    const { party, port } = await serveParty({ botNames: ['bot'] });
    party.on('message', ({ room, name, text }) => {
      if (name === 'bot') return;
      void party.say(room, 'bot', `you said ${text}`);
      if (text === 'stop') void party.close();
    });
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG hi\n');
    await ann.until('MSG bot you said hi\n');
    ann.send('MSG stop\n');
    expect((await ann.toEnd()).text).toBe('MSG bot you said stop\nINFO server shutting down\n');
  });

  it('a handler of an event that replies to a bot learns whether the reply is stored', async () => {
    const history = new FragileHistory();
    const { party, port } = await serveParty({}, { history });
    const ann = await SocketClient.login(port, 'ann');
    const answers: unknown[] = [];
    party.on('message', async ({ name }) => {
      if (name !== 'bot') return;
      history.broken = true;
      answers.push(await party.say('lobby', 'echo', 'lost'));
      history.broken = false;
      answers.push(typeof (await party.say('lobby', 'echo', 'kept')));
    });
    expect(await party.say('lobby', 'bot', 'hi')).toMatchObject({ id: 1 });
    await ann.until('MSG bot hi\nMSG echo kept\n');
    await expect.poll(() => answers, { timeout: DEADLINE_MS }).toEqual(['not-stored', 'object']);
  });

  it('a handler of an unknown event is refused immediately', () => {
    const party = makeParty();
    expect(() => Reflect.apply(party.on, party, ['msg', () => {}])).toThrow(
      'partyline: unknown event "msg"; use one of login, join, leave, message, dm',
    );
  });

  it.each(['on', 'off'] as const)('%s() refuses a handler that is not a function immediately', (method) => {
    const party = makeParty();
    for (const [handler, type] of [
      [undefined, 'undefined'],
      ['log', 'string'],
    ])
      expect(() => Reflect.apply(party[method], party, ['message', handler])).toThrow(
        new TypeError(`partyline: the handler of "message" must be a function; got ${type}`),
      );
  });
});
