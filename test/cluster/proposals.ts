/** Proposals that tests of the ordering make. */
import type { Proposal, SessionKey } from '../../src/core/ports.js';
import { cleanText, parseUserName } from '../../src/core/text/text.js';

/** A message in the lobby. */
export function sayOf(session: SessionKey, text: string): Proposal {
  return { kind: 'say', session, room: 'lobby', texts: [cleanText(text)], pasted: false };
}

/** A login without a password. @throws Error if the name is invalid */
export function loginOf(session: SessionKey, text: string): Proposal {
  const name = parseUserName(text);
  if (name === null) throw new Error(`invalid name ${text}`);
  return {
    kind: 'login',
    session,
    name,
    room: null,
    closeOnRefusal: false,
    canPromptPassword: false,
    proof: { kind: 'none' },
    secretIgnored: false,
    identity: null,
    roamer: null,
    cloakKey: null,
    resumeHash: null,
    shownResumeHash: null,
    dialect: 'lines',
    address: '127.0.0.1',
  };
}
