/* The subcommand table and exit status. */
#include "config.h"

#include <stdio.h>

int
main(void)
{
	(void)puts(PACKAGE_STRING);
	return 0;
}
