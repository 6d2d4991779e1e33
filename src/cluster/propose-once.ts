/**
 * Proposes changes from a command, beside the servers: it begins a run of its own, waits until its changes have come
 * back from the log, and ends the run. It settles nothing, since the data is that of a server.
 */
import type { Proposal } from '../core/ports.js';
import type { ReplicaRow } from './replica-host.js';
import { type ReplicaOptions, ReplicatedSequencer } from './replicated.js';

export interface ProposeOnceOptions extends Pick<
  ReplicaOptions,
  'log' | 'seal' | 'clock' | 'random' | 'newName' | 'defer' | 'leaseMs' | 'version'
> {
  /** What the server whose data this is has stored last. */
  readonly saved: ReplicaRow;
  readonly maxWaitMs: number;
}

/**
 * Resolves when all have settled on the servers that are up to date. The proposals are of no session. Rejects, with one
 * sentence that says what to do, if that is not known after `maxWaitMs`: the changes may still be made then.
 */
export function proposeOnce(options: ProposeOnceOptions, proposals: readonly Proposal[]): Promise<void> {
  const { maxWaitMs, clock, newName } = options;
  return new Promise((resolve, reject) => {
    let isLeaving = false;
    let isProposed = false;
    const leave = (end: () => void): void => {
      if (isLeaving) return;
      isLeaving = true;
      alarm.cancel();
      sequencer.stop(maxWaitMs).then(end, reject);
    };
    const fail = (sentence: string): void => {
      leave(() => reject(new Error(sentence)));
    };
    const alarm = clock.after(maxWaitMs, () =>
      fail('no answer from the cluster: check whether the change was made, then try again'),
    );
    const sequencer = new ReplicatedSequencer({
      ...options,
      node: `command ${newName()}`,
      settings: null,
      data: { isEmpty: true, lastId: 0, lastAt: Number.NEGATIVE_INFINITY },
      host: {
        settle() {},
        endSessions() {},
        forget() {},
        commit: (_row, onStored) => onStored(),
        onState(state) {
          // It is live again after it was cut off: what it proposed before is still on its way.
          if (state === 'live' && !isProposed) {
            isProposed = true;
            for (const proposal of proposals) sequencer.submit(proposal);
          }
          if (state === 'fenced')
            fail('the command was cut off from the cluster: check whether the change was made');
        },
        stop: (_exitCode, sentence) => fail(sentence),
        warn() {},
        onError: (error) => fail(String(error)),
        onRoundTrip() {
          if (sequencer.status().unsettled === 0) leave(resolve);
        },
      },
    });
    sequencer.start();
  });
}
