/* Makes the kernel's random numbers other ones than those of the last restore of a snapshot: reseed SEED. See random(4). */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/random.h>

int main(int argc, char **argv) {
  int fd = open("/dev/urandom", O_RDWR);
  if (argc != 2 || fd < 0) return 2;
  if (write(fd, argv[1], strlen(argv[1])) < 0) return 1;
  /* What was written counts only from the next seeding on, which is up to a minute away. */
  return ioctl(fd, RNDRESEEDCRNG, NULL) < 0;
}
