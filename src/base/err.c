/* Error texts. */
#include "config.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

const char *
err_str(int code)
{
#define ERR_CASE(name, value, text)                                                                \
	case name:                                                                                 \
		return text;
	switch (code) {
	case 0:
		return "no error";
		ERR_LIST(ERR_CASE)
	default:
		return strerror(-code);
	}
#undef ERR_CASE
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL || e->code != 0)
		return code;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	va_list ap;
	size_t n;

	if (e == NULL)
		return ERR_INTERNAL;
	(void)snprintf(old, sizeof(old), "%s", err_text(e));
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	(void)snprintf(e->text + n, sizeof(e->text) - n, ": %s", old);
	return e->code;
}

const char *
err_text(const struct err *e)
{
	return e->text[0] != '\0' ? e->text : err_str(e->code);
}
