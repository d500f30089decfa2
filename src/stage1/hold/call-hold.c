/*
 * Runs a program and stops calls of it and its children, each until somebody lets it go on (seccomp_unotify(2)); nobody else is slowed down:
 *   call-hold DIRECTORY CGROUP PROGRAM [ARGUMENT]…
 * DIRECTORY/rules has a line `ID NTH TIMEOUT_MS CALL ARGUMENT` for each call to stop: the NTH time that it is made. DIRECTORY/log gets
 * `MS ID held PID`, and `MS ID WHY` when it goes on: `go` when DIRECTORY/go.ID is there, `late` after TIMEOUT_MS, `gone` when the process
 * was killed. The program gets into CGROUP (cgroups(7), version 2), where there is one; who watches it does not.
 *
 * Without somebody who answers, a stopped call fails with ENOSYS. So whoever answers stays as long as a process is left that has the
 * filter, daemons included, has a second one behind him that lets everything go on when he dies, and is not to be had by TERM or by want of
 * memory. Needs root, but no no_new_privs: set-user-ID programs stay what they are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "calls.h"

enum { MOST_RULES = 32, MOST_HELD = 64, LOOK_MS = 20, START_MS = 10000, CANNOT_RUN = 126 };
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

struct rule {
  char id[32], call[32], argument[4096];
  int nth, timeoutMs, seen;
};

/* Shared with the one behind: what is stopped when the watcher dies. */
struct held {
  uint64_t id;
  int rule;
  long long untilMs;
};

static struct rule rules[MOST_RULES];
static int rule_count;
static struct shared {
  /* The watcher lives; the next descriptor will be the listener; the watcher has it: said without a call, for any may be one that is stopped. */
  volatile int here, next, taken;
  struct held helds[MOST_HELD];
} *shared;
static const char *directory;

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void read_rules(void) {
  char name[4200], line[4300];
  snprintf(name, sizeof name, "%s/rules", directory);
  FILE *file = fopen(name, "re");
  if (file == NULL) return;
  while (rule_count < MOST_RULES && fgets(line, sizeof line, file) != NULL) {
    struct rule *rule = &rules[rule_count];
    if (sscanf(line, "%31s %d %d %31s %4095[^\n]", rule->id, &rule->nth, &rule->timeoutMs, rule->call, rule->argument) == 5) rule_count++;
  }
  fclose(file);
}

static void note(const struct rule *rule, const char *what, int pid) {
  char name[4200];
  snprintf(name, sizeof name, "%s/log", directory);
  int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  dprintf(fd, "%lld %s %s %d\n", now_ms(), rule->id, what, pid);
  close(fd);
}

static void let_go(int listener, uint64_t id) {
  struct seccomp_notif_resp answer = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* The next call that somebody makes; 0: there was none after all. The kernel may have larger ones than our headers know. */
static int receive(int listener, struct seccomp_notif *asked) {
  static union {
    struct seccomp_notif asked;
    char room[1024];
  } buffer;
  memset(&buffer, 0, sizeof buffer);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer) < 0) return 0;
  *asked = buffer.asked;
  return 1;
}

/* The rule that wants it stopped now; -1: none does. */
static int rule_for(const struct seccomp_notif *asked) {
  for (int i = 0; i < rule_count; i++) {
    if (rules[i].seen < rules[i].nth && is_about(asked, rules[i].call, rules[i].argument) && ++rules[i].seen == rules[i].nth) return i;
  }
  return -1;
}

static int hold(const struct seccomp_notif *asked, int rule) {
  for (int i = 0; i < MOST_HELD; i++) {
    if (shared->helds[i].id != 0) continue;
    shared->helds[i] = (struct held){asked->id, rule, now_ms() + rules[rule].timeoutMs};
    note(&rules[rule], "held", (int)asked->pid);
    return 1;
  }
  return 0;
}

/* Gives how many are still stopped. */
static int look_after(int listener) {
  int left = 0;
  for (int i = 0; i < MOST_HELD; i++) {
    if (shared->helds[i].id == 0) continue;
    const struct rule *rule = &rules[shared->helds[i].rule];
    char name[4200];
    snprintf(name, sizeof name, "%s/go.%s", directory, rule->id);
    const char *why = NULL;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &shared->helds[i].id) < 0) why = "gone";
    else if (access(name, F_OK) == 0) why = "go";
    else if (now_ms() >= shared->helds[i].untilMs) why = "late";
    if (why == NULL) {
      left++;
      continue;
    }
    let_go(listener, shared->helds[i].id);
    shared->helds[i].id = 0;
    note(rule, why, 0);
  }
  return left;
}

