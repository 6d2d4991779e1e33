/** Tests `partyline hook`, without a server and beside one. */
import { describe, expect, it, vi } from 'vitest';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

vi.setConfig({ testTimeout: 120_000 });

async function startedOnce(): Promise<string> {
  const folder = temporaryFolder();
  const server = await launch({ flags: ['--data-dir', folder] });
  server.signal('SIGTERM');
  await server.exited;
  return folder;
}

describe('the hook commands', () => {
  it('a hook is created with a URL that is shown once, listed without its secret, and revoked', async () => {
    const folder = await startedOnce();
    const hook = (...words: readonly string[]) =>
      run(['hook', ...words, '--data-dir', folder], { env: { HOST: '127.0.0.1', PORT: '4321' } });
    const created = await hook('create', '--room', 'ops', '--name', 'grafana');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toMatch(/^http:\/\/127\.0\.0\.1:4321\/hooks\/[\w-]{43}\n$/);
    const secret = created.stdout.trim().split('/').at(-1) ?? '';
    const listed = await hook('list', '--json');
    const [row] = JSON.parse(listed.stdout) as { readonly id: string }[];
    expect(row).toMatchObject({ room: 'ops', name: 'grafana' });
    expect(listed.stdout).not.toContain(secret);
    expect(await hook('revoke', row?.id ?? '')).toMatchObject({
      code: 0,
      stdout: `webhook ${row?.id} is revoked\n`,
    });
    expect(await hook('list')).toEqual({ code: 0, stdout: '', stderr: '' });
    const again = await hook('revoke', row?.id ?? '');
    expect([again.code, again.stderr]).toEqual([
      1,
      `partyline: unknown webhook "${row?.id}"; partyline hook list prints the ids\n`,
    ]);
  });

  it('the data directory may be given in front of a command, which has its own first', async () => {
    const folder = await startedOnce();
    const before = (...words: readonly string[]) => run(['--data-dir', folder, ...words]);
    expect(await before('hook', 'list')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await before('hook', 'list', '--data-dir', '/nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no data file in /nowhere;'),
    });
  });

  it('a hook with an invalid room or name, or a reserved one, is refused', async () => {
    const folder = await startedOnce();
    const create = (room: string, name: string) =>
      run(['hook', 'create', '--room', room, '--name', name, '--data-dir', folder]);
    expect(await create('no room', 'ci')).toMatchObject({
      code: 2,
      stderr: 'partyline: invalid room "no room"; give a room name, such as ops\n',
    });
    expect((await create('ops', '-')).stderr).toMatch(/^partyline: invalid name "-"; give a user name/);
    expect(await create('ops', 'server')).toMatchObject({ code: 1 });
  });

  it('the name of a hook cannot be taken by a user while the hook is there', async () => {
    const folder = temporaryFolder();
    const server = await launch({ flags: ['--data-dir', folder, '--greeting-delay', '0'] });
    const { stdout } = await run([
      'hook',
      'create',
      '--room',
      'ops',
      '--name',
      'grafana',
      '--data-dir',
      folder,
    ]);
    expect(stdout).toContain('/hooks/');
    await server.log.has({ tag: 'ADMIN', did: 'create hook' });
    const client = await SocketClient.connect(server.port);
    client.send('LOGIN Grafana\n');
    await client.until('ERR username-taken\n');
    const listed = await run(['hook', 'list', '--json', '--data-dir', folder]);
    const [row] = JSON.parse(listed.stdout) as { readonly id: string }[];
    await run(['hook', 'revoke', row?.id ?? '', '--data-dir', folder]);
    await server.log.has({ tag: 'ADMIN', did: 'revoke hook' });
    client.send('LOGIN Grafana\n');
    await client.until('OK\n');
  });
});
