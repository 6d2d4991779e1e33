/** What the npm package contains, and what it says about itself. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { bundle } from '../../scripts/bundle.js';
import { pageFiles, pageInputs } from '../../scripts/page.js';
import { builtCli, temporaryFolder } from '../support/process.js';
import { pack } from './pack.js';

const ROOT = resolve(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'dist/bundle/partyline.mjs');

describe('the npm package', () => {
  it('contains the built command, the library and the documents, and nothing else', () => {
    const paths = pack('--dry-run').files.map(({ path }) => path);
    const topLevel = new Set(paths.map((path) => path.split('/')[0]));
    expect([...topLevel].sort()).toEqual([
      '.env.example',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'docs',
      'examples',
      'package.json',
    ]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/bundle/THIRD-PARTY-LICENSES.txt',
        'dist/bundle/disk-worker.cjs',
        'dist/bundle/partyline.mjs',
        'dist/cli.js',
        'dist/index.d.ts',
        'dist/index.js',
        ...pageFiles(),
      ]),
    );
    const kinds = new Set(paths.filter((path) => path.startsWith('dist/')).map(kindOf));
    expect([...kinds].sort()).toEqual(['.d.ts', '.js', 'bundle/.cjs', 'bundle/.mjs', 'bundle/.txt', 'page']);
    expect(paths.filter((path) => /\btests?\b|\.map$|onefile/.test(path))).toEqual([]);
  });

  it('names files that exist, and a place for questions and sources', () => {
    expect(manifest.bin).toEqual({ partyline: 'dist/bundle/partyline.mjs' });
    expect(manifest.exports['.']).toEqual({ types: './dist/index.d.ts', default: './dist/index.js' });
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(manifest.repository.url).toMatch(/^git\+https:\/\/.*\.git$/);
    for (const url of [manifest.homepage, manifest.bugs.url]) expect(url).toMatch(/^https:\/\//);
    expect(manifest.author).not.toBe('');
  });
});

describe('the bundle', () => {
  it('is executable, begins with the line for the shell, and runs from any folder', () => {
    expect(statSync(BUNDLE).mode & 0o111).toBe(0o111);
    expect(readFileSync(BUNDLE, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { stdout } = spawnSync(BUNDLE, ['--version'], { cwd: temporaryFolder(), encoding: 'utf8' });
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('is the same for the same sources, and names no folder of the machine', async () => {
    const first = await bundle('esm');
    const second = await bundle('esm');
    expect(second.files.map(({ name }) => name)).toEqual(first.files.map(({ name }) => name));
    const written = readdirSync(dirname(BUNDLE)).filter((name) => name.endsWith('.mjs'));
    expect(written.sort()).toEqual(first.files.map(({ name }) => name).sort());
    for (const [index, { name, code }] of first.files.entries()) {
      expect(Buffer.compare(code, second.files[index]?.code ?? Buffer.alloc(0))).toBe(0);
      expect(Buffer.compare(code, readFileSync(join(dirname(BUNDLE), name)))).toBe(0);
      expect(Buffer.from(code).includes(ROOT)).toBe(false);
    }
  });

  it('has no top-level await, which a single executable cannot have, and is one file there', async () => {
    const { files } = await bundle('cjs');
    expect(files.length).toBe(1);
    expect(files[0]?.code.length).toBeGreaterThan(100_000);
  });

  it('sets no names of functions at run time, which costs memory for each client', async () => {
    const { files } = await bundle('cjs');
    const text = Buffer.concat(files.map(({ code }) => code)).toString();
    // With names shortened, an error would name its class wrongly in the log.
    expect(/\bDatabaseError=class( \w+)? extends Error\b/.test(text)).toBe(true);
    expect(text.includes('__name(')).toBe(false);
  });

  it.each([BUNDLE, builtCli])('prints its licences: %s', (file) => {
    const { status, stdout } = spawnSync(process.execPath, [file, 'licenses'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout.startsWith(readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim())).toBe(true);
    expect(stdout).toMatch(/^ws \d/m);
  });

  it('comes with the licences of the packages in it', async () => {
    const inputs = [...(await bundle('esm')).inputs, ...(await pageInputs())];
    const licenses = readFileSync(join(ROOT, 'dist/bundle/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const names = inputs.flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!node_modules)/.exec(file)?.[1] ?? [],
    );
    expect(new Set(names).size).toBeGreaterThan(10);
    expect(names).toContain('preact');
    for (const name of names) expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });
});

/** Such as `.d.ts`, `bundle/.mjs` for a file of the bundle's folder, or `page` for any file of the page. */
function kindOf(path: string): string {
  if (path.startsWith('dist/page/')) return 'page';
  const [, kind = path] = /(\.d\.ts|\.[^./]+)$/.exec(path) ?? [];
  return path.startsWith('dist/bundle/') ? `bundle/${kind}` : kind;
}
