/**
 * Bundles `src/page/` into `dist/page/`: the files that the server sends to browsers, each also compressed, and their list
 * `files.json`. Files below `assets/` have a hash of their content in their name, so that browsers keep them. Run by
 * itself it makes the page alone, and with `--watch` again after each change: `npm run dev:page`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, type BuildOptions, context, type OutputFile, type Plugin } from 'esbuild';
import { type PageFile, PAGE_FOLDER, PAGE_LIST } from '../src/net/http/page.js';
import { VERSION } from '../src/util/version.js';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src/page');

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
};

const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  entryPoints: { app: 'src/page/main.tsx', style: 'src/page/styles/main.css' },
  outdir: PAGE_FOLDER,
  write: false,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome110', 'firefox115', 'safari16'],
  // Calls of h() are smaller than those of the automatic runtime, which tsconfig.page.json has for types.
  tsconfigRaw: { compilerOptions: { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' } },
  inject: ['src/page/jsx.ts'],
  // Without the hooks into Preact, in whose place the components have src/page/ui/tracked.ts.
  alias: { '@preact/signals': '@preact/signals-core' },
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** Makes the page. The same sources give the same bytes. */
export async function writePage(): Promise<void> {
  const { outputFiles = [] } = await build(OPTIONS);
  write(outputFiles);
}

/** The files of the page, and of its packages, relative to the root. */
export async function pageInputs(): Promise<readonly string[]> {
  const { metafile } = await build({ ...OPTIONS, metafile: true });
  return Object.keys(metafile.inputs);
}

/** The files that a server reads, relative to the root; the page must be made. */
export function pageFiles(): readonly string[] {
  const files: readonly PageFile[] = JSON.parse(readFileSync(join(ROOT, PAGE_LIST), 'utf8'));
  return [
    PAGE_LIST,
    ...files.flatMap(({ path }) => ['', '.gz', '.br'].map((end) => PAGE_FOLDER + path + end)),
  ];
}

function write(outputs: readonly OutputFile[]): void {
  rmSync(join(ROOT, PAGE_FOLDER), { recursive: true, force: true });
  const files: PageFile[] = [];
  const add = (path: string, bytes: Uint8Array) => files.push(writeFile(path, bytes));
  /** Adds a file with a hash in its name, and returns its path. */
  const addAsset = (name: string, bytes: Uint8Array): string => {
    const [stem = '', ending = ''] = name.split('.');
    const path = `/assets/${stem}-${sha256(bytes).slice(0, 10)}.${ending}`;
    add(path, bytes);
    return path;
  };
  const output = (name: string) =>
    addAsset(name, found(outputs, ({ path }) => basename(path) === name).contents);
  const source = (name: string) => readFileSync(join(SOURCE, name), 'utf8');
  const text = (name: string, content: string) => addAsset(name, Buffer.from(content));

  const icon = text('icon.svg', source('icon.svg'));
  const parts: Readonly<Record<string, string>> = {
    icon,
    unread: text('unread.svg', source('unread.svg')),
    manifest: text('manifest.webmanifest', filled(source('manifest.webmanifest'), { icon })),
    script: output('app.js'),
    style: output('style.css'),
    version: VERSION,
  };
  add('/index.html', Buffer.from(filled(source('index.html'), parts)));
  writeFileSync(join(ROOT, PAGE_LIST), `${JSON.stringify(files, null, 1)}\n`);
}

function writeFile(path: string, bytes: Uint8Array): PageFile {
  const file = join(ROOT, PAGE_FOLDER + path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)];
  if (type === undefined) throw new Error(`scripts/page.ts has no media type for ${path}`);
  return { path, type, sha256: sha256(bytes) };
}

/** Replaces each `{name}` of the given names. */
function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filling, [name, part]) => filling.replaceAll(`{${name}}`, part), text);
}

function found(outputs: readonly OutputFile[], test: (output: OutputFile) => boolean): OutputFile {
  const output = outputs.find(test);
  if (output === undefined) throw new Error('esbuild did not make a file of the page');
  return output;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const writing: Plugin = {
  name: 'page',
  setup: ({ onEnd }) =>
    onEnd(({ outputFiles = [], errors }) => {
      if (errors.length > 0) return;
      write(outputFiles);
      process.stderr.write('dist/page is made; a server that is started now serves it\n');
    }),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--watch')) await (await context({ ...OPTIONS, plugins: [writing] })).watch();
  else await writePage();
}
