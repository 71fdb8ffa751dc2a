/* The first state of a share, derived from conversations: what was there, what was not, and what of
 * it the conversation itself made. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/state_feed.h"
#include "ir/state_read.h"
#include "ir/state_spans.h"
#include "tests/smb2_build.h"

#define SID 7u
#define TID 3u
#define NAME_NOT_FOUND 0xc0000034u
#define NAME_COLLISION 0xc0000035u
#define PATH_NOT_FOUND 0xc000003au
#define NO_SUCH_FILE 0xc000000fu
#define OPENED 1u
#define CREATED 2u
#define OVERWRITTEN 3u
#define DIRECTORY 0x10u
#define ARCHIVE 0x20u
#define DELETE_ON_CLOSE 0x1000u
/* MS-FSCC 2.4 */
#define BOTH_DIRECTORY 3u
#define RENAME 10u
#define DISPOSITION 13u
#define END_OF_FILE 20u

/* A conversation on one connection, which is numbered message by message. */
struct talk {
	struct state_feed *feed;
	struct state state; /* after state_of */
	struct buf msg, body;
	uint64_t mid, event;
	uint32_t conn;
	const char *server;
};

static void
say(struct talk *k, struct build_hdr h)
{
	struct state_message m = {.conn = k->conn, .server = k->server, .event = k->event++};
	struct ir_extent whole = {.off = m.event * 100000};

	h.sid = SID;
	h.tid = TID;
	build_one(&k->msg, &h, &k->body);
	m.bytes = buf_slice(&k->msg);
	m.response = (h.flags & F_RESPONSE) != 0;
	whole.len = (uint32_t)m.bytes.n;
	m.extents = &whole;
	m.n_extents = 1;
	assert_int_equal(state_feed(k->feed, &m), 0);
}

static void
request(struct talk *k, unsigned command)
{
	say(k, (struct build_hdr){.command = command, .mid = ++k->mid});
}

static void
answer(struct talk *k, unsigned command, uint32_t status)
{
	if (status != 0 && k->body.n == 0)
		body_error(&k->body);
	say(k, (struct build_hdr){
		       .command = command, .flags = F_RESPONSE, .status = status, .mid = k->mid});
}

static void
connect_to(struct talk *k, const char *unc, uint8_t type)
{
	body_tree_req(&k->body, unc);
	request(k, TREE_CONNECT);
	body_tree_resp(&k->body, type);
	answer(k, TREE_CONNECT, 0);
}

static int
setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL || state_feed_new(&k->feed) != 0)
		return -1;
	k->server = "10.0.0.1:445";
	connect_to(k, "\\\\server\\share", 1);
	return 0;
}

static int
teardown(void **state)
{
	struct talk *k = *state;

	state_free(&k->state);
	state_feed_free(k->feed);
	buf_free(&k->msg);
	buf_free(&k->body);
	free(k);
	return 0;
}

/* A CREATE with those options (MS-SMB2 2.2.13: at 40 of the body). */
static void
ask(struct talk *k, const char *name, uint32_t options)
{
	body_create_req(&k->body, name);
	wire_put_le(k->body.p + 36, 4, 1);
	wire_put_le(k->body.p + 40, 4, options);
	request(k, CREATE);
}

/* Its answer (2.2.14): create_action at 4, end_of_file at 48, attributes at 56. */
static void
grant(struct talk *k, uint32_t action, uint64_t size, uint32_t attributes, uint64_t id)
{
	body_create_resp(&k->body, 0, id, id);
	wire_put_le(k->body.p + 4, 4, action);
	wire_put_le(k->body.p + 48, 8, size);
	wire_put_le(k->body.p + 56, 4, attributes);
	answer(k, CREATE, 0);
}

static void
open_file(struct talk *k, const char *name, uint32_t action, uint64_t size, uint64_t id)
{
	ask(k, name, 0);
	grant(k, action, size, ARCHIVE, id);
}

static void
refuse(struct talk *k, const char *name, uint32_t status)
{
	ask(k, name, 0);
	answer(k, CREATE, status);
}

