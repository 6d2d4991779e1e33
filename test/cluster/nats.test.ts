/** The log on NATS JetStream with one real nats-server: what it promises, and what it says when it cannot be used. */
import { spawn } from 'node:child_process';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../../src/cli/self-signed.js';
import { placeOf } from '../../src/cluster/nats-reader.js';
import { ConfigError } from '../../src/config/load-config.js';
import { certificatePair } from '../support/certificate.js';
import { makeNatsCreds } from '../support/nats-creds.js';
import { LogUser, numbers, readLog } from '../support/nats-log.js';
import { natsMissing, startNats } from '../support/nats-servers.js';

const WAIT = { timeout: 20_000, interval: 20 };
const MB = 1024 * 1024;

describe.skipIf(natsMissing !== null)('a log on NATS', () => {
  it('gives every reader the entries of all in one order, without gaps', async () => {
    const { url } = await startNats();
    const [ann, bob] = [await readLog([url]), await readLog([url])];
    const texts = numbers(500).map((number) => `entry ${number}`);
    const before = Date.now();
    for (const [index, text] of texts.entries()) (index % 2 === 0 ? ann : bob).append(text);

    await expect.poll(() => bob.entries.length, WAIT).toBe(500);
    await expect.poll(() => ann.entries, WAIT).toEqual(bob.entries);
    expect(ann.entries.map(({ seq }) => seq)).toEqual(numbers(500));
    expect([...ann.texts].sort()).toEqual([...texts].sort());
    const times = ann.entries.map(({ at }) => at);
    expect(times.every((at) => Number.isInteger(at) && at >= before - 1000 && at <= Date.now() + 1000)).toBe(
      true,
    );
    expect([...ann.warnings, ...bob.warnings].filter((text) => !text.includes('has version'))).toEqual([]);
  });

  it('begins after the given entry, and a second reading replaces the first', async () => {
    const { url } = await startNats();
    const user = await readLog([url]);
    user.append('a', 'b', 'c');
    await expect.poll(() => user.texts, WAIT).toEqual(['a', 'b', 'c']);

    user.read(1);
    await expect.poll(() => user.texts, WAIT).toEqual(['b', 'c']);
    user.append('d');
    await expect.poll(() => user.texts, WAIT).toEqual(['b', 'c', 'd']);
    expect(user.entries.map(({ seq }) => seq)).toEqual([2, 3, 4]);
  });

  it('knows its ends, its id and the bytes of each entry', async () => {
    const { url } = await startNats();
    const user = await readLog([url]);
    const { id, ...empty } = await user.log.ends();
    expect(empty).toEqual({ first: 1, last: 0 });
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(await user.log.at(1)).toBe(null);
    user.append('a', '');
    await expect.poll(() => user.entries.length, WAIT).toBe(2);

    const other = await readLog([url], { id });
    expect(await other.log.ends()).toEqual({ first: 1, last: 2, id });
    expect(Buffer.from((await other.log.at(1)) ?? []).toString()).toBe('a');
    expect(await other.log.at(2)).toHaveLength(0);
    expect(await other.log.at(3)).toBe(null);
  });

  it('keeps its entries and goes on by itself after kill -9 of the server', async () => {
    const nats = await startNats();
    const user = await readLog([nats.url]);
    user.append('a', 'b');
    await expect.poll(() => user.texts, WAIT).toEqual(['a', 'b']);
    expect(user.opened).toBe(1);

    await nats.kill();
    await expect.poll(() => user.log.server, WAIT).toBe(null);
    user.append('lost');
    await expect(user.log.ends()).rejects.toThrow('not connected to a NATS server');
    await expect
      .poll(() => user.warnings, WAIT)
      .toContain(`waiting for the log: ${nats.url}: connection refused`);
    await nats.start();
    await expect.poll(() => user.opened, WAIT).toBe(2);

    user.append('c');
    await expect.poll(() => user.texts, WAIT).toEqual(['a', 'b', 'c']);
    expect((await user.log.ends()).last).toBe(3);
  });

  it('says that an entry came which was read before, when the log has lost its end', async () => {
    const { url } = await startNats();
    const user = await readLog([url]);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    user.read(7);
    await expect.poll(() => user.opened, WAIT).toBe(2);
    user.append('b');

    await expect.poll(() => user.warnings, WAIT).toContain('reading the log again: entry 2 came after 7');
    await expect.poll(() => user.opened, WAIT).toBeGreaterThan(2);
    expect(user.entries).toEqual([]);
  });

  it('leaves nothing open when it is closed: the process ends', async () => {
    const nats = await startNats();
    expect(await exitOf(nats.url)).toEqual({ code: 0, output: 'read hello\n' });
    nats.signal('SIGSTOP');
    expect(await exitOf(nats.url)).toEqual({ code: 0, output: 'TimeoutError\n' });
  });

  it('says which server it waits for, and needs no restart when the server comes', async () => {
    const nats = await startNats();
    await nats.kill();
    const user = new LogUser([nats.url]);
    const opening = user.open();
    await expect
      .poll(() => user.warnings, WAIT)
      .toEqual([`waiting for the log: ${nats.url}: connection refused`]);
    await nats.start();
    await opening;
    expect(user.infos).toEqual([expect.stringContaining(`connected to the NATS server ${nats.url}`)]);
  });

  it('goes to the next server if one is unreachable', async () => {
    const nats = await startNats();
    const user = await readLog(['nats://127.0.0.1:1', nats.url]);
    expect(user.log.server?.url).toBe(nats.url);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
  });

  it('goes to the next server if one does not give what the log has, but stays with one that refuses', async () => {
    const { url } = await startNats();
    const { url: refusing } = await startNats({
      config:
        'authorization { users: [{ user: ann, password: pw, permissions: { publish: { deny: "partyline.>" } } }] }',
    });
    const readOnly = refusing.replace('//', '//ann:pw@');
    const refused = await readLog([readOnly, readOnly]);
    refused.append('refused');
    const user = await readLog([await proxyWithoutEntries(url), url]);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    expect(user.warnings.join()).toContain('it gave no entry after 0 of 1');
    expect(user.log.server?.url).toBe(url);
    expect(refused.warnings.join()).not.toContain('left the NATS server');
  });

  it('takes user and password, or a token, from the URL, and shows neither', async () => {
    const nats = await startNats({ config: 'authorization { user: "ann", password: "sec:ret/1" }' });
    const withLogin = nats.url.replace('//', `//ann:${encodeURIComponent('sec:ret/1')}@`);
    const user = await readLog([withLogin]);
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    await nats.kill();
    await expect.poll(() => user.warnings.length, WAIT).toBeGreaterThan(1);
    expect([...user.infos, ...user.warnings].join('\n')).not.toMatch(/ann|sec|ret/);

    const other = await startNats({ config: 'authorization { token: "t0ken" }' });
    const byToken = await readLog([other.url.replace('//', '//t0ken@')]);
    expect(byToken.log.server?.url).toBe(other.url);
  });

  it('needs no more permissions than docs/operating.md says', async () => {
    const publish = '["partyline.PARTYLINE", "$JS.API.>", "$JS.FC.>"]';
    const permissions = `permissions: { publish: ${publish}, subscribe: "_INBOX.>" }`;
    const { url } = await startNats({
      config: `authorization { users: [{ user: ann, password: pw, ${permissions} }] }`,
    });
    const user = await readLog([url.replace('//', '//ann:pw@')]);
    const text = 'x'.repeat(MB / 2);
    for (const number of numbers(20)) {
      user.append(text);
      await expect.poll(() => user.entries.length, WAIT).toBe(number);
    }
    // More than the window of flow control.
    user.read(0);
    await expect.poll(() => user.entries.length, WAIT).toBe(20);
    expect((await user.log.ends()).last).toBe(20);
    expect((await user.log.at(20))?.length).toBe(MB / 2);
    expect(user.warnings.filter((line) => !line.includes('has version'))).toEqual([]);
  });

  it('takes a NATS credentials file', async () => {
    const { config, creds, foreignCreds } = makeNatsCreds();
    const { url } = await startNats({ config });
    const user = await readLog([url], { creds: Buffer.from(creds) });
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);
    expect(await faultOf([url], { creds: Buffer.from(foreignCreds) })).toBe(
      `partyline: ${url} refuses the credentials; correct CLUSTER_CREDS, or the user and password in CLUSTER`,
    );
    const broken = creds.replace(
      /(?<=SEED-+\s+)SU\w{50}/,
      (seed) => `${seed.slice(0, 20)}AAAA${seed.slice(24)}`,
    );
    expect(await faultOf([url], { creds: Buffer.from(broken) })).toBe(
      'partyline: the credentials in CLUSTER_CREDS are damaged; make them again with nsc generate creds',
    );
  });

  it('is encrypted with tls://, and the name in the URL is checked against the certificate', async () => {
    const { cert, certFile, keyFile } = await certificatePair();
    const config = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
    const nats = await startNats({ config });
    const url = nats.url.replace('nats:', 'tls:');
    const user = await readLog([url], { ca: cert });
    user.append('a');
    await expect.poll(() => user.texts, WAIT).toEqual(['a']);

    expect(await faultOf([url])).toMatch(
      new RegExp(
        `^partyline: ${url} has a certificate that is not accepted \\(self-signed certificate\\); set CLUSTER_CA`,
      ),
    );
    const other = await certificatePair(() => selfSigned(['chat.example.org'], Date.now()));
    const foreign = await startNats({
      config: `tls { cert_file: "${other.certFile}", key_file: "${other.keyFile}" }`,
    });
    expect(await faultOf([foreign.url.replace('nats:', 'tls:')], { ca: other.cert })).toMatch(
      /has a certificate that is not accepted \(.*IP: 127\.0\.0\.1 is not in the cert's list/,
    );
  });
});

