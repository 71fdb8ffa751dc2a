/*
 * Which values in a conversation are symbols. Messages are literal (tests/smb2_build.c),
 * expectations are lists of patches: "OFFSET+WIDTH NAME", offsets with the 4-byte frame header:
 * TreeId 40, AsyncId 36, SessionId 44, Signature 52, body 68.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "compile/track.h"
#include "tests/smb2_build.h"

struct talk {
	struct track *t;
	struct cap_conn conns[3]; /* 0 and 1 are with one server, 2 is with another */
	struct buf msg, body;
	struct track_message out;
	char text[512];
};

static int
setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL)
		return -1;
	for (uint32_t i = 0; i < 3; i++)
		k->conns[i] = (struct cap_conn){
			.id = i,
			.client = {.family = AF_INET, .port = (uint16_t)(5000 + i)},
			.server = {.family = AF_INET, .port = 445, .ip = {10, 0, 0, i == 2}}};
	return track_new(NULL, &k->t);
}

static int
teardown(void **state)
{
	struct talk *k = *state;

	for (size_t i = 0; i < 3; i++)
		track_close(k->t, &k->conns[i]);
	track_free(k->t);
	buf_free(&k->msg);
	buf_free(&k->body);
	free(k);
	return 0;
}

/* What the message at hand holds. */
static const char *
track(struct talk *k, uint32_t conn)
{
	bool response = (k->msg.p[4 + 16] & F_RESPONSE) != 0;
	struct cap_message m = {.conn = &k->conns[conn],
				.dir = response ? CAP_S2C : CAP_C2S,
				.bytes = buf_slice(&k->msg)};
	size_t n = 0;

	assert_int_equal(track_message(k->t, &m, 0, &k->out), 0);
	k->text[0] = '\0';
	for (size_t i = 0; i < k->out.n_patches; i++) {
		const struct ir_patch *p = &k->out.patches[i];

		n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, "%s%u+%u %s",
				      i > 0 ? ", " : "", p->off, p->width, ir_what_names[p->what]);
		if (p->number != 0)
			n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, ".%u", p->number);
		if (p->from != 0)
			n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, "@%u", p->from);
	}
	return k->text;
}

/* One PDU with the body that was built. */
static const char *
say(struct talk *k, uint32_t conn, const struct build_hdr *h)
{
	build_one(&k->msg, h, &k->body);
	return track(k, conn);
}

#define SAY(k, conn, ...) say(k, conn, &(struct build_hdr){__VA_ARGS__})

/* Two legs of a logon: its SessionId is defined by the first answer. */
static void
log_on(struct talk *k, uint32_t conn, uint64_t mid, uint64_t sid, const char *defined)
{
	body_setup_req(&k->body, 0, "one");
	assert_string_equal(SAY(k, conn, SESSION_SETUP, .mid = mid),
			    "1+3 layout, 82+2 layout, 92+3 token");
	body_setup_resp(&k->body, "two");
	assert_string_equal(
		SAY(k, conn, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = mid, .sid = sid),
		defined);
	body_setup_req(&k->body, 0, "three");
	(void)SAY(k, conn, SESSION_SETUP, .mid = mid + 1, .sid = sid);
	body_setup_resp(&k->body, "");
	assert_string_equal(SAY(k, conn, SESSION_SETUP, F_RESPONSE, .mid = mid + 1, .sid = sid),
			    "");
}

static void
connect_tree(struct talk *k, uint32_t conn, uint64_t sid, uint32_t tid, const char *defined)
{
	body_tree_req(&k->body, "IPC$");
	(void)SAY(k, conn, TREE_CONNECT, .mid = 3, .sid = sid);
	body_tree_resp(&k->body, 2);
	assert_string_equal(
		SAY(k, conn, TREE_CONNECT, F_RESPONSE, .mid = 3, .sid = sid, .tid = tid), defined);
}

static void
open_file(struct talk *k, uint64_t sid, uint32_t tid, uint64_t id, const char *defined)
{
	body_create_req(&k->body, "file");
	(void)SAY(k, 0, CREATE, .mid = 4, .sid = sid, .tid = tid);
	body_create_resp(&k->body, 0, id, id + 1);
	assert_string_equal(SAY(k, 0, CREATE, F_RESPONSE, .mid = 4, .sid = sid, .tid = tid),
			    defined);
}

