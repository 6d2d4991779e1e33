/**
 * Bundles the compiled command and the packages that it needs into one file: `dist/bundle/partyline.mjs` is the command
 * of the npm package. It starts faster than `dist/cli.js`, which opens some three hundred files to serve.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { DISK_WORKER } from '../src/util/asset.js';
import { thirdPartyLicenses } from './third-party-licenses.js';

const ROOT = resolve(import.meta.dirname, '..');

export interface Bundle {
  readonly code: Uint8Array;
  /** The files that the code was made of, relative to the root. */
  readonly inputs: readonly string[];
}

/** CommonJS packages call `require` for Node's own modules, which an ES module does not have. */
const ESM: BuildOptions = {
  format: 'esm',
  banner: {
    js: "import { createRequire as $createRequire } from 'node:module';\nconst require = $createRequire(import.meta.url);",
  },
};

/** For a single executable, which takes CommonJS only. There `database/load-module.js` uses `__filename`. */
const CJS: BuildOptions = { format: 'cjs', logOverride: { 'empty-import-meta': 'silent' } };

/** Bundles `dist/cli.js`, which must be compiled. The same sources give the same bytes. */
export function bundle(format: 'esm' | 'cjs'): Promise<Bundle> {
  return bundleOf('dist/cli.js', 'dist/bundle/partyline.mjs', format === 'esm' ? ESM : CJS);
}

/** The code of the thread that writes the data file, as a text that `server/disk-thread` runs. */
export function bundleDiskWorker(): Promise<Bundle> {
  return bundleOf('dist/server/disk-worker.js', DISK_WORKER, CJS);
}

async function bundleOf(entryPoint: string, outfile: string, options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [entryPoint],
    absWorkingDir: ROOT,
    outfile,
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
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (file === undefined || output === undefined)
    throw new Error(`cannot bundle ${entryPoint}: esbuild made no file`);
  return { code: file.contents, inputs: Object.keys(output.inputs) };
}

/** Writes the bundles of the npm package, and beside them the licences of the packages in them. */
export async function writeBundle(): Promise<void> {
  const { code, inputs } = await bundle('esm');
  const path = join(ROOT, 'dist/bundle/partyline.mjs');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(dirname(path), 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicenses(ROOT, inputs));
  writeFileSync(path, code);
  chmodSync(path, 0o755);
  writeFileSync(join(ROOT, DISK_WORKER), (await bundleDiskWorker()).code);
}
