/** InspIRCd without modules and flood limits. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './server.js';

export const inspircd: Peer = {
  program: 'inspircd',
  at: (binary) => ({
    name: 'inspircd',
    dialect: 'irc',
    // It finishes logins once a second.
    loginsAtOnce: 2000,
    launch: ({ host, port, folder }) => {
      const path = join(folder, 'inspircd.conf');
      writeFileSync(path, config(host, port));
      return { command: binary, args: ['--nofork', '--nolog', '--nopid', '--runasroot', '--config', path] };
    },
  }),
};

function config(host: string, port: number): string {
  return `
<server name="bench.local" description="bench" network="bench" id="1AA">
<admin name="bench" nick="bench" email="bench@bench.local">
<bind address="${host}" port="${port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="1h" hardsendq="1G" softsendq="1G" recvq="10M"
  threshold="1000000" commandrate="1000000000" fakelag="no" localmax="100000" globalmax="100000"
  maxconnwarn="no" resolvehostnames="no" useident="no" limit="100000" maxchans="20">
<performance netbuffersize="10240" somaxconn="4096" softlimit="100000" quietbursts="yes">
`;
}
