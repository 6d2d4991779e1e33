/*
 * The reference of the benchmark: about the least work with which one core can serve the protocol `lines`.
 *
 * It knows LOGIN, JOIN, MSG, DM and PING, has one room, checks nothing and bounds nothing. Like Partyline, it collects
 * all that is said between two calls of epoll_wait, and then writes once to each reader.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_LIMIT = 32, LINE_LIMIT = 8192, READ_SIZE = 65536, EVENTS = 1024, USERS = 1 << 17 };

struct bytes {
  char *data;
  size_t length, capacity;
};

struct client {
  int fd, name_length;
  bool logged_in, in_room, spoke, has_replies, gone;
  char name[NAME_LIMIT];
  struct bytes unparsed, unsent, replies;
};

/* One message in the room's bytes of this turn. */
struct message {
  struct client *author;
  size_t start, length;
};

struct list {
  void **items;
  size_t length, capacity;
};

static int epoll;
static struct list members, authors, answered, gone;
static struct bytes said;
static struct message *messages;
static size_t message_count, message_capacity;
static struct client *users[USERS];

static void *grown(void *data, size_t size) {
  data = realloc(data, size);
  if (!data) abort();
  return data;
}

static char *extend(struct bytes *bytes, size_t more) {
  size_t needed = bytes->length + more;
  if (needed > bytes->capacity) bytes->data = grown(bytes->data, bytes->capacity = needed * 2);
  char *end = bytes->data + bytes->length;
  bytes->length = needed;
  return end;
}

static void append(struct bytes *bytes, const char *data, size_t length) {
  memcpy(extend(bytes, length), data, length);
}

static void push(struct list *list, void *item) {
  if (list->length == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 64;
    list->items = grown(list->items, list->capacity * sizeof *list->items);
  }
  list->items[list->length++] = item;
}

static void watch(struct client *client, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  epoll_ctl(epoll, operation, client->fd, &event);
}

/* The slot of a name: its user's, or the free one where it belongs. */
static struct client **slot(const char *name, int length) {
  unsigned hash = 2166136261u;
  for (int i = 0; i < length; i++) hash = (hash ^ (unsigned char)name[i]) * 16777619u;
  for (;; hash++) {
    struct client **user = &users[hash % USERS];
    if (!*user || ((*user)->name_length == length && !memcmp((*user)->name, name, length))) return user;
  }
}

static void leave(struct client *client) {
  for (size_t i = 0; i < members.length; i++) {
    if (members.items[i] == client) members.items[i] = members.items[--members.length];
  }
  struct client **user = slot(client->name, client->name_length);
  if (*user != client) return;
  *user = NULL;
  /* The users behind it may have been pushed on by it. */
  for (size_t i = (user - users + 1) % USERS; users[i]; i = (i + 1) % USERS) {
    struct client *next = users[i];
    users[i] = NULL;
    *slot(next->name, next->name_length) = next;
  }
}

/* The memory is freed at the end of the turn, since events and messages of the turn may still point to it. */
static void drop(struct client *client) {
  if (client->gone) return;
  client->gone = true;
  if (client->logged_in) leave(client);
  close(client->fd);
  push(&gone, client);
}

