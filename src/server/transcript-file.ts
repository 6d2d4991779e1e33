/** TRANSCRIPT_FILE: appends the transcript to a file, and logs when that fails and when it works again. */
import { dirname } from 'node:path';
import { ConfigError } from '../config/load-config.js';
import type { Config } from '../config/settings.js';
import type { EventObserver } from '../core/ports.js';
import { AppendOnlyFile } from '../logging/append-only-file.js';
import type { Logger } from '../logging/logger.js';
import { codeOf, codeOrWords } from '../util/error-code.js';
import { Transcript } from './transcript.js';

/** When the server stops, pending lines have this long to be written. */
const CLOSE_WITHIN_MS = 1000;

export interface TranscriptFile {
  readonly observer: EventObserver;
  /** False if that failed; the old file then stays in use. */
  reopen(): boolean;
  close(): Promise<void>;
}

/** Null if the setting is empty. @throws ConfigError if the file cannot be written. */
export function openTranscript({ transcriptFile }: Config, log: Logger): TranscriptFile | null {
  if (transcriptFile === null) return null;
  const file = open(transcriptFile, log);
  return {
    observer: new Transcript((line) => file.write(line)),
    reopen: () => file.reopen(),
    close: () => file.close(CLOSE_WITHIN_MS),
  };
}

function open(path: string, log: Logger): AppendOnlyFile {
  try {
    return new AppendOnlyFile(path, {
      onFailure: (err) =>
        log.error(
          { tag: 'ERROR', err },
          `cannot write ${path}; lines wait in memory until its disk recovers`,
        ),
      onRecovery: () => log.warn(`${path} can be written again`),
      onReopenFailure: (err) =>
        log.error({ tag: 'ERROR', err }, `cannot reopen ${path}; the old file stays in use`),
      onDropped: (lines) =>
        log.error(
          { tag: 'ERROR', lines },
          `lines are missing in ${path}: too many were waiting for its disk`,
        ),
      onUnwritten: (lines) =>
        log.error(
          { tag: 'ERROR', lines },
          `lines are missing in ${path}: its disk did not take them before the server stopped`,
        ),
    });
  } catch (error) {
    throw new ConfigError(
      `partyline: cannot write TRANSCRIPT_FILE ${path}: ${causeAndRemedy(error, path)} or name another file`,
    );
  }
}

function causeAndRemedy(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return `${dirname(path)} does not exist; create that folder`;
    case 'EACCES':
    case 'EPERM':
      return `permission denied; give the server's user write access`;
    case 'EROFS':
      return 'read-only file system; mount it read-write';
    case 'EISDIR':
      return 'it is a folder; move it away';
    case 'ENXIO':
      return 'it is a pipe without a reader; start the reader first';
    default:
      return `${codeOrWords(error)}; check the path`;
  }
}