static const char *
close_file(struct talk *k, uint64_t sid, uint32_t tid, uint64_t persistent, uint64_t vol)
{
	body_close_req(&k->body, persistent, vol);
	return SAY(k, 0, CLOSE, .mid = 5, .sid = sid, .tid = tid);
}

static void
test_track_a_session_a_tree_and_an_open(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	connect_tree(k, 0, 0x1111, 0x77, "40+4 tree.1");
	open_file(k, 0x1111, 0x77, 0xabc, "132+16 open.1");
	assert_string_equal(close_file(k, 0x1111, 0x77, 0xabc, 0xabd),
			    "40+4 tree.1, 44+8 session.1, 76+16 open.1");
	assert_string_equal(k->out.commands, "CLOSE");
	body_close_resp(&k->body);
	assert_string_equal(SAY(k, 0, CLOSE, F_RESPONSE, .mid = 5, .sid = 0x1111, .tid = 0x77), "");
}

static void
test_track_recycled_ids_are_new_symbols(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	connect_tree(k, 0, 0x1111, 0x77, "40+4 tree.1");
	open_file(k, 0x1111, 0x77, 0xabc, "132+16 open.1");
	(void)close_file(k, 0x1111, 0x77, 0xabc, 0xabd);
	open_file(k, 0x1111, 0x77, 0xabc, "132+16 open.2");
	assert_string_equal(close_file(k, 0x1111, 0x77, 0xabc, 0xabd),
			    "40+4 tree.1, 44+8 session.1, 76+16 open.2");
	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, LOGOFF, .mid = 6, .sid = 0x1111), "44+8 session.1");
	log_on(k, 0, 7, 0x1111, "44+8 session.2");
	connect_tree(k, 0, 0x1111, 0x77, "40+4 tree.2");
	assert_string_equal(close_file(k, 0x1111, 0x77, 1, 2), "40+4 tree.2, 44+8 session.2");
}

static void
test_track_closed_handles_stay_known(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	connect_tree(k, 0, 0x1111, 0x77, "40+4 tree.1");
	open_file(k, 0x1111, 0x77, 0xabc, "132+16 open.1");
	(void)close_file(k, 0x1111, 0x77, 0xabc, 0xabd);
	assert_string_equal(close_file(k, 0x1111, 0x77, 0xabc, 0xabd),
			    "40+4 tree.1, 44+8 session.1, 76+16 open.1");
}

static void
test_track_trees_of_two_sessions_on_a_connection(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	log_on(k, 0, 5, 0x2222, "44+8 session.2");
	connect_tree(k, 0, 0x1111, 1, "40+4 tree.1");
	connect_tree(k, 0, 0x2222, 1, "40+4 tree.2");
	assert_string_equal(close_file(k, 0x1111, 1, 8, 9), "40+4 tree.1, 44+8 session.1");
	assert_string_equal(close_file(k, 0x2222, 1, 8, 9), "40+4 tree.2, 44+8 session.2");
}

/* Two logons under way at once, their legs interleaved. */
static void
test_track_interleaved_logons(void **state)
{
	struct talk *k = *state;

	body_setup_req(&k->body, 0, "a");
	(void)SAY(k, 0, SESSION_SETUP, .mid = 1);
	body_setup_req(&k->body, 0, "b");
	(void)SAY(k, 0, SESSION_SETUP, .mid = 2);
	body_setup_resp(&k->body, "B");
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 2, .sid = 0xb),
		"44+8 session.1");
	body_setup_resp(&k->body, "A");
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 1, .sid = 0xa),
		"44+8 session.2");
	body_setup_req(&k->body, 0, "aa");
	assert_string_equal(SAY(k, 0, SESSION_SETUP, .mid = 3, .sid = 0xa),
			    "1+3 layout, 44+8 session.2, 82+2 layout, 92+2 token");
}

static void
test_track_an_interim_answer_does_not_end_a_logons_first_leg(void **state)
{
	struct talk *k = *state;

	body_setup_req(&k->body, 0, "a");
	(void)SAY(k, 0, SESSION_SETUP, .mid = 1);
	body_error(&k->body);
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE | F_ASYNC, PENDING, .mid = 1, .async = 5),
		"36+8 async.1");
	body_setup_resp(&k->body, "A");
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 1, .sid = 0xa),
		"44+8 session.1");
}

