/** Runs a page in a real Chromium, if one is installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './process.js';
import { firstInstalled } from './programs.js';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A browser takes seconds to start, longer on a busy machine. */
const PAGE_DEADLINE_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** The installed program, or null. */
export const chromium = firstInstalled(PROGRAMS);

/** Where the program is, for a launcher that does not search for it. */
export function chromiumPath(): string {
  return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', chromium ?? ''], { encoding: 'utf8' }).trim();
}

/** A web site with another origin than any server under test. Its page runs a script and reports the result. */
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
    // Browsers resolve every name below localhost to this machine.
    return `http://elsewhere.localhost:${address !== null && typeof address === 'object' ? address.port : 0}`;
  }

  /** Opens the page in a new browser. `script` is the body of an async function; its result is returned. */
  async run(script: string, flags: readonly string[] = []): Promise<unknown> {
    const tell = `fetch('/report', { method: 'POST', body: JSON.stringify(await report()) })`;
    this.#page = `<!doctype html><body><script type="module">async function report() { ${script} }\n${tell};</script>`;
    const report = new Promise((resolve) => {
      this.#reported = resolve;
    });
    const browser = start(this.origin, flags);
    const deadline = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error('the page did not report a result in time')),
        PAGE_DEADLINE_MS,
      );
      browser.once('close', () => {
        clearTimeout(timer);
        reject(new Error('the browser exited before the report'));
      });
    });
    try {
      return await Promise.race([report, deadline]);
    } finally {
      // After SIGKILL its child processes would still write into the folder that is removed.
      browser.kill('SIGTERM');
      const forced = setTimeout(() => browser.kill('SIGKILL'), STOP_TIMEOUT_MS);
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

function start(url: string, moreFlags: readonly string[]): ChildProcess {
  const folder = temporaryFolder();
  const flags = [
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${folder}/profile`,
    ...moreFlags,
  ];
  // Chromium's sandbox does not work for root.
  if (process.getuid?.() === 0) flags.push('--no-sandbox');
  return spawn(chromium ?? '', [...flags, url], { stdio: 'ignore', env: { ...process.env, TMPDIR: folder } });
}

function ignore(): void {}
