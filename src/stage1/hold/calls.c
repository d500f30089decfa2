/*
 * What a stopped call is about: its path as a whole name, its address as text, read from the process that makes it. Arguments may have `*`
 * in them, which is any text.
 */
#define _GNU_SOURCE
#include "calls.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

const struct call calls[] = {
#ifdef SYS_open
    {"open", SYS_open, PATH, -1, 0},
    {"open", SYS_creat, PATH, -1, 0},
    {"look", SYS_stat, PATH, -1, 0},
    {"look", SYS_lstat, PATH, -1, 0},
    {"look", SYS_access, PATH, -1, 0},
    {"readlink", SYS_readlink, PATH, -1, 0},
    {"mkdir", SYS_mkdir, PATH, -1, 0},
    {"mknod", SYS_mknod, PATH, -1, 0},
    {"symlink", SYS_symlink, PATH, -1, 1},
    {"link", SYS_link, PATHS, -1, 0},
    {"unlink", SYS_unlink, PATH, -1, 0},
    {"rmdir", SYS_rmdir, PATH, -1, 0},
    {"rename", SYS_rename, PATHS, -1, 0},
    {"chmod", SYS_chmod, PATH, -1, 0},
    {"chown", SYS_chown, PATH, -1, 0},
    {"chown", SYS_lchown, PATH, -1, 0},
    {"utime", SYS_utime, PATH, -1, 0},
    {"utime", SYS_utimes, PATH, -1, 0},
#endif
    {"open", SYS_openat, PATH, 0, 1},
    {"open", SYS_openat2, PATH, 0, 1},
    {"look", SYS_newfstatat, PATH, 0, 1},
    {"look", SYS_statx, PATH, 0, 1},
    {"look", SYS_faccessat, PATH, 0, 1},
    {"look", SYS_faccessat2, PATH, 0, 1},
    {"readlink", SYS_readlinkat, PATH, 0, 1},
    {"list", SYS_getdents64, DESCRIPTOR, -1, 0},
    {"read", SYS_read, DESCRIPTOR, -1, 0},
    {"write", SYS_write, DESCRIPTOR, -1, 0},
    {"write", SYS_pwrite64, DESCRIPTOR, -1, 0},
    {"write", SYS_writev, DESCRIPTOR, -1, 0},
    {"lock", SYS_flock, DESCRIPTOR, -1, 0},
    {"lock", SYS_fcntl, DESCRIPTOR, -1, 0},
    {"mkdir", SYS_mkdirat, PATH, 0, 1},
    {"mknod", SYS_mknodat, PATH, 0, 1},
    {"symlink", SYS_symlinkat, PATH, 1, 2},
    {"link", SYS_linkat, PATHS, 0, 1},
    {"unlink", SYS_unlinkat, PATH, 0, 1},
    {"rmdir", SYS_unlinkat, PATH, 0, 1},
    {"rename", SYS_renameat, PATHS, 0, 1},
    {"rename", SYS_renameat2, PATHS, 0, 1},
    {"truncate", SYS_truncate, PATH, -1, 0},
    {"truncate", SYS_ftruncate, DESCRIPTOR, -1, 0},
    {"chmod", SYS_fchmodat, PATH, 0, 1},
    {"chmod", SYS_fchmod, DESCRIPTOR, -1, 0},
    {"chown", SYS_fchownat, PATH, 0, 1},
    {"chown", SYS_fchown, DESCRIPTOR, -1, 0},
    {"utime", SYS_utimensat, PATH, 0, 1},
    {"xattr", SYS_setxattr, PATH, -1, 0},
    {"xattr", SYS_lsetxattr, PATH, -1, 0},
    {"chdir", SYS_chdir, PATH, -1, 0},
    {"chroot", SYS_chroot, PATH, -1, 0},
    {"exec", SYS_execve, PATH, -1, 0},
    {"exec", SYS_execveat, PATH, 0, 1},
    {"mount", SYS_mount, PATH, -1, 1},
    {"mount", SYS_move_mount, PATH, 2, 3},
    {"umount", SYS_umount2, PATH, -1, 0},
    {"pivot-root", SYS_pivot_root, PATH, -1, 0},
    {"bind", SYS_bind, ADDRESS, 0, 1},
    {"connect", SYS_connect, ADDRESS, 0, 1},
    {"send", SYS_sendto, ADDRESS, 0, 4},
    {"send", SYS_sendmsg, MESSAGE, 0, 1},
    {"netlink", SYS_sendto, ADDRESS, 0, 4},
    {"netlink", SYS_sendmsg, MESSAGE, 0, 1},
    {"interface", SYS_sendto, ADDRESS, 0, 4},
    {"interface", SYS_sendmsg, MESSAGE, 0, 1},
    {"listen", SYS_listen, OWN_ADDRESS, 0, 0},
    {"accept", SYS_accept, OWN_ADDRESS, 0, 0},
    {"accept", SYS_accept4, OWN_ADDRESS, 0, 0},
    {"kill", SYS_kill, TARGET, -1, 0},
    {"kill", SYS_tkill, TARGET, -1, 0},
    {"kill", SYS_tgkill, TARGET, -1, 0},
    {"wait", SYS_wait4, ANYTHING, -1, 0},
    {"module", SYS_init_module, ANYTHING, -1, 0},
    {"module", SYS_finit_module, ANYTHING, -1, 0},
    {"module", SYS_delete_module, ANYTHING, -1, 0},
    {"clock", SYS_settimeofday, ANYTHING, -1, 0},
    {"clock", SYS_clock_settime, ANYTHING, -1, 0},
    {"clock", SYS_adjtimex, ANYTHING, -1, 0},
    {"clock", SYS_clock_adjtime, ANYTHING, -1, 0},
    {"hostname", SYS_sethostname, ANYTHING, -1, 0},
};
const size_t call_count = sizeof calls / sizeof *calls;

