/* The project's own captures as workloads in memory. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile/compile.h"
#include "tests/load_capture.h"

const char *
capture_path(const char *name)
{
	static char path[512];
	const char *src = getenv("srcdir");

	(void)snprintf(path, sizeof(path), "%s/tests/captures/%s.pcap", src != NULL ? src : ".",
		       name);
	return path;
}

void
remove_workload(const char *dir)
{
	static const char *const files[] = {"workload.json", "messages.jsonl", "data.bin"};
	char path[512];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

void
load_capture(const char *name, struct ir *out)
{
	char dir[] = "/tmp/smbench-test-XXXXXX";
	struct cap_input input = {.path = capture_path(name)};
	const struct auth_secret secret = {.user = "smbtest", .password = "Secret1x"};
	const struct compile_options opt = {.command_line = "",
					    .secrets = {.secrets = &secret, .n_secrets = 1}};
	struct compile_result result;
	struct err e = {0};

	assert_non_null(mkdtemp(dir));
	if (compile_captures(&input, 1, dir, &opt, &result, &e) != 0 || ir_load(dir, out, &e) != 0)
		fail_msg("%s", err_text(&e));
	remove_workload(dir);
}