static void
close_file(struct talk *k, uint64_t id)
{
	body_close_req(&k->body, id, id);
	request(k, CLOSE);
	body_close_resp(&k->body);
	answer(k, CLOSE, 0);
}

/* MS-SMB2 2.2.19, 2.2.20 */
static void
read_file(struct talk *k, uint64_t id, uint64_t off, uint32_t length, const char *data)
{
	buf_le(&k->body, 2, 49);
	buf_le(&k->body, 2, 0);
	buf_le(&k->body, 4, length);
	buf_le(&k->body, 8, off);
	buf_le(&k->body, 8, id);
	buf_le(&k->body, 8, id);
	buf_zero(&k->body, 17);
	request(k, READ);
	body_read_resp(&k->body, data);
	answer(k, READ, 0);
}

/* MS-SMB2 2.2.21, 2.2.22 */
static void
write_file(struct talk *k, uint64_t id, uint64_t off, const char *data)
{
	buf_le(&k->body, 2, 49);
	buf_le(&k->body, 2, 64 + 48);
	buf_le(&k->body, 4, strlen(data));
	buf_le(&k->body, 8, off);
	buf_le(&k->body, 8, id);
	buf_le(&k->body, 8, id);
	buf_zero(&k->body, 16);
	buf_add(&k->body, data, strlen(data));
	request(k, WRITE);
	buf_le(&k->body, 2, 17);
	buf_le(&k->body, 2, 0);
	buf_le(&k->body, 4, strlen(data));
	buf_zero(&k->body, 9);
	answer(k, WRITE, 0);
}

/* MS-SMB2 2.2.39 */
static void
set_info(struct talk *k, uint64_t id, uint8_t class, const struct buf *info)
{
	buf_le(&k->body, 2, 33);
	buf_le(&k->body, 1, 1);
	buf_le(&k->body, 1, class);
	buf_le(&k->body, 4, info->n);
	buf_le(&k->body, 2, 64 + 32);
	buf_zero(&k->body, 6);
	buf_le(&k->body, 8, id);
	buf_le(&k->body, 8, id);
	buf_add(&k->body, info->p, info->n);
	request(k, SET_INFO);
	buf_le(&k->body, 2, 2);
	answer(k, SET_INFO, 0);
}

static void
add_utf16(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_le(b, 2, (uint8_t)*text);
}

/* MS-FSCC 2.4.42 */
static void
rename_file(struct talk *k, uint64_t id, const char *to, bool replace)
{
	struct buf info = {0};

	buf_le(&info, 8, replace);
	buf_le(&info, 8, 0);
	buf_le(&info, 4, 2 * strlen(to));
	add_utf16(&info, to);
	set_info(k, id, RENAME, &info);
	buf_free(&info);
}

/* A file in a listing, MS-FSCC 2.4.8. */
struct listed {
	const char *name;
	uint64_t size;
	uint32_t attributes, ea_size;
};

/* MS-SMB2 2.2.33, 2.2.34 */
static void
list(struct talk *k, uint64_t id, const char *pattern, const struct listed *files, size_t n)
{
	size_t at, begin;

	buf_le(&k->body, 2, 33);
	buf_le(&k->body, 1, BOTH_DIRECTORY);
	buf_zero(&k->body, 5);
	buf_le(&k->body, 8, id);
	buf_le(&k->body, 8, id);
	buf_le(&k->body, 2, 64 + 32);
	buf_le(&k->body, 2, 2 * strlen(pattern));
	buf_le(&k->body, 4, 65536);
	add_utf16(&k->body, pattern);
	request(k, QUERY_DIRECTORY);
	if (n == 0) {
		answer(k, QUERY_DIRECTORY, NO_SUCH_FILE);
		return;
	}
	buf_le(&k->body, 2, 9);
	buf_le(&k->body, 2, 64 + 8);
	buf_le(&k->body, 4, 0);
	begin = k->body.n;
	for (size_t i = 0; i < n; i++) {
		at = k->body.n;
		buf_zero(&k->body, 8);
		for (int t = 0; t < 4; t++)
			buf_le(&k->body, 8, 0x01d9000000000000u + i);
		buf_le(&k->body, 8, files[i].size);
		buf_le(&k->body, 8, 4096);
		buf_le(&k->body, 4, files[i].attributes);
		buf_le(&k->body, 4, 2 * strlen(files[i].name));
		buf_le(&k->body, 4, files[i].ea_size);
		buf_zero(&k->body, 26);
		add_utf16(&k->body, files[i].name);
		buf_zero(&k->body, -(k->body.n - at) & 7);
		if (i + 1 < n)
			wire_put_le(k->body.p + at, 4, k->body.n - at);
	}
	wire_put_le(k->body.p + begin - 4, 4, k->body.n - begin);
	answer(k, QUERY_DIRECTORY, 0);
}

