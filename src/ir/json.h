/*
 * Reading JSON, typed and checked: every failure names its file, line and key. The only user of
 * cJSON.
 */
#ifndef SMB_IR_JSON_H
#define SMB_IR_JSON_H

#include "base/wire.h"

#define JSON_MAX_INT ((uint64_t)1 << 53) /* numbers are integers, and travel through doubles */

/* A value inside a document; what it is made of only json.c knows. */
struct json;

struct json_doc {
	const char *file;  /* for messages; borrowed */
	size_t line;       /* of the text's first byte, from 1 */
	struct slice text; /* borrowed, UTF-8 */
	struct json *root; /* owned */
	struct err *e;     /* gets the failures; may be NULL */
};

/* Parse `d->text`, all of it. Returns 0, ERR_MALFORMED or ERR_NOMEM. */
int json_parse(struct json_doc *d) MUST_CHECK;

/* Free the values; the struct itself is the caller's. */
void json_doc_free(struct json_doc *d);

/* The same for a document with secrets, whose texts are overwritten first. */
void json_doc_wipe(struct json_doc *d);

struct json_key {
	const char *name;
	bool required;
};

/*
 * Take an object apart: out[i] becomes the value of keys[i], or NULL where it is absent. Returns 0,
 * or ERR_MALFORMED for a value that is no object, an unknown or repeated key, or a missing required
 * one.
 */
int json_object(const struct json_doc *d, const struct json *v, const struct json_key *keys,
		size_t n, const struct json **out) MUST_CHECK;

/* Whether the value is an array, object, number, true or false, or a text; and what an array or
 * object holds, in order of the text. */
bool json_is_array(const struct json *v);
bool json_is_bool(const struct json *v);
bool json_is_text(const struct json *v);
bool json_is_object(const struct json *v);
bool json_is_number(const struct json *v);
size_t json_count(const struct json *v);
const struct json *json_first(const struct json *v); /* NULL: empty, or neither array nor object */
const struct json *json_next(const struct json *v);
const char *
json_name(const struct json *v); /* the key of an object's member; lives as long as the document */

/* Each returns 0, or ERR_MALFORMED with the place. Texts live as long as the document. */
int json_need_array(const struct json_doc *d, const struct json *v) MUST_CHECK;
int json_need_object(const struct json_doc *d, const struct json *v) MUST_CHECK;
int json_uint(const struct json_doc *d, const struct json *v, uint64_t max,
	      uint64_t *out) MUST_CHECK;
int json_int(const struct json_doc *d, const struct json *v,
	     int64_t *out) MUST_CHECK; /* up to JSON_MAX_INT on both sides of 0 */
int json_bool(const struct json_doc *d, const struct json *v, bool *out) MUST_CHECK;
int json_text(const struct json_doc *d, const struct json *v, const char **out) MUST_CHECK;

/*
 * Tell a failure at a value (NULL: at the document's start): "FILE:LINE: KEY: text". Returns
 * `code`.
 */
int json_fail(const struct json_doc *d, const struct json *v, int code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

#endif