static void
test_track_a_refused_logon_defines_nothing(void **state)
{
	struct talk *k = *state;

	body_setup_req(&k->body, 0, "a");
	(void)SAY(k, 0, SESSION_SETUP, .mid = 1);
	body_error(&k->body);
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, ACCESS_DENIED, .mid = 1, .sid = 0xa), "");
	assert_int_equal(track_symbols(k->t)[IR_SESSION], 0);
}

static void
test_track_reauthentication_and_binding_define_no_session(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_setup_req(&k->body, 0, "again");
	assert_string_equal(SAY(k, 0, SESSION_SETUP, .mid = 8, .sid = 0x1111),
			    "1+3 layout, 44+8 session.1, 82+2 layout, 92+5 token");
	body_setup_resp(&k->body, "challenge");
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 8, .sid = 0x1111), "");
	body_setup_req(&k->body, 0, "bind");
	assert_string_equal(SAY(k, 1, SESSION_SETUP, F_SIGNED, .mid = 1, .sid = 0x1111, .sign = 9),
			    "1+3 layout, 44+8 session.1, 52+16 signature, 82+2 layout, 92+4 token");
	body_setup_resp(&k->body, "challenge");
	assert_string_equal(
		SAY(k, 1, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 1, .sid = 0x1111), "");
	assert_int_equal(track_symbols(k->t)[IR_SESSION], 1);
}

static void
test_track_previous_session_id_is_a_use(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_setup_req(&k->body, 0x1111, "t");
	assert_string_equal(SAY(k, 1, SESSION_SETUP, .mid = 1),
			    "1+3 layout, 82+2 layout, 84+8 session.1, 92+1 token");
}

static void
test_track_sessions_of_another_server_are_others(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	assert_string_equal(close_file(k, 0x1111, 0, 0, 0), "44+8 session.1");
	body_close_req(&k->body, 0, 0);
	assert_string_equal(SAY(k, 2, CLOSE, .mid = 1, .sid = 0x1111), "");
	log_on(k, 2, 1, 0x1111, "44+8 session.2");
}

static void
test_track_zero_and_all_ones_are_no_ids(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	connect_tree(k, 0, 0x1111, 0, "");
	open_file(k, 0x1111, 0, 0xabc, "132+16 open.1");
	assert_string_equal(close_file(k, 0x1111, 0, UINT64_MAX, UINT64_MAX), "44+8 session.1");
	assert_string_equal(close_file(k, 0, 0, 0, 0), "");
}

/* A FileId put together of two others' halves, or with a foreign one (MS-SMB2 3.3.5.2.7). */
static void
test_track_half_file_ids(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	open_file(k, 0x1111, 0, 0x100, "132+16 open.1");
	open_file(k, 0x1111, 0, 0x200, "132+16 open.2");
	assert_string_equal(close_file(k, 0x1111, 0, 0x100, 0x201),
			    "44+8 session.1, 76+8 open.1, 84+8 open.2@8");
	assert_string_equal(close_file(k, 0x1111, 0, 0x100, 0xdead), "44+8 session.1, 76+8 open.1");
	assert_string_equal(close_file(k, 0x1111, 0, 0xdead, 0x101),
			    "44+8 session.1, 84+8 open.1@8");
	assert_string_equal(close_file(k, 0x1111, 0, 0xdead, 0xbeef), "44+8 session.1");
}

static void
test_track_a_related_compound(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	connect_tree(k, 0, 0x1111, 0x77, "40+4 tree.1");
	build_start(&k->msg);
	body_create_req(&k->body, "f");
	build_pdu(&k->msg, &(struct build_hdr){CREATE, .mid = 4, .sid = 0x1111, .tid = 0x77},
		  buf_slice(&k->body));
	buf_reset(&k->body);
	body_close_req(&k->body, UINT64_MAX, UINT64_MAX);
	build_pdu(&k->msg,
		  &(struct build_hdr){CLOSE, F_RELATED, .mid = 5, .sid = UINT64_MAX,
				      .tid = UINT32_MAX},
		  buf_slice(&k->body));
	buf_reset(&k->body);
	assert_string_equal(track(k, 0), "40+4 tree.1, 44+8 session.1");
	assert_string_equal(k->out.commands, "CREATE+CLOSE");
	assert_int_equal(k->out.n_pdus, 2);

	/* The second request of a related one still finds its tree in the first one's session. */
	log_on(k, 0, 10, 0x2222, "44+8 session.2");
	connect_tree(k, 0, 0x2222, 0x77, "40+4 tree.2");
	build_start(&k->msg);
	body_create_req(&k->body, "f");
	build_pdu(&k->msg, &(struct build_hdr){CREATE, .mid = 6, .sid = 0x1111, .tid = 0x77},
		  buf_slice(&k->body));
	buf_reset(&k->body);
	body_close_req(&k->body, UINT64_MAX, UINT64_MAX);
	build_pdu(&k->msg,
		  &(struct build_hdr){CLOSE, F_RELATED, .mid = 7, .sid = UINT64_MAX, .tid = 0x77},
		  buf_slice(&k->body));
	buf_reset(&k->body);
	assert_string_equal(track(k, 0), "40+4 tree.1, 44+8 session.1, 168+4 tree.1");
}