/* The entry of a path, NULL: none. */
static const struct state_entry *
find(struct talk *k, const char *path)
{
	state_free(&k->state);
	assert_int_equal(state_feed_end(k->feed, &k->state), 0);
	for (size_t i = 0; i < k->state.n; i++)
		if (strcmp(k->state.list[i].path, path) == 0)
			return &k->state.list[i];
	return NULL;
}

#define KIND_OF(k, path) (find((k), (path)) != NULL ? (int)find((k), (path))->kind : -1)
#define HAS_DOUBT(e, d) (((e)->doubts >> STATE_DOUBT_##d & 1) != 0)

/* ---- Names ---- */

static void
test_opened_was_there_created_was_not(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	open_file(k, "sub\\a.txt", OPENED, 11, 1);
	open_file(k, "b.txt", CREATED, 0, 2);
	open_file(k, "c.txt", OVERWRITTEN, 0, 3);
	refuse(k, "d.txt", NAME_NOT_FOUND);
	e = find(k, "sub\\a.txt");
	assert_int_equal(e->kind, STATE_FILE);
	assert_int_equal(e->reason, STATE_BY_OPENED);
	assert_int_equal(e->data.size, 11);
	assert_true(e->data.sized);
	assert_int_equal(e->attributes, ARCHIVE);
	assert_int_equal(e->times[STATE_WRITE], 0x01d9000000000000u);
	assert_int_equal(e->event, 3);
	assert_int_equal(find(k, "sub")->kind, STATE_DIRECTORY);
	assert_int_equal(find(k, "sub")->reason, STATE_BY_PARENT);
	assert_int_equal(KIND_OF(k, "b.txt"), STATE_ABSENT);
	assert_int_equal(find(k, "c.txt")->reason, STATE_BY_REPLACED);
	assert_false(find(k, "c.txt")->data.sized);
	assert_int_equal(find(k, "c.txt")->doubts, 0);
	assert_int_equal(find(k, "d.txt")->reason, STATE_BY_NOT_FOUND);
	assert_string_equal(find(k, "")->share, "share");
	assert_int_equal(k->state.n, 6);
}

static void
test_what_the_capture_made_is_not_of_the_first_state(void **state)
{
	struct talk *k = *state;

	ask(k, "made", 0);
	grant(k, CREATED, 0, DIRECTORY, 1);
	open_file(k, "made\\x", CREATED, 0, 2);
	open_file(k, "MADE\\X", OPENED, 5, 3);
	/* By whom it was made nobody saw; it was not there before its directory. */
	open_file(k, "made\\y", OPENED, 5, 4);
	assert_int_equal(KIND_OF(k, "made"), STATE_ABSENT);
	assert_int_equal(k->state.n, 2);
}

