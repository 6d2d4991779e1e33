/** How many users and rooms there are, for LUSERS. */
import type { Census } from '../event.js';
import type { Directory } from './directory.js';

/** The most users at a time since the start. */
export interface Peaks {
  users: number;
  local: number;
}

/** `entering`: users who are about to be told of the count, and are not among the members of the server yet. */
export function takeCensus(directory: Directory, peaks: Peaks, entering: number): Census {
  const { everyone, userCount: users, roomCount } = directory;
  const local = everyone.members.size + entering;
  peaks.users = Math.max(peaks.users, users);
  peaks.local = Math.max(peaks.local, local);
  let operators = 0;
  for (const { isOperator } of everyone.sessions()) if (isOperator) operators++;
  const unknown = directory.clientCount - local;
  return { users, operators, unknown, rooms: roomCount, local, maxUsers: peaks.users, maxLocal: peaks.local };
}
