/** The JSON objects of the HTTP interface. Their fields are fixed; new ones are added at the end. */
import type { CursorLost } from '../../core/dialect.js';
import type { Message } from '../../core/message.js';
import { isoTime } from '../shared/iso-time.js';
import type { StreamItem } from './items.js';

/** A message, as the fields of an object. A direct message has no room. */
function messageFields({ id, at, room, from, text }: Message): object {
  const time = isoTime(at);
  return room.shown === ''
    ? { id, time, name: from, text }
    : { id, time, room: room.shown, name: from, text };
}

export function itemFields(item: StreamItem): object {
  switch (item.kind) {
    case 'message':
      return messageFields(item.message);
    case 'joined':
    case 'left':
      return { time: isoTime(item.at), room: item.room, name: item.name };
    case 'topic':
      return { time: isoTime(item.at), room: item.room, name: item.name, topic: item.topic };
    case 'deleted': {
      const { id, lastId, at, room, name, reason } = item;
      const time = isoTime(at);
      return room === '' ? { id, lastId, time, name, reason } : { id, lastId, time, room, name, reason };
    }
    case 'end':
      return { reason: item.reason };
    case 'keepalive':
      return {};
    default:
      return item satisfies never;
  }
}

export function resetFields({ reason, first }: CursorLost): object {
  return first === null ? { reason } : { reason, first };
}
