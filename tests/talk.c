/* A conversation, put together message by message. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/smb2_build.h"
#include "tests/talk.h"

#define NO_SUCH_FILE 0xc000000fu
/* MS-FSCC 2.4 */
#define BOTH_DIRECTORY 3u
#define RENAME 10u

static void
say(struct talk *k, struct build_hdr h)
{
	struct state_message m = {.conn = k->conn, .server = k->server, .event = k->event++};
	struct ir_extent whole = {.off = m.event * 100000};

	h.sid = TALK_SID;
	h.tid = TALK_TID;
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

void
talk_answer(struct talk *k, unsigned command, uint32_t status)
{
	if (status != 0 && k->body.n == 0)
		body_error(&k->body);
	say(k, (struct build_hdr){
		       .command = command, .flags = F_RESPONSE, .status = status, .mid = k->mid});
}

void
talk_connect(struct talk *k, const char *unc, uint8_t type)
{
	body_tree_req(&k->body, unc);
	request(k, TREE_CONNECT);
	body_tree_resp(&k->body, type);
	talk_answer(k, TREE_CONNECT, 0);
}

int
talk_setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL || state_feed_new(&k->feed) != 0)
		return -1;
	k->server = "10.0.0.1:445";
	talk_connect(k, "\\\\server\\share", 1);
	return 0;
}

int
talk_teardown(void **state)
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
void
talk_ask(struct talk *k, const char *name, uint32_t options)
{
	body_create_req(&k->body, name);
	wire_put_le(k->body.p + 36, 4, 1);
	wire_put_le(k->body.p + 40, 4, options);
	request(k, CREATE);
}

/* Its answer (2.2.14): create_action at 4, end_of_file at 48, attributes at 56. */
void
talk_grant(struct talk *k, uint32_t action, uint64_t size, uint32_t attributes, uint64_t id)
{
	body_create_resp(&k->body, 0, id, id);
	wire_put_le(k->body.p + 4, 4, action);
	wire_put_le(k->body.p + 48, 8, size);
	wire_put_le(k->body.p + 56, 4, attributes);
	talk_answer(k, CREATE, 0);
}

void
talk_open(struct talk *k, const char *name, uint32_t action, uint64_t size, uint64_t id)
{
	talk_ask(k, name, 0);
	talk_grant(k, action, size, TALK_ARCHIVE, id);
}

void
talk_refuse(struct talk *k, const char *name, uint32_t status)
{
	talk_ask(k, name, 0);
	talk_answer(k, CREATE, status);
}

void
talk_close(struct talk *k, uint64_t id)
{
	body_close_req(&k->body, id, id);
	request(k, CLOSE);
	body_close_resp(&k->body);
	talk_answer(k, CLOSE, 0);
}

/* MS-SMB2 2.2.19, 2.2.20 */
void
talk_read(struct talk *k, uint64_t id, uint64_t off, uint32_t length, const char *data)
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
	talk_answer(k, READ, 0);
}

/* MS-SMB2 2.2.21, 2.2.22 */
void
talk_write(struct talk *k, uint64_t id, uint64_t off, const char *data)
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
	talk_answer(k, WRITE, 0);
}

/* MS-SMB2 2.2.39 */
void
talk_set_info(struct talk *k, uint64_t id, uint8_t class, const struct buf *info)
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
	talk_answer(k, SET_INFO, 0);
}

static void
add_utf16(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_le(b, 2, (uint8_t)*text);
}

/* MS-FSCC 2.4.42 */
void
talk_rename(struct talk *k, uint64_t id, const char *to, bool replace)
{
	struct buf info = {0};

	buf_le(&info, 8, replace);
	buf_le(&info, 8, 0);
	buf_le(&info, 4, 2 * strlen(to));
	add_utf16(&info, to);
	talk_set_info(k, id, RENAME, &info);
	buf_free(&info);
}

/* MS-SMB2 2.2.33, 2.2.34 */
void
talk_list(struct talk *k, uint64_t id, const char *pattern, const struct talk_listed *files,
	  size_t n)
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
		talk_answer(k, QUERY_DIRECTORY, NO_SUCH_FILE);
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
	talk_answer(k, QUERY_DIRECTORY, 0);
}

/* The entry of a path, NULL: none. */
const struct state_entry *
talk_find(struct talk *k, const char *path)
{
	state_free(&k->state);
	assert_int_equal(state_feed_end(k->feed, &k->state), 0);
	for (size_t i = 0; i < k->state.n; i++)
		if (strcmp(k->state.list[i].path, path) == 0)
			return &k->state.list[i];
	return NULL;
}
