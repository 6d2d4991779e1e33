/** Many connections, a hundred at a time, each of which plays its script. */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { makeScript, type Random, type Script } from './script.js';

const CONCURRENCY = 100;
/** One in this many connections is encrypted. */
const ENCRYPTED_EVERY = 8;
const MAX_STAY_MS = 1000;

export interface Crowd {
  readonly ports: readonly number[];
  readonly connections: number;
  readonly random: Random;
}

/** Settles when the last connection has closed. */
export async function sendCrowd({ ports, connections, random }: Crowd): Promise<void> {
  let left = connections;
  const playNext = async () => {
    while (left > 0) {
      left--;
      // The script is made before the first await, so that the same seed gives the same scripts.
      const port = ports[left % ports.length] ?? 0;
      const isEncrypted = left % ENCRYPTED_EVERY === 0;
      await play(port, makeScript(random), isEncrypted);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, playNext));
}

function play(port: number, script: Script, isEncrypted: boolean): Promise<void> {
  const wire = connect({ port, host: '127.0.0.1', noDelay: true });
  wire.on('error', () => {});
  const socket = isEncrypted ? connectTls({ socket: wire, rejectUnauthorized: false }) : wire;
  socket.on('error', () => {});
  if (!script.readsNothing) socket.resume();
  socket.once(isEncrypted ? 'secureConnect' : 'connect', () => {
    void (async () => {
      for (const packet of script.packets) {
        if (packet.length > 0) socket.write(packet);
        await nextTurn();
      }
      if (script.exit === 'end') socket.end();
      if (script.exit === 'leave') socket.destroy();
      if (script.exit === 'reset') wire.resetAndDestroy();
    })();
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), script.exit === 'stay' ? MAX_STAY_MS / 5 : MAX_STAY_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
