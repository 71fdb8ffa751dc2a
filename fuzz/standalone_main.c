/* Runs a fuzz target over the files named on the command line, for builds without a fuzzing engine.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static int
run_file(const char *name)
{
	FILE *f = fopen(name, "rb");
	uint8_t *p = NULL;
	size_t n = 0, cap = 0, got;

	if (f == NULL) {
		perror(name);
		return 1;
	}
	do {
		if (n == cap)
			p = realloc(p, cap = cap * 2 + 4096);
		if (p == NULL)
			abort();
		got = fread(p + n, 1, cap - n, f);
		n += got;
	} while (got > 0);
	(void)fclose(f);
	/* An exact-size copy, so that the address sanitizer sees one byte over. */
	uint8_t *exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		exact[i] = p[i];
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(p);
	return 0;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run_file(argv[i]);
	(void)printf("%d inputs\n", argc - 1);
	return bad;
}