static void
test_track_async_ids(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_error(&k->body);
	assert_string_equal(SAY(k, 0, CHANGE_NOTIFY, F_RESPONSE | F_ASYNC, PENDING, .mid = 4,
				.sid = 0x1111, .async = 9),
			    "36+8 async.1");
	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, CANCEL, F_ASYNC, .mid = 4, .sid = 0x1111, .async = 9),
			    "36+8 async.1, 44+8 session.1");
	body_error(&k->body);
	assert_string_equal(SAY(k, 0, CHANGE_NOTIFY, F_RESPONSE | F_ASYNC, 0xc0000120, .mid = 4,
				.sid = 0x1111, .async = 9),
			    "");
	/* The same id again stands for another request. */
	body_error(&k->body);
	assert_string_equal(SAY(k, 0, CHANGE_NOTIFY, F_RESPONSE | F_ASYNC, PENDING, .mid = 5,
				.sid = 0x1111, .async = 9),
			    "36+8 async.2");
	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, CANCEL, F_ASYNC, .mid = 5, .sid = 0x1111, .async = 9),
			    "36+8 async.2, 44+8 session.1");
}

/* An open that was pending is defined by its final answer, in the async form. */
static void
test_track_an_open_that_pended(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_error(&k->body);
	(void)SAY(k, 0, CREATE, F_RESPONSE | F_ASYNC, PENDING, .mid = 4, .sid = 0x1111, .async = 9);
	body_create_resp(&k->body, 0, 0xabc, 0xabd);
	assert_string_equal(
		SAY(k, 0, CREATE, F_RESPONSE | F_ASYNC, .mid = 4, .sid = 0x1111, .async = 9),
		"132+16 open.1");
}

static void
test_track_a_failed_response_defines_nothing(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_error(&k->body);
	assert_string_equal(SAY(k, 0, CREATE, F_RESPONSE, ACCESS_DENIED, .mid = 4, .sid = 0x1111),
			    "");
	body_error(&k->body);
	assert_string_equal(SAY(k, 0, TREE_CONNECT, F_RESPONSE, ACCESS_DENIED, .mid = 5,
				.sid = 0x1111, .tid = 5),
			    "");
	assert_int_equal(track_symbols(k->t)[IR_TREE], 0);
}

static void
test_track_resume_keys(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	open_file(k, 0x1111, 0, 0x100, "132+16 open.1");
	body_resume_req(&k->body, 0x100, 0x101);
	assert_string_equal(SAY(k, 0, IOCTL, .mid = 5, .sid = 0x1111),
			    "44+8 session.1, 76+16 open.1");
	body_resume_resp(&k->body, 0x100, 0x101, 0x5a);
	assert_string_equal(SAY(k, 0, IOCTL, F_RESPONSE, .mid = 5, .sid = 0x1111),
			    "116+24 resume.1");
	body_copychunk_req(&k->body, 0x100, 0x101, 0x5a);
	assert_string_equal(SAY(k, 0, IOCTL, .mid = 6, .sid = 0x1111),
			    "44+8 session.1, 76+16 open.1, 124+24 resume.1");
	body_copychunk_req(&k->body, 0x100, 0x101, 0x5b);
	assert_string_equal(SAY(k, 0, IOCTL, .mid = 7, .sid = 0x1111),
			    "44+8 session.1, 76+16 open.1");
}

