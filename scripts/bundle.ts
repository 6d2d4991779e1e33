/**
 * Bundles the compiled command and the packages that it needs. `dist/bundle/` is the command of the npm package: it starts
 * faster than `dist/cli.js`, which opens some three hundred files to serve. A single executable takes one file.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { DISK_WORKER } from '../src/util/asset.js';
import { pageInputs } from './page.js';
import { thirdPartyLicenses } from './third-party-licenses.js';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = 'dist/bundle';

export interface Bundle {
  /** The first one is the command. It imports the others. */
  readonly files: readonly { readonly name: string; readonly code: Uint8Array }[];
  /** The files that the code was made of, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * In several files, so that a command parses only what it uses: parsing all of it would take half of the CPU time of
 * `partyline --version`. CommonJS packages call `require` for Node's own modules, which an ES module does not have.
 */
const ESM: BuildOptions = {
  format: 'esm',
  splitting: true,
  entryPoints: { partyline: 'dist/cli.js' },
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  banner: {
    js: "import { createRequire as $createRequire } from 'node:module';\nconst require = $createRequire(import.meta.url);",
  },
};

/** In one file, for a single executable, which takes CommonJS only. There `database/load-module.js` uses `__filename`. */
const CJS: BuildOptions = {
  format: 'cjs',
  entryPoints: { partyline: 'dist/cli.js' },
  outExtension: { '.js': '.cjs' },
  logOverride: { 'empty-import-meta': 'silent' },
};

/** Bundles `dist/cli.js`, which must be compiled. The same sources give the same bytes. */
export function bundle(format: 'esm' | 'cjs'): Promise<Bundle> {
  return bundleOf(format === 'esm' ? ESM : CJS);
}

/** The code of the thread that writes the data file, as a text that `server/disk-thread` runs. */
export async function bundleDiskWorker(): Promise<Uint8Array> {
  const name = basename(DISK_WORKER, '.cjs');
  const { files } = await bundleOf({ ...CJS, entryPoints: { [name]: 'dist/server/disk-worker.js' } });
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Error('the thread that writes the data file must be one file');
  return file.code;
}

async function bundleOf(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    outdir: FOLDER,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['better-sqlite3'],
    // Names stay: the option keepNames would set the name of each closure when it is created, which costs memory.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), code: contents }));
  const [entry = ''] = Object.keys(options.entryPoints ?? {});
  const isFirst = ({ name }: { readonly name: string }) => name.startsWith(`${entry}.`);
  if (!files.some(isFirst)) throw new Error(`cannot bundle ${entry}: esbuild made no file for it`);
  return {
    files: files.sort((one, other) => Number(isFirst(other)) - Number(isFirst(one))),
    inputs: Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)),
  };
}

/** Writes the bundles of the npm package, and beside them the licences of the packages in them. */
export async function writeBundle(): Promise<void> {
  const { files, inputs } = await bundle('esm');
  const folder = join(ROOT, FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'THIRD-PARTY-LICENSES.txt'),
    thirdPartyLicenses(ROOT, [...inputs, ...(await pageInputs())]),
  );
  writeFileSync(join(ROOT, DISK_WORKER), await bundleDiskWorker());
  // The command is the last one: its time is that of the build.
  for (const { name, code } of files.toReversed()) writeFileSync(join(folder, name), code);
  chmodSync(join(folder, 'partyline.mjs'), 0o755);
}
