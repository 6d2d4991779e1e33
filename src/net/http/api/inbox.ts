/** The handlers of `/inbox`: the direct messages that wait for the owner of a name. */
import type { ApiDirectMessage } from './api-port.js';
import type { ApiAnswer, ApiRequest } from './api-request.js';
import { isRefusal, refuse } from './errors.js';
import { listing } from './listing.js';

/** Reading removes nothing: a client that breaks off reads them again. */
export async function getInbox({ caller, format }: ApiRequest): Promise<ApiAnswer> {
  const mail = await caller.inbox();
  if (isRefusal(mail)) return mail;
  return listing<ApiDirectMessage>(mail, {
    format,
    toText: ({ id, at, name, text }) => `${id} ${new Date(at).toISOString()} ${name} ${text}`,
    toJson: ({ id, at, name, text }) => ({ id, time: new Date(at).toISOString(), name, text }),
  });
}

export async function clearInbox({ caller, query }: ApiRequest): Promise<ApiAnswer> {
  const upTo = query.get('upto') ?? '';
  if (!/^(?:0|[1-9]\d{0,14})$/.test(upTo))
    return refuse('usage', {
      detail: 'upto is the id of the last message to remove: DELETE /inbox?upto=1020',
    });
  return (await caller.clearInbox(Number(upTo))) ?? { status: 204, body: '' };
}
