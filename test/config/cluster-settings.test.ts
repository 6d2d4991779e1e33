/** The rules of the cluster's settings, and the parsing of its servers and names. */
import { describe, expect, it } from 'vitest';
import { clusterSettings } from '../../src/config/cluster-settings.js';
import { isLoopback } from '../../src/config/cluster-types.js';
import { ConfigError, loadConfig, type Values } from '../../src/config/load-config.js';

const REMOTE = {
  CLUSTER: 'tls://a.example.org,tls://b.example.org:4333',
  CLUSTER_CREDS: 'node.creds',
  CLUSTER_KEY_FILE: 'log.key',
};

function settingsOf(env: Values, hostName = 'chat-1') {
  return clusterSettings(loadConfig({ env }), hostName);
}

/** The message of the error; '' without one. */
function problemOf(env: Values, hostName?: string): string {
  try {
    settingsOf(env, hostName);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('CLUSTER', () => {
  const servers = (text: string) => loadConfig({ env: { CLUSTER: text } }).cluster;

  it('CLUSTER is a list of NATS servers with the default port 4222', () => {
    expect(servers('')).toEqual([]);
    expect(servers(' nats://127.0.0.1 , TLS://A.example.org:4333/,nats://[::1]:1')).toEqual([
      { url: 'nats://127.0.0.1:4222', host: '127.0.0.1', port: 4222, isTls: false, login: null },
      { url: 'tls://a.example.org:4333', host: 'a.example.org', port: 4333, isTls: true, login: null },
      { url: 'nats://[::1]:1', host: '::1', port: 1, isTls: false, login: null },
    ]);
  });

  it('CLUSTER may contain a user and a password, or a token, and the URL that is shown has neither', () => {
    expect(servers('nats://ann:s%40%3A%2C@localhost,nats://t0ken@localhost')).toEqual([
      expect.objectContaining({ url: 'nats://localhost:4222', login: { user: 'ann', password: 's@:,' } }),
      expect.objectContaining({ url: 'nats://localhost:4222', login: { token: 't0ken' } }),
    ]);
  });

  it.each([
    'a.example.org',
    'http://a',
    'nats:a',
    'nats:/a',
    'nats://',
    'nats://a:0',
    'nats://a:65536',
    'nats://a/path',
    'nats://a?x',
    'nats://a#x',
    'nats://:secret@a',
    'nats://ann:%zz@a',
    'nats://a b',
    'nats://a,',
    ',',
  ])('CLUSTER refuses %j without showing it, since it may contain a password', (text) => {
    expect(() => servers(text)).toThrow(
      /^partyline: CLUSTER must be nats:\/\/ or tls:\/\/ URLs, separated by commas, such as \S+ \(empty = none\)$/,
    );
  });

  it.each([
    ['localhost', true],
    ['chat.localhost', true],
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['[::1]', true],
    ['[::ffff:127.0.0.1]', true],
    ['localhost.example.org', false],
    ['128.0.0.1', false],
    ['0.0.0.0', false],
    ['[::2]', false],
  ])('CLUSTER knows which servers are on this machine: %s', (host, expected) => {
    expect(servers(`nats://${host}`).map(isLoopback)).toEqual([expected]);
  });
});

describe('a node', () => {
  it('a node is alone without CLUSTER', () => {
    expect(settingsOf({})).toBe(null);
    expect(settingsOf({ HISTORY: 'memory', NODE_NAME: 'x', CLUSTER_REPLICAS: '3' })).toBe(null);
  });

  it('a node on loopback needs nothing but CLUSTER, and has the host name', () => {
    expect(settingsOf({ CLUSTER: 'nats://127.0.0.1:4222' })).toEqual({
      servers: [expect.objectContaining({ url: 'nats://127.0.0.1:4222' })],
      nodeName: 'chat-1',
      stream: 'PARTYLINE',
      credsFile: null,
      caFile: null,
      keyFile: null,
      replicas: 1,
      leaseMs: 12_000,
    });
    expect(settingsOf({ CLUSTER: 'nats://127.0.0.1', NODE_NAME: 'eu.chat_2' })?.nodeName).toBe('eu.chat_2');
  });

  it('a node with servers on other machines needs TLS, credentials and a key', () => {
    expect(problemOf(REMOTE)).toBe('');
    expect(problemOf({ ...REMOTE, CLUSTER: 'tls://ann:pw@a,tls://ann:pw@b', CLUSTER_CREDS: '' })).toBe('');
    expect(problemOf({ ...REMOTE, CLUSTER: 'tls://a.example.org,nats://b.example.org' })).toBe(
      'partyline: tls://a.example.org:4222 in CLUSTER is another machine, so all connections must be encrypted; write tls:// in place of nats://b.example.org:4222',
    );
    expect(problemOf({ ...REMOTE, CLUSTER: 'nats://127.0.0.1,tls://b.example.org' })).toContain(
      'write tls:// in place of nats://127.0.0.1:4222',
    );
    expect(problemOf({ ...REMOTE, CLUSTER_CREDS: '' })).toBe(
      'partyline: tls://a.example.org:4222 in CLUSTER is another machine, so credentials are needed; set CLUSTER_CREDS to a NATS credentials file, or write tls://user:password@host:port in CLUSTER',
    );
    expect(problemOf({ ...REMOTE, CLUSTER_KEY_FILE: '' })).toBe(
      'partyline: tls://a.example.org:4222 in CLUSTER is another machine, so the log must be encrypted; write 32 bytes to a file with openssl rand -base64 32, and set CLUSTER_KEY_FILE to it on all nodes',
    );
  });

  it.each([
    ['HISTORY=memory', { HISTORY: 'memory' }, 'CLUSTER needs HISTORY=disk'],
    [
      'two kinds of credentials',
      { CLUSTER: 'tls://ann:pw@a' },
      'CLUSTER_CREDS is set, and CLUSTER contains a user; use one of the two',
    ],
    [
      'a certificate authority that nothing is checked with',
      { CLUSTER: 'nats://127.0.0.1', CLUSTER_CA: 'ca.pem' },
      'CLUSTER_CA is set, but CLUSTER has nats:// URLs',
    ],
  ])('a node is refused with %s', (_what, env, problem) => {
    const message = problemOf({ ...REMOTE, ...env });
    expect(message).toContain(`partyline: ${problem}`);
    expect(message).not.toContain('pw');
  });

  it.each(['CLUSTER_CREDS', 'CLUSTER_CA', 'CLUSTER_KEY_FILE'])(
    'a node with %s but without CLUSTER is refused, because it would be a chat of its own',
    (name) => {
      expect(problemOf({ [name]: 'x' })).toBe(
        `partyline: ${name} is set, but CLUSTER is not; set CLUSTER to the URLs of the NATS servers, or remove ${name}`,
      );
    },
  );

  it('a node whose host name is no name of a node needs NODE_NAME', () => {
    const env = { CLUSTER: 'nats://127.0.0.1' };
    expect(problemOf(env, 'my host')).toBe(
      'partyline: the host name "my host" cannot be the name of a node; set NODE_NAME',
    );
    expect(problemOf({ ...env, NODE_NAME: 'n1' }, 'my host')).toBe('');
    for (const name of ['-a', '.a', 'a b', 'ä', 'a'.repeat(64)])
      expect(() => loadConfig({ env: { NODE_NAME: name } })).toThrow('NODE_NAME must be up to 63 letters');
  });

  it('a node has a lease from 3 seconds to 5 minutes, and 1 to 5 replicas', () => {
    const leaseMs = (text: string) => loadConfig({ env: { CLUSTER_LEASE: text } }).clusterLeaseMs;
    expect(['3', '12', '4.5', '300'].map(leaseMs)).toEqual([3000, 12_000, 4500, 300_000]);
    for (const text of ['2.9', '301', 'x', '0'])
      expect(() => leaseMs(text)).toThrow('CLUSTER_LEASE must be a number of seconds from 3 to 300');
    for (const text of ['0', '6'])
      expect(() => loadConfig({ env: { CLUSTER_REPLICAS: text } })).toThrow('CLUSTER_REPLICAS must be');
    for (const text of ['a.b', 'a b', '*', '>'])
      expect(() => loadConfig({ env: { CLUSTER_STREAM: text } })).toThrow('CLUSTER_STREAM must be');
  });
});
