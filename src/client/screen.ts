/** Where a chat is shown and typed: a terminal, or a pair of pipes. */
export interface Screen {
  /** Shows lines, below those shown before. */
  show(lines: readonly string[], bell: boolean): void;
  /** What stands before the input. */
  prompt(words: string): void;
  /** Takes input from now on. */
  listen(): void;
  /** How much waits to be sent: who types faster than that may have to wait. */
  busy(waiting: number): void;
  close(): void;
}

/** What a screen tells. */
export interface InputHandler {
  typed(line: string): void;
  /** No more will be typed. */
  left(): void;
}
