/*
 * Runs a program and writes what it took to a file: wall seconds, CPU seconds, peak memory in KiB.
 *
 * A process of its own for this, since Linux counts the memory of who forked a program as the
 * program's.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct rusage u;
	double begin = now(), wall;
	FILE *out = argc > 2 ? fopen(argv[1], "we") : NULL;
	pid_t pid = out != NULL ? fork() : -1;
	int status;

	if (pid == 0) {
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid) {
		(void)fprintf(stderr, "usage: measure FILE PROGRAM [ARGUMENT]...\n");
		return 127;
	}
	wall = now() - begin;
	(void)fprintf(out, "%.6f %.6f %ld\n", wall, seconds(u.ru_utime) + seconds(u.ru_stime),
		      u.ru_maxrss);
	return fclose(out) != 0 || !WIFEXITED(status) ? 127 : WEXITSTATUS(status);
}
