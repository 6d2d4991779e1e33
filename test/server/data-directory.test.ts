/** A server and its data directory: restarts, and the errors of the start. */
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqliteAccounts } from '../../src/accounts/sqlite.js';
import { openSqlite } from '../../src/database/driver.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import { migrations } from '../../src/server/migrations.js';
import { NOON, userNamed } from '../accounts/common.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** A server on this folder with one user; `end` stops or kills it. */
async function serverOn(folder: string) {
  const server = await launch({ flags: ['--data-dir', folder] });
  const ann = await SocketClient.login(server.port, 'ann');
  const end = async (signal: NodeJS.Signals) => {
    server.signal(signal);
    await server.exited;
  };
  return { server, ann, end };
}

async function idsIn(ann: SocketClient): Promise<number[]> {
  ann.send('HISTORY\n');
  return (await ann.lines())
    .filter((line) => line.startsWith('HIST '))
    .map((line) => Number(line.split(' ')[1]));
}

describe('a server', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'a server keeps messages and continues their ids after %s',
    async (signal) => {
      const folder = join(temporaryFolder(), 'data');
      const first = await serverOn(folder);
      first.ann.send('MSG one\nDM ann psst\nMSG two\n');
      await first.ann.fence();
      await first.end(signal);
      expect(statSync(folder).mode & 0o777).toBe(0o700);

      const { ann, end } = await serverOn(folder);
      ann.send('MSG three\n');
      const ids = await idsIn(ann);
      expect(ids.slice(0, 2)).toEqual([1, 3]);
      if (signal === 'SIGTERM') expect(ids[2]).toBe(4);
      else expect(ids[2]).toBeGreaterThan(3);
      ann.send('SEARCH ONE\n');
      expect(await ann.fence()).toMatch(/^HIST 1 \S+ ann one\nOK\n$/);
      await end('SIGTERM');
    },
  );

  it('a server does not reuse the id of a direct message that was stored just before a crash', async () => {
    const folder = join(temporaryFolder(), 'data');
    const { database, close } = openDatabase(folder, migrations);
    const accounts = sqliteAccounts(database);
    accounts.users.register(userNamed('bob'), 'hash', NOON);
    accounts.offline.add('bob', { id: 7, at: NOON, from: 'ann', text: 'psst' });
    accounts.commit();
    close();

    const { ann, end } = await serverOn(folder);
    ann.send('MSG hi\n');
    expect(await idsIn(ann)).toEqual([8]);
    await end('SIGTERM');
  });

  it('a server creates no data directory with HISTORY=memory', async () => {
    const cwd = temporaryFolder();
    const server = await launch({ cwd, env: { HISTORY: 'memory' } });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('MSG hi\n');
    expect(await idsIn(ann)).toEqual([1]);
    expect(() => statSync(join(cwd, 'data'))).toThrow('ENOENT');
  });
});

