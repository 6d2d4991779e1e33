/** The files of the cluster's settings: what they must contain, and the warnings about their modes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type Values } from '../../src/config/load-config.js';
import { clusterOf } from '../../src/server/cluster-files.js';
import { certificatePair } from '../support/certificate.js';
import { run, temporaryFolder } from '../support/process.js';

const LOOPBACK = { CLUSTER: 'nats://127.0.0.1:4222', NODE_NAME: 'test' };
const CREDS = `-----BEGIN NATS USER JWT-----
eyJ0eXAiOiJKV1QifQ.e30.x
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
SUAAA
------END USER NKEY SEED------
`;

function fileWith(content: string | Uint8Array, mode = 0o600): string {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function read(env: Values) {
  const warnings: string[] = [];
  const warn = (text: unknown) => void warnings.push(String(text));
  try {
    return {
      cluster: clusterOf(loadConfig({ env: { ...LOOPBACK, ...env } }), { warn }),
      problem: '',
      warnings,
    };
  } catch (error) {
    if (error instanceof ConfigError) return { cluster: null, problem: error.message, warnings };
    throw error;
  }
}

describe('the key of the log', () => {
  it('the key of the log is what openssl rand -base64 32 prints', () => {
    const text = execFileSync('openssl', ['rand', '-base64', '32'], { encoding: 'utf8' });
    const { cluster, warnings } = read({ CLUSTER_KEY_FILE: fileWith(text) });
    expect(cluster?.key).toHaveLength(32);
    expect(Buffer.from(cluster?.key ?? []).toString('base64')).toBe(text.trim());
    expect(warnings).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', Buffer.alloc(31).toString('base64')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['the bytes themselves', Buffer.alloc(32, 7)],
    ['hexadecimal digits', Buffer.alloc(32).toString('hex')],
    ['more lines', `${Buffer.alloc(32).toString('base64')}\n${Buffer.alloc(32).toString('base64')}`],
  ])('the key of the log is refused, and not shown, if the file contains %s', (_what, content) => {
    const file = fileWith(content);
    expect(read({ CLUSTER_KEY_FILE: file }).problem).toBe(
      `partyline: CLUSTER_KEY_FILE ${JSON.stringify(file)} does not contain 32 bytes in base64; make it with openssl rand -base64 32, and copy it to all nodes`,
    );
  });

  it('the key of the log and the credentials are warned of if all users can read them', () => {
    const key = fileWith(Buffer.alloc(32).toString('base64'), 0o644);
    const creds = fileWith(CREDS, 0o604);
    expect(read({ CLUSTER_KEY_FILE: key, CLUSTER_CREDS: creds }).warnings).toEqual([
      `CLUSTER_CREDS ${JSON.stringify(creds)} can be read by all users (mode 604), who can then connect to the NATS servers; run chmod 600 on it`,
      `CLUSTER_KEY_FILE ${JSON.stringify(key)} can be read by all users (mode 644), who can then decrypt and forge the log; run chmod 600 on it`,
    ]);
  });
});

describe('the files of the cluster', () => {
  it('the files of the cluster are read', async () => {
    const { certFile, cert } = await certificatePair();
    const env = { CLUSTER: 'tls://127.0.0.1', CLUSTER_CA: certFile, CLUSTER_CREDS: fileWith(CREDS) };
    const { cluster } = read(env);
    expect(cluster?.ca).toBe(cert);
    expect(Buffer.from(cluster?.creds ?? []).toString()).toBe(CREDS);
    expect(cluster?.key).toBe(null);
  });

  it.each(['CLUSTER_CREDS', 'CLUSTER_CA', 'CLUSTER_KEY_FILE'])(
    'the files of the cluster are named in the error if they are missing: %s',
    (name) => {
      expect(read({ CLUSTER: 'tls://127.0.0.1', [name]: '/no/such/file' }).problem).toBe(
        `partyline: ${name} "/no/such/file" cannot be read (no such file or folder); give a file that the server can read`,
      );
    },
  );

  it('the files of the cluster are named in the error if they contain something else', () => {
    const file = fileWith('hello');
    expect(read({ CLUSTER_CREDS: file }).problem).toContain('is not a NATS credentials file');
    expect(read({ CLUSTER: 'tls://127.0.0.1', CLUSTER_CA: file }).problem).toContain(
      'contains no certificate in PEM',
    );
  });

  it('a server with settings of a cluster that do not fit together exits with 2 and one line', async () => {
    const env = { CLUSTER: 'tls://ann:team-secret@a.example.org', NODE_NAME: 'test' };
    const { code, stdout, stderr } = await run(['--port', '0'], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^partyline: tls:\/\/a\.example\.org:4222 in CLUSTER is another machine, .*CLUSTER_KEY_FILE[^\n]*\n$/,
    );
    expect(stderr).not.toContain('team-secret');
  });
});
