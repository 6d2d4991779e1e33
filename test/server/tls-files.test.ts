/** The TLS settings of the built server: their errors, the reload on SIGHUP, and the warnings in the log. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig, type Values } from '../../src/config/load-config.js';
import { plaintextWarning } from '../../src/server/tls-files.js';
import { selfSigned } from '../../src/cli/self-signed.js';
import { certificatePair } from '../support/certificate.js';
import { launch, run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('the server exits with code 2 and one line of error for', () => {
  it.each([
    ['TLS_CERT alone', ['TLS_CERT'], 'TLS_CERT is set, but TLS_KEY is not; set both or neither'],
    ['TLS_KEY alone', ['TLS_KEY'], 'TLS_KEY is set, but TLS_CERT is not; set both or neither'],
    [
      'TLS_ONLY alone',
      ['TLS_ONLY'],
      'TLS_ONLY needs a certificate; set TLS_CERT and TLS_KEY (partyline cert creates a pair)',
    ],
    [
      'STS_DURATION alone',
      ['STS_DURATION'],
      'STS_DURATION needs a certificate; set TLS_CERT and TLS_KEY (partyline cert creates a pair)',
    ],
  ])('the server exits with code 2 and one line of error for %s', async (_what, names, problem) => {
    const { settings } = await certificatePair();
    const all: Record<string, string> = { ...settings, TLS_ONLY: 'true', STS_DURATION: '300' };
    const env = Object.fromEntries(names.map((name) => [name, all[name] ?? '']));

    expect(await run(['--port', '0'], { env })).toEqual({
      code: 2,
      stdout: '',
      stderr: `partyline: ${problem}\n`,
    });
  });

  it('the server exits with code 2 and one line of error for a missing certificate file', async () => {
    const { settings } = await certificatePair();
    const { code, stderr } = await run(['--port', '0', '--tls-cert', '/no/cert.pem'], { env: settings });

    expect(code).toBe(2);
    expect(stderr).toMatch(/^partyline: [^\n]*TLS_CERT "\/no\/cert\.pem"[^\n]*\n$/);
  });

  it('the server exits with code 2 and one line of error for a key of another certificate', async () => {
    const [one, other] = [await certificatePair(), await certificatePair()];
    const env = { TLS_CERT: one.certFile, TLS_KEY: other.keyFile };
    const { code, stderr } = await run(['--port', '0'], { env });

    expect(code).toBe(2);
    expect(stderr).toMatch(/^partyline: [^\n]*TLS_KEY "[^"]+" [^\n]*TLS_CERT "[^"]+"[^\n]*\n$/);
  });
});

describe('SIGHUP', () => {
  it('SIGHUP has no effect without a certificate', async () => {
    const server = await launch();
    const ann = await SocketClient.login(server.port, 'ann');

    server.signal('SIGHUP');
    server.signal('SIGHUP');

    expect(await ann.fence()).toBe('');
    await SocketClient.login(server.port, 'bob');
  });

  it('SIGHUP reloads the certificate and the key without disconnecting clients', async () => {
    const pair = await certificatePair();
    const server = await launch({ env: pair.settings });
    const login = (name: string, ca: string) =>
      SocketClient.login(server.port, name, SocketClient.connectTls(server.port, { ca }));
    const ann = await login('ann', pair.cert);
    const renewed = await selfSigned(['127.0.0.1'], Date.now());
    writeFileSync(pair.certFile, renewed.cert);

    server.signal('SIGHUP');
    const error = await server.log.has({ level: 'error' });
    expect(error.msg).toMatch(/^the old certificate stays in use: .*TLS_KEY .*TLS_CERT/);
    await login('bob', pair.cert);

    writeFileSync(pair.keyFile, renewed.key);
    server.signal('SIGHUP');
    const until = renewed.validUntil.toISOString().slice(0, 10);
    await server.log.has({ msg: `the certificate was reloaded; it is valid until ${until}` });
    await login('cem', renewed.cert);
    expect(await ann.fence()).toBe('');
  });
});

describe('the log', () => {
  it('the log states for each listener whether it encrypts', async () => {
    const { settings } = await certificatePair();

    expect(await (await launch({ env: settings })).log.has({ tag: 'LISTEN' })).toMatchObject({ tls: 'yes' });
    const only = await launch({ env: { ...settings, TLS_ONLY: 'true' } });
    expect(await only.log.has({ tag: 'LISTEN' })).toMatchObject({ tls: 'only' });
    expect(await (await launch()).log.has({ tag: 'LISTEN' })).not.toHaveProperty('tls');
  });

  it('the log warns about an expired certificate', async () => {
    const pair = await certificatePair();
    const old = await selfSigned(['localhost'], Date.UTC(2020, 0, 1));
    writeFileSync(pair.certFile, old.cert);
    writeFileSync(pair.keyFile, old.key);

    const server = await launch({ env: pair.settings });

    expect((await server.log.has({ level: 'warn' })).msg).toMatch(
      /^TLS_CERT .* expired on 2022-\d\d-\d\d, and clients refuse it; replace it and send SIGHUP$/,
    );
  });
});

describe('the warning about plain text', () => {
  const warning = (flags: Values) => plaintextWarning(loadConfig({ flags }));
  const pair = { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };

  it.each(['0.0.0.0', '::', '0', '::ffff:0.0.0.0', '0:0:0:0:0:0:0:0'])(
    'the warning about plain text is logged for HOST=%s unless TLS_ONLY is set',
    (HOST) => {
      expect(warning({ HOST })).toMatch(/connections are not encrypted.* set TLS_CERT and TLS_KEY/);
      expect(warning({ HOST, ...pair })).toMatch(
        /plain-text clients are still accepted.* set TLS_ONLY=true to refuse them/,
      );
      expect(warning({ HOST, ...pair, TLS_ONLY: 'true' })).toBeNull();
    },
  );

  it.each(['localhost', '127.0.0.1', '::1', '10.0.0.1'])(
    'the warning about plain text is not logged for HOST=%s',
    (HOST) => {
      expect(warning({ HOST })).toBeNull();
    },
  );
});
