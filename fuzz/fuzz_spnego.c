/* SPNEGO: a token put into a recorded wrapping is what is found in it again. */
#include "config.h"

#include <stdlib.h>

#include "auth/spnego.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice token = slice_of("other token", 11), mic = slice_of("other mechListM.", 16);
	struct slice in = slice_of(data, n);
	struct spnego before, after;
	struct buf out = {0};

	(void)spnego_is_kerberos(in);
	if (spnego_parse(in, &before) != 0)
		return 0;
	if (spnego_rewrap(in, token, mic, &out) != 0 || spnego_parse(buf_slice(&out), &after) != 0)
		abort();
	if (before.init != after.init || !slice_eq(before.mechs, after.mechs) ||
	    !slice_eq(before.selected, after.selected))
		abort();
	if (before.token.n > 0 && !slice_eq(after.token, token))
		abort();
	if (before.mic.n > 0 && !slice_eq(after.mic, mic))
		abort();
	buf_free(&out);
	return 0;
}
