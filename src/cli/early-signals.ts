/**
 * Handles signals from the first moment on. Loading the program takes longer than starting Node, and a signal without a
 * handler ends the process meanwhile. This file imports nothing of the program, so that it runs first.
 */
import { isatty } from 'node:tty';

let isHungUp = false;
const onHangup = () => {
  isHungUp = true;
};

/**
 * Whether standard input, output or error is a terminal. Checked at the start, because a closed terminal no longer
 * counts as one.
 */
export const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));

/**
 * Ignores SIGUSR1, which would open Node's debugger, and SIGUSR2, which would end the process. Keeps SIGHUP until the
 * command is known.
 */
export function handleEarlySignals(): void {
  process.on('SIGUSR1', () => {});
  process.on('SIGUSR2', () => {});
  process.on('SIGHUP', onHangup);
}

/** Ends the handling of SIGHUP. True if a SIGHUP arrived since the start. */
export function takeEarlyHangup(): boolean {
  process.off('SIGHUP', onHangup);
  return isHungUp;
}
