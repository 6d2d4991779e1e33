/**
 * Proposes changes from a command, beside the servers: it begins a run of its own, waits until its changes have come
 * back from the log, and ends the run. It settles nothing, since the data is that of a server.
 */
import type { Proposal } from '../core/ports.js';
import type { ReplicaRow } from './replica-host.js';
import type { ReplicaOptions } from './replica-options.js';
import { ReplicatedSequencer } from './replicated.js';

export interface ProposeOnceOptions extends Pick<
  ReplicaOptions,
  'log' | 'seal' | 'clock' | 'random' | 'newName' | 'defer' | 'leaseMs' | 'version'
> {
  /** What the server whose data this is has stored last. */
  readonly saved: ReplicaRow;
  readonly maxWaitMs: number;
}

/**
 * Takes the node whose data this is from the list of nodes: the run of a command is forgotten at its end, and this one
 * has the node's name. If the node was killed, its sessions end. Rejects, with one sentence, if that is not known after
 * `maxWaitMs`, and if the node is live.
 */
export function removeNode(options: ProposeOnceOptions): Promise<void> {
  return runOnce(options, options.saved.node, []);
}

/**
 * Resolves when all have settled on the servers that are up to date. The proposals are of no session. Rejects, with one
 * sentence that says what to do, if that is not known after `maxWaitMs`: the changes may still be made then.
 */
export function proposeOnce(options: ProposeOnceOptions, proposals: readonly Proposal[]): Promise<void> {
  return runOnce(options, `command ${options.newName()}`, proposals);
}

function runOnce(options: ProposeOnceOptions, node: string, proposals: readonly Proposal[]): Promise<void> {
  const { maxWaitMs, clock } = options;
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
      node,
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
            if (proposals.length === 0) leave(resolve);
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
