/** What somebody did that lasts: to a name, a room, another user. Said to whoever did it, and written in the log. */
export type Deed = { readonly what: 'register' | 'change-password' | 'unregister'; readonly about: string };
