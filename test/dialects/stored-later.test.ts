/** The suites of IRC once more, with turns that are stored in a later pass: the bytes on the wire are the same. */
import './common.test.js';
import './irc/accounts.test.js';
import './irc/forms.test.js';
import './irc/history.test.js';
import './irc/messages.test.js';
import './irc/modes.test.js';
import './irc/monitor.test.js';
import './irc/operators.test.js';
import './irc/read-marker.test.js';
import './irc/redaction.test.js';
import './irc/registration.test.js';
import './irc/rooms.test.js';

process.env.STORES_LATER = 'yes';
