/*
 * Hears what a daemon says of itself by sd_notify(3), for Node has no datagrams of unix sockets:
 *   notify-listen SOCKET FILE CGROUP
 * FILE gets a line `MS PID KEY=VALUE` for each word, MS on the clock of the kernel; `MS PID !refused` when the sender is no process of
 * CGROUP (cgroups(7), version 2), which is known by the last two names of its path. A sender that is gone already is believed when it was
 * root. Outlives the agent; ends when another one has taken the name of its socket.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 60000, MOST_BYTES = 65536 };
static const char *const words[] = {"READY=1", "RELOADING=1", "STOPPING=1", "STATUS=", "ERRNO=", "MAINPID=", "EXTEND_TIMEOUT_USEC=", "WATCHDOG=trigger"};

/* 1: of the group; 0: not; -1: it is gone. Without version 2 nobody can be told from another. */
static int belongs(pid_t pid, const char *group) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  int found = 1;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "0::", 3) != 0) continue;
    line[strcspn(line, "\n")] = '/';
    found = strstr(line, group) != NULL;
  }
  fclose(file);
  return found;
}

static void note(const char *to, pid_t pid, const char *word) {
  static int ready;
  if (strcmp(word, "READY=1") == 0) ready = 1;
  int fd = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
  struct stat facts;
  /* A daemon that never stops talking fills nothing; that it was ready stays known. */
  if (fstat(fd, &facts) == 0 && facts.st_size > MOST_BYTES && ftruncate(fd, 0) == 0 && ready) dprintf(fd, "%lld 0 READY=1\n", ms);
  dprintf(fd, "%lld %d %.1000s\n", ms, (int)pid, word);
  close(fd);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (strlen(argv[1]) >= sizeof name.sun_path) return 2;
  strcpy(name.sun_path, argv[1]);
  char group[512] = "";
  const char *tail = argv[3] + strlen(argv[3]);
  for (int slashes = 0; tail > argv[3] && slashes < 2;) slashes += *--tail == '/';
  if (access(argv[3], F_OK) == 0) snprintf(group, sizeof group, "%.500s/", tail);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
  unlink(argv[1]);
  umask(0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) return 1;
  /* unix(7): to send to it is to write to it, whoever the daemon runs as. */
  if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) return 1;
  struct stat own, there;
  if (stat(argv[1], &own) < 0) return 1;
  for (;;) {
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    if (poll(&waited, 1, LOOK_MS) == 0) {
      if (stat(argv[1], &there) < 0 || there.st_ino != own.st_ino) return 0;
      continue;
    }
    char text[4097], control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    /* Descriptors that come along find no room and are closed: that is the answer to BARRIER=1. */
    ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (length < 0) continue;
    text[length] = '\0';
    struct ucred who = {0, (uid_t)-1, (gid_t)-1};
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != NULL; each = CMSG_NXTHDR(&message, each))
      if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(each), sizeof who);
    int of_group = group[0] == '\0' ? 1 : belongs(who.pid, group);
    if (of_group == 0 || (of_group < 0 && who.uid != 0)) {
      note(argv[2], who.pid, "!refused");
      continue;
    }
    for (char *rest = text, *word; (word = strsep(&rest, "\n")) != NULL;)
      for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(word, words[i], strlen(words[i])) == 0) note(argv[2], who.pid, word);
  }
}
