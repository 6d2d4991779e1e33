/** Signals to the built server: which of them stop it, reload it or are ignored, also during its start. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { builtCli, childEnv, launch, Log, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { whyNot } from '../support/terminal.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('SIGHUP to a server without a terminal', () => {
  it('SIGHUP to a server without a terminal reopens the transcript, says so in the log, and keeps every client', async () => {
    const transcript = join(temporaryFolder(), 'chat_logs.txt');
    const server = await launch({ flags: ['--transcript-file', transcript] });
    const ann = await SocketClient.login(server.port, 'ann');
    rmSync(transcript);

    server.signal('SIGHUP');
    await server.log.has({ msg: 'reloaded after SIGHUP: TRANSCRIPT_FILE' });
    ann.send('MSG hi\n');
    await ann.fence();

    await vi.waitFor(() => expect(readFileSync(transcript, 'utf8')).toContain('[ann]: hi\n'));
  });

  it('SIGHUP to a server without a terminal logs that there is nothing to reload', async () => {
    const server = await launch();
    server.signal('SIGHUP');
    await server.log.has({
      msg: 'SIGHUP: nothing was reloaded; it reloads TLS_CERT, TLS_KEY and TRANSCRIPT_FILE, and SIGTERM stops the server',
    });
  });

  it('SIGHUP to a server without a terminal does not claim a reload that failed', async () => {
    const transcript = join(temporaryFolder(), 'chat_logs.txt');
    const server = await launch({ flags: ['--transcript-file', transcript] });
    rmSync(transcript);
    mkdirSync(transcript);
    server.signal('SIGHUP');
    const { msg } = await server.log.has({ level: 'info', tag: undefined });
    expect(msg).toBe(
      'SIGHUP: nothing was reloaded, because of the error above; correct it and send SIGHUP again',
    );
    expect(server.log.tags()).toContain('ERROR');
  });

  it('SIGHUP to a server without a terminal does not end a start that has just begun', async () => {
    // The signal is sent when the first file of the program is loaded, before all others.
    const script = `process.once('newListener', function hup(name) {
      if (name === 'SIGHUP') setImmediate(() => process.kill(process.pid, 'SIGHUP'));
      else process.once('newListener', hup);
    });`;
    const server = await launch({
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` },
    });
    await server.log.has({ level: 'info', tag: undefined });
    await SocketClient.login(server.port, 'ann');
  });
});

describe.skipIf(whyNot('script') !== '')(`a server in a terminal${whyNot('script')}`, () => {
  it.each([
    ['receives SIGHUP', (terminal: InTerminal) => process.kill(terminal.pid, 'SIGHUP')],
    ['loses its terminal', (terminal: InTerminal) => terminal.close()],
  ])(`a server in a terminal${whyNot('script')} stops cleanly when it %s`, async (_what, happens) => {
    const terminal = await startInTerminal();
    const ann = await SocketClient.login(terminal.port, 'ann');

    happens(terminal);

    expect(await ann.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
    await vi.waitFor(() => expect(isRunning(terminal.pid)).toBe(false), 5000);
  });
});

describe('SIGUSR1 and SIGUSR2', () => {
  it('SIGUSR1 and SIGUSR2 are ignored: no debugger is opened, and the server runs on', async () => {
    const server = await launch();
    server.signal('SIGUSR1');
    server.signal('SIGUSR2');
    await SocketClient.login(server.port, 'ann');
    await expect(connects(9229)).resolves.toBe(false);
    expect(server.stderr).toBe('');
  });
});

describe('a signal to `npm start`', () => {
  it('SIGTERM to `npm start` reaches the server, which stops cleanly', async () => {
    const folder = temporaryFolder();
    for (const name of ['package.json', 'dist', 'node_modules'])
      symlinkSync(join(ROOT, name), join(folder, name));
    const log = new Log();
    const flags = ['--host', '127.0.0.1', '--port', '0', '--history', 'memory', '--log-format', 'json'];
    const npm = spawn('npm', ['start', '--silent', '--', ...flags], {
      cwd: folder,
      env: { ...childEnv, HOME: folder },
      detached: true,
    });
    npm.stdout.setEncoding('utf8').on('data', (text: string) => log.push(text));
    const exited = new Promise((done) => npm.once('close', (code, signal) => done({ code, signal })));
    onTestFinished(() => {
      try {
        if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGKILL');
      } catch {}
    });
    const { port } = await log.has({ tag: 'LISTEN' });
    const ann = await SocketClient.login(Number(port), 'ann');

    npm.kill('SIGTERM');

    expect(await ann.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
    await log.has({ tag: 'SHUTDOWN', signal: 'SIGTERM' });
    await exited;
  });
});

describe('the log lines of start and stop', () => {
  it('the log lines of start and stop name the version, the data directory, how to connect, and the signal', async () => {
    const version = (await run(['--version'])).stdout.trim();
    const folder = join(temporaryFolder(), 'data');
    const server = await launch({ flags: ['--data-dir', folder, '--gotalk-port', '0'] });
    const about = { version, data: folder };
    const other = await server.log.has({ tag: 'LISTEN', fallback: 'gotalk' });
    expect(server.log.events[0]).toMatchObject({ ...about, connect: `ncat 127.0.0.1 ${server.port}` });
    expect(other).toMatchObject({ ...about, connect: `ncat 127.0.0.1 ${String(other.port)}` });
    server.signal('SIGINT');
    await server.exited;
    expect(server.log.events.at(-1)).toMatchObject({ tag: 'SHUTDOWN', users: 0, signal: 'SIGINT', ...about });
  });

  it('the log lines of start and stop say that the data is in memory only', async () => {
    const server = await launch({ flags: ['--history', 'memory'] });
    expect(server.log.events[0]).toMatchObject({ tag: 'LISTEN', data: 'memory' });
  });
});

interface InTerminal {
  readonly pid: number;
  readonly port: number;
  close(): void;
}

/** A server whose standard input and error are a pseudo-terminal, and whose log is a file. */
async function startInTerminal(): Promise<InTerminal> {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  const flags = '--host 127.0.0.1 --port 0 --history memory --log-format json';
  const command = `echo $$ > pid; exec "${process.execPath}" "${builtCli}" ${flags} > log`;
  const script = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env: childEnv });
  onTestFinished(() => {
    script.kill('SIGKILL');
    const pid = existsSync(path('pid')) ? Number(readFileSync(path('pid'), 'utf8')) : 0;
    if (pid > 0 && isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  const port = await vi.waitFor(() => {
    const [, found] = /"LISTEN".*"port":(\d+)/.exec(readFileSync(path('log'), 'utf8')) ?? [];
    if (found === undefined) throw new Error('the server does not listen yet');
    return Number(found);
  }, 10_000);
  return { pid: Number(readFileSync(path('pid'), 'utf8')), port, close: () => void script.kill('SIGKILL') };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
