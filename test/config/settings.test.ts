/** Tests the settings table, the loading of settings, and the files that are generated from the table. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../scripts/generated-files.js';
import { parseDotenv } from '../../src/config/dotenv-file.js';
import { exampleEnv, settingsTable } from '../../src/config/settings-documents.js';
import { flagOf, type Setting, settings, usageOf } from '../../src/config/settings.js';
import {
  ConfigError,
  defaultConfig,
  isToggleWord,
  loadConfig,
  type Sources,
} from '../../src/config/load-config.js';

describe('each row of the settings table', () => {
  /** A value other than the default for each setting; a new row needs one here. */
  const otherValues = {
    PORT: '0',
    HOST: '0.0.0.0',
    GOTALK_PORT: '8989',
    IRC_PORT: '6667',
    MACHAT_WS_PORT: '8099',
    ALLOWED_ORIGINS: 'https://chat.example.org,http://localhost:5173',
    ALLOWED_HOSTS: 'chat.example.org,.example.net',
    HTTP_API: 'token',
    TRUSTED_PROXIES: '10.0.0.1,192.0.2.0/24',
    TRANSPORT: 'public',
    TLS_CERT: 'cert.pem',
    TLS_KEY: 'key.pem',
    TLS_ONLY: 'on',
    STS_DURATION: '2592000',
    IDLE_TIMEOUT: '1.5',
    HEARTBEAT_INTERVAL: '0.25',
    LOGIN_TIMEOUT: '0',
    GREETING_DELAY: '.5',
    SHUTDOWN_GRACE: '3',
    MAX_CLIENTS: '0',
    MAX_CLIENTS_PER_ADDRESS: '7',
    EXEMPT_ADDRESSES: '10.0.0.0/8',
    MAX_LINE_BYTES: '64',
    WRITE_QUEUE_BYTES: '64KiB',
    RATE_LIMIT: '0.5',
    RATE_BURST: '1',
    ANNOUNCE_LOGIN: 'on',
    PRESENCE_LIMIT: '500',
    MIN_PASSWORD_LENGTH: '12',
    SERVER_PASSWORD: 'team-secret',
    HISTORY: 'memory',
    HISTORY_DAYS: '30',
    DATA_DIR: '/srv/chat',
    HISTORY_REPLAY: '0',
    GOTALK_CLASSIC: 'true',
    BANNER_FILE: 'banner.txt',
    SERVER_NAME: 'irc.example.org',
    IRC_AUTOJOIN: 'lobby,help',
    IRC_REPLAY: '0',
    MOTD_FILE: 'motd.txt',
    CLUSTER: 'nats://127.0.0.1:4222,tls://ann:secret@b.example.org',
    NODE_NAME: 'chat-1',
    CLUSTER_STREAM: 'CHAT',
    CLUSTER_CREDS: 'node.creds',
    CLUSTER_CA: 'ca.pem',
    CLUSTER_KEY_FILE: 'log.key',
    CLUSTER_REPLICAS: '3',
    CLUSTER_LEASE: '4.5',
    TRANSCRIPT_FILE: 'chat_logs.txt',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    LOG_TEXT: 'no',
  } satisfies Record<(typeof settings)[number]['env'], string>;

  it.each(settings)(
    'each row of the settings table has a valid default: $env',
    ({ env, key, default: text }) => {
      expect(loadConfig({ env: { [env]: text } })[key]).toEqual(defaultConfig[key]);
    },
  );

  it.each(settings)(
    'each row of the settings table has the same meaning as a flag, in the environment and in .env: $env',
    ({ env, key }) => {
      const values = { [env]: otherValues[env] };
      const fromFlag = loadConfig({ flags: values });

      expect(loadConfig({ env: values })).toEqual(fromFlag);
      expect(loadConfig({ dotenv: values })).toEqual(fromFlag);
      expect(fromFlag[key]).not.toEqual(defaultConfig[key]);
      expect({ ...fromFlag, [key]: defaultConfig[key] }).toEqual(defaultConfig);
    },
  );

  const checkedSettings = settings.filter(
    ({ kind }: Setting) => !kind.isSecret && kind.parse('?!') === undefined,
  );
  it.each(checkedSettings)(
    'each row of the settings table has an error that shows the source and the expected values: $env',
    (setting) => {
      const values = { [setting.env]: '?!' };
      const rest = `must be ${setting.kind.expects}; got "?!"`;

      expect(errorOf({ flags: values })).toBe(`partyline: ${flagOf(setting)} ${rest}`);
      expect(errorOf({ env: values })).toBe(`partyline: ${setting.env} ${rest}`);
      expect(errorOf({ dotenv: values })).toBe(`partyline: ${setting.env} in .env ${rest}`);
    },
  );

  it('each row of the settings table has a unique name, key and flag', () => {
    for (const part of [
      settings.map(({ env }) => env),
      settings.map(({ key }) => key),
      settings.map(flagOf),
    ]) {
      expect(new Set<string>(part).size).toBe(settings.length);
    }
  });
});