static void
test_a_deleted_file_may_be_made_again(void **state)
{
	struct talk *k = *state;
	struct buf gone = {0};

	open_file(k, "a", OPENED, 3, 1);
	buf_le(&gone, 1, 1);
	set_info(k, 1, DISPOSITION, &gone);
	buf_free(&gone);
	close_file(k, 1);
	refuse(k, "a", NAME_NOT_FOUND);
	open_file(k, "a", CREATED, 0, 2);
	ask(k, "b", DELETE_ON_CLOSE);
	grant(k, OPENED, 4, ARCHIVE, 3);
	close_file(k, 3);
	open_file(k, "b", CREATED, 0, 4);
	/* Its handle ends with the connection. */
	ask(k, "c", DELETE_ON_CLOSE);
	grant(k, OPENED, 5, ARCHIVE, 5);
	refuse(k, "c", NAME_NOT_FOUND);
	assert_int_equal(find(k, "c")->kind, STATE_FILE);
	assert_int_equal(find(k, "c")->doubts, 0);
	assert_int_equal(find(k, "a")->kind, STATE_FILE);
	assert_int_equal(find(k, "a")->doubts, 0);
	assert_int_equal(find(k, "a")->data.size, 3);
	assert_int_equal(find(k, "b")->kind, STATE_FILE);
	assert_int_equal(find(k, "b")->doubts, 0);
}

static void
test_a_renamed_directory_takes_along_what_is_in_it(void **state)
{
	struct talk *k = *state;

	ask(k, "old", 0);
	grant(k, OPENED, 0, DIRECTORY, 1);
	rename_file(k, 1, "new", false);
	close_file(k, 1);
	open_file(k, "new\\x", OPENED, 7, 2);
	refuse(k, "old", NAME_NOT_FOUND);
	assert_int_equal(find(k, "old\\x")->data.size, 7);
	assert_int_equal(find(k, "old")->doubts, 0);
	assert_int_equal(KIND_OF(k, "new"), STATE_ABSENT);
	assert_null(find(k, "new\\x"));
}

static void
test_what_a_rename_replaced_is_not_known(void **state)
{
	struct talk *k = *state;

	open_file(k, "tmp", CREATED, 0, 1);
	rename_file(k, 1, "doc", true);
	open_file(k, "doc", OPENED, 9, 2);
	open_file(k, "seen", OPENED, 4, 3);
	close_file(k, 3);
	open_file(k, "tmp2", CREATED, 0, 4);
	rename_file(k, 4, "seen", true);
	assert_null(find(k, "doc"));
	assert_int_equal(find(k, "seen")->data.size, 4);
	assert_int_equal(find(k, "seen")->doubts, 0);
}

static void
test_refusals_tell(void **state)
{
	struct talk *k = *state;

	refuse(k, "there", NAME_COLLISION);
	ask(k, "dir", 1);
	answer(k, CREATE, NAME_COLLISION);
	open_file(k, "up\\known", OPENED, 1, 1);
	refuse(k, "up\\none\\x", PATH_NOT_FOUND);
	refuse(k, "who\\knows\\x", PATH_NOT_FOUND);
	/* No directory, which a file is not either. */
	refuse(k, "up\\file\\x", PATH_NOT_FOUND);
	open_file(k, "up\\file", OPENED, 1, 2);
	assert_int_equal(find(k, "there")->kind, STATE_FILE);
	assert_int_equal(find(k, "there")->reason, STATE_BY_COLLIDED);
	assert_true(HAS_DOUBT(find(k, "there"), KIND));
	assert_int_equal(find(k, "dir")->kind, STATE_DIRECTORY);
	assert_int_equal(KIND_OF(k, "up\\none"), STATE_ABSENT);
	assert_null(find(k, "who"));
	assert_int_equal(KIND_OF(k, "up\\file"), STATE_FILE);
	assert_int_equal(find(k, "up\\file")->doubts, 0);
}

static void
test_contradictions_are_named(void **state)
{
	struct talk *k = *state;

	open_file(k, "a", OPENED, 3, 1);
	close_file(k, 1);
	refuse(k, "a", NAME_NOT_FOUND);
	refuse(k, "b", NAME_NOT_FOUND);
	open_file(k, "b", OPENED, 3, 2);
	open_file(k, "c", OPENED, 3, 3);
	open_file(k, "c", OPENED, 4, 4);
	assert_true(HAS_DOUBT(find(k, "a"), EXISTS));
	assert_int_equal(find(k, "a")->against, 7);
	assert_int_equal(find(k, "b")->kind, STATE_ABSENT);
	assert_true(HAS_DOUBT(find(k, "b"), EXISTS));
	assert_int_equal(find(k, "c")->data.size, 3);
	assert_true(HAS_DOUBT(find(k, "c"), SIZES));
}

