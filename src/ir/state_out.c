/* A state as text. */
#include "config.h"

#include "ir/state_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TICKS 10000000u                /* of a FILETIME in a second */
#define DAYS_TO_1970 134774            /* since 1601 */
#define LAST_TIME 2650467743999999999u /* the end of the year 9999 */
#define SECONDS_A_DAY 86400u

/* Of enum state_time. */
static const char *const time_names[STATE_N_TIMES] = {"creation", "access", "write", "change"};

/* Days since 1970 of a date of the Gregorian calendar, and back: in years that begin with March, so
 * that leap days come last. */
static int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400;
	int64_t in_era = y - era * 400, m = month > 2 ? month - 3 : month + 9;
	int64_t in_year = (153 * m + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void
date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = z / 146097, in_era = z - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * in_year + 2) / 153;

	*day = (unsigned)(in_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

/* As state_parse_time reads it. */
static void
put_time(struct json_out *o, uint64_t t)
{
	uint64_t seconds = t / TICKS, left = seconds % SECONDS_A_DAY;
	unsigned month, day;
	int64_t year;
	char text[64];

	date_of((int64_t)(seconds / SECONDS_A_DAY) - DAYS_TO_1970, &year, &month, &day);
	if (t > LAST_TIME)
		(void)snprintf(text, sizeof(text), "%" PRIu64, t);
	else
		(void)snprintf(text, sizeof(text), "%04d-%02u-%02uT%02u:%02u:%02u.%07uZ", (int)year,
			       month, day, (unsigned)(left / 3600), (unsigned)(left / 60 % 60),
			       (unsigned)(left % 60), (unsigned)(t % TICKS));
	json_out_text(o, text);
}

/* Digits of the date or time, and the mark behind them. */
static bool
take(const char **p, size_t digits, char mark, unsigned max, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (unsigned)(**p - '0');
	}
	if (**p != mark || *out > max)
		return false;
	*p += mark != '\0';
	return true;
}

int
state_parse_time(const char *text, uint64_t *out)
{
	unsigned year, month, day, h, m, s, ticks;
	const char *p = text;
	int64_t days;
	char *end;

	if (strchr(text, '-') == NULL) {
		*out = strtoull(text, &end, 10);
		return text[0] >= '0' && text[0] <= '9' && *end == '\0' ? 0 : ERR_MALFORMED;
	}
	if (!take(&p, 4, '-', 9999, &year) || !take(&p, 2, '-', 12, &month) ||
	    !take(&p, 2, 'T', 31, &day) || !take(&p, 2, ':', 23, &h) || !take(&p, 2, ':', 59, &m) ||
	    !take(&p, 2, '.', 59, &s) || !take(&p, 7, 'Z', TICKS - 1, &ticks) || *p != '\0' ||
	    month == 0 || day == 0)
		return ERR_MALFORMED;
	days = days_of(year, month, day) + DAYS_TO_1970;
	if (days < 0)
		return ERR_MALFORMED;
	*out = (((uint64_t)days * SECONDS_A_DAY) + h * 3600u + m * 60u + s) * TICKS + ticks;
	return 0;
}

/* ---- Entries ---- */

static void
put_pieces(struct json_out *o, const struct state_data *d, size_t from, size_t room)
{
	size_t to = d->n_pieces - from < room ? d->n_pieces : from + room;

	if (from >= d->n_pieces)
		return;
	json_out_key_open(o, "contents", '[');
	for (size_t i = from; i < to; i++) {
		const struct state_piece *p = &d->pieces[i];

		json_out_open(o, '[');
		json_out_uint(o, p->off);
		if (p->own != NULL) {
			json_out_hex(o, slice_of(p->own, p->len));
		} else {
			json_out_uint(o, p->at);
			json_out_uint(o, p->len);
		}
		json_out_close(o, ']');
	}
	json_out_close(o, ']');
}

/* With up to so many `pieces` that have room, or with how many bytes they are. */
static void
put_data(struct json_out *o, const struct state_data *d, bool pieces, size_t room)
{
	uint64_t seen = 0;

	if (d->sized)
		json_out_key_uint(o, "size", d->size);
	if (pieces) {
		put_pieces(o, d, 0, room);
		return;
	}
	for (size_t i = 0; i < d->n_pieces; i++)
		seen += d->pieces[i].len;
	json_out_key_uint(o, "seen", seen);
}

