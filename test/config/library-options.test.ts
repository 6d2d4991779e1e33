/** What a program may say to a Partyline, and what it is told when it says something else. */
import { describe, expect, it } from 'vitest';
import { type Config, settings } from '../../src/config/settings.js';
import { ConfigError, defaultConfig } from '../../src/config/load-config.js';
import { addressFrom, chatConfigOf, chatConfigWith } from '../../src/config/library-options.js';
import { Partyline } from '../../src/partyline.js';

function complaint(options: object): string {
  try {
    Reflect.construct(Partyline, [options]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('options', () => {
  it('are those of the server, by their names in the Config and in its units', () => {
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

  it('that are not given, or are undefined, are as the server has them', () => {
    expect(chatConfigWith({})).toEqual(defaultConfig);
    expect(chatConfigWith({ idleTimeoutMs: undefined, exemptAddresses: undefined })).toEqual(defaultConfig);
  });

  it.each(settings)('$key: what the server has by default may be said, too', ({ key }) => {
    const value = { [key]: defaultConfig[key] };
    const chat = chatConfigOf(defaultConfig);
    if (key in chat) expect(chatConfigWith(value)).toEqual(defaultConfig);
    else if (key === 'port' || key === 'host') expect(addressFrom(value)).toEqual(defaultConfig);
    else expect(() => chatConfigWith(value)).toThrow(`there is no option "${key}" here`);
  });

  it.each(settings)('$key: what is no value of it is one clear error', ({ key }) => {
    const chat = chatConfigOf(defaultConfig);
    for (const wrong of [Symbol.iterator, () => {}, {}, [5], [' '], ['a,b']])
      if (key in chat)
        expect(complaint({ [key]: wrong })).toMatch(new RegExp(`^partyline: ${key} must be .*; got `));
  });

  it('out of the Config of a server can be handed on as they are', () => {
    const config: Config = { ...defaultConfig, port: 1, history: 'disk', idleTimeoutMs: 1234 };
    expect(chatConfigWith(chatConfigOf(config))).toEqual({ ...defaultConfig, idleTimeoutMs: 1234 });
  });

  it.each([
    [{ idleTimeoutMs: -5 }, 'idleTimeoutMs must be milliseconds, 0 or more (0 = never); got -5'],
    [{ idleTimeoutMs: '60' }, 'idleTimeoutMs must be milliseconds, 0 or more (0 = never); got "60"'],
    [{ idleTimeoutMs: Number.NaN }, 'idleTimeoutMs must be milliseconds, 0 or more (0 = never); got NaN'],
    [{ idleTimeoutMs: null }, 'idleTimeoutMs must be milliseconds, 0 or more (0 = never); got null'],
    [{ maxLineBytes: '4K' }, 'maxLineBytes must be bytes, 64 to 65535; got "4K"'],
    [{ maxLineBytes: 10 }, 'maxLineBytes must be bytes, 64 to 65535; got 10'],
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
      'allowedOrigins must be an array of origins, such as [\'https://chat.example.org\']; got ["chat.example.org"]',
    ],
    [{ bannerFile: 5 }, 'bannerFile must be a path, or null; got 5'],
    [{ idleTimeout: 60 }, 'there is no option "idleTimeout" here; did you mean idleTimeoutMs?'],
    [
      { botNames: 'bot' },
      'botNames must be an array of names that users could have, such as [\'deploy-bot\']; got "bot"',
    ],
    [
      { botNames: ['bot', 'two words'] },
      'botNames must be an array of names that users could have, such as [\'deploy-bot\']; got "two words"',
    ],
    [
      { botNames: ['Server'] },
      'botNames must be an array of names that users could have, such as [\'deploy-bot\']; got "Server"',
    ],
  ])('such as %j are refused in one line', (options, problem) => {
    expect(complaint(options)).toBe(`partyline: ${problem}`);
  });

  it('that nothing is like are refused with those that there are', () => {
    expect(complaint({ port: 4000 })).toMatch(
      /^partyline: there is no option "port" here; there are allowedOrigins, .*, logText$/,
    );
  });
});
