/** TLS as the built command line is told of it: settings, signals, and the warning before strangers are let in. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig, type Values } from '../../src/config/load-config.js';
import { plaintextWarning } from '../../src/server/tls-files.js';
import { selfSigned } from '../../src/cli/self-signed.js';
import { certificatePair } from '../support/certificate.js';
import { launch, run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('what cannot be used is said in one line, with exit code 2:', () => {
  it.each([
    ['TLS_CERT alone', ['TLS_CERT'], 'TLS_CERT is set, and TLS_KEY is not; set both, or neither'],
    ['TLS_KEY alone', ['TLS_KEY'], 'TLS_KEY is set, and TLS_CERT is not; set both, or neither'],
    [
      'TLS_ONLY alone',
      ['TLS_ONLY'],
      'TLS_ONLY needs a certificate; set TLS_CERT and TLS_KEY (partyline cert makes a pair)',
    ],
  ])('%s', async (_what, names, said) => {
    const { settings } = await certificatePair();
    const all: Record<string, string> = { ...settings, TLS_ONLY: 'true' };
    const env = Object.fromEntries(names.map((name) => [name, all[name] ?? '']));

    expect(await run(['--port', '0'], { env })).toEqual({
      code: 2,
      stdout: '',
      stderr: `partyline: ${said}\n`,
    });
  });

  it('a file that is not there', async () => {
    const { settings } = await certificatePair();
    const { code, stderr } = await run(['--port', '0', '--tls-cert', '/no/cert.pem'], { env: settings });

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'partyline: TLS_CERT "/no/cert.pem" cannot be read (ENOENT); make it readable, or name another\n',
    });
  });

  it('a key that does not belong to the certificate', async () => {
    const [one, other] = [await certificatePair(), await certificatePair()];
    const env = { TLS_CERT: one.certFile, TLS_KEY: other.keyFile };
    const { code, stderr } = await run(['--port', '0'], { env });

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^partyline: TLS_KEY "[^"]+" is not the key of TLS_CERT "[^"]+"; name two [^\n]+\n$/,
    );
  });
});

describe('SIGHUP', () => {
  it('changes nothing where there is no certificate', async () => {
    const server = await launch();
    const ann = await SocketClient.login(server.port, 'ann');

    server.signal('SIGHUP');
    server.signal('SIGHUP');

    expect(await ann.fence()).toBe('');
    await SocketClient.login(server.port, 'bob');
  });

  it('rereads the certificate and the key, and drops nobody', async () => {
    const pair = await certificatePair();
    const server = await launch({ env: pair.settings });
    const login = (name: string, ca: string) =>
      SocketClient.login(server.port, name, SocketClient.connectTls(server.port, { ca }));
    const ann = await login('ann', pair.cert);
    const renewed = await selfSigned(['127.0.0.1'], Date.now());
    writeFileSync(pair.certFile, renewed.cert);

    server.signal('SIGHUP');
    const complaint = await server.log.has({ level: 'error' });
    expect(complaint.msg).toMatch(/^the certificate stays as it was: TLS_KEY .* is not the key of TLS_CERT/);
    await login('bob', pair.cert);

    writeFileSync(pair.keyFile, renewed.key);
    server.signal('SIGHUP');
    const until = renewed.validUntil.toISOString().slice(0, 10);
    await server.log.has({ msg: `the certificate was read again; it is valid until ${until}` });
    await login('cem', renewed.cert);
    expect(await ann.fence()).toBe('');
  });
});

describe('the log', () => {
  it('says of each listener whether it encrypts', async () => {
    const { settings } = await certificatePair();

    expect(await (await launch({ env: settings })).log.has({ tag: 'LISTEN' })).toMatchObject({ tls: 'yes' });
    const only = await launch({ env: { ...settings, TLS_ONLY: 'true' } });
    expect(await only.log.has({ tag: 'LISTEN' })).toMatchObject({ tls: 'only' });
    expect(await (await launch()).log.has({ tag: 'LISTEN' })).not.toHaveProperty('tls');
  });

  it('warns of a certificate that has expired', async () => {
    const pair = await certificatePair();
    const old = await selfSigned(['localhost'], Date.UTC(2020, 0, 1));
    writeFileSync(pair.certFile, old.cert);
    writeFileSync(pair.keyFile, old.key);

    const server = await launch({ env: pair.settings });

    expect((await server.log.has({ level: 'warn' })).msg).toContain('has expired');
  });
});

describe('before other machines are let in, a warning', () => {
  const warning = (flags: Values) => plaintextWarning(loadConfig({ flags }));
  const pair = { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };

  it.each(['0.0.0.0', '::', '0', '::ffff:0.0.0.0', '0:0:0:0:0:0:0:0'])(
    'says who can read along on %s',
    (HOST) => {
      expect(warning({ HOST })).toMatch(/the line is not encrypted.* set TLS_CERT and TLS_KEY/);
      expect(warning({ HOST, ...pair })).toMatch(
        /who connects without TLS is let in.* TLS_ONLY=true refuses them/,
      );
      expect(warning({ HOST, ...pair, TLS_ONLY: 'true' })).toBeNull();
    },
  );

  it.each(['localhost', '127.0.0.1', '::1', '10.0.0.1'])('is not given on %s', (HOST) => {
    expect(warning({ HOST })).toBeNull();
  });
});