static void
test_listings_tell_of_all_names(void **state)
{
	static const struct listed files[] = {{".", 0, DIRECTORY, 0},
					      {"..", 0, DIRECTORY, 0},
					      {"one", 5, ARCHIVE, 0},
					      {"with", 6, ARCHIVE, 30},
					      {"link", 0, ARCHIVE | 0x400, 0xa000000c},
					      {"sub", 0, DIRECTORY, 0}};
	static const struct listed spelled[] = {{"Opened", 9, ARCHIVE, 0}};
	static const struct listed evil[] = {{"..\\up", 1, ARCHIVE, 0}};
	struct talk *k = *state;

	ask(k, "dir", 1);
	grant(k, OPENED, 0, DIRECTORY, 1);
	list(k, 1, "*", files, 6);
	list(k, 1, "none", NULL, 0);
	open_file(k, "dir\\OPENED", OPENED, 9, 2);
	list(k, 1, "*", spelled, 1);
	list(k, 1, "no*", NULL, 0);
	list(k, 1, "*", evil, 1);
	assert_int_equal(find(k, "dir\\one")->data.size, 5);
	assert_int_equal(find(k, "dir\\one")->reason, STATE_BY_LISTED);
	assert_int_equal(find(k, "dir\\one")->times[0], 0x01d9000000000002u);
	assert_true(HAS_DOUBT(find(k, "dir\\with"), EAS));
	assert_int_equal(find(k, "dir\\link")->reparse_tag, 0xa000000c);
	assert_true(HAS_DOUBT(find(k, "dir\\link"), REPARSE));
	assert_int_equal(KIND_OF(k, "dir\\sub"), STATE_DIRECTORY);
	assert_int_equal(find(k, "dir\\none")->reason, STATE_BY_UNLISTED);
	assert_int_equal(find(k, "dir\\Opened")->reason, STATE_BY_OPENED);
	assert_int_equal(k->state.n, 8); /* and the root */
}

static void
test_pipes_and_strangers_are_left_out(void **state)
{
	struct talk *k = *state;

	connect_to(k, "\\\\server\\IPC$", 2);
	open_file(k, "srvsvc", OPENED, 0, 1);
	k->server = "10.0.0.2:445"; /* on which no tree was connected */
	open_file(k, "else", OPENED, 0, 2);
	assert_null(find(k, "srvsvc"));
	assert_null(find(k, "else"));
}

static void
test_a_name_with_a_stream_is_of_its_file(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	open_file(k, "f:tag:$DATA", OPENED, 26, 1);
	refuse(k, "f:none", NAME_NOT_FOUND);
	open_file(k, "f:new", CREATED, 0, 2);
	read_file(k, 1, 0, 26, "abcdefghijklmnopqrstuvwxyz");
	e = find(k, "f");
	assert_int_equal(e->kind, STATE_FILE);
	assert_int_equal(e->n_streams, 1);
	assert_string_equal(e->streams[0].name, "tag");
	assert_int_equal(e->streams[0].data.size, 26);
	assert_int_equal(e->streams[0].data.n_pieces, 1);
	assert_int_equal(e->data.n_pieces, 0);
}

/* The CREATE of a chain is answered when the requests behind it are out already. */
static void
test_related_requests_are_of_the_new_handle(void **state)
{
	struct talk *k = *state;
	struct state_message m = {.server = k->server, .event = k->event++};
	struct build_hdr h = {.command = CREATE, .mid = ++k->mid, .sid = SID, .tid = TID};
	struct buf body = {0};

	build_start(&k->msg);
	body_create_req(&body, "f");
	build_pdu(&k->msg, &h, buf_slice(&body));
	buf_reset(&body);
	h = (struct build_hdr){.command = READ, .mid = ++k->mid, .flags = F_RELATED};
	buf_le(&body, 4, 49);
	buf_le(&body, 4, 5);
	buf_le(&body, 8, 0);
	buf_le(&body, 8, UINT64_MAX);
	buf_le(&body, 8, UINT64_MAX);
	buf_zero(&body, 17);
	build_pdu(&k->msg, &h, buf_slice(&body));
	m.bytes = buf_slice(&k->msg);
	assert_int_equal(state_feed(k->feed, &m), 0);
	buf_free(&body);
	k->mid--;
	grant(k, OPENED, 5, ARCHIVE, 9);
	k->mid++;
	body_read_resp(&k->body, "hello");
	answer(k, READ, 0);
	assert_int_equal(find(k, "f")->data.n_pieces, 1);
	assert_int_equal(find(k, "f")->data.pieces[0].len, 5);
}

