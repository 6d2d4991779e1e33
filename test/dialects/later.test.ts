/** The suites of the dialects once more, with proposals that settle in a later pass: the bytes on the wire are the same. */
import './common.test.js';
import './gotalk/gotalk.test.js';
import './irc/accounts.test.js';
import './irc/forms.test.js';
import './irc/history.test.js';
import './irc/irc.property.test.js';
import './irc/messages.test.js';
import './irc/modes.test.js';
import './irc/monitor.test.js';
import './irc/operators.test.js';
import './irc/read-marker.test.js';
import './irc/redaction.test.js';
import './irc/registration.test.js';
import './irc/rooms.test.js';
import './lines/interactive.test.js';
import './lines/lines.test.js';
import './lines/tags.test.js';
import './lines/times.test.js';
import './machat/machat.test.js';
import './telnet.test.js';
import '../connection/connection.test.js';
import '../seeds/gotalk.test.js';
import '../seeds/machat.test.js';
import '../seeds/socketchat.test.js';

process.env.SETTLES_LATER = 'yes';
