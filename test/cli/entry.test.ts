/** Tests what the command does before the program is loaded: it reports a Node.js that is too old, and missing packages. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { builtCli, run, temporaryFolder } from '../support/process.js';

const ROOT = resolve(import.meta.dirname, '../..');
const bundle = join(ROOT, 'dist/bundle/partyline.mjs');

it.each([builtCli, bundle])(
  'a Node.js that is too old is reported with one line and 2: %s',
  async (script) => {
    for (const version of ['16.20.2', '18.19.0']) {
      const versions = `{ ...process.versions, node: '${version}' }`;
      const code = `Object.defineProperty(process, 'versions', { value: ${versions} });`;
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
      expect(await run(['--version'], { script, env })).toEqual({
        code: 2,
        stdout: '',
        stderr: `partyline: Node.js ${version} is too old; use Node.js 24 or later\n`,
      });
    }
  },
);

it.each([builtCli, bundle])('a Node.js that is too old can load the file that reports it: %s', (script) => {
  const files = new Set([script]);
  const modules = new Set<string>();
  for (const file of files)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import) ?["']([^"']+)["']/g)) {
      if (name.startsWith('.')) files.add(resolve(dirname(file), name));
      else modules.add(name);
    }
  expect(files.size).toBeGreaterThan(2);
  expect(modules).toContain('node:tty');
  expect([...modules].filter((name) => !['node:module', 'node:tty'].includes(name))).toEqual([]);
});

it('a missing package is reported by its name with one line and 2', async () => {
  const clone = temporaryFolder();
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
  cpSync(join(ROOT, 'dist'), join(clone, 'dist'), {
    recursive: true,
    filter: (source) => !/^(?:onefile|bundle)\b/.test(relative(join(ROOT, 'dist'), source)),
  });
  const script = join(clone, 'dist/cli.js');
  const missing = (name: string) => ({
    code: 2,
    stdout: '',
    stderr: `partyline: cannot load the package ${name}; run npm ci in the folder of Partyline\n`,
  });
  expect(await run(['--version'], { script })).toEqual(missing('commander'));

  mkdirSync(join(clone, 'node_modules'));
  const add = (name: string) =>
    symlinkSync(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
  add('commander');
  expect(await run(['--version'], { script })).toMatchObject({ code: 0, stderr: '' });
  expect(await run(['serve', '--port', '0'], { script })).toEqual(missing('dotenv'));
  add('dotenv');
  expect(await run(['serve', '--port', '0'], { script })).toMatchObject(missing('pino'));
});
