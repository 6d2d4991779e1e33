/** Puts a terminal into the mode of a full-screen program, and restores it at the end, at a signal and at Ctrl-Z. */
import type { ReadStream, WriteStream } from 'node:tty';

export interface TerminalListener {
  onData(text: string): void;
  /** The terminal has another size, or the process was continued: nothing of the screen is known. */
  onRedraw(): void;
  /** The input has ended, or the output was closed. */
  onEnd(): void;
}

/** Alternate screen, no wrapping at the margin, no arrow keys from the mouse wheel, bracketed paste. */
const ENTER = '\u001b[?1049h\u001b[?7l\u001b[?1007l\u001b[?2004h\u001b[2J';
const LEAVE = '\u001b[?2004l\u001b[?1007h\u001b[?7h\u001b[?25h\u001b[?1049l';
const FATAL_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

const MARKING_TERMINALS = /^(?:xterm|tmux|rxvt-unicode|alacritty|foot|kitty|wezterm|contour|st-)/;

/**
 * Whether the terminal is known to have bracketed paste. tmux does not answer a query of the mode (DECRQM), and the
 * TERM that it sets may be that of GNU screen, which has none.
 */
export function marksPastes({ TERM = '', TMUX = '' }: Readonly<Record<string, string | undefined>>): boolean {
  return TMUX !== '' || MARKING_TERMINALS.test(TERM);
}

export class TerminalMode {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #listener: TerminalListener;
  #isOnScreen = false;
  readonly #restore = () => this.#leaveScreen();
  readonly #resume = () => this.#enterScreen();
  readonly #die = (signal: NodeJS.Signals) => {
    this.leave();
    process.kill(process.pid, signal);
  };
  readonly #onResize = () => this.#listener.onRedraw();
  readonly #onData = (text: string) => this.#listener.onData(text);
  readonly #onEnd = () => this.#listener.onEnd();

  constructor(input: ReadStream, output: WriteStream, listener: TerminalListener) {
    this.#input = input;
    this.#output = output;
    this.#listener = listener;
  }

  enter(): void {
    this.#input.setEncoding('utf8').on('data', this.#onData).on('end', this.#onEnd);
    this.#output.on('resize', this.#onResize).on('error', this.#onEnd);
    process
      .on('exit', this.#restore)
      .on('uncaughtExceptionMonitor', this.#restore)
      .on('SIGCONT', this.#resume);
    for (const signal of FATAL_SIGNALS) process.on(signal, this.#die);
    this.#enterScreen();
  }

  leave(): void {
    this.#leaveScreen();
    this.#input.off('data', this.#onData).off('end', this.#onEnd).pause();
    this.#output.off('resize', this.#onResize);
    process
      .off('exit', this.#restore)
      .off('uncaughtExceptionMonitor', this.#restore)
      .off('SIGCONT', this.#resume);
    for (const signal of FATAL_SIGNALS) process.off(signal, this.#die);
  }

  /** Stops the process as Ctrl-Z does, until the shell continues it. */
  suspend(): void {
    this.#leaveScreen();
    process.kill(process.pid, 'SIGTSTP');
  }

  #enterScreen(): void {
    this.#isOnScreen = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
    this.#listener.onRedraw();
  }

  #leaveScreen(): void {
    if (!this.#isOnScreen) return;
    this.#isOnScreen = false;
    this.#output.write(LEAVE);
    this.#input.setRawMode(false);
  }
}
