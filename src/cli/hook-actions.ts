/** What `partyline hook` does to the webhooks in the data directory. */
import { hostname } from 'node:os';
import type { AccountStore } from '../accounts/account-store.js';
import { loadConfig } from '../config/load-config.js';
import { isEveryAddress } from '../config/setting-types.js';
import { cleanText, isObsolete, isReserved, parseRoomName, parseUserName } from '../core/text/text.js';
import { date, list, type ListOptions, type MakeChange, type Result, usage } from './accounts.js';
import type { Environment } from './data-dir.js';

/** How the URL of a hook begins, as far as the settings tell. */
export async function hookUrl({ env, dotenv }: Environment): Promise<string> {
  const { host, port, tlsCert } = loadConfig({ flags: {}, env, dotenv: await dotenv() });
  const name = isEveryAddress(host) ? hostname() : host;
  return `${tlsCert === null ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${port}/hooks/`;
}

export async function createHook(
  { hooks, users }: AccountStore,
  make: MakeChange,
  typed: { readonly room: string; readonly name: string },
  url: string,
): Promise<Result> {
  const room = parseRoomName(cleanText(typed.room));
  const name = parseUserName(cleanText(typed.name));
  if (room === null || isObsolete(room))
    throw usage(`invalid room ${JSON.stringify(cleanText(typed.room))}; give a room name, such as ops`);
  if (name === null || isObsolete(name))
    throw usage(`invalid name ${JSON.stringify(cleanText(typed.name))}; give a user name, such as grafana`);
  if (isReserved(name) || users.isLike(name))
    return { problem: `${name.shown} is registered or reserved, or looks like such a name; choose another` };
  const { secret, row } = hooks.newHook(room, name, Date.now());
  const problem = await make({ kind: 'add-hook', hook: row });
  return problem === null ? { out: `${url}${secret}` } : { problem };
}

export function listHooks({ hooks }: AccountStore, options: ListOptions): Result {
  const rows = hooks.all().map(({ id, room, name, createdAt }) => [id, room, name, date(createdAt)]);
  return list(['id', 'room', 'name', 'created'], rows, options);
}

export async function revokeHook({ hooks }: AccountStore, make: MakeChange, id: string): Promise<Result> {
  if (hooks.hook(id) === undefined)
    return { problem: `unknown webhook "${id}"; partyline hook list prints the ids` };
  const problem = await make({ kind: 'revoke-hook', id });
  return problem === null ? { out: `webhook ${id} is revoked` } : { problem };
}
