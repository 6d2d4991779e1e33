/** Tests examples/partyline.service with `systemd-analyze`, and traces the system calls of a server with `strace`. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { certificatePair } from '../support/certificate.js';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { whyNot } from '../support/terminal.js';
import { WebSocketClient } from '../support/websocket-client.js';

const UNIT = resolve(import.meta.dirname, '../../examples/partyline.service');

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, { encoding: 'utf8' });
}

/** Old versions cannot rate a file. */
const whyNotRated = analyze('--help').stdout?.includes('--offline')
  ? ''
  : ' (skipped: systemd-analyze with --offline is not installed)';

describe('the systemd unit', () => {
  it.skipIf(whyNotRated !== '')(`has an exposure level of at most 2.0${whyNotRated}`, () => {
    const { stdout, status } = analyze('security', '--offline=true', '--threshold=20', '--no-pager', UNIT);
    expect(stdout).toMatch(/Overall exposure level for partyline.service: [01]\.\d OK/);
    expect(status).toBe(0);
  });

  it.skipIf(whyNotRated !== '')(`has no unknown or invalid line${whyNotRated}`, () => {
    const copy = join(temporaryFolder(), 'partyline.service');
    // The programs of the unit may not be installed here. The comments hold lines that users may activate.
    const unit = readFileSync(UNIT, 'utf8').replaceAll(/^(Exec\w+)=.*/gm, '$1=/bin/true');
    const active = unit.replaceAll(/^#(?=[A-Z]\w+=)/gm, '');
    expect(active).toMatch(/^LoadCredential=/m);
    for (const text of [unit, active]) {
      writeFileSync(copy, text);
      const { stderr, status } = analyze('verify', '--man=no', '--recursive-errors=no', copy);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
  });

  it('waits until the server is ready, and kills it only after SHUTDOWN_GRACE', () => {
    const unit = readFileSync(UNIT, 'utf8');
    const [, program] = /^ExecStart=(\S+) serve$/m.exec(unit) ?? [];
    expect(unit).toContain(`\nExecStartPost=-${program} probe --wait 30\n`);
    const [, stopTimeout] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    expect(Number(stopTimeout) * 1000).toBeGreaterThan(loadConfig({}).shutdownGraceMs);
  });

  const reason = whyNotRated || whyNot('strace');
  it.skipIf(reason !== '')(`permits every system call of a server${reason}`, async () => {
    const trace = join(temporaryFolder(), 'trace');
    const { settings, cert } = await certificatePair();
    // With -D the server is the child of this process, not of strace.
    const wrapper = ['strace', '-D', '-f', '-qq', '-o', trace];
    const env = { ...settings, TRANSCRIPT_FILE: join(temporaryFolder(), 'transcript.txt') };
    const server = await launch({ wrapper, env });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER correct-horse\nMSG hi\nHISTORY\nSEARCH hi\nWHO\n');
    expect(await ann.fence()).toContain('HIST 1 ');
    const secure = SocketClient.connectTls(server.port, { ca: cert });
    const bob = await SocketClient.login(server.port, 'bob', secure);
    bob.send('MSG hi from bob\n');
    await ann.until('MSG bob hi from bob\n');
    const page = await WebSocketClient.connect(server.port, '/ws');
    page.send('LOGIN eve');
    await page.until('OK\n');
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(200);
    server.signal('SIGHUP');
    await server.log.has({ msg: 'reloaded after SIGHUP: TLS_CERT and TLS_KEY, TRANSCRIPT_FILE' });
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });

    const called = new Set(
      Array.from(readFileSync(trace, 'latin1').matchAll(/^\d+ +(\w+)\(/gm), ([, name = '']) => name),
    );
    expect(called).toContain('epoll_pwait');
    const permitted = permittedCalls();
    // SQLite gives its files to the owner of the data file, if it runs as root. The server of the unit does not.
    const asRoot = new Set(process.getuid?.() === 0 ? ['chown', 'fchown'] : []);
    expect([...called].filter((name) => !permitted.has(name) && !asRoot.has(name))).toEqual([]);
  });
});

/** The system calls that the unit permits: each line adds a set, or removes it with `~`. */
function permittedCalls(): ReadonlySet<string> {
  const sets = callSets();
  const membersOf = (name: string): string[] =>
    name.startsWith('@') ? (sets.get(name) ?? []).flatMap(membersOf) : [name];
  const permitted = new Set(membersOf('@default'));
  for (const [, not, names = ''] of readFileSync(UNIT, 'utf8').matchAll(/^SystemCallFilter=(~?)(.*)/gm)) {
    for (const name of names.split(' ').flatMap(membersOf)) {
      if (not === '~') permitted.delete(name);
      else permitted.add(name);
    }
  }
  return permitted;
}

/** The members of each set, such as `@system-service`; sets are members of others. */
function callSets(): ReadonlyMap<string, string[]> {
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of analyze('syscall-filter', '--no-pager').stdout.split('\n')) {
    if (line.startsWith('@')) sets.set(line.trim(), (members = []));
    else if (/^ +[@\w]/.test(line)) members.push(line.trim());
    else if (!line.startsWith(' ')) members = [];
  }
  return sets;
}