describe('loadConfig', () => {
  it('loadConfig prefers a flag to the environment, the environment to .env, and .env to the default', () => {
    const flags = { PORT: '1' };
    const env = { PORT: '2' };
    const dotenv = { PORT: '3' };

    expect(loadConfig({ flags, env, dotenv }).port).toBe(1);
    expect(loadConfig({ env, dotenv }).port).toBe(2);
    expect(loadConfig({ dotenv }).port).toBe(3);
    expect(loadConfig({}).port).toBe(4000);
  });

  it('loadConfig ignores an empty value, except of a list that may be empty', () => {
    expect(loadConfig({ env: { PORT: '' }, dotenv: { PORT: '5' } }).port).toBe(5);
    expect(loadConfig({ env: { HOST: ' ' } }).host).toBe('localhost');
    expect(loadConfig({ env: { EXEMPT_ADDRESSES: '' } }).exemptAddresses).toEqual([]);
    expect(errorOf({ flags: { PORT: '' } })).toContain('--port must be');
  });

  it('loadConfig returns a frozen Config with frozen lists', () => {
    expect(Object.isFrozen(defaultConfig)).toBe(true);
    expect(Object.isFrozen(defaultConfig.exemptAddresses)).toBe(true);
  });

  it('loadConfig ignores unknown names', () => {
    expect(loadConfig({ env: { PATH: '/bin', IDLE: '5' } })).toEqual(defaultConfig);
  });
});

