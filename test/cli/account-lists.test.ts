/** The output of `partyline user list` and `token list`: a plain table in a pipe, headings on a terminal, or JSON. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqliteAccounts } from '../../src/accounts/sqlite.js';
import { openDatabase } from '../../src/database/open.js';
import { migrations } from '../../src/server/migrations.js';
import { NOON, userNamed } from '../accounts/common.js';
import { builtCli, childEnv, run, temporaryFolder } from '../support/process.js';
import { whyNot } from '../support/terminal.js';

const TIME = new Date(NOON).toISOString();

/** A data directory with the user ann, who has a token that does not expire. */
function folderWithAnn(): string {
  const folder = join(temporaryFolder(), 'data');
  const file = openDatabase(folder, migrations);
  const accounts = sqliteAccounts(file.database);
  accounts.users.register(userNamed('ann'), 'hash', NOON);
  accounts.users.createToken('ann', NOON, null);
  accounts.commit();
  file.close();
  return folder;
}

describe('partyline user list and token list', () => {
  it('partyline user list and token list print a JSON array with --json', async () => {
    const folder = ['--data-dir', folderWithAnn()];
    const users = await run(['user', 'list', '--json', ...folder]);
    expect(JSON.parse(users.stdout)).toEqual([{ name: 'ann', role: 'user', registered: TIME }]);
    const tokens = await run(['token', 'list', '--json', ...folder]);
    expect(JSON.parse(tokens.stdout)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}$/),
        name: 'ann',
        created: TIME,
        expires: null,
        kind: 'token',
      },
    ]);
  });

  it('partyline user list and token list print an empty JSON array without registered names', async () => {
    const folder = join(temporaryFolder(), 'data');
    openDatabase(folder, migrations).close();
    const { stdout } = await run(['user', 'list', '--json', '--data-dir', folder]);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it('partyline user list and token list print no headings in a pipe', async () => {
    const { stdout } = await run(['user', 'list', '--data-dir', folderWithAnn()]);
    expect(stdout).toBe(`ann  user  ${TIME}\n`);
  });

  it.skipIf(whyNot('script') !== '')(
    `partyline user list and token list print headings on a terminal${whyNot('script')}`,
    () => {
      const folder = folderWithAnn();
      const onTerminal = (words: string) => {
        const command = `"${process.execPath}" "${builtCli}" ${words} --data-dir "${folder}"`;
        const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
          env: childEnv,
          encoding: 'utf8',
        });
        return stdout.replaceAll('\r', '');
      };
      expect(onTerminal('user list')).toBe(`NAME  ROLE  REGISTERED\nann   user  ${TIME}\n`);
      expect(onTerminal('token list')).toMatch(
        /^ID {8}NAME {2}CREATED {19}EXPIRES {2}KIND\n[0-9a-f]{8} {2}ann {3}\S+ {2}never\n$/,
      );
    },
  );
});

describe('the default role', () => {
  it('the default role is operator for user grant and user revoke', async () => {
    const folder = ['--data-dir', folderWithAnn()];
    expect((await run(['user', 'grant', 'ann', ...folder])).stdout).toBe('ann is an operator\n');
    expect((await run(['user', 'revoke', 'ann', ...folder])).stdout).toBe('ann is no longer an operator\n');
  });
});
