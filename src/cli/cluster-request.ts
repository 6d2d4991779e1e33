/**
 * A change of the command line in a cluster: written here alone, it would be lost at the next entry of the log that says
 * otherwise. So it is left as a request in the data file. The server of that file proposes it, and answers once the
 * change is stored.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminChange } from '../core/admin-change.js';
import type { DataFile } from '../database/open.js';
import { addRequest, removeRequest, resultOf } from '../database/replica.js';

const POLL_MS = 50;
/** A server that is cut off from the cluster answers when it has found the others again. */
const TIMEOUT_MS = 30_000;

/** Returns why the change was not made; null if it was. */
export async function requestChange(
  { database, isServed }: DataFile,
  change: AdminChange,
): Promise<string | null> {
  if (!isServed)
    return 'the data belongs to a cluster; start the server of this folder, then repeat the command';
  const id = addRequest(database, JSON.stringify(change));
  const deadline = performance.now() + TIMEOUT_MS;
  try {
    while (performance.now() < deadline) {
      const result = resultOf(database, id);
      if (result !== null) return problemOf(result);
      await delay(POLL_MS);
    }
    return 'no answer from the cluster within 30 s; check whether the change was made before you repeat the command';
  } finally {
    removeRequest(database, id);
  }
}

function problemOf(result: string): string | null {
  switch (result) {
    case 'stored':
      return null;
    case 'not-registered':
      return 'the name is not registered any more';
    default:
      return 'the server could not store the change; its log states why';
  }
}
