/**
 * A system with the executable and nothing else: for root, a root directory with the file and the libraries that it
 * names; for other users, an empty folder. The environment is empty, and there is no Node.js, shell or /tmp.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { temporaryFolder } from '../support/folders.js';
import { launch, type PartylineProcess, run } from '../support/process.js';

export const built = inject('built');
export const NAME = `partyline-linux-${process.arch}`;
export const executable = join(built.folder, NAME);

const CHROOT = spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin; command -v chroot'], {
  encoding: 'utf8',
}).stdout.trim();
const mayChangeRoot = CHROOT !== '' && spawnSync(CHROOT, ['/', '/bin/true']).status === 0;

export class BareSystem {
  /** The folder that is the root of the system, or the working directory in it. */
  readonly folder = temporaryFolder();
  /** Runs the executable if its arguments are added. */
  readonly command: readonly string[];
  readonly #dataDir: string;

  constructor() {
    this.#dataDir = mayChangeRoot ? '/data' : join(this.folder, 'data');
    if (!mayChangeRoot) {
      this.command = ['/usr/bin/env', '-i', 'PATH=', 'TMPDIR=/nonexistent', executable];
      return;
    }
    for (const file of librariesOf(executable)) this.#add(file, file);
    this.#add(executable, '/partyline');
    this.command = ['/usr/bin/env', '-i', CHROOT, this.folder, '/partyline'];
  }

  /** The path of a file in `folder`, as the program sees it. */
  path(name: string): string {
    return mayChangeRoot ? `/${name}` : join(this.folder, name);
  }

  /** Starts a server on a free port, and waits until it listens. */
  serve(...flags: readonly string[]): Promise<PartylineProcess> {
    const { wrapper, node } = this.#words();
    const all = ['--log-format', 'json', '--data-dir', this.#dataDir, ...flags];
    return launch({ wrapper, node, script: 'serve', flags: all, cwd: this.folder });
  }

  /** Runs a command to its end. */
  run(
    command: string,
    ...args: readonly string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return run(args, { ...this.#words(), script: command, cwd: this.folder });
  }

  /** Runs a command that reads the data directory. */
  runOnData(command: string, ...args: readonly string[]): ReturnType<BareSystem['run']> {
    return this.run(command, ...args, '--data-dir', this.#dataDir);
  }

  #words(): { readonly wrapper: readonly string[]; readonly node: string } {
    return { wrapper: this.command.slice(0, -1), node: this.command.at(-1) ?? '' };
  }

  #add(file: string, path: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** The paths of the libraries that the system loads for the program. */
export function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