/* ---- Contents ---- */

static void
test_reads_before_writes_show_contents(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	open_file(k, "f", OPENED, 20, 1);
	write_file(k, 1, 4, "wxyz");
	read_file(k, 1, 0, 12, "abcdwxyzefgh");
	read_file(k, 1, 0, 12, "abcdwxyzefgh");
	read_file(k, 1, 10, 10, "ghijklmnop");
	e = find(k, "f");
	assert_int_equal(e->data.size, 20);
	assert_int_equal(e->data.n_pieces, 3);
	assert_int_equal(e->data.pieces[0].off, 0);
	assert_int_equal(e->data.pieces[0].len, 4);
	assert_int_equal(e->data.pieces[1].off, 8);
	assert_int_equal(e->data.pieces[1].len, 4);
	/* 4 bytes of frame, 64 of header, 16 of body, 8 that are passed over */
	assert_int_equal(e->data.pieces[1].at, 7 * 100000 + 4 + 64 + 16 + 8);
	assert_int_equal(e->data.pieces[2].off, 12);
	assert_int_equal(e->data.pieces[2].len, 8);
	assert_int_equal(e->doubts, 0);
}

static void
test_what_a_cut_file_held_is_not_known(void **state)
{
	struct talk *k = *state;
	struct buf size = {0};

	open_file(k, "f", OPENED, 10, 1);
	buf_le(&size, 8, 4);
	set_info(k, 1, END_OF_FILE, &size);
	buf_free(&size);
	read_file(k, 1, 0, 8, "abcdefgh");
	assert_int_equal(find(k, "f")->data.size, 10);
	assert_int_equal(find(k, "f")->data.n_pieces, 1);
	assert_int_equal(find(k, "f")->data.pieces[0].len, 4);
}

static void
test_two_contents_are_a_conflict(void **state)
{
	struct talk *k = *state;

	open_file(k, "f", OPENED, 4, 1);
	read_file(k, 1, 0, 4, "abcd");
	read_file(k, 1, 0, 4, "abcd");
	assert_int_equal(find(k, "f")->doubts, 0);
	read_file(k, 1, 0, 4, "abce");
	assert_true(HAS_DOUBT(find(k, "f"), BYTES));
}

/* Spans against an array of bytes in which the first one to come owns each. */
static void
test_the_first_span_has_each_byte(void **state)
{
	static uint64_t owner[4096];
	struct spans s = {0};
	size_t left = 100000;
	uint64_t seed = 1, at = 0, expected = 0;
	const struct span *x;
	bool differs;

	(void)state;
	for (uint64_t n = 1; n < 3000; n++) {
		struct span new = {.at = n << 32};

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		new.off = (seed >> 33) % 4000;
		new.len = 1 + (seed >> 50) % 9;
		if ((seed >> 20) % 4 == 0)
			new.at = SPAN_WRITTEN;
		assert_int_equal(spans_add(&s, &new, &left, &differs), 0);
		for (uint64_t i = new.off; i < new.off + new.len; i++)
			if (owner[i] == 0)
				owner[i] = new.at == SPAN_WRITTEN ? SPAN_WRITTEN
								  : new.at + (i - new.off);
	}
	while ((x = spans_next(&s, &at)) != NULL) {
		for (; expected < x->off; expected++)
			assert_int_equal(owner[expected], 0);
		for (uint64_t i = 0; i < x->len; i++, expected++)
			assert_int_equal(owner[expected],
					 x->at == SPAN_WRITTEN ? SPAN_WRITTEN : x->at + i);
	}
	for (; expected < 4096; expected++)
		assert_int_equal(owner[expected], 0);
	spans_free(&s);
}

