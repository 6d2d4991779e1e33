/** The public interface of the library, for programs that embed a chat. */
export { ConfigError } from './config/load-config.js';
export type {
  PartylineDirectMessage,
  PartylineEventName,
  PartylineEvents,
  PartylineHandler,
  PartylineLogin,
  PartylineMessage,
  PartylineMove,
} from './library/events.js';
export type { SayRefusal } from './library/bot-client.js';
export type { Certificate } from './net/certificate.js';
export {
  type AttachOptions,
  type Listening,
  type ListenOptions,
  type ListenTls,
  Partyline,
  type PartylineOptions,
} from './partyline.js';
