/* Comparing the parts of a file with what they should be. */
#include "config.h"

#include "provision/check_int.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "base/utf16.h"
#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"
#include "provision/descriptor.h"

#define DIRECTORY 0x10u
#define SHOWN 16 /* bytes of a difference */
#define TEXT 512
#define FILETIME_1970 ((uint64_t)116444736000000000)

static bool
read_basic(struct slice answer, struct fscc_network_open *out)
{
	return smb2_decode(&smb2_defs[SMB2_DEF_fscc_network_open], answer, 0, out, NULL) == 0;
}

bool
check_is_directory(struct slice answer)
{
	struct fscc_network_open info;

	return read_basic(answer, &info) && (info.file_attributes & DIRECTORY) != 0;
}

static void
check_size(struct check *c, uint32_t i, uint64_t wanted, uint64_t found)
{
	char a[64], b[64];

	(void)snprintf(a, sizeof(a), "size %llu", (unsigned long long)wanted);
	(void)snprintf(b, sizeof(b), "size %llu", (unsigned long long)found);
	if (wanted != found)
		check_differs(c, i, WORK_SIZE, a, b);
}

/* "attributes READONLY HIDDEN" */
static void
put_attributes(char out[TEXT], uint32_t attributes)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {{0x1, "READONLY"},
		     {0x2, "HIDDEN"},
		     {0x4, "SYSTEM"},
		     {0x20, "ARCHIVE"},
		     {0x100, "TEMPORARY"},
		     {0x1000, "OFFLINE"},
		     {0x2000, "NOT_CONTENT_INDEXED"}};
	size_t n = (size_t)snprintf(out, TEXT, "attributes%s",
				    (attributes & WORK_SETTABLE) == 0 ? " NORMAL" : "");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((attributes & names[i].bit) != 0)
			n += (size_t)snprintf(out + n, TEXT - n, " %s", names[i].name);
}

static void
check_attributes(struct check *c, uint32_t i, uint32_t wanted, uint32_t found)
{
	char a[TEXT], b[TEXT];

	put_attributes(a, wanted);
	put_attributes(b, found);
	if ((wanted & WORK_SETTABLE) != (found & WORK_SETTABLE))
		check_differs(c, i, WORK_ATTRIBUTES, a, b);
}