static int like(const char *pattern, const char *text) {
  for (; *pattern != '*'; pattern++, text++) {
    if (*pattern != *text) return 0;
    if (*pattern == '\0') return 1;
  }
  while (!like(pattern + 1, text))
    if (*text++ == '\0') return 0;
  return 1;
}

/* Short when the memory behind it ends. Gives the bytes read. */
static size_t peek(pid_t pid, unsigned long long from, void *to, size_t size) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/mem", (int)pid);
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t got = pread(fd, to, size, (off_t)from);
  /* A string may end right before a page that is not there. */
  size_t rest = 4096 - from % 4096;
  if (got < 0 && rest < size) got = pread(fd, to, rest, (off_t)from);
  close(fd);
  return got < 0 ? 0 : (size_t)got;
}

static int link_of(pid_t pid, const char *what, char *to) {
  char name[96];
  snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, what);
  ssize_t length = readlink(name, to, PATH_MAX - 1);
  to[length < 0 ? 0 : length] = '\0';
  return length > 0;
}

/* The directory's real name and the last part as it is: a name may have nothing behind it. */
static void whole(const char *path, char *to) {
  char parent[PATH_MAX], real[PATH_MAX];
  snprintf(parent, sizeof parent, "%s", path);
  size_t end = strlen(parent);
  while (end > 1 && parent[end - 1] == '/') parent[--end] = '\0';
  char *slash = strrchr(parent, '/');
  const char *last = slash == NULL ? parent : slash + 1;
  if (slash != NULL && slash != parent) *slash = '\0';
  const char *directory = slash == NULL || slash == parent ? "/" : parent;
  if (realpath(directory, real) == NULL) snprintf(real, sizeof real, "%s", directory);
  int ended = snprintf(to, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, last);
  if (ended >= PATH_MAX) *to = '\0';
}

static int same_path(const char *path, const char *argument) {
  if (like(argument, path)) return 1;
  char one[PATH_MAX], two[PATH_MAX];
  whole(path, one);
  whole(argument, two);
  return like(two, one);
}

static int about_path(pid_t pid, int dir, unsigned long long at, const char *argument) {
  char path[PATH_MAX] = "", base[PATH_MAX] = "", root[PATH_MAX], joined[2 * PATH_MAX + 2], what[32];
  path[peek(pid, at, path, sizeof path - 1)] = '\0';
  if (strcmp(path, argument) == 0) return 1;
  if (path[0] != '/') {
    snprintf(what, sizeof what, dir == AT_FDCWD ? "cwd" : "fd/%d", dir);
    if (!link_of(pid, what, base)) return 0;
  } else if (link_of(pid, "root", root) && strcmp(root, "/") != 0)
    snprintf(base, sizeof base, "%s", root);
  snprintf(joined, sizeof joined, "%s%s%s", base, path[0] == '/' ? "" : "/", path);
  return strlen(joined) < PATH_MAX && same_path(path[0] == '\0' ? base : joined, argument);
}

static int about_descriptor(pid_t pid, int fd, const char *argument) {
  char path[PATH_MAX], what[32];
  snprintf(what, sizeof what, "fd/%d", fd);
  return link_of(pid, what, path) && same_path(path, argument);
}

/* A copy of a descriptor of another process; -1: there is none. */
static int copy_of(pid_t pid, int fd) {
  char name[64], line[128];
  snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
  FILE *status = fopen(name, "re");
  int group = pid;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) sscanf(line, "Tgid: %d", &group);
  if (status != NULL) fclose(status);
  int process = (int)syscall(SYS_pidfd_open, group, 0);
  if (process < 0) return -1;
  int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
  close(process);
  return copy;
}

/* `tcp:0.0.0.0:80`, `udp:[::]:53`, `unix:/run/x`, `unix:@x`, `netlink`. */
static void address_text(int fd, const struct sockaddr_storage *address, socklen_t size, char *to, size_t room) {
  int type = 0;
  socklen_t length = sizeof type;
  getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
  const char *protocol = type == SOCK_STREAM ? "tcp" : "udp";
  char host[INET6_ADDRSTRLEN];
  *to = '\0';
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)address;
    snprintf(to, room, "%s:%s:%d", protocol, inet_ntop(AF_INET, &in->sin_addr, host, sizeof host), ntohs(in->sin_port));
  } else if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const void *)address;
    snprintf(to, room, "%s:[%s]:%d", protocol, inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host), ntohs(in->sin6_port));
  } else if (address->ss_family == AF_UNIX) {
    const struct sockaddr_un *un = (const void *)address;
    size_t most = size > offsetof(struct sockaddr_un, sun_path) ? size - offsetof(struct sockaddr_un, sun_path) : 0;
    int isAbstract = most > 0 && un->sun_path[0] == '\0';
    snprintf(to, room, "unix:%s%.*s", isAbstract ? "@" : "", (int)(most - (size_t)isAbstract), un->sun_path + isAbstract);
  }
}

