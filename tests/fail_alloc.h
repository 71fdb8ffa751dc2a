/* Lets one allocation fail. Link with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#ifndef SMB_TESTS_FAIL_ALLOC_H
#define SMB_TESTS_FAIL_ALLOC_H

/* From now on the n-th allocation fails, counted from 1; 0: none. Counts anew. */
void fail_alloc_at(unsigned long n);

/* How many there were since the last call of fail_alloc_at. */
unsigned long fail_alloc_count(void);

#endif