/* "created 2026-11-22 18:05:01.1234567", UTC. */
static void
put_time(char out[TEXT], const char *what, uint64_t t)
{
	time_t s = (time_t)(t / 10000000) - (time_t)(FILETIME_1970 / 10000000);
	struct tm tm;
	char text[64] = "?";

	if (gmtime_r(&s, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	(void)snprintf(out, TEXT, "%s %s.%07u", what, text, (unsigned)(t % 10000000));
}

/* That of the last access changes by looking, and that of the last change is the server's own. */
static void
check_time(struct check *c, uint32_t i, const char *what, uint64_t wanted, uint64_t found)
{
	char a[TEXT], b[TEXT];

	if (wanted == 0 || wanted > INT64_MAX || wanted == found)
		return;
	put_time(a, what, wanted);
	put_time(b, what, found);
	check_differs(c, i, WORK_TIMES, a, b);
}

void
check_basic(struct check *c, uint32_t i, struct slice answer)
{
	struct work_item *item = &c->w->items[i];
	const struct state_entry *e = item->entry;
	struct fscc_network_open info;
	bool directory;

	if (!read_basic(answer, &info)) {
		check_differs(c, i, WORK_KIND, "information of a file", "none");
		return;
	}
	directory = (info.file_attributes & DIRECTORY) != 0;
	item->live_attributes = info.file_attributes;
	if (directory != (e->kind == STATE_DIRECTORY)) {
		check_differs(c, i, WORK_KIND, directory ? "file" : "directory",
			      directory ? "directory" : "file");
		return;
	}
	if (!directory && (e->data.sized || e->data.n_pieces > 0))
		check_size(c, i, state_size(&e->data), info.end_of_file);
	if (work_attributes(e) != 0)
		check_attributes(c, i, work_attributes(e), info.file_attributes);
	check_time(c, i, "created", e->times[STATE_CREATION], info.creation_time);
	check_time(c, i, "written", e->times[STATE_WRITE], info.last_write_time);
}

/* Up to SHOWN bytes in hexadecimal. */
static void
put_hex(char *out, size_t size, struct slice s)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s.n && i < SHOWN && n + 4 < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%02x", s.p[i]);
	if (s.n > SHOWN && n + 4 < size)
		(void)snprintf(out + n, size - n, "...");
}

/* The value of an EA in a list; p NULL: it has none. */
static struct slice
find_ea(struct slice list, struct slice name)
{
	const struct smb2_def *def = &smb2_defs[SMB2_DEF_fscc_full_ea_list];
	struct fscc_full_ea_list all;
	struct smb2_elems it;
	struct smb2_elem ea;

	if (smb2_decode(def, list, 0, &all, NULL) != 0)
		return (struct slice){0};
	it = smb2_elems_init(smb2_row_find(def, "extended_attributes"), &all, true);
	while (smb2_elems_next(&it, &ea)) {
		struct slice n = ea.any.smb2_ea.ea_name, v = ea.any.smb2_ea.ea_value;

		n.n = strnlen((const char *)n.p, n.n);
		if (n.n == name.n && strncasecmp((const char *)n.p, (const char *)name.p, n.n) == 0)
			return v.p != NULL ? v : slice_of("", 0);
	}
	return (struct slice){0};
}

void
check_eas(struct check *c, uint32_t i, struct slice answer)
{
	const struct state_entry *e = c->w->items[i].entry;

	for (size_t k = 0; k < e->n_eas; k++) {
		struct slice name = e->eas[k].name, found = find_ea(answer, name);
		char a[TEXT], b[TEXT], hex[TEXT / 2];

		if (found.p != NULL && slice_eq(found, e->eas[k].value))
			continue;
		put_hex(hex, sizeof(hex), e->eas[k].value);
		(void)snprintf(a, sizeof(a), "extended attribute %.*s: %s", (int)name.n,
			       (const char *)name.p, hex);
		put_hex(hex, sizeof(hex), found);
		(void)snprintf(b, sizeof(b), "extended attribute %.*s: %s", (int)name.n,
			       (const char *)name.p, hex);
		check_differs(c, i, WORK_EAS, a,
			      found.p != NULL ? b : "no such extended attribute");
	}
}

/* The size of a stream in a list; false: there is none. */
static bool
find_stream(struct slice list, const char *name, uint64_t *size)
{
	const struct smb2_def *def = &smb2_defs[SMB2_DEF_fscc_stream_list];
	struct fscc_stream_list all;
	struct smb2_elems it;
	struct smb2_elem s;
	struct buf text = {0};
	bool found = false;

	if (smb2_decode(def, list, 0, &all, NULL) != 0)
		return false;
	it = smb2_elems_init(smb2_row_find(def, "streams"), &all, true);
	while (!found && smb2_elems_next(&it, &s)) {
		buf_reset(&text);
		utf16_to_utf8(s.any.fscc_stream.stream_name, &text);
		found = text.err == 0 && text.n > strlen(name) && text.p[0] == ':' &&
			strncasecmp((const char *)text.p + 1, name, strlen(name)) == 0 &&
			(text.n == strlen(name) + 1 || text.p[strlen(name) + 1] == ':');
		*size = s.any.fscc_stream.stream_size;
	}
	buf_free(&text);
	return found;
}

void
check_streams(struct check *c, uint32_t i, struct slice answer)
{
	const struct state_entry *e = c->w->items[i].entry;

	for (size_t k = 0; k < e->n_streams; k++) {
		const struct state_stream *s = &e->streams[k];
		uint64_t size = 0, wanted = state_size(&s->data);
		bool found = find_stream(answer, s->name, &size);
		char a[TEXT], b[TEXT];

		if (found && size == wanted)
			continue;
		(void)snprintf(a, sizeof(a), "stream %s: size %llu", s->name,
			       (unsigned long long)wanted);
		(void)snprintf(b, sizeof(b), "stream %s: size %llu", s->name,
			       (unsigned long long)size);
		check_differs(c, i, WORK_STREAMS, a, found ? b : "no such stream");
	}
}

/* With a map a link may lead elsewhere, so that only its kind is compared. */
void
check_reparse(struct check *c, uint32_t i, struct slice answer)
{
	struct slice wanted = c->w->items[i].entry->reparse;
	char a[TEXT], b[TEXT], hex[TEXT / 2];
	size_t n = c->w->opt->replay.engine.map != NULL ? 4 : SIZE_MAX;

	if (n < wanted.n && n < answer.n)
		wanted.n = answer.n = n;
	if (slice_eq(wanted, answer))
		return;
	put_hex(hex, sizeof(hex), wanted);
	(void)snprintf(a, sizeof(a), "reparse point %s", hex);
	put_hex(hex, sizeof(hex), answer);
	(void)snprintf(b, sizeof(b), "reparse point %s", hex);
	check_differs(c, i, WORK_REPARSE, a, answer.n > 0 ? b : "no reparse point");
}

void
check_security(struct check *c, uint32_t i, struct slice answer, const struct smb2_pdu *pdu)
{
	static const struct {
		uint32_t ask;
		enum work_part part;
	} parts[] = {{ASK_OWNER, WORK_OWNER},
		     {ASK_GROUP, WORK_OWNER},
		     {ASK_SACL, WORK_SACL},
		     {ASK_DACL, WORK_DACL}};
	const struct state_entry *e = c->w->items[i].entry;
	struct buf wanted = {0}, found = {0};

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		int r;

		if ((e->security_parts & parts[k].ask) == 0)
			continue;
		buf_reset(&wanted);
		buf_reset(&found);
		r = descriptor_put(c->w->opt->replay.engine.map, e->security, parts[k].ask,
				   &wanted);
		if (r == 0 && descriptor_put(NULL, answer, parts[k].ask, &found) != 0)
			buf_printf(&found, "no security descriptor: %s",
				   ntstatus_name(pdu->h.status));
		if (r == 0 && !slice_eq(buf_slice(&wanted), buf_slice(&found))) {
			buf_zero(&wanted, 1);
			buf_zero(&found, 1);
			if (wanted.err == 0 && found.err == 0)
				check_differs(c, i, parts[k].part, (const char *)wanted.p,
					      (const char *)found.p);
		}
	}
	if (wanted.err != 0 || found.err != 0)
		c->w->err = ERR_NOMEM;
	buf_free(&wanted);
	buf_free(&found);
}

