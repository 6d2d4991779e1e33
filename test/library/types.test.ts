/** What the compiler says to a program that uses the library. `npm run types` is what checks this file. */
import { type Server as HttpServer } from 'node:http';
import { type Server as HttpsServer } from 'node:https';
import { pino } from 'pino';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type Listening,
  Partyline,
  type PartylineDirectMessage,
  type PartylineEventName,
  type PartylineLogin,
  type PartylineMessage,
  type PartylineMove,
  type PartylineOptions,
  type SayRefusal,
} from '../../src/index.js';

describe('the types', () => {
  it('give each event its own', () => {
    const party = new Partyline();
    party.on('login', (event) => expectTypeOf(event).toEqualTypeOf<PartylineLogin>());
    party.on('join', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMove>());
    party.on('leave', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMove>());
    party.on('message', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMessage>());
    party.on('dm', (event) => expectTypeOf(event).toEqualTypeOf<PartylineDirectMessage>());
    expectTypeOf<PartylineEventName>().toEqualTypeOf<'login' | 'join' | 'leave' | 'message' | 'dm'>();
    expectTypeOf(party.on('dm', () => {})).toEqualTypeOf<Partyline>();
    // @ts-expect-error There is no such event: a slip is not found out when nothing happens.
    const slip = () => party.on('msg', () => {});
    // @ts-expect-error A direct message has no room.
    const wrong = () => party.on('dm', ({ room }) => room);
    expectTypeOf([slip, wrong]).toBeArray();
  });

  it('let a handler be async, and its event be read only', () => {
    const party = new Partyline();
    party.on('message', async ({ text }) => text.length);
    party.on('message', (event) => {
      // @ts-expect-error Other handlers are given the same object.
      event.text = 'changed';
    });
  });

  it('say what listen, attach, say and close give', () => {
    expectTypeOf<Partyline['listen']>().returns.resolves.toEqualTypeOf<Listening>();
    expectTypeOf<Listening['port']>().toEqualTypeOf<number>();
    expectTypeOf<Parameters<Partyline['attach']>[0]>().toEqualTypeOf<HttpServer | HttpsServer>();
    expectTypeOf<Partyline['say']>().parameters.toEqualTypeOf<[room: string, name: string, text: string]>();
    expectTypeOf<Partyline['say']>().returns.resolves.toEqualTypeOf<SayRefusal | null>();
    expectTypeOf<Partyline['close']>().returns.toEqualTypeOf<Promise<void>>();
  });

  it('take the settings as values, under the names of the Config, and no other', () => {
    expectTypeOf({
      idleTimeoutMs: 5000,
      exemptAddresses: ['::1'],
      announceLogin: true,
    }).toExtend<PartylineOptions>();
    expectTypeOf({
      idleTimeoutMs: undefined,
      logger: undefined,
      history: undefined,
    }).toExtend<PartylineOptions>();
    expectTypeOf({ idleTimeoutMs: '5' }).not.toExtend<PartylineOptions>();
    expectTypeOf<keyof PartylineOptions>().not.toExtend<'port' | 'host' | 'tlsCert' | 'logLevel'>();
    // @ts-expect-error A port is said to listen().
    const port: PartylineOptions = { port: 4000 };
    // @ts-expect-error The unit is in the name.
    const slip: PartylineOptions = { idleTimeout: 60 };
    expectTypeOf([port, slip]).toBeArray();
  });

  it("take pino's log, and the console", () => {
    expectTypeOf({ logger: pino() }).toExtend<PartylineOptions>();
    expectTypeOf({ logger: console }).toExtend<PartylineOptions>();
    expectTypeOf({ logger: { info: () => {} } }).not.toExtend<PartylineOptions>();
  });

  it('know how a port may fall back, and that TLS takes both halves of a pair', () => {
    type Options = NonNullable<Parameters<Partyline['listen']>[0]>;
    expectTypeOf<NonNullable<Options['fallback']>>().toEqualTypeOf<'lines' | 'machat' | 'gotalk'>();
    expectTypeOf({ tls: { cert: 'PEM', key: Buffer.of(), only: true } }).toExtend<Options>();
    expectTypeOf({ tls: { cert: 'PEM' } }).not.toExtend<Options>();
  });
});