static void
test_spans_have_a_limit_and_writes_side_by_side_are_one(void **state)
{
	struct spans s = {0};
	size_t left = 2;
	bool differs;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		const struct span x = {.off = i * 10, .len = 10, .at = SPAN_WRITTEN};

		assert_int_equal(spans_add(&s, &x, &left, &differs), 0);
	}
	assert_int_equal(left, 1);
	assert_int_equal(spans_add(&s, &(struct span){20000, 1, 0, 0}, &left, &differs), 0);
	assert_int_equal(spans_add(&s, &(struct span){30000, 1, 0, 0}, &left, &differs), ERR_LIMIT);
	spans_free(&s);
}

/* ---- state.jsonl ---- */

/* Read a text as the state of a workload of 20 messages, with 100 bytes in data.bin. */
static int
parse(const char *text, struct state *out, struct err *e)
{
	static struct ir_event events[20];
	static const uint8_t data[100] = {7};
	const struct ir ir = {
		.events = events, .n_events = 20, .data = data, .data_len = sizeof(data)};

	*e = (struct err){0};
	return state_parse("s", slice_of(text, strlen(text)), &ir, out, e);
}

#define ENTRY "{\"share\":\"s\",\"path\":"
#define FILE_A ENTRY "\"d\\\\a\",\"kind\":\"file\",\"size\":50"

static void
test_a_state_is_read_as_it_is_written(void **state)
{
	static const char text[] =
		ENTRY "\"d\\\\a\",\"kind\":\"file\",\"why\":\"opened\",\"event\":4,"
		      "\"doubts\":[\"sizes\"],\"against\":9,\"attributes\":\"0x20\","
		      "\"times\":{\"write\":\"2026-01-02T03:04:05.1234567Z\"},\"size\":50,"
		      "\"contents\":[[0,10,20],[30,\"6869\"]],"
		      "\"streams\":[{\"name\":\"t\",\"size\":1}],"
		      "\"eas\":[{\"name\":\"user.x\",\"value\":\"01ff\"}],"
		      "\"security_parts\":\"0x7\",\"security\":\"0100\"}\n" ENTRY
		      "\"D\\\\A\",\"contents\":[[40,0,5]]}\n" ENTRY
		      "\"d\\\\A\",\"stream\":\"t\",\"contents\":[[0,0,1]]}\n";
	struct state s;
	const struct state_entry *a;
	struct err e;

	(void)state;
	assert_int_equal(parse(text, &s, &e), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.list[0].kind, STATE_DIRECTORY);
	assert_int_equal(s.list[1].reason, STATE_BY_PARENT);
	a = &s.list[2];
	assert_string_equal(a->path, "d\\a");
	assert_true(HAS_DOUBT(a, SIZES));
	assert_int_equal(a->event, 4);
	assert_int_equal(a->against, 9);
	assert_int_equal(a->times[STATE_WRITE], 134117966451234567u);
	assert_int_equal(a->data.n_pieces, 3);
	assert_memory_equal(state_bytes(&s, &a->data.pieces[1]).p, "hi", 2);
	assert_int_equal(state_bytes(&s, &a->data.pieces[2]).p[0], 7);
	assert_int_equal(a->streams[0].data.n_pieces, 1);
	assert_int_equal(a->eas[0].value.n, 2);
	assert_int_equal(a->security_parts, 7);
	assert_int_equal(a->security.n, 2);
	state_free(&s);
}