struct slice
check_read_data(const struct smb2_pdu *pdu)
{
	if (!work_succeeded(pdu) || pdu->body_def != &smb2_defs[SMB2_DEF_smb2_read_resp])
		return (struct slice){0};
	return pdu->body.smb2_read_resp.data;
}

void
check_say_bytes(struct check *c, const struct check_read *r, struct slice wanted,
		const struct smb2_pdu *pdu)
{
	const struct state_entry *e = c->w->items[r->item].entry;
	struct slice got = check_read_data(pdu);
	const char *stream = r->stream < 0 ? "" : e->streams[r->stream].name;
	char a[TEXT], b[TEXT], hex[TEXT / 2];
	size_t at = 0;

	while (at < got.n && at < wanted.n && got.p[at] == wanted.p[at])
		at++;
	put_hex(hex, sizeof(hex), slice_sub(wanted, at, wanted.n - at));
	(void)snprintf(a, sizeof(a), "%s%sbytes at %llu: %s", stream, stream[0] != '\0' ? ": " : "",
		       (unsigned long long)(r->off + at), hex);
	put_hex(hex, sizeof(hex), got.n > at ? slice_sub(got, at, got.n - at) : (struct slice){0});
	(void)snprintf(b, sizeof(b), "%s%sbytes at %llu: %s", stream, stream[0] != '\0' ? ": " : "",
		       (unsigned long long)(r->off + at),
		       work_succeeded(pdu) ? hex
		       : pdu != NULL       ? ntstatus_name(pdu->h.status)
					   : "no answer");
	check_differs(c, r->item, r->stream < 0 ? WORK_DATA : WORK_STREAMS, a, b);
}