static void
put_streams(struct json_out *o, const struct state_entry *e, bool pieces)
{
	json_out_key_open(o, "streams", '[');
	for (size_t i = 0; i < e->n_streams; i++) {
		json_out_open(o, '{');
		json_out_key_text(o, "name", e->streams[i].name);
		put_data(o, &e->streams[i].data, pieces, STATE_STREAM_PIECES);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_eas(struct json_out *o, const struct state_entry *e)
{
	json_out_key_open(o, "eas", '[');
	for (size_t i = 0; i < e->n_eas; i++) {
		const struct state_ea *ea = &e->eas[i];

		json_out_open(o, '{');
		json_out_key(o, "name");
		json_out_text_n(o, (const char *)ea->name.p, ea->name.n);
		if (ea->flags != 0)
			json_out_key_uint(o, "flags", ea->flags);
		json_out_key(o, "value");
		json_out_hex(o, ea->value);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_times(struct json_out *o, const struct state_entry *e)
{
	bool any = false;

	for (size_t i = 0; i < STATE_N_TIMES; i++)
		any = any || e->times[i] != 0;
	if (!any)
		return;
	json_out_key_open(o, "times", '{');
	for (size_t i = 0; i < STATE_N_TIMES; i++) {
		if (e->times[i] == 0)
			continue;
		json_out_key(o, time_names[i]);
		put_time(o, e->times[i]);
	}
	json_out_close(o, '}');
}

static void
put_doubts(struct json_out *o, const struct state_entry *e)
{
	bool conflict = false;

	if (e->doubts == 0)
		return;
	json_out_key_open(o, "doubts", '[');
	for (size_t i = 0; i < STATE_N_DOUBTS; i++) {
		if ((e->doubts >> i & 1) == 0)
			continue;
		conflict = conflict || state_doubt_is_conflict[i];
		json_out_text(o, state_doubt_names[i]);
	}
	json_out_close(o, ']');
	if (conflict)
		json_out_key_uint(o, "against", e->against);
}

static void
put_number(struct json_out *o, const char *key, uint32_t v)
{
	if (v == 0)
		return;
	json_out_key(o, key);
	json_out_raw(o, "\"0x%x\"", v);
}

static void
put_bytes(struct json_out *o, const char *key, struct slice s)
{
	if (s.n == 0)
		return;
	json_out_key(o, key);
	json_out_hex(o, s);
}

void
state_put_entry(struct json_out *o, const struct state_entry *e, const struct state_shown *how)
{
	json_out_key_text(o, "share", e->share);
	json_out_key_text(o, "path", e->path);
	json_out_key_text(o, "kind", state_kind_names[e->kind]);
	json_out_key_text(o, "why", state_reason_names[e->reason]);
	if (e->reason != STATE_BY_HAND && e->reason != STATE_BY_ROOT)
		json_out_key_uint(o, "event", e->event);
	if (how->frame != 0)
		json_out_key_uint(o, "frame", how->frame);
	put_doubts(o, e);
	if (e->kind == STATE_ABSENT)
		return;
	put_number(o, "attributes", e->attributes);
	put_times(o, e);
	if (e->kind == STATE_FILE)
		put_data(o, &e->data, how->pieces, STATE_LINE_PIECES);
	if (e->n_streams > 0)
		put_streams(o, e, how->pieces);
	if (e->n_eas > 0)
		put_eas(o, e);
	put_number(o, "reparse_tag", e->reparse_tag);
	put_bytes(o, "reparse", e->reparse);
	put_number(o, "security_parts", e->security_parts);
	put_bytes(o, "security", e->security);
}

static void
begin_line(struct json_out *o)
{
	o->comma = false;
	json_out_open(o, '{');
}

static void
end_line(struct json_out *o)
{
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}

/* What of the contents has no room on the entry's own line. */
static void
put_more(struct json_out *o, const struct state_entry *e, const char *stream,
	 const struct state_data *d)
{
	for (size_t i = stream == NULL ? STATE_LINE_PIECES : STATE_STREAM_PIECES; i < d->n_pieces;
	     i += STATE_LINE_PIECES) {
		begin_line(o);
		json_out_key_text(o, "share", e->share);
		json_out_key_text(o, "path", e->path);
		if (stream != NULL)
			json_out_key_text(o, "stream", stream);
		put_pieces(o, d, i, STATE_LINE_PIECES);
		end_line(o);
	}
}

void
state_put_lines(struct json_out *o, const struct state_entry *e)
{
	begin_line(o);
	state_put_entry(o, e, &(struct state_shown){.pieces = true});
	end_line(o);
	put_more(o, e, NULL, &e->data);
	for (size_t i = 0; i < e->n_streams; i++)
		put_more(o, e, e->streams[i].name, &e->streams[i].data);
}
