/* The first state of a share, derived from conversations: what was there, what was not, and what of
 * it the conversation itself made. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/smb2_build.h"
#include "tests/talk.h"

#define NAME_NOT_FOUND 0xc0000034u
#define NAME_COLLISION 0xc0000035u
#define PATH_NOT_FOUND 0xc000003au
#define DELETE_ON_CLOSE 0x1000u
#define DISPOSITION 13u /* MS-FSCC 2.4 */

static void
test_opened_was_there_created_was_not(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	talk_open(k, "sub\\a.txt", TALK_OPENED, 11, 1);
	talk_open(k, "b.txt", TALK_CREATED, 0, 2);
	talk_open(k, "c.txt", TALK_OVERWRITTEN, 0, 3);
	talk_refuse(k, "d.txt", NAME_NOT_FOUND);
	e = talk_find(k, "sub\\a.txt");
	assert_int_equal(e->kind, STATE_FILE);
	assert_int_equal(e->reason, STATE_BY_OPENED);
	assert_int_equal(e->data.size, 11);
	assert_true(e->data.sized);
	assert_int_equal(e->attributes, TALK_ARCHIVE);
	assert_int_equal(e->times[STATE_WRITE], 0x01d9000000000000u);
	assert_int_equal(e->event, 3);
	assert_int_equal(talk_find(k, "sub")->kind, STATE_DIRECTORY);
	assert_int_equal(talk_find(k, "sub")->reason, STATE_BY_PARENT);
	assert_int_equal(KIND_OF(k, "b.txt"), STATE_ABSENT);
	assert_int_equal(talk_find(k, "c.txt")->reason, STATE_BY_REPLACED);
	assert_false(talk_find(k, "c.txt")->data.sized);
	assert_int_equal(talk_find(k, "c.txt")->doubts, 0);
	assert_int_equal(talk_find(k, "d.txt")->reason, STATE_BY_NOT_FOUND);
	assert_string_equal(talk_find(k, "")->share, "share");
	assert_int_equal(k->state.n, 6);
}

static void
test_what_the_capture_made_is_not_of_the_first_state(void **state)
{
	struct talk *k = *state;

	talk_ask(k, "made", 0);
	talk_grant(k, TALK_CREATED, 0, TALK_DIRECTORY, 1);
	talk_open(k, "made\\x", TALK_CREATED, 0, 2);
	talk_open(k, "MADE\\X", TALK_OPENED, 5, 3);
	/* By whom it was made nobody saw; it was not there before its directory. */
	talk_open(k, "made\\y", TALK_OPENED, 5, 4);
	assert_int_equal(KIND_OF(k, "made"), STATE_ABSENT);
	assert_int_equal(k->state.n, 2);
}

static void
test_a_deleted_file_may_be_made_again(void **state)
{
	struct talk *k = *state;
	struct buf gone = {0};

	talk_open(k, "a", TALK_OPENED, 3, 1);
	buf_le(&gone, 1, 1);
	talk_set_info(k, 1, DISPOSITION, &gone);
	buf_free(&gone);
	talk_close(k, 1);
	talk_refuse(k, "a", NAME_NOT_FOUND);
	talk_open(k, "a", TALK_CREATED, 0, 2);
	talk_ask(k, "b", DELETE_ON_CLOSE);
	talk_grant(k, TALK_OPENED, 4, TALK_ARCHIVE, 3);
	talk_close(k, 3);
	talk_open(k, "b", TALK_CREATED, 0, 4);
	/* Its handle ends with the connection. */
	talk_ask(k, "c", DELETE_ON_CLOSE);
	talk_grant(k, TALK_OPENED, 5, TALK_ARCHIVE, 5);
	talk_refuse(k, "c", NAME_NOT_FOUND);
	assert_int_equal(talk_find(k, "c")->kind, STATE_FILE);
	assert_int_equal(talk_find(k, "c")->doubts, 0);
	assert_int_equal(talk_find(k, "a")->kind, STATE_FILE);
	assert_int_equal(talk_find(k, "a")->doubts, 0);
	assert_int_equal(talk_find(k, "a")->data.size, 3);
	assert_int_equal(talk_find(k, "b")->kind, STATE_FILE);
	assert_int_equal(talk_find(k, "b")->doubts, 0);
}

