/** Tests `partyline probe` against real servers, and against servers that fail in other ways. */
import { writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificatePair } from '../support/certificate.js';
import { run, serve, temporaryFolder } from '../support/process.js';

/** A server of another kind on a free port; closed with the test. */
async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A web server with one reply to everything. */
function replying(status: number, body: string): Promise<number> {
  return listen(createHttp((_request, response) => response.writeHead(status).end(body)));
}

function failure(message: string | RegExp) {
  return {
    code: 1,
    stdout: '',
    stderr: typeof message === 'string' ? `partyline: ${message}\n` : expect.stringMatching(message),
  };
}

describe('partyline probe', () => {
  it('exits with 0 if the server at the URL is ready', async () => {
    const { port } = await serve();
    for (const url of [`http://127.0.0.1:${port}`, `http://localhost:${port}/readyz`, `localhost:${port}`]) {
      const { code, stdout, stderr } = await run(['probe', url]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(`http://${url.replace(/^http:\/\/|\/readyz$/g, '')}/readyz is ready\n`);
    }
  });

  it('probes the server of the settings in the environment or .env without a URL', async () => {
    const { port } = await serve();
    const ready = { code: 0, stdout: `http://127.0.0.1:${port}/readyz is ready\n`, stderr: '' };
    for (const HOST of ['localhost', '0.0.0.0'])
      expect(await run(['probe'], { env: { PORT: String(port), HOST } })).toEqual(ready);
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.env'), `PORT=${port}\n`);
    expect(await run(['probe'], { cwd })).toEqual(ready);
  });

  it('finds the server of the settings if it accepts encrypted connections only, whatever its name', async () => {
    const { settings } = await certificatePair();
    const { port } = await serve({ ...settings, TLS_ONLY: 'true' });
    const ready = { code: 0, stdout: `https://127.0.0.1:${port}/readyz is ready\n`, stderr: '' };

    expect(await run(['probe'], { env: { PORT: String(port), TLS_ONLY: 'true' } })).toEqual(ready);
    expect(await run(['probe'], { env: { PORT: String(port) } })).toEqual(ready);
  });

  it('verifies the certificate of a URL', async () => {
    const { settings, certFile } = await certificatePair();
    const { port } = await serve(settings);
    const url = `https://localhost:${port}`;

    expect(await run(['probe', url])).toEqual(
      failure(`the certificate of ${url} is not trusted; if it is your own, give its cert.pem with --ca`),
    );
    expect(await run(['probe', url, '--ca', certFile])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['probe', `http://localhost:${port}`])).toMatchObject({ code: 0 });
  });

  it('tells that a URL needs https://, or has it in vain', async () => {
    const { settings } = await certificatePair();
    const secure = await serve({ ...settings, TLS_ONLY: 'true' });
    const plain = await serve();

    expect(await run(['probe', `http://127.0.0.1:${secure.port}`])).toEqual(
      failure(
        /replied 403 \(tls-required: this server takes encrypted connections only: use https:\/\/ or wss:\/\/\)\n$/,
      ),
    );
    expect(await run(['probe', `https://127.0.0.1:${plain.port}`])).toEqual(
      failure(
        /^partyline: no encrypted connection to .*; for a server without a certificate use http:\/\/\n$/,
      ),
    );
  });

  it('exits with 1 if no server listens', async () => {
    const { port, stop } = await serve();
    await stop();
    expect(await run(['probe', `http://127.0.0.1:${port}`])).toEqual(
      failure(`no server listens at http://127.0.0.1:${port}; start the server, or give another address`),
    );
  });

  it('tries again for the time of --wait, until the server is ready', async () => {
    let requests = 0;
    const port = await listen(
      createHttp((_request, response) => {
        requests += 1;
        if (requests < 3) response.writeHead(503).end('shutting down\n');
        else response.writeHead(200).end('ok\n');
      }),
    );
    const url = `http://127.0.0.1:${port}`;
    expect(await run(['probe', url, '--wait', '60'])).toMatchObject({ code: 0, stderr: '' });
    expect(requests).toBe(3);
  });

  it('exits with 1 and the last reason after the time of --wait', async () => {
    let requests = 0;
    const port = await listen(
      createHttp((_request, response) => {
        requests += 1;
        response.writeHead(503).end(`attempt ${requests}\n`);
      }),
    );
    const { code, stderr } = await run(['probe', `http://127.0.0.1:${port}`, '--wait', '0.5']);
    expect(code).toBe(1);
    expect(requests).toBeGreaterThan(1);
    expect(stderr).toContain(`replied 503 (attempt ${requests})`);
  });

  it('exits with 1 if the server does not answer in time', async () => {
    const port = await listen(createServer(() => {}));
    const stalled = await listen(createHttp((_request, response) => void response.writeHead(200).write('o')));
    for (const silent of [port, stalled])
      expect(await run(['probe', `http://127.0.0.1:${silent}`, '--timeout', '0.3'])).toEqual(
        failure(
          `no answer from http://127.0.0.1:${silent} within 0.3 s; check the address and the network, or set --timeout`,
        ),
      );
  });

  it.each([
    [
      503,
      'shutting down\n',
      /: not ready: http:\S+\/readyz replied 503 \(shutting down\); try again in a moment\n/,
    ],
    [
      421,
      'This server is not known by this host name.\n',
      /421 \(.*\); use a name of the server in the URL, or add/,
    ],
    [404, 'Not found\n', /404 \(Not found\); check that it is a Partyline server/],
    [302, '', /302; check the URL/],
    [200, '<html>\nok', /200 \(<html>\) in place of "ok"; check that it is a Partyline server/],
    [500, `a\u001b[2Jb${'x'.repeat(9000)}`, /500 \(a\[2Jbx{95}\); check/],
  ])('exits with 1 after a reply with %s', async (status, body, message) => {
    const port = await replying(status, body);
    const { code, stdout, stderr } = await run(['probe', `http://127.0.0.1:${port}`]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^partyline: \P{Cc}+\n$/u);
  });

  it('exits with 1 if the other program is not a web server', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {}).end('220 mail\r\n')));
    expect(await run(['probe', `http://127.0.0.1:${port}`])).toEqual(
      failure(/does not answer HTTP \(\w+\); check that it is a Partyline server\n$/),
    );
  });

  it.each([
    ['unix:/run/partyline.sock', 'the scheme is unix:'],
    ['tls://localhost:4000', 'the scheme is tls:'],
    ['/run/partyline.sock', 'not a URL'],
    ['http://', 'invalid URL'],
    ['http://ann:secret@localhost', 'it contains a name or a password'],
  ])('refuses the URL %s with one line and 2', async (url, problem) => {
    const { code, stdout, stderr } = await run(['probe', url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^partyline: cannot probe [^\n]+; give http:\/\/ or https:\/\/, such as .*\n$/);
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('secret');
  });

  it.each([
    [['probe', '--timeout', '0'], {}, 'invalid --timeout 0'],
    [['probe', '--wait', '-1'], {}, 'invalid --wait -1'],
    [['probe', '--wait', 'long'], {}, 'invalid --wait long'],
    [['probe', '--ca', '/missing.pem'], {}, 'cannot read --ca /missing.pem: no such file or folder'],
    [['probe'], { PORT: '0' }, 'PORT is 0'],
    [['probe', 'http://a', 'http://b'], {}, 'too many arguments'],
  ])('refuses %j with one line and 2', async (args, env, problem) => {
    const { code, stderr } = await run(args, { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^partyline: [^\n]+\n$/);
    expect(stderr).toContain(problem);
  });
});