static void send_bytes(struct client *client, const char *data, size_t length) {
  if (client->gone || length == 0) return;
  if (client->unsent.length == 0) {
    ssize_t sent = send(client->fd, data, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;
    if (sent > 0) data += sent, length -= sent;
    if (length == 0) return;
    watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  append(&client->unsent, data, length);
}

static void send_rest(struct client *client) {
  ssize_t sent = send(client->fd, client->unsent.data, client->unsent.length, MSG_NOSIGNAL);
  if (sent <= 0) return;
  client->unsent.length -= sent;
  memmove(client->unsent.data, client->unsent.data + sent, client->unsent.length);
  if (client->unsent.length == 0) watch(client, EPOLL_CTL_MOD, EPOLLIN);
}

static void reply(struct client *client, const char *data, size_t length) {
  append(&client->replies, data, length);
  if (!client->has_replies) push(&answered, client);
  client->has_replies = true;
}

static void say(struct client *author, const char *text, int length) {
  struct message message = {author, said.length, 4 + author->name_length + 1 + length + 1};
  char *at = extend(&said, message.length);
  at = mempcpy(at, "MSG ", 4);
  at = mempcpy(at, author->name, author->name_length);
  *at++ = ' ';
  at = mempcpy(at, text, length);
  *at = '\n';
  if (message_count == message_capacity) {
    message_capacity = message_capacity ? message_capacity * 2 : 256;
    messages = grown(messages, message_capacity * sizeof *messages);
  }
  messages[message_count++] = message;
  if (!author->spoke) push(&authors, author);
  author->spoke = true;
}

static void tell(struct client *author, const char *name, int length) {
  const char *space = memchr(name, ' ', length);
  struct client *reader = space ? *slot(name, space - name) : NULL;
  if (!reader) return reply(author, "ERR user-not-found\n", 19);
  char line[LINE_LIMIT + NAME_LIMIT + 8];
  char *at = mempcpy(line, "DM ", 3);
  at = mempcpy(at, author->name, author->name_length);
  at = mempcpy(at, space, name + length - space);
  *at++ = '\n';
  reply(reader, line, at - line);
}

/* All that was said goes to each member in one write; an author gets all but the author's own messages. */
static void flush(void) {
  static struct bytes others;
  for (size_t i = 0; i < members.length; i++) {
    struct client *member = members.items[i];
    if (!member->spoke) send_bytes(member, said.data, said.length);
  }
  for (size_t i = 0; i < authors.length; i++) {
    struct client *author = authors.items[i];
    others.length = 0;
    for (size_t m = 0; m < message_count; m++) {
      if (messages[m].author != author) append(&others, said.data + messages[m].start, messages[m].length);
    }
    send_bytes(author, others.data, others.length);
    author->spoke = false;
  }
  for (size_t i = 0; i < answered.length; i++) {
    struct client *client = answered.items[i];
    send_bytes(client, client->replies.data, client->replies.length);
    client->replies.length = 0;
    client->has_replies = false;
  }
  for (size_t i = 0; i < gone.length; i++) {
    struct client *client = gone.items[i];
    free(client->unparsed.data);
    free(client->unsent.data);
    free(client->replies.data);
    free(client);
  }
  said.length = message_count = authors.length = answered.length = gone.length = 0;
}

static bool starts(const char *line, int length, const char *verb) {
  int verb_length = strlen(verb);
  return length >= verb_length && !memcmp(line, verb, verb_length);
}

static void obey(struct client *client, const char *line, int length) {
  if (client->logged_in && starts(line, length, "MSG ")) {
    say(client, line + 4, length - 4);
  } else if (length == 4 && starts(line, length, "PING")) {
    reply(client, "PONG\n", 5);
  } else if (client->logged_in && starts(line, length, "DM ")) {
    tell(client, line + 3, length - 3);
  } else if (client->logged_in && starts(line, length, "JOIN ")) {
    if (!client->in_room) push(&members, client);
    client->in_room = true;
    reply(client, "OK\n", 3);
  } else if (!client->logged_in && starts(line, length, "LOGIN ") && length - 6 <= NAME_LIMIT) {
    client->name_length = length - 6;
    memcpy(client->name, line + 6, client->name_length);
    *slot(client->name, client->name_length) = client;
    client->logged_in = true;
    reply(client, "OK\n", 3);
  } else {
    reply(client, "ERR unknown-cmd\n", 16);
  }
}

static void receive(struct client *client) {
  static char data[LINE_LIMIT + READ_SIZE];
  size_t kept = client->unparsed.length;
  if (kept) memcpy(data, client->unparsed.data, kept);
  ssize_t length = recv(client->fd, data + kept, READ_SIZE, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) return drop(client);
  char *line = data, *end = data + kept + length, *newline;
  while ((newline = memchr(line, '\n', end - line))) {
    if (newline - line > LINE_LIMIT) return drop(client);
    obey(client, line, newline - line);
    line = newline + 1;
  }
  if (end - line > LINE_LIMIT) return drop(client);
  client->unparsed.length = 0;
  if (end > line) append(&client->unparsed, line, end - line);
}

static void accept_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    struct client *client = calloc(1, sizeof *client);
    if (!client) abort();
    client->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(client, EPOLL_CTL_ADD, EPOLLIN);
  }
}

int main(int count, char **arguments) {
  if (count != 2) return fprintf(stderr, "usage: reference <port>\n"), 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("cannot listen");
    return 1;
  }
  epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct client *client = events[i].data.ptr;
      if (!client) {
        accept_all(listener);
        continue;
      }
      if (!client->gone && events[i].events & EPOLLOUT && client->unsent.length) send_rest(client);
      if (!client->gone && events[i].events & ~EPOLLOUT) receive(client);
    }
    flush();
  }
}
