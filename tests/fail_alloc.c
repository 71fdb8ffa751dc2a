/* Lets one allocation fail. */
#include "config.h"

#include "tests/fail_alloc.h"

#include <stdbool.h>
#include <stddef.h>

static unsigned long calls, fail_at;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void
fail_alloc_at(unsigned long n)
{
	fail_at = n;
	calls = 0;
}

unsigned long
fail_alloc_count(void)
{
	return calls;
}

static bool
is_failing(void)
{
	return ++calls == fail_at;
}

void *
__wrap_malloc(size_t n)
{
	return is_failing() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_failing() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return is_failing() ? NULL : __real_realloc(p, n);
}
