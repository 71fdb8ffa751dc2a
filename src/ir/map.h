/*
 * The mapping of `replay --map FILE` and `compile --map FILE`: what stands for recorded principals,
 * servers, shares, domains, paths and SIDs. JSON, see smbench-map(5):
 *
 *	{"principals": {"smbtest2": {"user": "LAB/smbtest2", "password": "..."}, "*": {...}},
 *	 "servers": {"OLD": "NEW"}, "shares": {"sales": "lab"}, "domains": {"CORP": "LAB"},
 *	 "paths": [{"share": "sales", "from": "FY26/(.*)", "to": "copy/$1"}],
 *	 "sids": {"S-1-5-21-1-2-3": "S-1-5-21-4-5-6"},
 *	 "values": {"add": ["d204..."], "forbid": ["..."]}}
 *
 * A principal is named as recorded, with or without its domain ("LAB/smbtest2"), "*" is every other
 * one; "user" is the same name if it is left out. It has one of "password", "password_file" (its
 * first line), "nt_hash" (32 hexadecimal digits), "keytab" and "ccache". Names are compared without
 * regard to case. "values" is for compile: bytes in hexadecimal that are always, or never, symbols
 * of value flow. Relative paths of files begin at the folder of FILE.
 */
#ifndef SMB_IR_MAP_H
#define SMB_IR_MAP_H

#include "base/buf.h"

/* Who logs on in place of a recorded principal. All texts are the map's; those not given are NULL.
 */
struct map_principal {
	const char *recorded;      /* "user", "domain/user" or "*" */
	const char *user, *domain; /* NULL: as recorded */
	char *password;
	uint8_t *nt_hash;   /* 16 bytes */
	const char *keytab; /* path */
	const char *ccache; /* name of a ticket cache: a path or TYPE:NAME */
};

struct map;

/*
 * Read FILE. Returns 0, a negated errno, or with file, line and key in `e` (never a secret):
 * ERR_MALFORMED, ERR_UNSUPPORTED (of a regular expression), ERR_LIMIT, ERR_NOMEM.
 */
int map_load(const char *path, struct map **out, struct err *e) MUST_CHECK;

/* The same of a text in memory; `path` is for messages and relative paths. */
int map_parse(const char *path, struct slice text, struct map **out, struct err *e) MUST_CHECK;

/* Free it and wipe its secrets. NULL is fine. */
void map_free(struct map *m);

/* The principal for a recorded one: by domain and user, else by user, else "*"; NULL: none. */
const struct map_principal *map_principal(const struct map *m, const char *user,
					  const char *domain);

/* The live name in place of a recorded one; NULL: not in the map. */
const char *map_server(const struct map *m, const char *recorded);
const char *map_share(const struct map *m, const char *recorded);
const char *map_domain(const struct map *m, const char *recorded);

/* Does it say anything of what stands inside messages? */
bool map_has_names(const struct map *m);

/*
 * The live path in place of a recorded one, from the root of a share (NULL: not known), with
 * backslashes, and the live SID; appended to `out`. Return 1, 0 where no rule fits, or ERR_NOMEM.
 */
int map_path(const struct map *m, const char *share, const char *path, struct buf *out) MUST_CHECK;
int map_sid(const struct map *m, struct slice sid, struct buf *out) MUST_CHECK;

/* Bytes that compile makes symbols of, or does not (`forbid`); owned by the map. */
const struct slice *map_values(const struct map *m, bool forbid, size_t *n);

#endif