/* `tcp:80` is any host. A wildcard of either side is the other one's host, too. */
static int same_address(const char *text, const char *argument) {
  if (like(argument, text)) return 1;
  if (strncmp(text, "unix:", 5) == 0) {
    const char *path = strncmp(argument, "unix:", 5) == 0 ? argument + 5 : argument;
    return text[5] != '@' && path[0] == '/' && same_path(text + 5, path);
  }
  const char *port = strrchr(text, ':'), *wanted = strrchr(argument, ':');
  if (port == NULL || wanted == NULL || strcmp(port, wanted) != 0 || strncmp(text, argument, 4) != 0) return 0;
  return wanted == argument + 3 || strstr(text, ":0.0.0.0:") || strstr(text, ":[::]:") || strstr(argument, ":0.0.0.0:") || strstr(argument, ":[::]:");
}

static int about_address(const struct seccomp_notif *asked, const struct call *call, const char *name, const char *argument) {
  struct sockaddr_storage address = {0};
  unsigned long long at = asked->data.args[call->at];
  socklen_t size = (socklen_t)asked->data.args[call->at + 1];
  int domain = 0, fd = copy_of((pid_t)asked->pid, (int)asked->data.args[0]);
  socklen_t length = sizeof domain;
  if (fd < 0) return 0;
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
  char text[256] = "";
  if (domain == AF_NETLINK)
    snprintf(text, sizeof text, "netlink");
  else if (call->about == OWN_ADDRESS) {
    socklen_t room = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &room) == 0) address_text(fd, &address, room, text, sizeof text);
  } else {
    if (call->about == MESSAGE) {
      struct msghdr message = {0};
      peek((pid_t)asked->pid, at, &message, sizeof message);
      at = (unsigned long long)message.msg_name;
      size = message.msg_namelen;
    }
    if (size > sizeof address) size = sizeof address;
    /* A connected socket sends without an address. */
    socklen_t room = sizeof address;
    if (at != 0)
      peek((pid_t)asked->pid, at, &address, size);
    else if (getpeername(fd, (struct sockaddr *)&address, &room) == 0)
      size = room;
    address_text(fd, &address, size, text, sizeof text);
  }
  close(fd);
  int netlink = strcmp(name, "netlink") == 0 || strcmp(name, "interface") == 0;
  return netlink ? domain == AF_NETLINK : text[0] != '\0' && same_address(text, argument);
}

/* A number, or the name of the process. */
static int about_target(int pid, const char *argument) {
  char name[64], text[64] = "";
  snprintf(name, sizeof name, "%d", pid);
  if (like(argument, name)) return 1;
  snprintf(name, sizeof name, "/proc/%d/comm", pid < 0 ? -pid : pid);
  FILE *file = fopen(name, "re");
  if (file == NULL) return 0;
  if (fgets(text, sizeof text, file) != NULL) text[strcspn(text, "\n")] = '\0';
  fclose(file);
  return like(argument, text);
}

static int is_call(const struct seccomp_notif *asked, const struct call *call, const char *name, const char *argument) {
  const unsigned long long *args = (const unsigned long long *)asked->data.args;
  pid_t pid = (pid_t)asked->pid;
  if (strcmp(call->name, name) != 0 || call->nr != asked->data.nr) return 0;
  int dir = call->dir < 0 ? AT_FDCWD : (int)args[call->dir];
  switch (call->about) {
    case PATH:
      if (call->nr == SYS_unlinkat && ((args[2] & AT_REMOVEDIR) != 0) != (strcmp(name, "rmdir") == 0)) return 0;
      return about_path(pid, dir, args[call->at], argument);
    case PATHS: {
      int second = call->dir < 0 ? AT_FDCWD : (int)args[call->dir + 2];
      return about_path(pid, dir, args[call->at], argument) || about_path(pid, second, args[call->at + (call->dir < 0 ? 1 : 2)], argument);
    }
    case DESCRIPTOR:
      return about_descriptor(pid, (int)args[call->at], argument);
    case ADDRESS:
    case MESSAGE:
    case OWN_ADDRESS:
      return about_address(asked, call, name, argument);
    case TARGET:
      return about_target((int)args[0], argument);
    case ANYTHING:
      return 1;
  }
  return 0;
}

int is_about(const struct seccomp_notif *asked, const char *name, const char *argument) {
  for (size_t i = 0; i < call_count; i++)
    if (is_call(asked, &calls[i], name, argument)) return 1;
  return 0;
}