static void
test_track_signatures(void **state)
{
	struct talk *k = *state;

	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, ECHO_, F_SIGNED, .mid = 1, .sign = 7), "52+16 signature");
	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, ECHO_, .mid = 2, .sign = 7), "");
	/* Signed in name only: zeroes were not made with a key. */
	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, ECHO_, F_SIGNED, .mid = 3), "");
}

static void
test_track_the_servers_name_in_unc_paths(void **state)
{
	struct talk *k = *state;
	size_t n;

	body_tree_req(&k->body, "\\\\srv\\share");
	assert_string_equal(SAY(k, 0, TREE_CONNECT, .mid = 1),
			    "1+3 layout, 74+2 layout, 80+18 server");
	body_tree_req(&k->body, "\\share");
	assert_string_equal(SAY(k, 0, TREE_CONNECT, .mid = 2), "");
	body_tree_req(&k->body, "\\\\srv\\share");
	(void)SAY(k, 0, TREE_CONNECT, .mid = 3);
	assert_string_equal(track_shares(k->t, &n)[0], "\\\\srv\\share");
	assert_int_equal(n, 2);
}

/* Where another PDU follows, its place depends on the name's length: NextCommand is computed too.
 */
static void
test_track_a_tree_connect_that_another_request_follows(void **state)
{
	struct talk *k = *state;

	build_start(&k->msg);
	body_tree_req(&k->body, "\\\\srv\\share");
	build_pdu(&k->msg, &(struct build_hdr){TREE_CONNECT, .mid = 1}, buf_slice(&k->body));
	buf_reset(&k->body);
	body_create_req(&k->body, "f");
	build_pdu(&k->msg, &(struct build_hdr){CREATE, F_RELATED, .mid = 2}, buf_slice(&k->body));
	assert_string_equal(track(k, 0), "1+3 layout, 24+4 layout, 74+2 layout, 80+18 server");
}

static void
test_track_counts_what_it_does_not_understand(void **state)
{
	struct talk *k = *state;

	body_empty(&k->body);
	assert_string_equal(SAY(k, 0, 0x1234, .mid = 1), "");
	assert_int_equal(k->out.n_opaque, 1);
	body_empty(&k->body);
	build_one(&k->msg, &(struct build_hdr){ECHO_, .mid = 1}, &k->body);
	wire_put_le(k->msg.p + 4 + 20, 4, 4000);
	assert_string_equal(track(k, 0), "");
	assert_int_equal(k->out.n_broken, 1);
	k->msg.p[4] = 0xfd;
	assert_string_equal(track(k, 0), "");
	assert_int_equal(k->out.kind, SMB2_MSG_SEALED);
	assert_int_equal(k->out.n_pdus, 0);
}

/* Offsets that point to where another field is: patches never overlap, or the workload could not be
 * loaded. */
static void
test_track_a_token_over_other_fields(void **state)
{
	struct talk *k = *state;

	body_setup_req(&k->body, 0, "token");
	wire_put_le(k->body.p + 12, 2, 79);
	assert_string_equal(SAY(k, 0, SESSION_SETUP, .mid = 1), "1+3 layout, 82+2 layout");
	body_setup_req(&k->body, 0, "token");
	wire_put_le(k->body.p + 12, 2, 50);
	assert_string_equal(SAY(k, 0, SESSION_SETUP, F_SIGNED, .mid = 2, .sign = 1),
			    "1+3 layout, 52+16 signature, 82+2 layout");
}

/* Flags that belie the direction: a client that sends responses, a server that sends requests. */
static void
test_track_directions_rule(void **state)
{
	struct talk *k = *state;
	struct cap_message m = {.conn = &k->conns[0], .dir = CAP_C2S};

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	body_create_resp(&k->body, 0, 1, 2);
	build_one(&k->msg, &(struct build_hdr){CREATE, F_RESPONSE, .mid = 4, .sid = 0x1111},
		  &k->body);
	m.bytes = buf_slice(&k->msg);
	assert_int_equal(track_message(k->t, &m, 0, &k->out), 0);
	assert_int_equal(k->out.n_patches, 1);
	assert_int_equal(k->out.patches[0].what, IR_SESSION);
	assert_int_equal(track_symbols(k->t)[IR_OPEN], 0);
	m.dir = CAP_S2C;
	body_close_req(&k->body, 1, 2);
	build_one(&k->msg, &(struct build_hdr){CLOSE, F_SIGNED, .mid = 4, .sid = 0x1111, .sign = 1},
		  &k->body);
	m.bytes = buf_slice(&k->msg);
	assert_int_equal(track_message(k->t, &m, 0, &k->out), 0);
	assert_int_equal(k->out.n_patches, 0);
}

