/* A disk that fails, or forgets at a power cut what was never brought to it, put before the C library of the real program.
 *
 * DISK_DATA    what lies below this folder is meant
 * DISK_SHADOW  whatever is brought to the disk is copied into this folder: it is what a power cut leaves
 * DISK_LIES    if set, the disk says that it has everything and keeps nothing
 * DISK_FAILS   while a file of this name is there, bringing anything to the disk fails with EIO
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void keep(const char *path, const char *name, const char *shadow) {
  char to[4096], part[4200], buffer[65536];
  snprintf(to, sizeof to, "%s/%s", shadow, name);
  for (char *c = to + strlen(shadow) + 1; *c; c++)
    if (*c == '/') *c = '+';
  snprintf(part, sizeof part, "%s.part%d", to, (int)gettid());
  int in = open(path, O_RDONLY), out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ssize_t got;
  while (in >= 0 && out >= 0 && (got = read(in, buffer, sizeof buffer)) > 0)
    if (write(out, buffer, (size_t)got) != got) abort();
  if (in < 0 || out < 0) abort();
  close(in);
  close(out);
  if (rename(part, to)) abort();
}

static int bring(int fd, long call) {
  const char *data = getenv("DISK_DATA"), *shadow = getenv("DISK_SHADOW"), *fails = getenv("DISK_FAILS");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  struct stat about;
  if (!data || length < 0 || fstat(fd, &about)) return (int)syscall(call, fd);
  path[length] = 0;
  if (strncmp(path, data, strlen(data))) return (int)syscall(call, fd);
  if (fails && !access(fails, F_OK)) {
    errno = EIO;
    return -1;
  }
  if (shadow) {
    if (!getenv("DISK_LIES") && S_ISREG(about.st_mode)) keep(path, path + strlen(data) + 1, shadow);
    return 0;
  }
  return (int)syscall(call, fd);
}

int fsync(int fd) { return bring(fd, SYS_fsync); }
int fdatasync(int fd) { return bring(fd, SYS_fdatasync); }
