/** The parsing of `.env`: comments, quotes, encodings, and warnings about misspelled settings. */
import { describe, expect, it } from 'vitest';
import { parseDotenv } from '../../src/config/dotenv-file.js';
import { misspelledVariables } from '../../src/config/misspelled-settings.js';

function valuesOf(text: string) {
  return parseDotenv(Buffer.from(text)).values;
}

function warningsOf(text: string) {
  return parseDotenv(Buffer.from(text)).warnings;
}

describe('a value in .env', () => {
  it.each([
    ['begins with #', 'SERVER_PASSWORD=#secret', '#secret'],
    ['contains #', 'SERVER_PASSWORD=team#secret', 'team#secret'],
    ['ends with #', 'SERVER_PASSWORD=secret#', 'secret#'],
    ['ends before a # after a blank', 'SERVER_PASSWORD=team#secret # for the team', 'team#secret'],
    ['ends before a # after a TAB', 'SERVER_PASSWORD=secret\t#for the team', 'secret'],
    ['is empty before a # after a blank', 'SERVER_PASSWORD= # none', ''],
    ['is empty', 'SERVER_PASSWORD=', ''],
    ['contains an equals sign', 'SERVER_PASSWORD=a=b', 'a=b'],
    ['keeps # in double quotes', 'SERVER_PASSWORD="a # b" # note', 'a # b'],
    ['keeps # in single quotes', "SERVER_PASSWORD='#a'", '#a'],
    ['keeps quotes that do not surround it', 'SERVER_PASSWORD="a"#b', '"a"#b'],
    ['keeps an open quote', 'SERVER_PASSWORD="secret\nBANNER_FILE="x"', '"secret'],
    ['keeps quotes inside', "SERVER_PASSWORD=it's#1", "it's#1"],
    ['ends at a CR LF', 'SERVER_PASSWORD=secret\r\nPORT=1\r\n', 'secret'],
    ['follows export', ' export SERVER_PASSWORD = secret ', 'secret'],
    ['follows a colon and a blank', 'SERVER_PASSWORD: secret', 'secret'],
    ['follows a byte order mark', '\ufeffSERVER_PASSWORD=secret', 'secret'],
  ])('a value in .env %s', (_what, text, value) => {
    expect(valuesOf(text).SERVER_PASSWORD).toBe(value);
  });

  it('a value in .env is not read from a comment', () => {
    expect(valuesOf('# PORT=1\n  #PORT=2\n\nHOST=localhost\n')).toEqual({ HOST: 'localhost' });
  });

  it('a value in .env may span lines in quotes, and the lines inside are not settings', () => {
    expect(valuesOf('OTHER="one\nPORT=1\nthree"\nPORT=2\n')).toEqual({
      OTHER: 'one\nPORT=1\nthree',
      PORT: '2',
    });
  });
});

describe('a .env that is not UTF-8', () => {
  const text = 'SERVER_PASSWORD=secret\n';
  it.each([
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from(text, 'utf16le')],
    ['UTF-16 big-endian', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['Latin-1', Buffer.from('SERVER_PASSWORD=gr\u00fcn\n', 'latin1')],
  ])('a .env that is not UTF-8 is refused: %s', (_what, bytes) => {
    expect(() => parseDotenv(bytes)).toThrow(/^partyline: \.env is not UTF-8; save it as UTF-8 text/);
  });
});

describe('a name that resembles a setting', () => {
  it.each([
    ['IDLE_TIMOUT', 'IDLE_TIMEOUT'],
    ['idle_timeout', 'IDLE_TIMEOUT'],
    ['IDLE-TIMEOUT', 'IDLE_TIMEOUT'],
    ['IDLE_TIMEOUT_MS', 'IDLE_TIMEOUT'],
    ['PARTYLINE_PORT', 'PORT'],
    ['PROT', 'PORT'],
    ['SERVER_PASSWROD', 'SERVER_PASSWORD'],
  ])('a name that resembles a setting in .env is warned of: %s', (name, meant) => {
    expect(warningsOf(`${name}=5\n`)).toEqual([
      `.env: unknown setting "${name}" is ignored; did you mean ${meant}?`,
    ]);
  });

  it('a name that resembles a setting in .env is warned of if the line has no equals sign', () => {
    expect(warningsOf('SERVER_PASSWORD secret\n')).toEqual([
      '.env: a line with SERVER_PASSWORD is ignored, because it has no "="; write SERVER_PASSWORD=<value>',
    ]);
  });

  it('a name that resembles a setting in the environment is warned of', () => {
    expect(misspelledVariables(['PATH', 'HOME', 'IDLE_TIMOUT'])).toEqual([
      'environment: unknown setting "IDLE_TIMOUT" is ignored; did you mean IDLE_TIMEOUT?',
    ]);
  });
});

describe('a name of another program', () => {
  it('a name of another program is not warned of', () => {
    expect(warningsOf('HOME=/x\nDATABASE_URL=x\nNODE_ENV=x\nPARTYLINE_URL=x\nsome words\n')).toEqual([]);
    expect(misspelledVariables(['HOME', 'HOSTNAME', 'HISTFILE', 'LOGNAME', 'LS_COLORS', 'SHLVL'])).toEqual(
      [],
    );
  });
});