describe('a database driver that cannot be loaded', () => {
  const remedy = 'use Node.js 24 or later, or start the server with HISTORY=memory';
  const isInstalled = existsSync(join(import.meta.dirname, '../../node_modules/better-sqlite3'));
  const nativeModule = (code: string) =>
    `Module._extensions['.node'] = () => { throw Object.assign(new Error('broken'), { code: '${code}' }); };`;
  const NOT_INSTALLED = `const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => resolve(name === 'better-sqlite3' ? 'not-installed' : name, ...rest);`;

  /** An environment in which Node.js has no SQLite, as before 22.13, and better-sqlite3 is broken by this script. */
  const without = (script: string) => {
    const flags = [
      `--import=data:text/javascript,${encodeURIComponent(`import Module from 'node:module'; ${script}`)}`,
      ...(process.allowedNodeEnvironmentFlags.has('--no-experimental-sqlite')
        ? ['--no-experimental-sqlite']
        : []),
    ];
    return { NODE_OPTIONS: flags.join(' '), SQLITE_DRIVER: '' };
  };

  it.skipIf(!isInstalled).each([
    ['was built for another version of Node.js', 'ERR_DLOPEN_FAILED'],
    ['was not built', 'MODULE_NOT_FOUND'],
  ])('a database driver that cannot be loaded is reported with what to do if it %s', async (_why, code) => {
    const folder = join(temporaryFolder(), 'data');
    const stderr =
      `partyline: cannot open the database: Node.js ${process.version} has no SQLite with full-text search, ` +
      `and better-sqlite3 is not built for it; run npm rebuild better-sqlite3, ${remedy}\n`;
    const flags = ['--port', '0', '--data-dir', folder];
    expect(await run(flags, { env: without(nativeModule(code)) })).toEqual({ code: 2, stdout: '', stderr });
    expect(existsSync(folder)).toBe(false);
  });

  it('a database driver that is not installed is reported with what to do by every command', async () => {
    const folder = join(temporaryFolder(), 'data');
    openDatabase(folder, migrations).close();
    const stderr =
      `partyline: cannot open the database: Node.js ${process.version} has no SQLite with full-text search, ` +
      `and better-sqlite3 is not installed; ${remedy}\n`;
    for (const command of [['--port', '0'], ['export'], ['user', 'list'], ['ban', 'list']]) {
      const exit = await run([...command, '--data-dir', folder], { env: without(NOT_INSTALLED) });
      expect(exit).toEqual({ code: 2, stdout: '', stderr });
    }
  });

  it('no database driver is needed with HISTORY=memory, which keeps messages, accounts and direct messages', async () => {
    const server = await launch({ env: { ...without(NOT_INSTALLED), HISTORY: 'memory' } });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER correct-horse\nMSG hi\n');
    expect(await ann.fence()).toBe('OK\n');
    ann.leave();
    const bob = await SocketClient.login(server.port, 'bob');
    bob.send('DM ann psst\n');
    await bob.fence();
    const again = await SocketClient.connect(server.port);
    again.send('LOGIN ann\nLOGIN ann correct-horse\nHISTORY\n');
    const received = await again.fence();
    expect(received).toMatch(/^ERR [^\n]*password[^\n]*\nOK\n/);
    expect(received).toMatch(/^DM bob psst$/m);
    expect(received).toMatch(/^HIST 1 \S+ ann hi$/m);
  });

  it('a missing driver that SQLITE_DRIVER names is reported, and an unknown name is refused', async () => {
    const flags = ['--port', '0', '--data-dir', join(temporaryFolder(), 'data')];
    const exit = (driver: string) =>
      run(flags, { env: { ...without(NOT_INSTALLED), SQLITE_DRIVER: driver } });
    expect((await exit('node')).stderr).toBe(
      `partyline: cannot open the database: Node.js ${process.version} has no SQLite with full-text search; ${remedy}\n`,
    );
    expect((await exit('better-sqlite3')).stderr).toBe(
      `partyline: cannot open the database: better-sqlite3 is not installed; ${remedy}\n`,
    );
    expect((await exit('sqlite')).stderr).toBe(
      'partyline: invalid SQLITE_DRIVER "sqlite"; use node or better-sqlite3, or unset it\n',
    );
  });
});

describe('the start fails with one line and code 2 if the data directory', () => {
  const refusal = async (folder: string) => {
    const { code, stdout, stderr } = await run(['--port', '0', '--data-dir', folder]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^partyline: [^\n]+\n$/);
    return stderr;
  };

  it('the start fails with one line and code 2 if the data directory is used by another server, which is not affected', async () => {
    const folder = join(temporaryFolder(), 'data');
    const { ann, end } = await serverOn(folder);
    expect(await refusal(folder)).toMatch(
      /: a server is already running on it; stop that server or choose another folder/,
    );
    ann.send('MSG not affected\n');
    expect(await idsIn(ann)).toEqual([1]);
    await end('SIGKILL');
    await (await serverOn(folder)).end('SIGTERM');
  });

  it('the start fails with one line if the data file is locked, truncated or foreign, and the file is not modified', async () => {
    const folder = join(temporaryFolder(), 'data');
    await (await serverOn(folder)).end('SIGTERM');
    const other = openSqlite(dataFile(folder), { busyTimeoutMs: 0 });
    other.exec('BEGIN EXCLUSIVE');
    expect(await refusal(folder)).toMatch(/locked by another program; end that program/);
    other.close();

    truncateSync(dataFile(folder), 5000);
    const truncated = readFileSync(dataFile(folder));
    expect(await refusal(folder)).toMatch(/: the file is truncated;/);
    expect(readFileSync(dataFile(folder)).equals(truncated)).toBe(true);

    writeFileSync(dataFile(folder), 'dear diary');
    expect(await refusal(folder)).toMatch(/: not a Partyline database;/);
    expect(readFileSync(dataFile(folder), 'utf8')).toBe('dear diary');
  });

  it('the start fails with one line if the data directory is a file, is below one, or has a folder as data file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(join(folder, 'file'))).toMatch(/: it or a parent is not a folder;/);
    expect(await refusal(join(folder, 'file', 'data'))).toMatch(/: it or a parent is not a folder;/);
    mkdirSync(join(folder, 'c', 'partyline.lock'), { recursive: true });
    expect(await refusal(join(folder, 'c'))).toMatch(
      /\/c\/partyline\.lock: it is a folder; move it away or /,
    );
    mkdirSync(join(folder, 'odd'));
    mkdirSync(dataFile(join(folder, 'odd')));
    expect(await refusal(join(folder, 'odd'))).toMatch(/partyline\.db: not a regular file;/);
  });
});
