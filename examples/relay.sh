#!/bin/sh
# Relays the messages of a room to a URL, as plain text: `ann: hi`. Needs curl only.
#
#   sh relay.sh http://localhost:4000 ops http://other.example.org:4000/ops
#
# The id of the last message that the URL has accepted is kept in a file (default: relay-<room>.cursor), so a relay that
# was stopped goes on where it was. In order, and at least once: after a crash the last message may come again, with the
# same Idempotency-Key. A message that the URL can never accept, such as one that is too long for it, is left out, and
# named on standard error. TOKEN is a token of this server, for one that needs a password.
set -u

server=${1:?usage: relay.sh <server> <room> <url> [cursor file]}
room=${2:?usage: relay.sh <server> <room> <url> [cursor file]}
url=${3:?usage: relay.sh <server> <room> <url> [cursor file]}
cursor=${4:-relay-$room.cursor}

ask() {
  curl -fsS --keepalive-time 30 ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@"
}

# A key is ASCII, and a room need not be.
key=$(printf %s "$server/$room" | cksum)
key=${key%% *}

# Whether the URL has accepted the message, or never will. A server without a stored history begins its ids anew, so the
# time is a part of the key.
deliver() {
  status=$(curl -sS --max-time 7 -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain; charset=utf-8' \
    -H "Idempotency-Key: $key-$1-$2" --data-raw "$3" "$url")
  case $status in
    2??) ;;
    400 | 413 | 422) echo "relay: message $1 is left out: $status" >&2 ;;
    *)
      echo "relay: message $1: $status; trying again" >&2
      return 1
      ;;
  esac
}

# The first time, it begins with what comes next.
until [ -s "$cursor" ]; do
  if newest=$(ask "$server/rooms/$room/messages?limit=1"); then
    newest=${newest%% *}
    echo "${newest:-0}" > "$cursor"
  else
    sleep 5
  fi
done

while :; do
  ask -N -H 'Accept: text/plain' "$server/rooms/$room/events?format=hist&after=$(cat "$cursor")" |
    while IFS= read -r line; do
      # The server's own lines begin with a star.
      [ "${line%% *}" = '*' ] && continue
      # `1020 2026-03-01T12:00:00.000Z ann hi`: a text may begin with a blank.
      id=${line%% *} line=${line#* }
      time=${line%% *} line=${line#* }
      until deliver "$id" "$time" "${line%% *}: ${line#* }"; do
        sleep 5
      done
      echo "$id" > "$cursor.new" && mv "$cursor.new" "$cursor"
    done
  sleep 2
done
