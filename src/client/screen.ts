/** The input and output of `partyline chat`: a terminal, or a pair of pipes. */
export interface Screen {
  /** Adds lines below the previous ones. */
  show(lines: readonly string[], bell: boolean): void;
  /** Sets the text in front of the input line. */
  setPrompt(prompt: string): void;
  /** Sets the text of the status line. Pipes have none. */
  setStatus(status: string): void;
  /** Removes all lines from the screen. No effect on pipes. */
  clear(): void;
  /** Asks for a secret, which is not shown. The answer is null if the user cancels, and always on pipes. */
  askSecret(question: string, onAnswer: (secret: string | null) => void): void;
  /** Reads input from now on. Later calls have no effect on pipes, and draw the prompt on a terminal. */
  acceptInput(): void;
  /** Reports how many requests are unconfirmed, so that a pipe is not read faster than the server confirms. */
  setPending(count: number): void;
  close(): void;
}

/** The callbacks of a screen. */
export interface InputHandler {
  onLine(line: string): void;
  /** Several lines that were pasted: text, also where they begin with a slash. */
  onPaste(lines: readonly string[]): void;
  /** The input has ended, or the output was closed. */
  onEnd(): void;
}
