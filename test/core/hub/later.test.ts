/** The suites of the hub once more, with proposals that settle in a later pass: the bytes on the wire are the same. */
import './arrivals.test.js';
import './clock.test.js';
import './commands.test.js';
import './find-user.test.js';
import './ignore.test.js';
import './look-alikes.test.js';
import './lookups.test.js';
import './moderation.test.js';
import './offline.test.js';
import './permissions.test.js';
import './presence.test.js';
import './registered-rooms.test.js';
import './registration.test.js';
import './rename.test.js';
import './roamers.test.js';
import './watches.test.js';
import './forms.test.js';
import './room-modes.test.js';
import './several-rooms.test.js';
import './hub.property.test.js';

process.env.SETTLES_LATER = 'yes';
