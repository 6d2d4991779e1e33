/** TRANSCRIPT_FILE: the transcript of a server, and what there is to say of the file. */
import { AppendOnlyFile } from '../logging/append-only-file.js';
import type { Config } from '../config/settings.js';
import { ConfigError } from '../config/load-config.js';
import type { EventObserver } from '../core/ports.js';
import { codeOrWords } from '../util/error-code.js';
import type { Logger } from '../logging/logger.js';
import { Transcript } from './transcript.js';

/** At the end of the server, for what is not written yet. */
const CLOSE_WITHIN_MS = 1000;

export interface TranscriptFile {
  readonly observer: EventObserver;
  reopen(): void;
  close(): Promise<void>;
}

/** Null if none is wanted. @throws ConfigError if the file cannot be written to. */
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
          `${path} cannot be written to; what is said is kept for it meanwhile`,
        ),
      onRecovery: () => log.warn(`${path} is written to again`),
      onReopenFailure: (err) =>
        log.error({ tag: 'ERROR', err }, `${path} cannot be opened anew; it goes on as it was`),
      onDropped: (lines) =>
        log.error({ tag: 'ERROR', lines }, `lines were left out of ${path}: there was no room`),
    });
  } catch (error) {
    throw new ConfigError(
      `partyline: TRANSCRIPT_FILE ${path} cannot be written to (${codeOrWords(error)}); make its folder and the right to write there, or name another file`,
    );
  }
}
