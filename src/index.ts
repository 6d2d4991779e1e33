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
export type { Said, SayRefusal } from './library/bot-client.js';
export type { Certificate } from './net/certificate.js';
export type { Listening, ListenTls } from './listeners.js';
export { type AttachOptions, type ListenOptions, Partyline, type PartylineOptions } from './partyline.js';
