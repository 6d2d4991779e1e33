/** Selects the servers of a row: the server under test first, then the installed peers. */

import { execFileSync } from 'node:child_process';
import { dialects } from './dialects/index.js';
import type { Job } from './load/job.js';
import type { Options, RunningServer } from './options.js';
import type { Row } from './rows.js';
import { peers } from './servers/index.js';
import { type Cluster, clusterOf } from './servers/cluster.js';
import { otherForms, partyline } from './servers/partyline.js';
import { findProgram, type Server } from './servers/server.js';

/** One line of a row: a server, to be started or already running, and its job. */
export interface Contender {
  readonly name: string;
  readonly server: Server | Cluster | RunningServer;
  readonly job: Job;
}

export interface InstalledPeer {
  readonly name: string;
  readonly version: string;
  readonly server: Server;
}

export function installedPeers(): InstalledPeer[] {
  return peers.flatMap((peer) => {
    const binary = findProgram(peer.program);
    if (binary === null) return [];
    const server = peer.at(binary);
    return [{ name: server.name, version: versionOf(binary), server }];
  });
}

/** The contenders of a row, the server under test first; empty if there is nothing to measure. */
export function contenders(row: Row, options: Options, installed: readonly InstalledPeer[]): Contender[] {
  const command = options.command ?? null;
  if (row.contest.kind === 'situations') {
    if (options.peersOnly) return [];
    const { situations, beside = [] } = row.contest;
    const tested = situations.flatMap(({ name, job, mode, dialect, nodes }): Contender[] => {
      // The settings of a running server cannot be changed.
      if (mode !== 'quiet' && options.server !== undefined) return [];
      if (nodes !== undefined) {
        const cluster = command === null ? clusterOf(nodes) : null;
        return cluster === null ? [] : [{ name, server: cluster, job }];
      }
      const server = options.server ?? partyline(command, mode);
      return [{ name, server: dialect === undefined ? server : { ...server, dialect }, job }];
    });
    const peers = installed.filter(({ name }) => beside.includes(name));
    const [first] = situations;
    return first === undefined
      ? tested
      : [...tested, ...peers.map(({ name, server }) => ({ name, server, job: first.job }))];
  }
  const { job, besideExecutable = false } = row.contest;
  const tested = options.server ?? partyline(command, 'quiet');
  const forms = options.peers && testsBuild(options) ? otherForms(besideExecutable) : [];
  const others = [...forms.map((server) => ({ name: server.name, server })), ...installed].filter((other) =>
    fits(job, other.server),
  );
  return [
    ...(options.peersOnly ? [] : [{ name: testedName(options), server: tested, job }]),
    ...others.map(({ name, server }) => ({ name, server, job })),
  ];
}

/** Whether the built server of this repository is measured. */
export function testsBuild({ server, command, peersOnly }: Options): boolean {
  return server === undefined && command === undefined && !peersOnly;
}

export function testedName({ server, command }: Options): string {
  if (server !== undefined) return `${server.host}:${server.port}`;
  return command === undefined ? 'partyline' : 'command';
}

function fits(job: Job, server: Server): boolean {
  return !('textBytes' in job) || job.textBytes <= dialects[server.dialect].maxTextBytes;
}

function versionOf(binary: string): string {
  try {
    return (
      execFileSync(binary, ['--version'], { encoding: 'utf8', timeout: 5_000 }).match(/\d+(\.\d+)+/)?.[0] ??
      '?'
    );
  } catch {
    return '?';
  }
}
