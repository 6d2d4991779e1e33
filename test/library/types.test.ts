/** Tests the types of the library for an embedding program. The compiler checks them with `npm run types`. */
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
  type Said,
  type SayRefusal,
} from '../../src/index.js';

describe('the types of the library', () => {
  it('the types of the library assign each event its own type', () => {
    const party = new Partyline();
    party.on('login', (event) => expectTypeOf(event).toEqualTypeOf<PartylineLogin>());
    party.on('join', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMove>());
    party.on('leave', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMove>());
    party.on('message', (event) => expectTypeOf(event).toEqualTypeOf<PartylineMessage>());
    party.on('dm', (event) => expectTypeOf(event).toEqualTypeOf<PartylineDirectMessage>());
    expectTypeOf<PartylineEventName>().toEqualTypeOf<'login' | 'join' | 'leave' | 'message' | 'dm'>();
    expectTypeOf(party.on('dm', () => {})).toEqualTypeOf<Partyline>();
    // @ts-expect-error An unknown event: a typing error is found at compile time.
    const typo = () => party.on('msg', () => {});
    // @ts-expect-error A direct message has no room.
    const wrong = () => party.on('dm', ({ room }) => room);
    expectTypeOf([typo, wrong]).toBeArray();
  });

  it('the types of the library allow an async handler, and make its event read-only', () => {
    const party = new Partyline();
    party.on('message', async ({ text }) => text.length);
    party.on('message', (event) => {
      // @ts-expect-error Other handlers get the same object.
      event.text = 'changed';
    });
  });

  it('the types of the library declare the parameters and results of listen, attach, say and close', () => {
    expectTypeOf<Partyline['listen']>().returns.resolves.toEqualTypeOf<Listening>();
    expectTypeOf<Listening['port']>().toEqualTypeOf<number>();
    expectTypeOf<Parameters<Partyline['attach']>[0]>().toEqualTypeOf<HttpServer | HttpsServer>();
    expectTypeOf<Partyline['say']>().parameters.toEqualTypeOf<[room: string, name: string, text: string]>();
    expectTypeOf<Partyline['say']>().returns.resolves.toEqualTypeOf<Said | SayRefusal>();
    expectTypeOf<Partyline['close']>().returns.toEqualTypeOf<Promise<void>>();
  });

  it('the types of the library accept the settings of the chat under the keys of the Config, and no others', () => {
    expectTypeOf({
      idleTimeoutMs: 5000,
      exemptAddresses: ['::1'],
      announceLogin: true,
    }).toExtend<PartylineOptions>();
    expectTypeOf({
      idleTimeoutMs: undefined,
      logger: undefined,
      botNames: undefined,
    }).toExtend<PartylineOptions>();
    expectTypeOf({ idleTimeoutMs: '5' }).not.toExtend<PartylineOptions>();
    expectTypeOf<keyof PartylineOptions>().not.toExtend<'port' | 'host' | 'tlsCert' | 'logLevel'>();
    // @ts-expect-error A port is an option of listen().
    const port: PartylineOptions = { port: 4000 };
    // @ts-expect-error The key contains the unit: idleTimeoutMs.
    const typo: PartylineOptions = { idleTimeout: 60 };
    expectTypeOf([port, typo]).toBeArray();
  });

  it('the types of the library accept a pino logger, and the console', () => {
    expectTypeOf({ logger: pino() }).toExtend<PartylineOptions>();
    expectTypeOf({ logger: console }).toExtend<PartylineOptions>();
    expectTypeOf({ logger: { info: () => {} } }).not.toExtend<PartylineOptions>();
  });

  it('the types of the library declare the dialects of a port, and require a certificate together with its key', () => {
    type Options = NonNullable<Parameters<Partyline['listen']>[0]>;
    expectTypeOf<NonNullable<Options['fallback']>>().toEqualTypeOf<'lines' | 'machat' | 'gotalk' | 'irc'>();
    expectTypeOf({ tls: { cert: 'PEM', key: Buffer.of(), only: true } }).toExtend<Options>();
    expectTypeOf({ tls: { cert: 'PEM' } }).not.toExtend<Options>();
  });
});