describe.skipIf(natsMissing !== null)(
  'a log on NATS cannot be opened, with one line that says what to do:',
  () => {
    it.each([
      ['wrong credentials', 'ann:wrong@'],
      ['missing credentials', ''],
    ])('%s', async (_what, login) => {
      const nats = await startNats({ config: 'authorization { user: ann, password: secret }' });
      expect(await faultOf([nats.url.replace('//', `//${login}`)])).toBe(
        `partyline: ${nats.url} refuses the credentials; correct CLUSTER_CREDS, or the user and password in CLUSTER`,
      );
    });

    it('a server without JetStream', async () => {
      const nats = await startNats({ hasJetStream: false });
      expect(await faultOf([nats.url])).toMatch(
        /^partyline: the NATS server \S+ has no JetStream, or not for this user; add jetstream/,
      );
    });

    it('a stream of another cluster', async () => {
      const { url } = await startNats();
      const { log } = await readLog([url]);
      const { id } = await log.ends();
      expect(await faultOf([url], { id: 'abc' })).toBe(
        `partyline: the stream PARTYLINE holds the log ${id} of another cluster, and the data directory belongs to the log abc; correct CLUSTER or CLUSTER_STREAM, or start with a backup of a node of that cluster`,
      );
    });

    it('a stream of another program', async () => {
      const { url } = await startNats();
      await makeStream(url, 'PARTYLINE', 'other.subject');
      expect(await faultOf([url])).toMatch(
        /^partyline: the stream PARTYLINE on .* was not made by Partyline; choose another name with CLUSTER_STREAM$/,
      );
      await makeStream(url, 'OTHER', 'partyline.>');
      expect(await faultOf([url], { stream: 'CHAT' })).toMatch(
        /^partyline: another stream on .* takes the subject partyline\.CHAT; choose another name with CLUSTER_STREAM$/,
      );
    });

    it('more replicas than one server can store', async () => {
      const { url } = await startNats();
      expect(await faultOf([url], { replicas: 3 })).toMatch(
        /is not a cluster of NATS servers, so it cannot store the log 3 times; set CLUSTER_REPLICAS=1, or connect/,
      );
    });

    it('too little storage for JetStream', async () => {
      const { url } = await startNats({ hasJetStream: false, config: 'jetstream { max_file_store: 1GB }' });
      expect(await faultOf([url])).toMatch(/has less than 10 GiB left for JetStream.*raise max_file_store/);
    });

    it('a server that takes short messages only', async () => {
      const { url } = await startNats({ config: 'max_payload: 100KB' });
      expect(await faultOf([url])).toBe(
        `partyline: ${url} takes messages of 102400 bytes only; set max_payload to 1MB or more in its configuration`,
      );
    });

    it('a user who may not use JetStream', async () => {
      const user =
        'authorization { users: [{ user: ann, password: pw, permissions: { publish: "x", subscribe: ">" } }] }';
      const { url } = await startNats({ config: user });
      expect(await faultOf([url.replace('//', '//ann:pw@')])).toMatch(
        /^partyline: .* does not permit this user to manage streams .*; permit \$JS\.API\.>/,
      );
    });

    it('tls:// to a server without TLS', async () => {
      const { url } = await startNats();
      const secure = url.replace('nats:', 'tls:');
      expect(await faultOf([secure])).toBe(
        `partyline: ${secure} does not encrypt; add tls to its configuration, or write nats:// in CLUSTER`,
      );
    });

    it('a port of another program', async () => {
      const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
      await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
      onTestFinished(() => void other.close());
      const address = other.address();
      const url = `nats://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      expect(await faultOf([url])).toBe(
        `partyline: ${url} is not a NATS server; correct host and port in CLUSTER`,
      );
    });

    it('a second server with a fault, while the first is down', async () => {
      const nats = await startNats({ hasJetStream: false });
      expect(await faultOf(['nats://127.0.0.1:1', nats.url])).toContain('has no JetStream');
    });
  },
);

describe('the place of an entry', () => {
  it.each([
    ['$JS.ACK.PARTYLINE.abc.1.42.7.1795999428724123456.0', { seq: 42, at: 1795999428724 }],
    ['$JS.ACK._.hash.PARTYLINE.abc.1.42.7.1795999428724123456.0.token', { seq: 42, at: 1795999428724 }],
    ['$JS.FC.PARTYLINE.abc.x', null],
    ['_INBOX.x', null],
  ])('the place of an entry is read from the subject of its acknowledgement: %s', (subject, place) => {
    expect(placeOf(subject)).toEqual(place);
  });
});

/** The error with which the log cannot be opened. */
async function faultOf(urls: readonly string[], options: ConstructorParameters<typeof LogUser>[1] = {}) {
  const user = new LogUser(urls, options);
  const error: unknown = await user.open().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error instanceof ConfigError ? error.message : '';
}

/** Runs a program that opens the log, appends and reads an entry, and closes the log; then waits for its end. */
async function exitOf(url: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, output };
}

const PROGRAM = `
  import { openNatsLog } from ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '../../dist/cluster/nats.js')).href)};
  import { loadConfig } from ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '../../dist/config/load-config.js')).href)};
  const servers = loadConfig({ env: { CLUSTER: process.argv[1] } }).cluster;
  const log = { info: () => {}, warn: () => {} };
  const rest = { stream: 'PARTYLINE', replicas: 1, nodeName: 'test', creds: null, ca: null, id: null };
  try {
    const opened = await openNatsLog({ servers, log, ...rest, signal: AbortSignal.timeout(2000) });
    await new Promise((done) => {
      opened.read(0, (_seq, _at, bytes) => {
        console.log('read ' + Buffer.from(bytes));
        done();
      });
      opened.append(Buffer.from('hello'));
    });
    await opened.close();
  } catch (error) {
    console.log(error.name);
  }
`;

/** A server that passes everything on but the entries of the log, and what its heartbeats say about them. */
async function proxyWithoutEntries(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const proxy = createServer((client) => {
    const upstream = connectSocket(Number(port), hostname, () => client.pipe(upstream));
    let unread = '';
    upstream.setEncoding('latin1').on('data', (text: string) => {
      unread += text;
      for (;;) {
        const end = unread.indexOf('\r\n') + 2;
        const [, , length = '0'] = /^H?MSG (.* )?(\d+)\r\n/.exec(unread) ?? [];
        const size = unread.startsWith('MSG ') || unread.startsWith('HMSG ') ? end + Number(length) + 2 : end;
        if (end === 1 || unread.length < size) return;
        const part = unread.slice(0, size);
        unread = unread.slice(size);
        const isEntry = part.startsWith('MSG ') && part.includes(' $JS.ACK.');
        if (!isEntry) client.write(part.replace(/Nats-Last-Stream: \d/, 'Nats-Last-Stream: 0'), 'latin1');
      }
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => void proxy.close());
  return `nats://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

async function makeStream(url: string, name: string, subject: string): Promise<void> {
  const { connect } = await import('@nats-io/transport-node');
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name, subjects: [subject] });
  await connection.close();
}
