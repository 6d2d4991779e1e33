/** Many connections, a hundred at a time, each of which does what its script says. */
import { connect } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { makeScript, type Random, type Script } from './script.js';

const AT_A_TIME = 100;
/** One of so many sends its noise encrypted. */
const ENCRYPTED_OF = 8;
/** Nobody stays longer than this, in milliseconds. */
const PATIENCE_MS = 1000;

export interface Crowd {
  readonly ports: readonly number[];
  readonly connections: number;
  readonly random: Random;
}

/** Settles when the last of them has gone. */
export async function sendCrowd({ ports, connections, random }: Crowd): Promise<void> {
  let left = connections;
  const comeAndGo = async () => {
    while (left > 0) {
      left--;
      // Drawn before anything is waited for, so that the same seed gives the same scripts.
      const port = ports[left % ports.length] ?? 0;
      const isEncrypted = left % ENCRYPTED_OF === 0;
      await play(port, makeScript(random), isEncrypted);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, comeAndGo));
}

function play(port: number, script: Script, isEncrypted: boolean): Promise<void> {
  const wire = connect({ port, host: '127.0.0.1', noDelay: true });
  wire.on('error', () => {});
  const socket = isEncrypted ? connectTls({ socket: wire, rejectUnauthorized: false }) : wire;
  socket.on('error', () => {});
  if (!script.deaf) socket.resume();
  socket.once(isEncrypted ? 'secureConnect' : 'connect', () => {
    void (async () => {
      for (const packet of script.packets) {
        if (packet.length > 0) socket.write(packet);
        await breathe();
      }
      if (script.exit === 'end') socket.end();
      if (script.exit === 'leave') socket.destroy();
      if (script.exit === 'reset') wire.resetAndDestroy();
    })();
  });
  return new Promise((resolve) => {
    const enough = setTimeout(() => socket.destroy(), script.exit === 'stay' ? PATIENCE_MS / 5 : PATIENCE_MS);
    socket.once('close', () => {
      clearTimeout(enough);
      resolve();
    });
  });
}