static void
test_a_renamed_directory_takes_along_what_is_in_it(void **state)
{
	struct talk *k = *state;

	talk_ask(k, "old", 0);
	talk_grant(k, TALK_OPENED, 0, TALK_DIRECTORY, 1);
	talk_rename(k, 1, "new", false);
	talk_close(k, 1);
	talk_open(k, "new\\x", TALK_OPENED, 7, 2);
	talk_refuse(k, "old", NAME_NOT_FOUND);
	assert_int_equal(talk_find(k, "old\\x")->data.size, 7);
	assert_int_equal(talk_find(k, "old")->doubts, 0);
	assert_int_equal(KIND_OF(k, "new"), STATE_ABSENT);
	assert_null(talk_find(k, "new\\x"));
}

static void
test_what_a_rename_replaced_is_not_known(void **state)
{
	struct talk *k = *state;

	talk_open(k, "tmp", TALK_CREATED, 0, 1);
	talk_rename(k, 1, "doc", true);
	talk_open(k, "doc", TALK_OPENED, 9, 2);
	talk_open(k, "seen", TALK_OPENED, 4, 3);
	talk_close(k, 3);
	talk_open(k, "tmp2", TALK_CREATED, 0, 4);
	talk_rename(k, 4, "seen", true);
	assert_null(talk_find(k, "doc"));
	assert_int_equal(talk_find(k, "seen")->data.size, 4);
	assert_int_equal(talk_find(k, "seen")->doubts, 0);
}

static void
test_refusals_tell(void **state)
{
	struct talk *k = *state;

	talk_refuse(k, "there", NAME_COLLISION);
	talk_ask(k, "dir", 1);
	talk_answer(k, CREATE, NAME_COLLISION);
	talk_open(k, "up\\known", TALK_OPENED, 1, 1);
	talk_refuse(k, "up\\none\\x", PATH_NOT_FOUND);
	talk_refuse(k, "who\\knows\\x", PATH_NOT_FOUND);
	/* No directory, which a file is not either. */
	talk_refuse(k, "up\\file\\x", PATH_NOT_FOUND);
	talk_open(k, "up\\file", TALK_OPENED, 1, 2);
	assert_int_equal(talk_find(k, "there")->kind, STATE_FILE);
	assert_int_equal(talk_find(k, "there")->reason, STATE_BY_COLLIDED);
	assert_true(HAS_DOUBT(talk_find(k, "there"), KIND));
	assert_int_equal(talk_find(k, "dir")->kind, STATE_DIRECTORY);
	assert_int_equal(KIND_OF(k, "up\\none"), STATE_ABSENT);
	assert_null(talk_find(k, "who"));
	assert_int_equal(KIND_OF(k, "up\\file"), STATE_FILE);
	assert_int_equal(talk_find(k, "up\\file")->doubts, 0);
}

static void
test_contradictions_are_named(void **state)
{
	struct talk *k = *state;

	talk_open(k, "a", TALK_OPENED, 3, 1);
	talk_close(k, 1);
	talk_refuse(k, "a", NAME_NOT_FOUND);
	talk_refuse(k, "b", NAME_NOT_FOUND);
	talk_open(k, "b", TALK_OPENED, 3, 2);
	talk_open(k, "c", TALK_OPENED, 3, 3);
	talk_open(k, "c", TALK_OPENED, 4, 4);
	assert_true(HAS_DOUBT(talk_find(k, "a"), EXISTS));
	assert_int_equal(talk_find(k, "a")->against, 7);
	assert_int_equal(talk_find(k, "b")->kind, STATE_ABSENT);
	assert_true(HAS_DOUBT(talk_find(k, "b"), EXISTS));
	assert_int_equal(talk_find(k, "c")->data.size, 3);
	assert_true(HAS_DOUBT(talk_find(k, "c"), SIZES));
}

