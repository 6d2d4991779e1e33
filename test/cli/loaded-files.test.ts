/**
 * What a command loads. Each file costs a part of a millisecond, and some packages much more: `unhomoglyph` takes 10 ms.
 * Coverage of V8 lists all scripts of a process.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtCli, childEnv, launch, temporaryFolder } from '../support/process.js';

const ROOT = resolve(import.meta.dirname, '../..');
const bundle = join(ROOT, 'dist/bundle/partyline.mjs');

describe('the number of loaded files', () => {
  it.each([['--version'], ['--help'], ['help'], ['serve --help'], ['chat --help']])(
    'is small, and none is of the server: partyline %s',
    (words) => {
      const files = loadedBy(builtCli, words.split(' '));
      expect(files).toContain('dist/cli/main.js');
      expect(files.filter((file) => OF_THE_SERVER.test(file))).toEqual([]);
      expect(packagesIn(files)).toEqual(['commander']);
      expect(files.length).toBeLessThanOrEqual(45);
    },
  );

  it.each([
    ['chat 127.0.0.1:1', ['commander', 'unhomoglyph', 'ws']],
    ['send --url 127.0.0.1:1 hi', ['commander', 'unhomoglyph', 'ws']],
    ['user list', ['commander', 'dotenv']],
  ])('includes none of the server: partyline %s, with only the packages %j', (words, packages) => {
    const files = loadedBy(builtCli, words.split(' '), 'data');
    expect(files.filter((file) => OF_THE_SERVER.test(file))).toEqual([]);
    expect(packagesIn(files).filter((name) => !packages.includes(name))).toEqual([]);
  });

  it('includes the libraries for certificates in partyline cert only', () => {
    const libraries = ['@peculiar/x509', 'reflect-metadata', 'tsyringe'];
    const ofCert = packagesIn(loadedBy(builtCli, ['cert', '--out', temporaryFolder()]));
    expect(ofCert).toEqual(expect.arrayContaining(libraries));
    const ofServer = packagesIn(loadedBy(builtCli, ['serve', '--port', 'x'], 'data'));
    expect(ofServer.filter((name) => libraries.includes(name))).toEqual([]);
  });

  it('includes nothing of the cluster on a server that is alone', async () => {
    const reports = temporaryFolder();
    const server = await launch({ flags: ['--history', 'memory'], env: { NODE_V8_COVERAGE: reports } });
    server.signal('SIGTERM');
    await server.exited;
    const files = filesIn(reports);
    expect(files).toContain('dist/core/hub/hub.js');
    expect(files.filter((file) => /^dist\/cluster\/|@nats-io/.test(file))).toEqual([]);
  });

  it.each([
    ['--version', 17],
    ['--help', 17],
    ['user list', 25],
    ['send --url 127.0.0.1:1 hi', 25],
  ])('is small for the bundle, which needs no package: partyline %s', (words, most) => {
    const files = loadedBy(bundle, words.split(' '), 'data');
    expect(files.filter((file) => !file.startsWith('dist/bundle/'))).toEqual([]);
    expect(files).toContain('dist/bundle/partyline.mjs');
    expect(files.length).toBeLessThanOrEqual(most);
  });

  it('of the bundle does not include those of another command', () => {
    const all = readdirSync(dirname(bundle)).filter((name) => /^(?:serve|chat|self-signed)-/.test(name));
    expect(all.length).toBe(3);
    for (const words of ['--version', '--help', 'user list', 'probe http://127.0.0.1:1'])
      expect(loadedBy(bundle, words.split(' '), 'data').map((file) => basename(file))).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(?:serve|chat|self-signed)-/)]),
      );
  });
});

const OF_THE_SERVER =
  /^dist\/(?:server|net|history|logging|metrics|connection|core\/hub|dialects\/(?:gotalk|machat)|partyline)/;

/** The scripts of this repository that Node loads for the command, which ends in a folder without data. */
function loadedBy(script: string, args: readonly string[], dataDir = ''): string[] {
  const reports = temporaryFolder();
  const env = {
    ...childEnv,
    NODE_V8_COVERAGE: reports,
    ...(dataDir && { DATA_DIR: join(reports, dataDir) }),
  };
  spawnSync(process.execPath, [script, ...args], { cwd: temporaryFolder(), env });
  return filesIn(reports);
}

/** The scripts of this repository in reports of coverage. */
function filesIn(reports: string): string[] {
  const scripts = readdirSync(reports).flatMap((name): { url: string }[] => {
    const report = JSON.parse(readFileSync(join(reports, name), 'utf8'));
    return report.result;
  });
  return scripts
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => relative(ROOT, fileURLToPath(url)));
}

function packagesIn(files: readonly string[]): string[] {
  const names = files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}
