/** A Partyline as a Config and a log want it: its listeners, opened all or none, and its end. */
import type { Config } from './config.js';
import { MemoryHistory } from './history/memory.js';
import type { Logger } from './log.js';
import { Partyline } from './partyline.js';

export interface RunningServer {
  readonly port: number;
  /** Where GoTalk's clients are greeted; null if nowhere. */
  readonly gotalkPort: number | null;
  /** The port of MaChat's WebSocket clients; null if they have none of their own. */
  readonly machatWsPort: number | null;
  /** Accepts no more, tells everyone, flushes, closes; at most for the shutdown grace. */
  stop(): Promise<void>;
}

/** Rejects with the system's error if a port or the address cannot be had. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const party = new Partyline({ ...config, history: new MemoryHistory(), logger: log });
  try {
    const ports = await openPorts(party, config);
    return { ...ports, stop: () => party.close() };
  } catch (error) {
    await party.close();
    throw error;
  }
}

/** The one that must be there comes first. */
async function openPorts(party: Partyline, { host, port, gotalkPort, machatWsPort }: Config) {
  const open = async (wanted: number, fallback: 'lines' | 'gotalk' = 'lines') =>
    (await party.listen({ host, port: wanted, fallback })).port;
  return {
    port: await open(port),
    gotalkPort: gotalkPort === null ? null : await open(gotalkPort, 'gotalk'),
    machatWsPort: machatWsPort === null ? null : await open(machatWsPort),
  };
}
