/* One list of error codes for the whole program, and the text that goes with a failure. */
#ifndef SMB_BASE_ERR_H
#define SMB_BASE_ERR_H

#include <stdarg.h>

/* Own codes start at -1000; system errors travel as negated errno. 0 is success. */
#define ERR_LIST(X)                                                                                \
	X(ERR_NOMEM, -1000, "out of memory")                                                       \
	X(ERR_TRUNCATED, -1001, "truncated")                                                       \
	X(ERR_MALFORMED, -1002, "malformed")                                                       \
	X(ERR_LIMIT, -1003, "over a limit")                                                        \
	X(ERR_UNSUPPORTED, -1004, "not supported")                                                 \
	X(ERR_NOTFOUND, -1005, "not found")                                                        \
	X(ERR_END, -1006, "end of input")                                                          \
	X(ERR_USAGE, -1007, "wrong usage")                                                         \
	X(ERR_AUTH, -1008, "authentication failed")                                                \
	X(ERR_NET, -1009, "connection failed")                                                     \
	X(ERR_CRYPTO, -1010, "cryptography library failed")                                        \
	X(ERR_VERIFY, -1011, "verification failed")                                                \
	X(ERR_INTERNAL, -1012, "internal error")

#define ERR_ENUM(name, value, text) name = value,
enum err_code { ERR_LIST(ERR_ENUM) };
#undef ERR_ENUM

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* The place and reason of a failure, for a person. The first text set is kept. */
struct err {
	int code;
	char text[256];
};

/* The fixed text of a code, own or negated errno. Never NULL; valid until the next call. */
const char *err_str(int code);

/* Keep `code` and a formatted text in `e` unless `e` is NULL or holds one already. Returns `code`.
 */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put "prefix: " before the text in `e`, so that an outer layer can add its place. Returns e->code.
 */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The text in `e`, or that of its code. */
const char *err_text(const struct err *e);

#endif
