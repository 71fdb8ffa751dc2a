/* An expression over a small workload's requests: what is accepted can be evaluated, what is not
 * has a reason. */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "ir/ir_files.h"
#include "race/until.h"

#define LINE(n, rest) "{\"ev\":\"send\",\"c\":" n ",\"fields\":{\"command\":\"ECHO\"}" rest "}\n"

static const char workload[] =
	LINE("0", ",\"label\":\"a\"") LINE("0", "") LINE("1", ",\"label\":\"a.b\"");

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = calloc(n + 1, 1);
	struct trial_requests requests;
	struct trial trial;
	struct until *u;
	struct err e = {0};
	struct ir ir;
	int r;

	if (text == NULL ||
	    ir_parse_file("w.smb", slice_of((const uint8_t *)workload, sizeof(workload) - 1), &ir,
			  &e) != 0 ||
	    trial_requests_new(&ir, &requests) != 0 || trial_new(&requests, &trial) != 0)
		abort();
	if (n > 0)
		memcpy(text, data, n);
	r = until_new(text, &requests, &u, &e);
	if (r == 0) {
		(void)until_holds(u, &trial);
		until_free(u);
	} else if (e.text[0] == '\0') {
		abort();
	}
	trial_free(&trial);
	trial_requests_free(&requests);
	ir_free(&ir);
	free(text);
	return 0;
}
