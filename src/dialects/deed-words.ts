/** What was done, for the person who did it: behind the `OK` of `lines`, and as GoTalk's answer. */
import type { Deed } from '../core/deed.js';

export function wordsFor(deed: Deed): string {
  switch (deed.what) {
    case 'register':
      return `${deed.about} is yours: nobody comes in by that name without your password`;
    case 'change-password':
      return 'from now on it is the new password';
    case 'unregister':
      return `${deed.about} is anybody's as soon as you leave`;
  }
}