describe('a value', () => {
  it('a time is in seconds, and only 0 means never', () => {
    const idleTimeoutMs = (text: string) => loadConfig({ env: { IDLE_TIMEOUT: text } }).idleTimeoutMs;

    expect(['60', '0.25', '.5', '0', '0.0', '0.00001', ''].map(idleTimeoutMs)).toEqual([
      60_000,
      250,
      500,
      0,
      0,
      1,
      null,
    ]);
    expect(errorOf({ env: { IDLE_TIMEOUT: 'soon' } })).toBe(
      'partyline: IDLE_TIMEOUT must be a number of seconds from 0 to 2000000 (0 = never), or empty (60 s for programs, 3600 s for people); got "soon"',
    );
    for (const text of ['-1', '1e3', '0x10', 'Infinity', 'NaN', '1 000', '.', '5s']) {
      expect(errorOf({ env: { IDLE_TIMEOUT: text } })).toContain('IDLE_TIMEOUT must be');
    }
  });

  it.each(['IDLE_TIMEOUT', 'HEARTBEAT_INTERVAL', 'LOGIN_TIMEOUT', 'GREETING_DELAY', 'SHUTDOWN_GRACE'])(
    'a time above the longest timer is refused, and the error names the limit: %s',
    (name) => {
      expect(errorOf({ env: { [name]: '2000000.001' } })).toContain(
        `${name} must be a number of seconds from 0 to 2000000 (0 = `,
      );
      expect(errorOf({ env: { [name]: '99999999999' } })).toContain('; got "99999999999"');
    },
  );

  it('a time may be as long as the longest timer', () => {
    expect(loadConfig({ env: { IDLE_TIMEOUT: '2000000' } }).idleTimeoutMs).toBe(2_000_000_000);
  });

  it('a size may have a suffix', () => {
    const writeQueueBytes = (text: string) =>
      loadConfig({ env: { WRITE_QUEUE_BYTES: text } }).writeQueueBytes;

    expect(['65536', '64K', '64k', '64KiB', '1M', '1 MiB'].map(writeQueueBytes)).toEqual([
      65_536, 65_536, 65_536, 65_536, 1_048_576, 1_048_576,
    ]);
    for (const text of ['1kB', '1G', '-1', '1.5M', 'M', '0']) {
      expect(errorOf({ env: { WRITE_QUEUE_BYTES: text } })).toContain('WRITE_QUEUE_BYTES must be 1024 to');
    }
  });

  it('a toggle accepts true and false, yes and no, on and off, 1 and 0', () => {
    const logText = (text: string) => loadConfig({ env: { LOG_TEXT: text } }).logText;

    expect(['true', '1', 'yes', 'on', 'TRUE'].map(logText)).toEqual([true, true, true, true, true]);
    expect(['false', '0', 'no', 'off', 'Off'].map(logText)).toEqual([false, false, false, false, false]);
    expect([isToggleWord('On'), isToggleWord('serve'), isToggleWord('')]).toEqual([true, false, false]);
  });

  it('an address list contains addresses and CIDR blocks', () => {
    const list = (text: string) => loadConfig({ env: { EXEMPT_ADDRESSES: text } }).exemptAddresses;

    expect(list(' 10.0.0.0/8, ::1,2001:db8::/32 ')).toEqual(['10.0.0.0/8', '::1', '2001:db8::/32']);
    for (const text of [
      '10.0.0.0/33',
      '::1/129',
      'localhost',
      '1.2.3',
      '1.2.3.4,',
      '1.2.3.4/',
      'fe80::1%eth0',
      '/8',
    ]) {
      expect(errorOf({ env: { EXEMPT_ADDRESSES: text } })).toContain('EXEMPT_ADDRESSES must be addresses');
    }
  });

  it('an origin list is normalised as browsers write origins', () => {
    const list = (text: string) => loadConfig({ env: { ALLOWED_ORIGINS: text } }).allowedOrigins;

    expect(list(' https://Chat.Example.org/, http://localhost:5173,http://[::1]:80')).toEqual([
      'https://chat.example.org',
      'http://localhost:5173',
      'http://[::1]',
    ]);
    expect(list('null, https://a')).toEqual(['null', 'https://a']);
    expect(list('')).toEqual([]);
    for (const text of [
      '*',
      'chat.example.org',
      'https://*.example.org',
      'null,*',
      'https://',
      'https://a/b',
      'https://a@b',
      'file:///',
      'https://a,',
    ])
      expect(errorOf({ env: { ALLOWED_ORIGINS: text } })).toContain('ALLOWED_ORIGINS must be origins');
  });

  it('a host list holds names in lower case; a scheme, a port or a star within a name is refused', () => {
    const list = (text: string) => loadConfig({ env: { ALLOWED_HOSTS: text } }).allowedHosts;

    expect(list('Chat.Example.org., .example.net,chat_1,münchen.example,*')).toEqual([
      'chat.example.org',
      '.example.net',
      'chat_1',
      'xn--mnchen-3ya.example',
      '*',
    ]);
    expect(list('')).toEqual([]);
    for (const text of [
      'https://a',
      'a/b',
      'a:80',
      '*.a',
      'a.*',
      'a b',
      'a,',
      '.',
      '..a',
      'a..b',
      '::1',
      'a@b',
    ])
      expect(errorOf({ env: { ALLOWED_HOSTS: text } })).toContain('ALLOWED_HOSTS must be host names');
  });

  it('a secret is not shown in its error', () => {
    const message = errorOf({ env: { SERVER_PASSWORD: 'team secret' } });
    expect(message).toBe(
      'partyline: SERVER_PASSWORD must be a password without spaces and control characters, or empty',
    );
    expect(loadConfig({ env: { SERVER_PASSWORD: '' } }).serverPassword).toBe(null);
  });

  it('a value outside of its bounds is refused', () => {
    for (const [name, text] of [
      ['PORT', '65536'],
      ['PORT', '4000.5'],
      ['MAX_LINE_BYTES', '63'],
      ['MAX_LINE_BYTES', '65536'],
      ['RATE_BURST', '0'],
      ['HOST', '[::1]'],
      ['HISTORY', 'paper'],
    ] as const) {
      expect(errorOf({ env: { [name]: text } })).toContain(`${name} must be`);
    }
  });

  it('a value that is long and invalid is shown shortened, in one line', () => {
    const message = errorOf({ env: { PORT: `4000\n\u001b[31m${'x'.repeat(10_000)}` } });

    expect(message).toMatch(/^partyline: PORT must be \P{Cc}+$/u);
    expect(message.length).toBeLessThan(200);
  });
});

describe('the files generated from the settings table', () => {
  it.each(Object.entries(generatedFiles))(
    'the files generated from the settings table are up to date with `npm run generate`: %s',
    (path, generate) => {
      const text = readFileSync(path, 'utf8');
      expect(text).toBe(generate(text));
    },
  );

  it('the files generated from the settings table include an .env.example that changes nothing if copied to .env', () => {
    expect(loadConfig({ dotenv: parseDotenv(Buffer.from(exampleEnv())).values })).toEqual(defaultConfig);
    expect(Object.keys(parseDotenv(Buffer.from(exampleEnv())).values)).toHaveLength(settings.length);
  });

  it('the files generated from the settings table include a table in docs/settings.md with four cells per row', () => {
    for (const row of settingsTable().split('\n')) expect(row.split('|')).toHaveLength(6);
  });

  it('the usage of a flag shows its value', () => {
    const usages = settings.map(usageOf);

    expect(usages).toContain('--idle-timeout <seconds>');
    expect(usages).toContain('--announce-login [true/false]');
  });
});

function errorOf(sources: Sources): string {
  try {
    loadConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}
