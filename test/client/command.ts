/** Runs `partyline chat` and `partyline send` as child processes with pipes. They end with the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { builtCli, childEnv } from '../support/process.js';
import { Incoming } from '../support/socket-client.js';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end with this standard input. */
export async function partyline(
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const running = new Running(args, env);
  running.end(input);
  return running.ended;
}

export class Running {
  readonly ended: Promise<Ran>;
  readonly #child;
  readonly #output = new Incoming();
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [builtCli, ...args], { env: { ...childEnv, ...env } });
    this.#child = child;
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.on('error', () => {}); // the process may end before it has read everything
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#output.push(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(child, 'close').then(([code]: unknown[]) => {
      this.#output.finish(`exited (${code}) with ${JSON.stringify(this.#stderr)} on stderr,`);
      return { code: typeof code === 'number' ? code : null, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  end(text = ''): void {
    this.#child.stdin.end(text);
  }

  /** Closes the pipe of its output. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  /** The output up to and including this text. */
  until(what: string | RegExp): Promise<string> {
    return this.#output.until(what);
  }
}