static void
test_a_wrong_state_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{FILE_A "}", "s:1: the line is cut short"},
		{FILE_A ",\"colour\":1}\n", "s:1: unknown key"},
		{FILE_A "}\n" FILE_A "}\n", "s:2: path: is there twice"},
		{FILE_A "}\n" ENTRY "\"D\",\"kind\":\"file\"}\n",
		 "s:2: path: holds others, and is no directory"},
		{FILE_A "}\n" ENTRY "\"d\",\"kind\":\"absent\"}\n",
		 "s:2: path: holds others, and is no directory"},
		{FILE_A "}\n" ENTRY "\"d\\\\a\\\\b\",\"kind\":\"file\"}\n",
		 "s:2: path: lies in what is no directory"},
		{ENTRY "\"a\",\"kind\":\"absent\"}\n" ENTRY "\"a\\\\b\",\"kind\":\"file\"}\n",
		 "s:2: path: lies in what is no directory"},
		{ENTRY "\"..\\\\b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"a/b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"\\\\a\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"a:b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"\",\"kind\":\"file\"}\n", "s:1: kind: the root is a directory"},
		{ENTRY "\"a\",\"kind\":\"pipe\"}\n", "s:1: kind: 'pipe' is none that is known"},
		{ENTRY "\"a\",\"kind\":\"absent\",\"size\":1}\n",
		 "s:1: size: is said of an absent name"},
		{ENTRY "\"a\",\"kind\":\"directory\",\"size\":1}\n",
		 "s:1: size: is said of a directory"},
		{FILE_A ",\"event\":20}\n", "s:1: event: there is no such message"},
		{FILE_A ",\"contents\":[[0,95,6]]}\n",
		 "s:1: contents[0][2]: must be a number from 0 to 5"},
		{FILE_A ",\"contents\":[[45,0,6]]}\n", "s:1: contents[0]: lies behind the size"},
		{FILE_A ",\"contents\":[[0,0,9],[8,0,1]]}\n", "s:1: contents[1]: is there twice"},
		{FILE_A ",\"contents\":[[0,0]]}\n", "s:1: contents[0]: must be [offset"},
		{FILE_A ",\"contents\":[[0,\"123\"]]}\n", "must be bytes in hexadecimal"},
		{FILE_A ",\"times\":{\"write\":\"2026-13-02T03:04:05.0000000Z\"}}\n",
		 "s:1: times.write: must be as 2020-09-13T12:26:40.0000000Z"},
		{FILE_A ",\"doubts\":[\"colour\"]}\n", "s:1: doubts[0]: 'colour' is none"},
		{ENTRY "\"a\",\"contents\":[]}\n", "s:1: has no \"kind\""},
		{FILE_A "}\n" ENTRY "\"d\\\\a\",\"stream\":\"x\",\"contents\":[]}\n",
		 "s:2: stream: there is no such stream"},
		{FILE_A ",\"streams\":[{\"name\":\"t\"},{\"name\":\"T\"}]}\n", "is there twice"},
		{FILE_A ",\"eas\":[{\"name\":\"\",\"value\":\"\"}]}\n", "s:1: eas[0]: is no name"},
	};
	struct state s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_not_equal(parse(wrong[i].text, &s, &e), 0);
		if (strstr(e.text, wrong[i].says) == NULL)
			fail_msg("%s says: %s", wrong[i].text, e.text);
	}
}

int
main(void)
{
#define TALK(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TALK(test_opened_was_there_created_was_not),
		TALK(test_what_the_capture_made_is_not_of_the_first_state),
		TALK(test_a_deleted_file_may_be_made_again),
		TALK(test_a_renamed_directory_takes_along_what_is_in_it),
		TALK(test_what_a_rename_replaced_is_not_known),
		TALK(test_refusals_tell),
		TALK(test_contradictions_are_named),
		TALK(test_listings_tell_of_all_names),
		TALK(test_pipes_and_strangers_are_left_out),
		TALK(test_a_name_with_a_stream_is_of_its_file),
		TALK(test_related_requests_are_of_the_new_handle),
		TALK(test_reads_before_writes_show_contents),
		TALK(test_what_a_cut_file_held_is_not_known),
		TALK(test_two_contents_are_a_conflict),
		cmocka_unit_test(test_a_state_is_read_as_it_is_written),
		cmocka_unit_test(test_a_wrong_state_is_refused_with_its_line),
		cmocka_unit_test(test_the_first_span_has_each_byte),
		cmocka_unit_test(test_spans_have_a_limit_and_writes_side_by_side_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
