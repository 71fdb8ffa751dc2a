/* A directory of a test's own. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/temp_dir.h"

int
temp_dir_setup(void **state)
{
	char *dir = strdup("/tmp/smbench-test-XXXXXX");

	*state = dir;
	return dir != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}

void
temp_dir_remove(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *ent;

	while (d != NULL && (ent = readdir(d)) != NULL)
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0) {
			char name[512];

			(void)snprintf(name, sizeof(name), "%s/%s", path, ent->d_name);
			if (unlink(name) != 0)
				temp_dir_remove(name);
		}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(path);
}

int
temp_dir_teardown(void **state)
{
	temp_dir_remove(*state);
	free(*state);
	return 0;
}

void
temp_dir_write(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

const char *
temp_dir_read(const char *dir, const char *name)
{
	static char text[8192];
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_int_equal(fclose(f), 0);
	return text;
}