/* Until no process is left that has the filter. Without rules: lets everything go on. */
static void answer(int listener) {
  for (;;) {
    struct pollfd waited = {.fd = listener, .events = POLLIN};
    int held = look_after(listener);
    if (poll(&waited, 1, held > 0 ? LOOK_MS : -1) < 0 && errno != EINTR) return;
    struct seccomp_notif asked;
    if ((waited.revents & POLLIN) != 0 && receive(listener, &asked)) {
      int rule = rule_for(&asked);
      if (rule < 0 || !hold(&asked, rule)) let_go(listener, asked.id);
    } else if ((waited.revents & (POLLHUP | POLLERR)) != 0)
      return;
  }
}

static void watch(int listener) {
  setsid();
  for (int signal = 1; signal < NSIG; signal++)
    if (signal != SIGCHLD) sigaction(signal, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (write(fd, "-1000", 5) < 0) errno = 0;
    close(fd);
  }
  pid_t watcher = fork();
  if (watcher == 0) {
    answer(listener);
    _exit(0);
  }
  int status = 1;
  while (watcher > 0 && waitpid(watcher, &status, 0) < 0 && errno == EINTR) continue;
  if (watcher > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) _exit(0);
  for (int i = 0; i < MOST_HELD; i++)
    if (shared->helds[i].id != 0) let_go(listener, shared->helds[i].id);
  memset(shared->helds, 0, sizeof shared->helds);
  rule_count = 0;
  answer(listener);
  _exit(0);
}

static void pause_ms(int ms) {
  nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static int await(volatile int *flag) {
  for (long long until = now_ms() + START_MS; !*flag && now_ms() < until;) pause_ms(1);
  return *flag;
}

/* In a session of its own and no child of the program, which may wait for all of its children. Takes the listener as soon as it is there. */
static void start_watcher(int number) {
  pid_t program = getpid();
  pid_t child = fork();
  if (child != 0) {
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    return;
  }
  if (fork() != 0) _exit(0);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  for (int fd = 3; fd < 256; fd++) close(fd);
  int process = (int)syscall(SYS_pidfd_open, program, 0), listener = -1;
  shared->here = process >= 0;
  if (!await(&shared->next)) _exit(1);
  for (long long until = now_ms() + START_MS; process >= 0 && now_ms() < until; pause_ms(1)) {
    listener = (int)syscall(SYS_pidfd_getfd, process, number, 0);
    if (listener >= 0 || errno == ESRCH) break;
  }
  if (listener < 0) _exit(1);
  shared->taken = 1;
  close(process);
  watch(listener);
}

static void enter(const char *group) {
  char name[4200];
  snprintf(name, sizeof name, "%s/cgroup.procs", group);
  int procs = open(name, O_WRONLY | O_CLOEXEC);
  if (procs < 0) return;
  if (write(procs, "0", 1) < 0) errno = 0;
  close(procs);
}

static int install(void) {
  struct sock_filter filter[8 + 2 * 128];
  unsigned short length = 0;
#define ADD(...) filter[length++] = (struct sock_filter)__VA_ARGS__
  ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  for (size_t i = 0; i < call_count; i++) {
    int wanted = 0;
    for (int rule = 0; rule < rule_count; rule++) wanted |= strcmp(rules[rule].call, calls[i].name) == 0;
    if (!wanted || length > 8 + 2 * 120) continue;
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].nr, 0, 1));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  struct sock_fprog program = {.len = length, .filter = filter};
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  /* Since Linux 5.19: a signal does not make the call begin anew, which would count twice. */
  int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  return fd >= 0 ? fd : (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* 0: calls are watched from now on, or there is nothing to watch. */
static int begin(const char *group) {
  if (rule_count == 0) {
    enter(group);
    return 0;
  }
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  /* The lowest free number will be the listener's. */
  int number = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (shared == MAP_FAILED || number < 0) return -1;
  close(number);
  start_watcher(number);
  enter(group);
  if (!await(&shared->here)) return -1;
  shared->next = 1;
  int listener = install();
  if (listener < 0) return -1;
  /* From here on nobody may answer. */
  if (listener != number || !await(&shared->taken)) _exit(CANNOT_RUN);
  close(listener);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return CANNOT_RUN;
  directory = argv[1];
  read_rules();
  if (begin(argv[2]) < 0) {
    fprintf(stderr, "call-hold: its calls cannot be watched: %s\n", strerror(errno));
    return CANNOT_RUN;
  }
  execv(argv[3], argv + 3);
  fprintf(stderr, "call-hold: %s: %s\n", argv[3], strerror(errno));
  return errno == ENOENT ? 127 : CANNOT_RUN;
}
