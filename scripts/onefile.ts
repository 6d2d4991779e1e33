/**
 * `npm run onefile`: makes `dist/onefile/partyline-linux-x64` and `-arm64`, which run on Linux without Node.js: a Node.js
 * that contains the bundle of the command (a "single executable application"). Equal sources give equal files.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DISK_WORKER } from '../src/util/asset.js';
import { bundle, bundleDiskWorker } from './bundle.js';
import { type Arch, architectures, call, downloadNode, givenNode, type Node, strip } from './node-binary.js';
import { pageFiles, pageInputs } from './page.js';
import { thirdPartyLicenses } from './third-party-licenses.js';

const ROOT = resolve(import.meta.dirname, '..');
const POSTJECT = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));
/** postject sets this mark in Node.js, which then looks for an application in its own file. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** The files that the program reads with `readAsset`, besides the licences and the code of the other thread. */
const ASSETS = ['LICENSE', ...pageFiles()];
const THIRD_PARTY = 'dist/bundle/THIRD-PARTY-LICENSES.txt';

const scratch = mkdtempSync(join(tmpdir(), 'partyline-onefile-'));
try {
  await main();
} catch (error) {
  say(`onefile: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const { arch, node, out, xz } = parseArgs({
    options: {
      arch: { type: 'string' },
      node: { type: 'string' },
      out: { type: 'string', default: join(ROOT, 'dist/onefile') },
      xz: { type: 'boolean', default: true },
    },
    allowNegative: true,
  }).values;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const host = node === undefined ? downloadNode(hostArch(), scratch) : givenNode(node);
  const { files, inputs } = await bundle('cjs');
  const [program] = files;
  if (program === undefined || files.length > 1) throw new Error('the bundle must be one file');
  const thirdParty = `${thirdPartyLicenses(ROOT, [...inputs, ...(await pageInputs())])}\n${licenceOfNode(host)}`;
  writeFileSync(join(scratch, 'partyline.cjs'), program.code);
  writeFileSync(join(scratch, 'disk-worker'), await bundleDiskWorker());
  writeFileSync(join(scratch, 'third-party'), thirdParty);
  writeFileSync(join(out, 'LICENSES.txt'), `${readFileSync(join(ROOT, 'LICENSE'), 'utf8')}\n${thirdParty}`);

  const names = ['LICENSES.txt'];
  for (const target of wanted(arch, node === undefined ? architectures : [host.arch])) {
    const base = target === host.arch ? host : foreignNode(target, arch !== undefined);
    if (base === null) continue;
    const name = `partyline-linux-${target}`;
    writeExecutable(join(out, name), base, host);
    names.push(name);
    if (!xz) continue;
    // The number of threads is fixed, because it changes the bytes.
    call('xz', ['--keep', '-6', '--threads=2', join(out, name)]);
    names.push(`${name}.xz`);
  }
  const sums = names.map((name) => `${sha256(join(out, name))}  ${name}\n`);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  for (const name of names)
    say(`${(statSync(join(out, name)).size / 1e6).toFixed(1)} MB  ${join(out, name)}`);
  if (names.includes('partyline-linux-arm64'))
    say('npm run test:onefile runs the file for arm64 in an emulator only.');
}

/** Writes the executable for the platform of `base`. `host` is the same version for this machine. */
function writeExecutable(path: string, base: Node, host: Node): void {
  const isOwn = base.arch === host.arch;
  const config = {
    main: 'partyline.cjs',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    // The cache is for one platform; without it the start takes some 40 ms of CPU more.
    useCodeCache: isOwn,
    execArgvExtension: 'none',
    // No execArgv: --max-semi-space-size=1 saves some memory of idle clients, but costs a quarter of the throughput.
    assets: {
      ...Object.fromEntries(ASSETS.map((file) => [file, join(ROOT, file)])),
      [THIRD_PARTY]: 'third-party',
      [DISK_WORKER]: 'disk-worker',
    },
  };
  writeFileSync(join(scratch, 'sea.json'), JSON.stringify(config));
  // The seed makes equal caches. The other flags must be those of the executable, or V8 rejects the cache.
  call(host.program, ['--random-seed=1', '--experimental-sea-config', 'sea.json'], scratch);
  copyFileSync(base.program, path);
  if (!strip(path)) say(`cannot strip ${path}: no strip for ${base.arch} (install llvm); it stays larger`);
  const resource = ['NODE_SEA_BLOB', join(scratch, 'blob'), '--sentinel-fuse', FUSE];
  call(process.execPath, [POSTJECT, path, ...resource]);
}

/** Null, with a warning, if it cannot be downloaded and was not asked for. */
function foreignNode(arch: Arch, isAskedFor: boolean): Node | null {
  try {
    return downloadNode(arch, scratch);
  } catch (error) {
    if (isAskedFor || !(error instanceof Error)) throw error;
    say(`no file for ${arch} is made: ${error.message}`);
    return null;
  }
}

function wanted(given: string | undefined, possible: readonly Arch[]): readonly Arch[] {
  if (given === undefined) return possible;
  const found = possible.filter((arch) => arch === given);
  if (found.length === 0) throw new Error(`cannot build for "${given}"; use --arch ${possible.join(' or ')}`);
  return found;
}

function hostArch(): Arch {
  const found = architectures.find((arch) => arch === process.arch);
  if (found !== undefined && process.platform === 'linux') return found;
  throw new Error(`cannot build on ${process.platform} ${process.arch}; use Linux on x64 or arm64`);
}

function licenceOfNode({ version, license }: Node): string {
  const rule = '-'.repeat(80);
  return `${rule}\nNode.js ${version}, and the libraries in it\n${rule}\n${readFileSync(license, 'utf8')}`;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
