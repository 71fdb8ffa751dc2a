/* A directory of a test's own, for cmocka: its path is the state. */
#ifndef SMB_TESTS_TEMP_DIR_H
#define SMB_TESTS_TEMP_DIR_H

/* Make one; remove it with all that is in it. */
int temp_dir_setup(void **state);
int temp_dir_teardown(void **state);

/* Remove a directory with all that is in it. */
void temp_dir_remove(const char *path);

/* A file in it is written; or read, up to 8 KiB, valid until the next call. Fail the test. */
void temp_dir_write(const char *dir, const char *name, const char *text);
const char *temp_dir_read(const char *dir, const char *name);

#endif
