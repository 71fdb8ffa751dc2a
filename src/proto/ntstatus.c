/* NTSTATUS names. */
#include "config.h"

#include "proto/ntstatus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ntstatus_def.h"

struct status {
	uint32_t code;
	const char *name;
};

#define STATUS_ENTRY(code, name) {code, #name},
static const struct status statuses[] = {NTSTATUS_LIST(STATUS_ENTRY)};
#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

const char *
ntstatus_name(uint32_t status)
{
	static char number[16];
	size_t lo = 0, hi = N_STATUSES;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (statuses[mid].code < status)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < N_STATUSES && statuses[lo].code == status)
		return statuses[lo].name;
	(void)snprintf(number, sizeof(number), "0x%08x", status);
	return number;
}

int
ntstatus_parse(const char *text, uint32_t *out)
{
	unsigned long long v;
	char *end;

	for (size_t i = 0; i < N_STATUSES; i++) {
		if (strcmp(statuses[i].name, text) != 0)
			continue;
		*out = statuses[i].code;
		return 0;
	}
	/* strtoull takes signs and blanks, which no status has. */
	if (*text < '0' || *text > '9')
		return ERR_NOTFOUND;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno != 0 || *end != '\0' || v > UINT32_MAX)
		return ERR_NOTFOUND;
	*out = (uint32_t)v;
	return 0;
}
