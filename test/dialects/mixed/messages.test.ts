/** Messages in a room that IRC shares with all other dialects, and what is done to them, byte for byte. */
import { LOCAL, mixedRoomSuite, T } from './room.js';

mixedRoomSuite([
  {
    name: 'a message with formatting',
    steps: [['ann', 'PRIVMSG #dev :\x02hi\x02 \x0304red\r\n']],
    seen: {
      bob: ':ann!irc@host PRIVMSG #dev :\x02hi\x02 \x0304red\r\n',
      eve: `@time=${T};msgid=1 :ann!irc@host PRIVMSG #dev :\x02hi\x02 \x0304red\r\n`,
      pat: 'MSG ann hi red\n',
      lin: 'MSG ann hi red\n',
      tab: `@id=1;time=${T};room=dev MSG ann hi red\n`,
      gus: `[${LOCAL}][ann]: hi red\n`,
      mina: 'ann:hi red\n',
      opal: 'MSG ann hi red\n',
      sse: [['message', { id: 1, room: 'dev', name: 'ann', text: 'hi red' }]],
    },
  },
  {
    name: 'an action of IRC',
    steps: [['ann', 'PRIVMSG #dev :\x01ACTION waves\x01\r\n']],
    seen: {
      bob: ':ann!irc@host PRIVMSG #dev :\x01ACTION waves\x01\r\n',
      eve: `@time=${T};msgid=1 :ann!irc@host PRIVMSG #dev :\x01ACTION waves\x01\r\n`,
      pat: 'MSG ann * ann waves\n',
      lin: 'MSG ann * ann waves\n',
      tab: `@id=1;time=${T};room=dev MSG ann * ann waves\n`,
      gus: `[${LOCAL}][ann]: * ann waves\n`,
      mina: 'ann:* ann waves\n',
      opal: 'MSG ann * ann waves\n',
      sse: [['message', { id: 1, room: 'dev', name: 'ann', text: '* ann waves' }]],
    },
  },
  {
    name: 'an action of lines',
    steps: [['lin', 'ME waves\n']],
    seen: {
      ann: ':lin!lines@host PRIVMSG #dev :\x01ACTION waves\x01\r\n',
      bob: ':lin!lines@host PRIVMSG #dev :\x01ACTION waves\x01\r\n',
      eve: `@time=${T};msgid=1 :lin!lines@host PRIVMSG #dev :\x01ACTION waves\x01\r\n`,
      pat: 'MSG lin * lin waves\n',
      tab: `@id=1;time=${T};room=dev MSG lin * lin waves\n`,
      gus: `[${LOCAL}][lin]: * lin waves\n`,
      mina: 'lin:* lin waves\n',
      opal: 'MSG lin * lin waves\n',
      sse: [['message', { id: 1, room: 'dev', name: 'lin', text: '* lin waves' }]],
    },
  },
  {
    name: 'an action of gotalk',
    steps: [['gus', '/me waves\n']],
    seen: {
      ann: ':gus!gotalk@host PRIVMSG #dev :\x01ACTION waves\x01\r\n',
      bob: ':gus!gotalk@host PRIVMSG #dev :\x01ACTION waves\x01\r\n',
      eve: `@time=${T};msgid=1 :gus!gotalk@host PRIVMSG #dev :\x01ACTION waves\x01\r\n`,
      pat: 'MSG gus * gus waves\n',
      lin: 'MSG gus * gus waves\n',
      tab: `@id=1;time=${T};room=dev MSG gus * gus waves\n`,
      mina: 'gus:* gus waves\n',
      opal: 'MSG gus * gus waves\n',
      sse: [['message', { id: 1, room: 'dev', name: 'gus', text: '* gus waves' }]],
    },
  },
  {
    name: 'a message of machat',
    steps: [['mina', 'hi\n']],
    seen: {
      ann: ':mina!machat@host PRIVMSG #dev :hi\r\n',
      bob: ':mina!machat@host PRIVMSG #dev :hi\r\n',
      eve: `@time=${T};msgid=1 :mina!machat@host PRIVMSG #dev :hi\r\n`,
      pat: 'MSG mina hi\n',
      lin: 'MSG mina hi\n',
      tab: `@id=1;time=${T};room=dev MSG mina hi\n`,
      gus: `[${LOCAL}][mina]: hi\n`,
      mina: 'mina:hi\n',
      opal: 'MSG mina hi\n',
      sse: [['message', { id: 1, room: 'dev', name: 'mina', text: 'hi' }]],
    },
  },
  {
    name: 'a notice',
    steps: [['ann', 'NOTICE #dev :hi\r\n']],
    seen: {
      bob: ':ann!irc@host NOTICE #dev :hi\r\n',
      eve: `@time=${T};msgid=1 :ann!irc@host NOTICE #dev :hi\r\n`,
      pat: 'MSG ann hi\n',
      lin: 'MSG ann hi\n',
      tab: `@id=1;time=${T};room=dev MSG ann hi\n`,
      gus: `[${LOCAL}][ann]: hi\n`,
      mina: 'ann:hi\n',
      opal: 'MSG ann hi\n',
      sse: [['message', { id: 1, room: 'dev', name: 'ann', text: 'hi' }]],
    },
  },
  {
    name: 'a paste of lines',
    steps: [['lin', 'PASTE\none\n\n two\n.\n']],
    seen: {
      ann: ':lin!lines@host PRIVMSG #dev :one\r\n' + ':lin!lines@host PRIVMSG #dev : two\r\n',
      bob: ':lin!lines@host PRIVMSG #dev :one\r\n' + ':lin!lines@host PRIVMSG #dev : two\r\n',
      eve:
        `@time=${T};msgid=1 :lin!lines@host BATCH +p1 draft/multiline #dev\r\n` +
        '@batch=p1 :lin!lines@host PRIVMSG #dev :one\r\n' +
        '@batch=p1 :lin!lines@host PRIVMSG #dev :\r\n' +
        '@batch=p1 :lin!lines@host PRIVMSG #dev : two\r\n' +
        ':lin!lines@host BATCH -p1\r\n',
      pat: 'MSG lin one\n' + 'MSG lin \n' + 'MSG lin  two\n',
      lin: 'OK\n',
      tab:
        `@id=1;time=${T};room=dev MSG lin one\n` +
        `@id=2;time=${T};room=dev MSG lin \n` +
        `@id=3;time=${T};room=dev MSG lin  two\n`,
      gus: `[${LOCAL}][lin]: one\n` + `[${LOCAL}][lin]: \n` + `[${LOCAL}][lin]:  two\n`,
      mina: 'lin:one\n' + 'lin:\n' + 'lin: two\n',
      opal: 'MSG lin one\n' + 'MSG lin \n' + 'MSG lin  two\n',
      sse: [
        ['message', { id: 1, room: 'dev', name: 'lin', text: 'one' }],
        ['message', { id: 2, room: 'dev', name: 'lin', text: '' }],
        ['message', { id: 3, room: 'dev', name: 'lin', text: ' two' }],
      ],
    },
  },
  {
    name: 'a batch of IRC',
    steps: [
      [
        'eve',
        'BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #dev :one\r\n@batch=1 PRIVMSG #dev :\r\n@batch=1 PRIVMSG #dev :two\r\nBATCH -1\r\n',
      ],
    ],
    seen: {
      ann: ':eve!irc@host PRIVMSG #dev :one\r\n' + ':eve!irc@host PRIVMSG #dev :two\r\n',
      bob: ':eve!irc@host PRIVMSG #dev :one\r\n' + ':eve!irc@host PRIVMSG #dev :two\r\n',
      pat: 'MSG eve one\n' + 'MSG eve \n' + 'MSG eve two\n',
      lin: 'MSG eve one\n' + 'MSG eve \n' + 'MSG eve two\n',
      tab:
        `@id=1;time=${T};room=dev MSG eve one\n` +
        `@id=2;time=${T};room=dev MSG eve \n` +
        `@id=3;time=${T};room=dev MSG eve two\n`,
      gus: `[${LOCAL}][eve]: one\n` + `[${LOCAL}][eve]: \n` + `[${LOCAL}][eve]: two\n`,
      mina: 'eve:one\n' + 'eve:\n' + 'eve:two\n',
      opal: 'MSG eve one\n' + 'MSG eve \n' + 'MSG eve two\n',
      sse: [
        ['message', { id: 1, room: 'dev', name: 'eve', text: 'one' }],
        ['message', { id: 2, room: 'dev', name: 'eve', text: '' }],
        ['message', { id: 3, room: 'dev', name: 'eve', text: 'two' }],
      ],
    },
  },
  {
    name: 'a CTCP of IRC',
    steps: [['ann', 'PRIVMSG #dev :\x01VERSION\x01\r\n']],
    seen: {
      bob: ':ann!irc@host PRIVMSG #dev :\x01VERSION\x01\r\n',
      eve: `@time=${T} :ann!irc@host PRIVMSG #dev :\x01VERSION\x01\r\n`,
    },
  },
  {
    name: 'client tags',
    steps: [['ann', 'CAP REQ :message-tags\r\n@+typing=active TAGMSG #dev\r\n@+a=b PRIVMSG #dev :hi\r\n']],
    seen: {
      ann: ':partyline.local CAP ann ACK :message-tags\r\n',
      bob: ':ann!irc@host PRIVMSG #dev :hi\r\n',
      eve:
        `@time=${T};+typing=active :ann!irc@host TAGMSG #dev\r\n` +
        `@time=${T};msgid=1;+a=b :ann!irc@host PRIVMSG #dev :hi\r\n`,
      pat: 'MSG ann hi\n',
      lin: 'MSG ann hi\n',
      tab: `@id=1;time=${T};room=dev MSG ann hi\n`,
      gus: `[${LOCAL}][ann]: hi\n`,
      mina: 'ann:hi\n',
      opal: 'MSG ann hi\n',
      sse: [['message', { id: 1, room: 'dev', name: 'ann', text: 'hi' }]],
    },
  },
  {
    name: 'a topic of IRC',
    steps: [['ann', 'TOPIC #dev :\x02ours\r\n']],
    seen: {
      ann: ':ann!irc@host TOPIC #dev :\x02ours\r\n',
      bob: ':ann!irc@host TOPIC #dev :\x02ours\r\n',
      eve: `@time=${T} :ann!irc@host TOPIC #dev :\x02ours\r\n`,
      pat: 'INFO ann set the topic of dev: ours\n',
      tab: `@time=${T};room=dev;event=topic;user=ann INFO ann set the topic of dev: ours\n`,
      sse: [['topic', { room: 'dev', name: 'ann', topic: 'ours' }]],
    },
  },
  {
    name: 'SAY of a server operator',
    steps: [['opal', 'SAY hi all\n']],
    seen: {
      ann: ':partyline.local NOTICE * :opal: hi all\r\n',
      bob: ':partyline.local NOTICE * :opal: hi all\r\n',
      eve: `@time=${T} :partyline.local NOTICE * :opal: hi all\r\n`,
      pat: 'INFO opal: hi all\n',
      lin: 'INFO opal: hi all\n',
      tab: `@time=${T};event=say;user=opal INFO opal: hi all\n`,
      gus: `[${LOCAL}][system]: opal: hi all\n`,
      mina: '* opal: hi all\n',
      opal: 'OK\n',
      lob: 'INFO opal: hi all\n',
    },
  },
  {
    name: 'REDACT',
    steps: [
      ['ann', 'PRIVMSG #dev :oops\r\n'],
      ['ann', 'REDACT #dev 1 :typo\r\n'],
    ],
    seen: {
      bob: ':ann!irc@host PRIVMSG #dev :oops\r\n',
      eve:
        `@time=${T};msgid=1 :ann!irc@host PRIVMSG #dev :oops\r\n` +
        `@time=${T} :ann!irc@host REDACT #dev 1 :typo\r\n`,
      pat: 'MSG ann oops\n',
      lin: 'MSG ann oops\n',
      tab:
        `@id=1;time=${T};room=dev MSG ann oops\n` +
        `@time=${T};room=dev;event=delete;id=1;user=ann INFO ann deleted 1\n`,
      gus: `[${LOCAL}][ann]: oops\n`,
      mina: 'ann:oops\n',
      opal: 'MSG ann oops\n',
      sse: [
        ['message', { id: 1, room: 'dev', name: 'ann', text: 'oops' }],
        ['deleted', { id: 1, lastId: 1, room: 'dev', name: 'ann', reason: 'typo' }],
      ],
    },
  },
  {
    name: 'REDACT of a paste',
    steps: [
      ['lin', 'PASTE\none\ntwo\n.\n'],
      ['ann', 'REDACT #dev 1 :typo\r\n'],
    ],
    seen: {
      ann: ':lin!lines@host PRIVMSG #dev :one\r\n' + ':lin!lines@host PRIVMSG #dev :two\r\n',
      bob: ':lin!lines@host PRIVMSG #dev :one\r\n' + ':lin!lines@host PRIVMSG #dev :two\r\n',
      eve:
        `@time=${T};msgid=1 :lin!lines@host BATCH +p1 draft/multiline #dev\r\n` +
        '@batch=p1 :lin!lines@host PRIVMSG #dev :one\r\n' +
        '@batch=p1 :lin!lines@host PRIVMSG #dev :two\r\n' +
        ':lin!lines@host BATCH -p1\r\n' +
        `@time=${T} :ann!irc@host REDACT #dev 1 :typo\r\n`,
      pat: 'MSG lin one\n' + 'MSG lin two\n',
      lin: 'OK\n',
      tab:
        `@id=1;time=${T};room=dev MSG lin one\n` +
        `@id=2;time=${T};room=dev MSG lin two\n` +
        `@time=${T};room=dev;event=delete;id=1;user=ann;last=2 INFO ann deleted 1\n`,
      gus: `[${LOCAL}][lin]: one\n` + `[${LOCAL}][lin]: two\n`,
      mina: 'lin:one\n' + 'lin:two\n',
      opal: 'MSG lin one\n' + 'MSG lin two\n',
      sse: [
        ['message', { id: 1, room: 'dev', name: 'lin', text: 'one' }],
        ['message', { id: 2, room: 'dev', name: 'lin', text: 'two' }],
        ['deleted', { id: 1, lastId: 2, room: 'dev', name: 'ann', reason: 'typo' }],
      ],
    },
  },
  {
    name: 'DELETE of lines',
    steps: [
      ['lin', 'MSG oops\n'],
      ['lin', 'DELETE 1 typo\n'],
    ],
    seen: {
      ann: ':lin!lines@host PRIVMSG #dev :oops\r\n',
      bob: ':lin!lines@host PRIVMSG #dev :oops\r\n',
      eve:
        `@time=${T};msgid=1 :lin!lines@host PRIVMSG #dev :oops\r\n` +
        `@time=${T} :lin!lines@host REDACT #dev 1 :typo\r\n`,
      pat: 'MSG lin oops\n',
      lin: 'OK\n',
      tab:
        `@id=1;time=${T};room=dev MSG lin oops\n` +
        `@time=${T};room=dev;event=delete;id=1;user=lin INFO lin deleted 1\n`,
      gus: `[${LOCAL}][lin]: oops\n`,
      mina: 'lin:oops\n',
      opal: 'MSG lin oops\n',
      sse: [
        ['message', { id: 1, room: 'dev', name: 'lin', text: 'oops' }],
        ['deleted', { id: 1, lastId: 1, room: 'dev', name: 'lin', reason: 'typo' }],
      ],
    },
  },
  {
    name: 'a direct message to a script',
    steps: [['ann', 'PRIVMSG lin :\x02psst\r\n']],
    seen: { lin: 'DM ann psst\n' },
  },
  {
    name: 'REDACT of direct messages',
    steps: [
      ['ann', 'PRIVMSG eve,tab,lin,pat :oops\r\nPRIVMSG gus,mina,bob :oops\r\n'],
      ['ann', 'REDACT eve 1 :typo\r\nREDACT tab 2\r\nREDACT lin 3\r\nREDACT pat 4\r\n'],
      ['ann', 'REDACT gus 5\r\nREDACT mina 6\r\nREDACT bob 7\r\n'],
    ],
    seen: {
      eve:
        `@time=${T};msgid=1 :ann!irc@host PRIVMSG eve :oops\r\n` +
        `@time=${T} :ann!irc@host REDACT eve 1 :typo\r\n`,
      tab: `@id=2;time=${T} DM ann oops\n@time=${T};event=delete;id=2;user=ann INFO ann deleted 2\n`,
      lin: 'DM ann oops\n',
      pat: 'DM ann oops\n',
      gus: `[${LOCAL}][ann -> you]: oops\n`,
      mina: '* ann (private): oops\n',
      bob: ':ann!irc@host PRIVMSG bob :oops\r\n',
    },
  },
  {
    name: 'DELETE of a direct message',
    steps: [
      ['lin', 'DM eve oops\nDM tab oops\n'],
      ['lin', 'DELETE 1 typo\nDELETE 2\n'],
    ],
    seen: {
      eve:
        `@time=${T};msgid=1 :lin!lines@host PRIVMSG eve :oops\r\n` +
        `@time=${T} :lin!lines@host REDACT eve 1 :typo\r\n`,
      tab: `@id=2;time=${T} DM lin oops\n@time=${T};event=delete;id=2;user=lin INFO lin deleted 2\n`,
      lin: 'OK\nOK\n',
    },
  },
  {
    name: 'a direct action to a gotalk user',
    steps: [['ann', 'PRIVMSG gus :\x01ACTION nods\x01\r\n']],
    seen: { gus: `[${LOCAL}][ann -> you]: * ann nods\n` },
  },
  {
    name: 'a direct message to a machat user',
    steps: [['ann', 'PRIVMSG mina :psst\r\n']],
    seen: { mina: '* ann (private): psst\n' },
  },
]);