static void
test_listings_tell_of_all_names(void **state)
{
	static const struct talk_listed files[] = {{".", 0, TALK_DIRECTORY, 0},
						   {"..", 0, TALK_DIRECTORY, 0},
						   {"one", 5, TALK_ARCHIVE, 0},
						   {"with", 6, TALK_ARCHIVE, 30},
						   {"link", 0, TALK_ARCHIVE | 0x400, 0xa000000c},
						   {"sub", 0, TALK_DIRECTORY, 0}};
	static const struct talk_listed spelled[] = {{"Opened", 9, TALK_ARCHIVE, 0}};
	static const struct talk_listed evil[] = {{"..\\up", 1, TALK_ARCHIVE, 0}};
	struct talk *k = *state;

	talk_ask(k, "dir", 1);
	talk_grant(k, TALK_OPENED, 0, TALK_DIRECTORY, 1);
	talk_list(k, 1, "*", files, 6);
	talk_list(k, 1, "none", NULL, 0);
	talk_open(k, "dir\\OPENED", TALK_OPENED, 9, 2);
	talk_list(k, 1, "*", spelled, 1);
	talk_list(k, 1, "no*", NULL, 0);
	talk_list(k, 1, "*", evil, 1);
	assert_int_equal(talk_find(k, "dir\\one")->data.size, 5);
	assert_int_equal(talk_find(k, "dir\\one")->reason, STATE_BY_LISTED);
	assert_int_equal(talk_find(k, "dir\\one")->times[0], 0x01d9000000000002u);
	assert_true(HAS_DOUBT(talk_find(k, "dir\\with"), EAS));
	assert_int_equal(talk_find(k, "dir\\link")->reparse_tag, 0xa000000c);
	assert_true(HAS_DOUBT(talk_find(k, "dir\\link"), REPARSE));
	assert_int_equal(KIND_OF(k, "dir\\sub"), STATE_DIRECTORY);
	assert_int_equal(talk_find(k, "dir\\none")->reason, STATE_BY_UNLISTED);
	assert_int_equal(talk_find(k, "dir\\Opened")->reason, STATE_BY_OPENED);
	assert_int_equal(k->state.n, 8); /* and the root */
}

static void
test_pipes_and_strangers_are_left_out(void **state)
{
	struct talk *k = *state;

	talk_connect(k, "\\\\server\\IPC$", 2);
	talk_open(k, "srvsvc", TALK_OPENED, 0, 1);
	k->server = "10.0.0.2:445"; /* on which no tree was connected */
	talk_open(k, "else", TALK_OPENED, 0, 2);
	assert_null(talk_find(k, "srvsvc"));
	assert_null(talk_find(k, "else"));
}

static void
test_a_name_with_a_stream_is_of_its_file(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	talk_open(k, "f:tag:$DATA", TALK_OPENED, 26, 1);
	talk_refuse(k, "f:none", NAME_NOT_FOUND);
	talk_open(k, "f:new", TALK_CREATED, 0, 2);
	talk_read(k, 1, 0, 26, "abcdefghijklmnopqrstuvwxyz");
	e = talk_find(k, "f");
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
	struct build_hdr h = {.command = CREATE, .mid = ++k->mid, .sid = TALK_SID, .tid = TALK_TID};
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
	talk_grant(k, TALK_OPENED, 5, TALK_ARCHIVE, 9);
	k->mid++;
	body_read_resp(&k->body, "hello");
	talk_answer(k, READ, 0);
	assert_int_equal(talk_find(k, "f")->data.n_pieces, 1);
	assert_int_equal(talk_find(k, "f")->data.pieces[0].len, 5);
}

int
main(void)
{
#define TALK(f) cmocka_unit_test_setup_teardown(f, talk_setup, talk_teardown)
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
	};
#undef TALK

	return cmocka_run_group_tests(tests, NULL, NULL);
}
