/* Lists that grow. */
#include "config.h"

#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
list_room(void *list, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap * 2 + 16;
	void *p;

	if (n < *cap)
		return 0;
	if (more > SIZE_MAX / 2 / size)
		return ERR_NOMEM;
	memcpy(&p, list, sizeof(p)); /* a pointer of any type */
	p = realloc(p, more * size);
	if (p == NULL)
		return ERR_NOMEM;
	memcpy(list, &p, sizeof(p));
	*cap = more;
	return 0;
}
