/** A real Chromium with one page open, where one is installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './process.js';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A browser takes seconds to start, and more on a busy machine. */
const PAGE_DEADLINE_MS = 60_000;
const GRACE_MS = 5_000;

/** The program; null if there is none. */
export const chromium = PROGRAMS.find(isInstalled) ?? null;

/** A site of its own: another origin than any server under test. Its page runs a script and says what became of it. */
export class Site {
  readonly #server = createServer((request, response) => {
    if (request.method === 'POST') this.#takeReport(request).then(() => response.end(), ignore);
    else response.setHeader('Content-Type', 'text/html').end(this.#page);
  });
  #page = '';
  #reported: (report: unknown) => void = ignore;

  static async open(): Promise<Site> {
    const site = new Site();
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    onTestFinished(() => {
      site.#server.closeAllConnections();
      site.#server.close();
    });
    return site;
  }

  get origin(): string {
    const address = this.#server.address();
    // Browsers take every such name for this machine.
    return `http://elsewhere.localhost:${address !== null && typeof address === 'object' ? address.port : 0}`;
  }

  /** Opens the page in a fresh browser; `script` is a function's body, and what it returns (or awaits) comes back. */
  async run(script: string, flags: readonly string[] = []): Promise<unknown> {
    const tell = `fetch('/report', { method: 'POST', body: JSON.stringify(await report()) })`;
    this.#page = `<!doctype html><body><script type="module">async function report() { ${script} }\n${tell};</script>`;
    const report = new Promise((resolve) => {
      this.#reported = resolve;
    });
    const browser = start(this.origin, flags);
    const deadline = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error('the page did not report')), PAGE_DEADLINE_MS);
      browser.once('close', () => {
        clearTimeout(timer);
        reject(new Error('the browser ended'));
      });
    });
    try {
      return await Promise.race([report, deadline]);
    } finally {
      // With SIGKILL its children would outlive it a little, and write into the folder that is removed.
      browser.kill('SIGTERM');
      const forced = setTimeout(() => browser.kill('SIGKILL'), GRACE_MS);
      if (browser.exitCode === null && browser.signalCode === null) await once(browser, 'close');
      clearTimeout(forced);
    }
  }

  async #takeReport(request: IncomingMessage): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    this.#reported(JSON.parse(body));
  }
}

function start(url: string, more: readonly string[]): ChildProcess {
  const folder = temporaryFolder();
  const flags = [
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${folder}/profile`,
    ...more,
  ];
  // Root has no sandbox.
  if (process.getuid?.() === 0) flags.push('--no-sandbox');
  return spawn(chromium ?? '', [...flags, url], { stdio: 'ignore', env: { ...process.env, TMPDIR: folder } });
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {}
