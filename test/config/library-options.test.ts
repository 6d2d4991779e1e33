/** Tests the options of a Partyline: which are accepted, and the errors for all others. */
import { describe, expect, it } from 'vitest';
import { type Config, settings } from '../../src/config/settings.js';
import { ConfigError, defaultConfig } from '../../src/config/load-config.js';
import { addressFrom, chatConfigOf, chatConfigWith } from '../../src/config/library-options.js';
import { Partyline } from '../../src/partyline.js';

function errorOf(options: unknown): string {
  try {
    Reflect.construct(Partyline, [options]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the options of a Partyline', () => {
  it('the options of a Partyline are the settings of the server, under the keys and in the units of the Config', () => {
    const some = {
      idleTimeoutMs: 1500,
      loginTimeoutMs: 0,
      heartbeatIntervalMs: 1,
      maxClients: 7,
      exemptAddresses: ['10.0.0.0/8', '::1'],
      allowedOrigins: ['https://Chat.Example.org:443/'],
      maxLineBytes: 64,
      rateLimit: 0.5,
      announceLogin: true,
      historyReplay: 0,
      bannerFile: 'banner.txt',
    } as const;
    expect(chatConfigWith(some)).toEqual({
      ...defaultConfig,
      ...some,
      allowedOrigins: ['https://chat.example.org'],
    });
  });

  it('the options of a Partyline have the defaults of the server if missing or undefined', () => {
    expect(chatConfigWith({})).toEqual(defaultConfig);
    expect(chatConfigWith({ idleTimeoutMs: undefined, exemptAddresses: undefined })).toEqual(defaultConfig);
  });

  it.each(settings)(
    'the options of a Partyline accept the default of the server, if the setting belongs to the chat: $key',
    ({ key }) => {
      const value = { [key]: defaultConfig[key] };
      const chat = chatConfigOf(defaultConfig);
      if (key in chat) expect(chatConfigWith(value)).toEqual(defaultConfig);
      else if (key === 'port' || key === 'host') expect(addressFrom(value)).toEqual(defaultConfig);
      else expect(() => chatConfigWith(value)).toThrow(`unknown option "${key}"; `);
    },
  );

  it.each(settings)(
    'the options of a Partyline reject a value of another type with one error: $key',
    ({ key }) => {
      const chat = chatConfigOf(defaultConfig);
      for (const wrong of [Symbol.iterator, () => {}, {}, [5], [' '], ['a,b']])
        if (key in chat)
          expect(errorOf({ [key]: wrong })).toMatch(
            new RegExp(`^partyline: ${key} must be ${key === 'serverPassword' ? '[^;]*$' : '.*; got '}`),
          );
    },
  );

  it('the options of a Partyline can be taken from the Config of a server', () => {
    const config: Config = { ...defaultConfig, port: 1, history: 'disk', idleTimeoutMs: 1234 };
    expect(chatConfigWith(chatConfigOf(config))).toEqual({ ...defaultConfig, idleTimeoutMs: 1234 });
  });

  it.each([
    [
      { idleTimeoutMs: -5 },
      'idleTimeoutMs must be a number of milliseconds from 0 to 2000000000 (0 = never), or null (60 s for programs, 3600 s for people); got -5',
    ],
    [
      { idleTimeoutMs: '60' },
      'idleTimeoutMs must be a number of milliseconds from 0 to 2000000000 (0 = never), or null (60 s for programs, 3600 s for people); got "60"',
    ],
    [
      { idleTimeoutMs: Number.NaN },
      'idleTimeoutMs must be a number of milliseconds from 0 to 2000000000 (0 = never), or null (60 s for programs, 3600 s for people); got NaN',
    ],
    [
      { shutdownGraceMs: 2_000_000_001 },
      'shutdownGraceMs must be a number of milliseconds from 0 to 2000000000 (0 = stop immediately); got 2000000001',
    ],
    [
      { loginTimeoutMs: null },
      'loginTimeoutMs must be a number of milliseconds from 0 to 2000000000 (0 = never); got null',
    ],
    [{ maxLineBytes: '4K' }, 'maxLineBytes must be 64 to 65535 bytes; got "4K"'],
    [{ maxLineBytes: 10 }, 'maxLineBytes must be 64 to 65535 bytes; got 10'],
    [{ maxClients: 1.5 }, 'maxClients must be a whole number from 0 to 10000000 (0 = no limit); got 1.5'],
    [{ announceLogin: 'yes' }, 'announceLogin must be true or false; got "yes"'],
    [{ announceLogin: 1 }, 'announceLogin must be true or false; got 1'],
    [
      { exemptAddresses: '127.0.0.1' },
      "exemptAddresses must be an array of addresses or CIDR blocks, such as ['127.0.0.0/8', '::1']; got \"127.0.0.1\"",
    ],
    [
      { exemptAddresses: ['10.0.0.0/33'] },
      "exemptAddresses must be an array of addresses or CIDR blocks, such as ['127.0.0.0/8', '::1']; got [\"10.0.0.0/33\"]",
    ],
    [
      { allowedOrigins: ['chat.example.org'] },
      'allowedOrigins must be an array of origins without wildcards, such as [\'https://chat.example.org\']; got ["chat.example.org"]',
    ],
    [{ bannerFile: 5 }, 'bannerFile must be a path, or null; got 5'],
    [{ idleTimeout: 60 }, 'unknown option "idleTimeout"; did you mean idleTimeoutMs?'],
    [
      { botNames: 'bot' },
      'botNames must be an array of valid user names, such as [\'deploy-bot\']; got "bot"',
    ],
    [
      { botNames: ['bot', 'two words'] },
      'botNames must be an array of valid user names, such as [\'deploy-bot\']; got "two words"',
    ],
    [
      { botNames: ['Server'] },
      'botNames must be an array of valid user names, such as [\'deploy-bot\']; got "Server"',
    ],
    [null, 'the options of a Partyline must be an object, such as { maxClients: 100 }; got null'],
    ['disk', 'the options of a Partyline must be an object, such as { maxClients: 100 }; got "disk"'],
    [[], 'the options of a Partyline must be an object, such as { maxClients: 100 }; got []'],
    [
      { logger: 5 },
      'logger must be console, or an object with the methods debug, info, warn and error; got 5',
    ],
    [
      { logger: { info: 'x' } },
      'logger must be console, or an object with the methods debug, info, warn and error; got {"info":"x"}',
    ],
  ])('the options of a Partyline are rejected in one line: %j', (options, problem) => {
    expect(errorOf(options)).toBe(`partyline: ${problem}`);
  });

  it('the options of a Partyline may be values that JSON cannot have, which are rejected in one line too', () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    expect(errorOf({ maxClients: 5n })).toBe(
      'partyline: maxClients must be a whole number from 0 to 10000000 (0 = no limit); got 5',
    );
    expect(errorOf({ motdFile: circular })).toBe('partyline: motdFile must be a path, or null; got object');
  });

  it.each([{ history: 'disk' }, { history: 'memory' }, { historyDays: 30 }, { dataDir: './data' }])(
    'the options of a Partyline have none for a data file, and the error says so: %j',
    (options) => {
      const [name] = Object.keys(options);
      expect(errorOf(options)).toBe(
        `partyline: unknown option "${name}"; a Partyline keeps messages in memory, and only the server has a data file: partyline serve`,
      );
    },
  );

  it.each(['bannerFile', 'motdFile'])(
    'the options of a Partyline are named in the error for an unusable file: %s',
    (name) => {
      expect(errorOf({ [name]: '/nope' })).toMatch(
        new RegExp(`^partyline: ${name} "/nope" cannot be read .*; make it readable, or remove ${name}$`),
      );
    },
  );

  it('the options of a Partyline do not show a wrong password in the error', () => {
    expect(() => chatConfigWith({ serverPassword: 'my secret' })).toThrow(
      /^partyline: serverPassword must be [^;]*$/,
    );
  });

  it('the options of a Partyline may have null or undefined for no logger', () => {
    expect(errorOf({ logger: null })).toBe('');
    expect(errorOf({ logger: undefined })).toBe('');
  });

  it('the options of a Partyline are listed in the error for an unknown option', () => {
    expect(errorOf({ port: 4000 })).toMatch(
      /^partyline: unknown option "port"; use one of allowedOrigins, .*, logText$/,
    );
  });
});
