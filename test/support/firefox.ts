/**
 * Drives a real Firefox, if one is installed, by WebDriver BiDi: JSON over a WebSocket that Firefox opens. Playwright
 * drives Firefox too, but with commands that the one of Debian does not have.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder } from './folders.js';
import { firstInstalled } from './programs.js';

const PROGRAMS = ['firefox-esr', 'firefox'];
const TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/** The installed program, or null. */
export const firefox = firstInstalled(PROGRAMS);

/** Keys that are not a character, as WebDriver names them. */
export const KEYS = {
  Enter: '\uE007',
  Escape: '\uE00C',
  Tab: '\uE004',
  Shift: '\uE008',
  Control: '\uE009',
  ArrowUp: '\uE013',
} as const;

type Json = Readonly<Record<string, unknown>>;

/** One window of a Firefox of its own, with an empty profile. */
export class FirefoxWindow {
  /** Errors of the page, and violations of its policy. */
  readonly problems: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Json) => void>();
  #ids = 0;
  #context = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#onMessage(JSON.parse(data.toString())));
  }

  static async open(width = 1280, height = 800): Promise<FirefoxWindow> {
    const socket = new WebSocket(`${await start()}/session`);
    await once(socket, 'open');
    const window = new FirefoxWindow(socket);
    await window.#send('session.new', { capabilities: {} });
    await window.#send('session.subscribe', { events: ['log.entryAdded'] });
    const { contexts } = await window.#send('browsingContext.getTree', {});
    window.#context = String(Array.isArray(contexts) ? contexts[0]?.context : '');
    await window.#send('browsingContext.setViewport', {
      context: window.#context,
      viewport: { width, height },
    });
    return window;
  }

  async goTo(url: string): Promise<void> {
    await this.#send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#send('script.evaluate', {
      expression: `JSON.stringify(${expression})`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    const text = isJson(result) ? result.value : undefined;
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    while ((await this.evaluate(`Boolean(${expression})`)) !== true) {
      if (Date.now() > deadline) throw new Error(`not true in time: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Clicks in the middle of the element that has this selector. */
  async click(selector: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)})`);
    const middle = await this.evaluate(`(() => {
      const { left, top, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return [Math.round(left + width / 2), Math.round(top + height / 2)];
    })()`);
    const [x, y] = Array.isArray(middle) ? middle : [];
    await this.#act({ type: 'pointer', id: 'mouse' }, [
      { type: 'pointerMove', x, y },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]);
  }

  /** Types characters, and those of {@link KEYS}. */
  async type(text: string): Promise<void> {
    const keys = Array.from(text, (value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.#act({ type: 'key', id: 'keyboard' }, keys.flat());
  }

  /** Presses a key while others are held. */
  async press(key: string, ...held: readonly string[]): Promise<void> {
    const down = [...held, key].map((value) => ({ type: 'keyDown', value }));
    const up = [key, ...held.toReversed()].map((value) => ({ type: 'keyUp', value }));
    await this.#act({ type: 'key', id: 'keyboard' }, [...down, ...up]);
  }

  /** Turns the wheel over the middle of the window. */
  async scroll(pixels: number): Promise<void> {
    const [x, y] = [640, 400];
    await this.#act({ type: 'wheel', id: 'wheel' }, [{ type: 'scroll', x, y, deltaX: 0, deltaY: pixels }]);
  }

  /** A picture of the window, as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#send('browsingContext.captureScreenshot', { context: this.#context });
    return Buffer.from(String(data), 'base64');
  }

  async #act(device: Json, actions: readonly Json[]): Promise<void> {
    await this.#send('input.performActions', { context: this.#context, actions: [{ ...device, actions }] });
  }

  async #send(method: string, params: Json): Promise<Json> {
    const id = ++this.#ids;
    const reply = new Promise<Json>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error, message } = await reply;
    if (!isJson(result)) throw new Error(`${method}: ${String(error)}: ${String(message)}`);
    return result;
  }

  #onMessage(message: Json): void {
    if (typeof message.id === 'number') {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (isJson(message.params) && message.params.level === 'error')
      this.problems.push(String(message.params.text));
  }
}

/** The address at which a new Firefox takes commands. It ends with the test. */
async function start(): Promise<string> {
  const profile = temporaryFolder();
  const args = ['--headless', '--remote-debugging-port', '0', '--profile', profile, '--no-remote'];
  const child = spawn(firefox ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let output = '';
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      output += part;
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    });
    void closed.then(() => reject(new Error(`Firefox ended: ${output}`)));
  });
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
