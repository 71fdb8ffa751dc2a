/* What provision says of its work: a line for each name that needs one, and the totals. */
#ifndef SMB_PROVISIONING_H
#define SMB_PROVISIONING_H

#include "ir/json_out.h"
#include "provision/provision.h"

enum provisioning_mode {
	PROVISIONING_PLAN,
	PROVISIONING_MAKE,
	PROVISIONING_VERIFY,
	PROVISIONING_CLEAN,
	PROVISIONING_LOCAL,
};

struct provisioning {
	enum provisioning_mode mode;
	bool json;
	const char *dir;     /* of LOCAL */
	struct json_out out; /* with `json`; zero it first */
};

/*
 * Do it, and print what came of it. `opt->line`, `progress` and `ctx` are set here. Returns an exit
 * status.
 */
int provisioning_run(struct provisioning *p, const struct state *s, struct provision_options *opt);

#endif
