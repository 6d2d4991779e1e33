/** ngIRCd without flood penalty and limits. */

import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Peer } from './server.js';

export const ngircd: Peer = {
  program: 'ngircd',
  at: (binary) => ({
    name: 'ngircd',
    dialect: 'irc',
    // Its backlog is 10 connections; more are reset.
    loginsAtOnce: 10,
    launch: ({ host, port, folder }) => {
      const path = join(folder, 'ngircd.conf');
      writeFileSync(path, config(host, port));
      return { command: binary, args: ['--nodaemon', '--config', path] };
    },
  }),
};

function config(host: string, port: number): string {
  const { uid, gid } = userInfo();
  return `
[Global]
Name = bench.local
Info = bench
Listen = ${host}
Ports = ${port}
ServerUID = ${uid}
ServerGID = ${gid}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local7
`;
}
