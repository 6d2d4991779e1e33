/** Tests the settings of the greeting of GoTalk clients: BANNER_FILE and its checks, and HISTORY_REPLAY. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBanner } from '../../src/config/banner-file.js';
import { ConfigError } from '../../src/config/load-config.js';
import { settingName } from '../../src/config/settings.js';
import { run, serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

function bannerOf(bytes: string | Uint8Array): string {
  const path = join(temporaryFolder(), 'banner.txt');
  writeFileSync(path, bytes);
  return path;
}

/** The error for this file. */
function errorOf(path: string): string {
  try {
    readBanner(path, settingName);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('a banner file', () => {
  it.each([
    ['several lines', '  /\\_/\\\n\t( o.o )\n', '  /\\_/\\\n\t( o.o )\n'],
    ['no line end', 'hi', 'hi'],
    ['no text', '', ''],
    ['any language', 'Willkommen, 日本, 👩‍👩‍👧\n', 'Willkommen, 日本, 👩‍👩‍👧\n'],
    ['the line ends of Windows', '\ufeffone\r\ntwo\r\n', 'one\ntwo\n'],
    ['the maximum number of bytes', 'x'.repeat(16_384), 'x'.repeat(16_384)],
  ])('a banner file may have %s', (_, written, shown) => {
    expect(readBanner(bannerOf(written), settingName)).toBe(shown);
  });

  it.each([
    ['a terminal escape', 'one\n\x1b[31mred\n', 'line 2'],
    ['a carriage return that overwrites', 'one\rtwo\n', 'line 1'],
    ['a bell', '\x07', 'line 1'],
    ['a C1 control', '\u009b31m', 'line 1'],
    ['a bidi override', 'a\nb\n\u202ec', 'line 3'],
    ['an invisible character', '\u200b', 'line 1'],
    ['a byte order mark within', 'one\n\ufefftwo\n', 'line 2'],
  ])('a banner file is rejected with %s', (_, text, where) => {
    expect(errorOf(bannerOf(text))).toContain(`has a control or invisible character in ${where};`);
  });

  it('a banner file is rejected if it is not UTF-8, too long, or not a file', () => {
    expect(errorOf(bannerOf(Uint8Array.of(0xff, 0xfe, 0x41, 0)))).toContain('is not UTF-8');
    expect(errorOf(bannerOf('x'.repeat(16_385)))).toContain('has 16385 bytes; shorten it to 16384');
    expect(errorOf('/dev/zero')).toContain('is not a file');
    expect(errorOf(temporaryFolder())).toContain('is not a file');
    expect(errorOf(join(temporaryFolder(), 'missing'))).toContain('cannot be read (no such file or folder)');
  });
});

describe('a server', () => {
  it('a server shows the banner in place of the penguin', async () => {
    const server = await serve({ GOTALK_PORT: '0', BANNER_FILE: bannerOf('[system]: a banner') });
    const bob = await SocketClient.connect(server.gotalkPort ?? 0);
    expect(await bob.until(']: a banner')).toBe('Welcome to TCP-Chat!\n[system]: a banner');
    expect(await bob.until(']: ')).toBe('\n[ENTER YOUR NAME]: ');
  });

  it.each([
    ['missing', (folder: string) => join(folder, 'banner.txt')],
    [
      'a folder',
      (folder: string) => {
        mkdirSync(join(folder, 'banner'));
        return join(folder, 'banner');
      },
    ],
    ['malicious', () => bannerOf('\x1b]0;title\x07')],
  ])(
    'a server does not start with a banner that is %s: it prints one line and exits with 2',
    async (_, make) => {
      const path = make(temporaryFolder());
      const given = [
        { flags: ['--banner-file', path], env: {} },
        { flags: [], env: { BANNER_FILE: path } },
      ];
      for (const { flags, env } of given) {
        const { code, stdout, stderr } = await run(['--port', '0', ...flags], { env });
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/^partyline: BANNER_FILE "[ -~]+\n$/);
      }
    },
  );

  it.each([
    ['0', []],
    ['2', ['b', 'c']],
    ['all', ['a', 'b', 'c']],
  ])(
    'a server shows the last messages to a new GoTalk client with HISTORY_REPLAY=%s',
    async (HISTORY_REPLAY, shown) => {
      const server = await serve({ GOTALK_PORT: '0', HISTORY_REPLAY });
      const ann = await SocketClient.login(server.port, 'ann');
      ann.send('MSG a\nMSG b\nMSG c\n');
      await ann.fence();
      const bob = await SocketClient.connect(server.gotalkPort ?? 0);
      await bob.until('[ENTER YOUR NAME]: ');
      bob.send('bob\n/quit\n');
      const texts = Array.from((await bob.toEnd()).text.matchAll(/\[ann\]: (.*)\n/g), ([, text]) => text);
      expect(texts).toEqual(shown);
    },
  );
});
