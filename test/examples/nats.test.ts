/** Tests examples/nats.conf: three servers of it, with the certificate of docs/operating.md, are a log for Partyline. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterSettings } from '../../src/config/cluster-settings.js';
import { loadConfig } from '../../src/config/load-config.js';
import { readLog } from '../support/nats-log.js';
import { freePorts, knowsSyncInterval, natsMissing, startNatsWith } from '../support/nats-servers.js';
import { temporaryFolder } from '../support/process.js';

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../examples/nats.conf'), 'utf8');
const GUIDE = readFileSync(resolve(import.meta.dirname, '../../docs/operating.md'), 'utf8');
const HOSTS = ['a', 'b', 'c'] as const;
const WAIT = { timeout: 30_000, interval: 50 };

describe.skipIf(natsMissing !== null)('the configuration of three NATS servers', () => {
  it('is a log that is encrypted, needs the password, and is stored three times', async () => {
    const folder = temporaryFolder();
    const [command = ''] = /openssl req [^]*?(?=\n[^ ])/.exec(GUIDE) ?? [];
    expect(command).toContain('subjectAltName');
    const here = command.replace('subjectAltName=', 'subjectAltName=IP:127.0.0.1,');
    execFileSync('sh', ['-c', here], { cwd: folder, stdio: 'pipe' });
    const routes = await freePorts(HOSTS.length);
    const configs = HOSTS.map((_, index) => configOf(index, routes, folder));
    const servers = await startNatsWith(configs, await freePorts(2 * HOSTS.length));

    const urls = servers.map(({ url }) => url.replace('nats://', 'tls://partyline:change-me@'));
    const ca = readFileSync(join(folder, 'cert.pem'), 'utf8');
    const user = await readLog(urls, { replicas: 3, ca });
    user.append('hello');
    await expect.poll(() => user.texts, WAIT).toEqual(['hello']);
    await expect(
      readLog(
        urls.map((url) => url.replace('change-me', 'wrong')),
        { replicas: 3, ca },
      ),
    ).rejects.toThrow('refuses the credentials');
  });

  it('goes with the settings of the guide', () => {
    const [, block = ''] = /```sh\n(CLUSTER=tls[^]*?)```/.exec(GUIDE) ?? [];
    const env = Object.fromEntries(
      Array.from(block.matchAll(/^(\w+)=(.*)$/gm), ([, name = '', value = '']) => [name, value]),
    );
    expect(Object.keys(env)).toContain('CLUSTER_KEY_FILE');
    expect(clusterSettings(loadConfig({ env }), 'a')).toMatchObject({ replicas: 3, stream: 'PARTYLINE' });
  });
});

/** The example for a server on loopback, without its port. An old nats-server does not know sync_interval. */
function configOf(index: number, routes: readonly number[], folder: string): string {
  let text = EXAMPLE.replace('server_name: a', `server_name: ${HOSTS[index]}`)
    .replace('listen: 0.0.0.0:4222\n', '')
    .replace('0.0.0.0:6222', `127.0.0.1:${routes[index]}`)
    .replaceAll('/etc/nats/', `${folder}/`)
    .replace('/var/lib/nats', join(folder, String(index)));
  for (const [other, host] of HOSTS.entries())
    text = text.replace(`${host}.example.org:6222`, `127.0.0.1:${routes[other]}`);
  return knowsSyncInterval() ? text : text.replace('sync_interval: always', '');
}
