/* The window of MessageIds of each connection as recorded, for smbench check. */
#ifndef SMB_CHECK_CREDITS_H
#define SMB_CHECK_CREDITS_H

#include <stdio.h>

#include "ir/ir.h"

/*
 * Print to `out` the requests that went out outside the window as recorded, and for each connection
 * how it used its credits: information, since a client may do so on purpose. Returns 0 or
 * ERR_NOMEM.
 */
int check_credits(const char *path, const struct ir *ir, FILE *out) MUST_CHECK;

#endif
