/* Calls by the names that recordings give them, and what they are about. */
#include <linux/seccomp.h>
#include <stddef.h>

enum about { PATH, PATHS, DESCRIPTOR, ADDRESS, MESSAGE, OWN_ADDRESS, TARGET, ANYTHING };

struct call {
  const char *name;
  int nr;
  enum about about;
  /* Numbers of the arguments: of the directory (-1: the working directory), of the path or address. */
  int dir, at;
};

extern const struct call calls[];
extern const size_t call_count;

/* 1: the call of this notification is the named one, and about the argument. */
int is_about(const struct seccomp_notif *asked, const char *name, const char *argument);
