/* Writing JSON text. */
#include "config.h"

#include "ir/json_out.h"

#include <stdio.h>

static void
put(struct json_out *o, const char *text, size_t n)
{
	buf_add(&o->b, text, n);
}

static void
part(struct json_out *o)
{
	if (o->comma)
		put(o, ",", 1);
	o->comma = true;
}

void
json_out_open(struct json_out *o, char bracket)
{
	part(o);
	put(o, &bracket, 1);
	o->comma = false;
}

void
json_out_close(struct json_out *o, char bracket)
{
	put(o, &bracket, 1);
	o->comma = true;
}

void
json_out_line(struct json_out *o, unsigned depth)
{
	if (o->comma)
		put(o, ",", 1);
	o->comma = false;
	put(o, "\n", 1);
	while (depth-- > 0)
		put(o, "\t", 1);
}

void
json_out_last_line(struct json_out *o, unsigned depth)
{
	o->comma = false;
	json_out_line(o, depth);
}

void
json_out_key(struct json_out *o, const char *name)
{
	part(o);
	put(o, "\"", 1);
	put(o, name, strlen(name));
	put(o, "\":", 2);
	o->comma = false;
}

size_t
json_utf8_len(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* The character at `p` that cannot stand as it is; returns its bytes. */
static size_t
put_odd(struct json_out *o, const uint8_t *p, size_t left)
{
	static const char hex[] = "0123456789abcdef";
	char code[6] = {'\\', 'u', '0', '0', hex[p[0] >> 4], hex[p[0] & 15]};
	char pair[2] = {'\\', (char)p[0]};
	size_t n;

	if (p[0] == '"' || p[0] == '\\') {
		put(o, pair, 2);
		return 1;
	}
	if (p[0] < 0x20 || p[0] == 0x7f) {
		put(o, code, 6);
		return 1;
	}
	n = json_utf8_len(p, left);
	if (n > 0) {
		put(o, (const char *)p, n);
		return n;
	}
	put(o, "\\ufffd", 6);
	/* An unpaired surrogate is one character of three bytes. */
	return p[0] == 0xed && left >= 3 && p[1] >= 0xa0 && p[1] < 0xc0 && (p[2] & 0xc0) == 0x80
		       ? 3
		       : 1;
}

void
json_out_text_n(struct json_out *o, const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t start = 0, i = 0;

	part(o);
	put(o, "\"", 1);
	while (i < n) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\') {
			i++;
			continue;
		}
		put(o, text + start, i - start);
		i += put_odd(o, p + i, n - i);
		start = i;
	}
	if (n > start)
		put(o, text + start, n - start);
	put(o, "\"", 1);
}

void
json_out_text(struct json_out *o, const char *text)
{
	json_out_text_n(o, text, strlen(text));
}

void
json_out_name(struct json_out *o, const char *text, size_t n)
{
	json_out_text_n(o, text, n);
	put(o, ":", 1);
	o->comma = false;
}

/* "00" to "99": two digits at a time halve the divisions, which are what a line of numbers costs.
 */
#define TEN(d) d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
static const char digit_pairs[] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");
#undef TEN

static size_t
count_digits(uint64_t v)
{
	size_t n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

char *
json_put_uint(char *p, uint64_t v)
{
	char *end = p + count_digits(v), *at = end;

	for (; v >= 100; v /= 100) {
		at -= 2;
		memcpy(at, digit_pairs + v % 100 * 2, 2);
	}
	if (v >= 10)
		memcpy(p, digit_pairs + v * 2, 2);
	else
		*p = (char)('0' + v);
	return end;
}

void
json_out_uint(struct json_out *o, uint64_t v)
{
	char text[20];

	part(o);
	put(o, text, (size_t)(json_put_uint(text, v) - text));
}

void
json_out_key_open(struct json_out *o, const char *name, char bracket)
{
	json_out_key(o, name);
	json_out_open(o, bracket);
}

void
json_out_key_text(struct json_out *o, const char *name, const char *text)
{
	json_out_key(o, name);
	json_out_text(o, text != NULL ? text : "");
}

void
json_out_key_uint(struct json_out *o, const char *name, uint64_t v)
{
	json_out_key(o, name);
	json_out_uint(o, v);
}

void
json_out_key_bool(struct json_out *o, const char *name, bool v)
{
	json_out_key(o, name);
	json_out_bool(o, v);
}

void
json_out_raw(struct json_out *o, const char *fmt, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	part(o);
	put(o, text, strlen(text));
}

void
json_out_bool(struct json_out *o, bool v)
{
	part(o);
	put(o, v ? "true" : "false", v ? 4 : 5);
}

void
json_out_hex(struct json_out *o, struct slice s)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t *p;

	part(o);
	put(o, "\"", 1);
	p = buf_reserve(&o->b, s.n * 2);
	if (p == NULL)
		return;
	for (size_t i = 0; i < s.n; i++) {
		*p++ = (uint8_t)hex[s.p[i] >> 4];
		*p++ = (uint8_t)hex[s.p[i] & 15];
	}
	o->b.n += s.n * 2;
	put(o, "\"", 1);
}