static void
test_track_more_patches_than_a_message_may_have(void **state)
{
	struct talk *k = *state;

	log_on(k, 0, 1, 0x1111, "44+8 session.1");
	build_start(&k->msg);
	for (uint64_t i = 0; i < TRACK_MAX_PATCHES + 10; i++) {
		body_empty(&k->body);
		build_pdu(&k->msg, &(struct build_hdr){ECHO_, .mid = 4 + i, .sid = 0x1111},
			  buf_slice(&k->body));
		buf_reset(&k->body);
		if (i % 64 == 63)
			k->text[0] = '\0';
	}
	assert_int_equal(track_message(k->t,
				       &(struct cap_message){.conn = &k->conns[0],
							     .bytes = buf_slice(&k->msg)},
				       0, &k->out),
			 0);
	assert_int_equal(k->out.n_pdus, TRACK_MAX_PATCHES + 10);
	assert_int_equal(k->out.n_patches, TRACK_MAX_PATCHES);
}

static void
test_track_more_definitions_than_a_message_may_have(void **state)
{
	struct talk *k = *state;
	struct cap_message m = {.conn = &k->conns[0], .dir = CAP_S2C};

	build_start(&k->msg);
	for (uint64_t i = 0; i < TRACK_MAX_PATCHES + 10; i++) {
		body_create_resp(&k->body, 0, i + 1, i + 1);
		build_pdu(&k->msg, &(struct build_hdr){CREATE, F_RESPONSE, .mid = i},
			  buf_slice(&k->body));
		buf_reset(&k->body);
	}
	m.bytes = buf_slice(&k->msg);
	assert_int_equal(track_message(k->t, &m, 0, &k->out), 0);
	assert_int_equal(k->out.n_patches, TRACK_MAX_PATCHES);
	assert_int_equal(track_symbols(k->t)[IR_OPEN], TRACK_MAX_PATCHES);
	assert_string_equal(close_file(k, 0, 0, TRACK_MAX_PATCHES + 5, TRACK_MAX_PATCHES + 5), "");
}

/* Setups whose answers were lost must not block those that follow. */
static void
test_track_many_unanswered_logons(void **state)
{
	struct talk *k = *state;

	for (uint64_t mid = 1; mid <= 200; mid++) {
		body_setup_req(&k->body, 0, "a");
		(void)SAY(k, 0, SESSION_SETUP, .mid = mid);
	}
	body_setup_resp(&k->body, "A");
	assert_string_equal(
		SAY(k, 0, SESSION_SETUP, F_RESPONSE, MORE_PROCESSING, .mid = 200, .sid = 0xa),
		"44+8 session.1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_track_a_session_a_tree_and_an_open),
		TEST(test_track_recycled_ids_are_new_symbols),
		TEST(test_track_closed_handles_stay_known),
		TEST(test_track_trees_of_two_sessions_on_a_connection),
		TEST(test_track_interleaved_logons),
		TEST(test_track_an_interim_answer_does_not_end_a_logons_first_leg),
		TEST(test_track_a_refused_logon_defines_nothing),
		TEST(test_track_reauthentication_and_binding_define_no_session),
		TEST(test_track_previous_session_id_is_a_use),
		TEST(test_track_sessions_of_another_server_are_others),
		TEST(test_track_zero_and_all_ones_are_no_ids),
		TEST(test_track_half_file_ids),
		TEST(test_track_a_related_compound),
		TEST(test_track_async_ids),
		TEST(test_track_an_open_that_pended),
		TEST(test_track_a_failed_response_defines_nothing),
		TEST(test_track_resume_keys),
		TEST(test_track_signatures),
		TEST(test_track_the_servers_name_in_unc_paths),
		TEST(test_track_a_tree_connect_that_another_request_follows),
		TEST(test_track_counts_what_it_does_not_understand),
		TEST(test_track_a_token_over_other_fields),
		TEST(test_track_directions_rule),
		TEST(test_track_more_patches_than_a_message_may_have),
		TEST(test_track_more_definitions_than_a_message_may_have),
		TEST(test_track_many_unanswered_logons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
