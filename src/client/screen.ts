/** The input and output of `partyline chat`: a terminal, or a pair of pipes. */
import type { Status } from './status-line.js';
import type { ChatWindow } from './windows.js';

export interface Screen {
  /** Adds lines below the previous ones of each window. Pipes have no windows, and get the lines once. */
  show(lines: readonly string[], windows: readonly ChatWindow[], bell: boolean): void;
  /** Shows another window, with its lines and what was typed there. No effect on pipes. */
  showWindow(window: ChatWindow): void;
  /** Sets the text in front of the input line. */
  setPrompt(prompt: string): void;
  /** Sets the status line. Pipes have none. */
  setStatus(status: Status): void;
  /** Removes all lines of the window that is shown. No effect on pipes. */
  clear(): void;
  /** Asks for a secret, which is not shown. The answer is null if the user cancels, and always on pipes. */
  askSecret(question: string, onAnswer: (secret: string | null) => void): void;
  /** Reads input from now on. Later calls have no effect on pipes, and draw the prompt on a terminal. */
  acceptInput(): void;
  /** Reports how many requests are unconfirmed, so that a pipe is not read faster than the server confirms. */
  setPending(count: number): void;
  close(): void;
}

/** The window that a key asks for: by its number, its place, or because it has unread messages. */
export type WindowChoice = number | 'next' | 'previous' | 'unread';

/** The callbacks of a screen. */
export interface InputHandler {
  onLine(line: string): void;
  /** Several lines that were pasted: text, also where they begin with a slash. */
  onPaste(lines: readonly string[]): void;
  onWindow(choice: WindowChoice): void;
  /** The input has ended, or the output was closed. */
  onEnd(): void;
}
