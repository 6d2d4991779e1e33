/*
 * The clients whose pings are timed: each has one in flight. A wait ends when the kernel gets the answer, by its own
 * timestamp, so it does not matter when this process has its next share of the core of the load.
 *
 * It logs in, prints a line, and then answers each line of its input with the longest wait so far in milliseconds. `reset`
 * forgets what was measured before.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT_LIMIT = 64 };

static const char ANSWER[] = "\nPONG\n";

static struct pollfd sockets[CLIENT_LIMIT + 1];
static double sent_at[CLIENT_LIMIT], longest_ms;
/* How much of the answer was received, beginning with the end of the line before it. */
static size_t matched[CLIENT_LIMIT];
static int count;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void note(int index, double at) {
  if (at - sent_at[index] > longest_ms) longest_ms = at - sent_at[index];
}

static void ping(int index) {
  sent_at[index] = now_ms();
  if (send(sockets[index].fd, "PING\n", 5, MSG_NOSIGNAL) != 5) fail("send");
}

static double arrival(struct msghdr *message) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec at;
    memcpy(&at, CMSG_DATA(part), sizeof at);
    return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
  }
  return now_ms();
}

/* Reads what is there, and pings again after an answer. */
static void receive(int index) {
  char data[4096], control[128];
  struct iovec part = {data, sizeof data};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(sockets[index].fd, &message, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) fail("recvmsg");
  for (ssize_t i = 0; i < length; i++) {
    matched[index] = data[i] == ANSWER[matched[index]] ? matched[index] + 1 : data[i] == '\n';
    if (matched[index] < sizeof ANSWER - 1) continue;
    matched[index] = 1;
    note(index, arrival(&message));
    ping(index);
  }
}

static void answer(void) {
  char line[16];
  if (!fgets(line, sizeof line, stdin)) exit(0);
  for (int i = 0; i < count; i++) receive(i);
  for (int i = 0; i < count; i++) note(i, now_ms());
  if (!strcmp(line, "reset\n")) {
    longest_ms = 0;
    for (int i = 0; i < count; i++) sent_at[i] = now_ms();
  }
  printf("%.3f\n", longest_ms);
  fflush(stdout);
}

static void log_in(int index, const struct sockaddr_in *address) {
  char reply[4096];
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  dprintf(fd, "LOGIN pinger%d\n", index);
  if (recv(fd, reply, sizeof reply, 0) < 3 || memcmp(reply, "OK\n", 3)) fail("login");
  sockets[index] = (struct pollfd){.fd = fd, .events = POLLIN};
  matched[index] = 1;
}

int main(int argument_count, char **arguments) {
  count = argument_count == 4 ? atoi(arguments[3]) : 0;
  if (count < 1 || count > CLIENT_LIMIT) return fprintf(stderr, "usage: pinging <host> <port> <clients>\n"), 2;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(atoi(arguments[2])), .sin_addr.s_addr = inet_addr(arguments[1])};
  for (int i = 0; i < count; i++) log_in(i, &address);
  for (int i = 0; i < count; i++) ping(i);
  sockets[count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  puts("0");
  fflush(stdout);
  for (;;) {
    if (poll(sockets, count + 1, -1) < 0) fail("poll");
    for (int i = 0; i < count; i++) {
      if (sockets[i].revents) receive(i);
    }
    if (sockets[count].revents) answer();
  }
}
