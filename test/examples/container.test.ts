/** Tests examples/Containerfile: its lines, and a server with what a container of it has, without an engine. */
import { chownSync, readdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { whyNot } from '../support/terminal.js';

const ROOT = resolve(import.meta.dirname, '../..');
const USER = 65_532;

/** The instructions in order, without comments. */
const instructions = readFileSync(join(ROOT, 'examples/Containerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^([A-Z]+) (.*)$/.exec(line)?.slice(1) ?? [line]);

function argumentsOf(name: string): string[] {
  return instructions.filter(([word]) => word === name).map(([, rest = '']) => rest);
}

describe('the Containerfile', () => {
  it('has one file on a small image with glibc, and needs no network', () => {
    expect(argumentsOf('FROM')).toEqual(['debian:12-slim']);
    expect(argumentsOf('COPY')).toEqual(['--chmod=0755 partyline-linux-x64 /usr/local/bin/partyline']);
    expect(argumentsOf('RUN').filter((command) => /apt|curl|wget|npm/.test(command))).toEqual([]);
  });

  it('runs the server as a user without rights, with one folder of its own', () => {
    expect(argumentsOf('USER')).toEqual([`${USER}:${USER}`]);
    expect(argumentsOf('VOLUME')).toEqual(['/data']);
    expect(argumentsOf('RUN')).toEqual([
      `install --directory --owner=${USER} --group=${USER} --mode=0700 /data`,
    ]);
    expect(argumentsOf('ENV')).toEqual(['HOST=0.0.0.0 DATA_DIR=/data']);
    expect(instructions.at(-2)).toEqual(['ENTRYPOINT', '["/usr/local/bin/partyline"]']);
    expect(instructions.at(-1)).toEqual(['CMD', '["serve"]']);
  });

  it('stops the server by the signal that it handles, and checks its health by partyline probe', () => {
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(argumentsOf('HEALTHCHECK')[0]).toMatch(/ CMD \["\/usr\/local\/bin\/partyline", "probe"\]$/);
    expect(argumentsOf('EXPOSE')).toEqual(['4000']);
  });

  it('is started as docs/operating.md says, after a reboot too, and is killed only after SHUTDOWN_GRACE', () => {
    const [inFile, inDocs] = ['examples/Containerfile', 'docs/operating.md'].map((name) => {
      const text = readFileSync(join(ROOT, name), 'utf8').replaceAll(/\\\n#? +/g, '');
      return /docker run --detach .*/.exec(text)?.[0];
    });
    expect(inFile).toBe(inDocs);
    expect(inFile).toContain(' --restart unless-stopped ');
    const [, stopTimeout] = / --stop-timeout (\d+) /.exec(inFile ?? '') ?? [];
    expect(Number(stopTimeout) * 1000).toBeGreaterThan(loadConfig({}).shutdownGraceMs);
  });

  const reason = whyNotRoot() || whyNot('strace');
  it.skipIf(reason !== '')(`describes a server that writes to its folder only${reason}`, async () => {
    const data = temporaryFolder();
    chownSync(data, USER, USER);
    const trace = join(temporaryFolder(), 'trace');
    const root = temporaryFolder();

    const server = await launch({ wrapper: ['sh', '-ec', CONTAINER, 'sh', root, data, trace] });

    expect(statusOf(server.pid, 'Uid')).toBe(Array(4).fill(USER).join('\t'));
    expect(statusOf(server.pid, 'CapEff')).toBe('0'.repeat(16));
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER correct-horse\nMSG hi\nSEARCH hi\n');
    expect(await ann.fence()).toContain('HIST 1 ');
    const { code } = await run(['probe'], { env: { HOST: '0.0.0.0', PORT: String(server.port) } });
    expect(code).toBe(0);
    expect(readdirSync(data)).toContain('partyline.db');
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe('');

    const written = writtenFiles(readFileSync(trace, 'latin1'));
    expect(written).toContain('/data/partyline.db');
    expect(written.filter((file) => !file.startsWith('/data/'))).toEqual([]);
  });
});

/**
 * Replaces this shell by a server whose root is read-only, except /data, with the programs and libraries of this machine.
 * Arguments: the folder of the root, the folder of /data, the file of the trace, then the command.
 */
const CONTAINER = `
root=$1 data=$2 trace=$3; shift 3
export root data trace
exec unshare --mount sh -ec '
  mount -t tmpfs none "$root"
  cd "$root"
  mkdir -p usr lib lib64 proc dev data app node
  mount --rbind /usr usr
  mount --rbind /lib lib
  [ ! -d /lib64 ] || mount --rbind /lib64 lib64
  mount -t proc proc proc
  touch dev/null dev/urandom
  mount --bind /dev/null dev/null
  mount --bind /dev/urandom dev/urandom
  mount --bind "${ROOT}" app
  mount --bind "${dirname(process.execPath)}" node
  mount --bind "$data" data
  for folder in usr lib app node; do mount -o remount,bind,ro "$folder"; done
  mount -o remount,ro "$root"
  shift 2
  exec strace -D -f -qq -o "$trace" \\
    chroot --userspec=${USER}:${USER} "$root" \\
    /usr/bin/env -i -C /data HOST=0.0.0.0 DATA_DIR=/data LOG_FORMAT=json /node/node /app/dist/cli.js "$@"
' sh "$@"
`;

/** Why the test cannot make a root of its own, for its title. */
function whyNotRoot(): string {
  const mount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return mount.status === 0 ? '' : ' (skipped: mounting needs root and Linux)';
}

/** A field of `/proc/<pid>/status`. */
function statusOf(pid: number, field: string): string {
  const [, value = ''] =
    new RegExp(`^${field}:\\t(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return value;
}

/** The paths in a trace that were opened for writing, created, renamed or removed, from the start of the server on. */
function writtenFiles(trace: string): string[] {
  const server = trace.slice(trace.indexOf('execve("/node/node"'));
  const calls = server.matchAll(
    /\bopenat\([^,]+, "([^"]*)", [^)]*\b(?:O_WRONLY|O_RDWR|O_CREAT)\b|\b(?:creat|mkdir|unlink|rmdir|rename|chmod|symlink|link|truncate)(?:at)?\((?:AT_FDCWD, )?"([^"]*)"/g,
  );
  return Array.from(calls, ([, opened, changed]) => opened ?? changed ?? '');
}
