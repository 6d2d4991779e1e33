/** Tests the built library in another program: its effects on the process, and its type declarations. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folders.js';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

describe('the built library', () => {
  it('the built library installs no signal handlers, reads no settings and creates no files', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'ANNOUNCE_LOGIN=true\nMAX_LINE_BYTES=64\nPORT=1\n');
    writeFileSync(join(folder, 'program.mjs'), OBSERVED_PROGRAM);
    const env = { ...process.env, ANNOUNCE_LOGIN: 'true', MAX_LINE_BYTES: '64', PORT: '1' };
    const { stdout, stderr } = await run(process.execPath, ['program.mjs', join(ROOT, 'dist/index.js')], {
      cwd: folder,
      env,
      timeout: 18_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      envReads: [],
      newHandlers: [],
      output: `OK\nMSG bob ${'x'.repeat(90)}\nINFO bob disconnected\nPONG\n`,
      files: 2,
    });
  });

  it('the built library does not keep the process alive after close(), or before listen()', async () => {
    const program = `
      import { createServer } from 'node:http';
      import { Partyline } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
      new Partyline();
      const party = new Partyline();
      const server = createServer();
      party.attach(server);
      await party.listen({ port: 0 });
      await party.say('lobby', 'bot', 'hi');
      await party.close();
      process.on('exit', () => console.log(process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))));
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 18_000,
    });
    expect(stdout).toBe('[]\n');
  });

  it('the built library has declarations that compile in a strict program without this repository', async () => {
    const folder = temporaryFolder();
    const modules = join(folder, 'node_modules');
    // A copy instead of a link, so that packages which only this repository has are not found.
    cpSync(join(ROOT, 'dist'), join(modules, 'partyline/dist'), {
      recursive: true,
      filter: (path) => !/\.js$/.test(path),
    });
    cpSync(join(ROOT, 'package.json'), join(modules, 'partyline/package.json'));
    mkdirSync(join(modules, '@types'));
    for (const name of ['@types/node', 'undici-types'])
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(STRICTEST));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const output = await run(process.execPath, [compiler, '-p', folder]).catch((error: unknown) => error);
    expect(output).toMatchObject({ stdout: '' });
  }, 60_000);
});

/** Records reads of the environment while the library is imported and used, and the handlers it installs. */
const OBSERVED_PROGRAM = `
  import { readdirSync } from 'node:fs';
  import { connect } from 'node:net';
  import { text } from 'node:stream/consumers';
  const library = process.argv[2];
  const envReads = new Set();
  const recordRead = (name) => {
    const reader = new Error().stack.split('\\n')[3] ?? '';
    if (reader.includes('/dist/')) envReads.add(String(name) + reader);
  };
  process.env = new Proxy(process.env, {
    get: (env, name) => (recordRead(name), env[name]),
    has: (env, name) => (recordRead(name), name in env),
    ownKeys: (env) => (recordRead('all'), Reflect.ownKeys(env)),
  });
  const before = process.eventNames();
  const { Partyline } = await import(library);
  const party = new Partyline({ greetingDelayMs: 0 });
  const { port } = await party.listen({ port: 0, host: '127.0.0.1' });
  const ann = connect(port, '127.0.0.1');
  ann.write('LOGIN ann\\n');
  await new Promise((resolve) => party.on('login', resolve));
  const bob = connect(port, '127.0.0.1', () => bob.end('LOGIN bob\\nMSG ' + 'x'.repeat(90) + '\\n'));
  await new Promise((resolve) => party.on('leave', resolve));
  ann.end('PING\\n');
  const output = await text(ann);
  bob.destroy();
  await party.close();
  const newHandlers = process.eventNames().filter((name) => !before.includes(name));
  console.log(JSON.stringify({ envReads: [...envReads], newHandlers, output, files: readdirSync('.').length }));
`;

const CONSUMER = `
  import { createServer } from 'node:http';
  import {
    ConfigError,
    Partyline,
    type PartylineEvents,
    type PartylineHandler,
    type PartylineOptions,
    type Said,
    type SayRefusal,
  } from 'partyline';

  const options: PartylineOptions = { logger: console, idleTimeoutMs: 0, botNames: ['bot'] };
  const greet: PartylineHandler<'login'> = ({ name, room, dialect, peer, time }) =>
    console.log(name, room, dialect, peer, new Date(time));
  export const texts: PartylineEvents['message']['text'][] = [];

  const party = new Partyline(options).on('login', greet);
  party.on('message', async ({ id, text }) => {
    if (id > 0) texts.push(text);
  });
  const listening = await party.listen({ port: 0, fallback: 'gotalk', tls: { cert: 'PEM', key: 'PEM' } });
  party.attach(createServer().listen(listening.port + 1), { path: '/mychat' });
  const result: Said | SayRefusal = await party.say('lobby', 'bot', 'hi').catch((error: unknown) => {
    throw error instanceof ConfigError ? error : new Error('no');
  });
  export const id = typeof result === 'string' ? null : result.id;
  await party.close();
  // @ts-expect-error Options of the server process are not public.
  new Partyline({ witnesses: [], history: undefined });
`;

const STRICTEST = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: false,
    noEmit: true,
  },
};
