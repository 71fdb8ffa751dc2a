/* The judge: what stands in answers to QUERY_DIRECTORY and QUERY_INFO, literal bodies. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/court.h"

#define NO_MORE_FILES 0x80000006u
#define NO_SUCH_FILE 0xc000000fu
#define RESTART 1u
#define DIRECTORY 0x10u

/* MS-SMB2 2.2.33: class 1, FileDirectoryInformation. */
static void
body_listing_req(struct buf *b, unsigned flags, const char *pattern)
{
	buf_le(b, 2, 33);
	buf_le(b, 1, 1);
	buf_le(b, 1, flags);
	buf_le(b, 4, 0);
	buf_le(b, 8, 0x100);
	buf_le(b, 8, 0x100);
	buf_le(b, 2, 64 + 32);
	buf_le(b, 2, 2 * strlen(pattern));
	buf_le(b, 4, 65536);
	for (; *pattern != '\0'; pattern++)
		buf_le(b, 2, (uint8_t)*pattern);
}

/* MS-FSCC 2.4.10 */
struct entry {
	const char *name;
	uint64_t size;
	uint32_t attributes;
};

static void
put_entry(struct buf *b, const struct entry *e, uint64_t own, bool more)
{
	size_t len = 64 + 2 * strlen(e->name), pad = more ? -len & 7 : 0;

	buf_le(b, 4, more ? len + pad : 0);
	buf_le(b, 4, own); /* file_index */
	for (int i = 0; i < 4; i++)
		buf_le(b, 8, own << 40); /* times */
	buf_le(b, 8, e->size);
	buf_le(b, 8, own << 12); /* allocation_size */
	buf_le(b, 4, e->attributes);
	buf_le(b, 4, 2 * strlen(e->name));
	for (const char *c = e->name; *c != '\0'; c++)
		buf_le(b, 2, (uint8_t)*c);
	buf_zero(b, pad);
}

/* MS-SMB2 2.2.34, 2.2.38; `own` is what each server has of its own. */
static void
body_answer(struct buf *b, const struct buf *output)
{
	buf_le(b, 2, 9);
	buf_le(b, 2, 64 + 8);
	buf_le(b, 4, output->n);
	buf_add(b, output->p, output->n);
}

/* Entries by their names, "a b c": each a file of 5 bytes, those with a capital a directory. */
static void
body_entries(struct buf *b, const char *names, uint64_t own)
{
	struct buf output = {0};
	char name[2] = "";

	for (; *names != '\0'; names++) {
		struct entry e = {name, 5, 0x20};

		if (*names == ' ')
			continue;
		name[0] = *names;
		if (*names >= 'A' && *names <= 'Z')
			e = (struct entry){name, own << 12, DIRECTORY};
		put_entry(&output, &e, own, names[1] != '\0');
	}
	body_answer(b, &output);
	buf_free(&output);
}

/* A request for (the rest of) the listing of open 1, and what it was answered; "": its end. */
static void
record_listing(struct court *k, uint64_t mid, unsigned flags, const char *names)
{
	body_listing_req(&k->body, flags, "*");
	(void)court_request(k, 0, &(struct build_hdr){QUERY_DIRECTORY, .mid = mid});
	ir_build_patch(&k->b, 4 + 64 + 8, 16, IR_OPEN, 1);
	if (*names != '\0') {
		body_entries(&k->body, names, 1);
		(void)RECORD(k, 0, QUERY_DIRECTORY, R, .mid = mid);
	} else {
		body_error(&k->body);
		(void)RECORD(k, 0, QUERY_DIRECTORY, R, NO_MORE_FILES, .mid = mid);
	}
}

static void
answer_listing(struct court *k, uint64_t mid, const char *names)
{
	if (*names != '\0') {
		body_entries(&k->body, names, 2);
		(void)ANSWER(k, 0, QUERY_DIRECTORY, R, .mid = mid);
	} else {
		body_error(&k->body);
		(void)ANSWER(k, 0, QUERY_DIRECTORY, R, NO_MORE_FILES, .mid = mid);
	}
}

/* Recorded answers to one listing after the other, MessageIds 2, 3, ... */
static void
record_listings(struct court *k, const char *const *answers)
{
	court_record_open(k, 1, 0x100, 1);
	for (uint64_t mid = 2; *answers != NULL; answers++, mid++)
		record_listing(k, mid, 0, *answers);
	court_open(k);
	court_answer_open(k, 1, 0x900);
}

/* And the live ones; what is said then. */
static const char *
answer_listings(struct court *k, const char *const *answers)
{
	for (uint64_t mid = 2; *answers != NULL; answers++, mid++)
		answer_listing(k, mid, *answers);
	return court_said(k);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_judge_the_order_of_a_listing_is_the_servers_own(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b C", ""));
	assert_string_equal(answer_listings(k, LIST("C a b", "")), "");
	assert_int_equal(judge_totals(k->j)->equal, 3);
}

static void
test_judge_a_field_of_an_entry(void **state)
{
	const struct entry recorded[] = {{"x.txt", 5, 0x20}, {"dir", 0, DIRECTORY}},
			   live[] = {{"dir", 4096, DIRECTORY | 2}, {"x.txt", 6, 0x20}};
	struct court *k = *state;
	struct buf output = {0};

	body_listing_req(&k->body, 0, "*");
	(void)court_request(k, 0, &(struct build_hdr){QUERY_DIRECTORY, .mid = 2});
	put_entry(&output, &recorded[0], 1, true);
	put_entry(&output, &recorded[1], 1, false);
	body_answer(&k->body, &output);
	(void)RECORD(k, 0, QUERY_DIRECTORY, R, .mid = 2);
	court_open(k);
	buf_reset(&output);
	put_entry(&output, &live[0], 2, true);
	put_entry(&output, &live[1], 2, false);
	body_answer(&k->body, &output);
	(void)ANSWER(k, 0, QUERY_DIRECTORY, R, .mid = 2);
	assert_string_equal(court_said(k),
			    "field QUERY_DIRECTORY response entry \"dir\": file_attributes: "
			    "0x00000010, 0x00000012\n"
			    "field QUERY_DIRECTORY response entry \"x.txt\": end_of_file: "
			    "0x0000000000000005, 0x0000000000000006\n");
	assert_int_equal(judge_totals(k->j)->equal, 0);
	buf_free(&output);
}

static void
test_judge_entries_that_are_missing_or_too_many(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b c", "d", ""));
	answer_listing(k, 2, "a c x");
	assert_int_equal(judge_totals(k->j)->equal, 2);
	answer_listing(k, 3, "d");
	assert_string_equal(court_said(k), "");
	answer_listing(k, 4, "");
	assert_string_equal(court_said(k),
			    "field QUERY_DIRECTORY response entry \"b\": present, absent\n"
			    "field QUERY_DIRECTORY response entry \"x\": absent, present\n");
	assert_int_equal(k->event, 2);
	assert_int_equal(judge_totals(k->j)->met, 4);
	assert_int_equal(judge_totals(k->j)->equal, 3);
}

/* The same name twice is not the same as once. */
static void
test_judge_an_entry_that_comes_twice(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b", ""));
	assert_string_equal(answer_listings(k, LIST("a b b", "")),
			    "field QUERY_DIRECTORY response entry \"b\": absent, present\n");
}

/* The union counts, whichever answers the server puts the entries into and wherever its end is. */
static void
test_judge_a_listing_in_other_answers(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b", "c d", "e", "", ""));
	assert_string_equal(answer_listings(k, LIST("e d c", "b a", "", "", "")), "");
	assert_int_equal(judge_totals(k->j)->equal, 6);
}

static void
test_judge_a_listing_in_more_answers(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b c", ""));
	assert_string_equal(answer_listings(k, LIST("c a", "b")), "");
	assert_int_equal(judge_totals(k->j)->equal, 3);
}

/* A difference in an entry that came in another answer is that of the recorded one. */
static void
test_judge_a_field_of_an_entry_in_another_answer(void **state)
{
	const struct entry b = {"b", 9, 0x20};
	struct court *k = *state;
	struct buf output = {0};

	record_listings(k, LIST("a b", "c", ""));
	answer_listing(k, 2, "a c");
	put_entry(&output, &b, 2, false);
	body_answer(&k->body, &output);
	(void)ANSWER(k, 0, QUERY_DIRECTORY, R, .mid = 3);
	assert_string_equal(court_said(k), "field QUERY_DIRECTORY response entry \"b\": "
					   "end_of_file: 0x0000000000000005, 0x0000000000000009\n");
	assert_int_equal(k->event, 2);
	answer_listing(k, 4, "");
	assert_string_equal(court_said(k), "");
	buf_free(&output);
}

static void
test_judge_a_listing_without_end(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b c d", ""));
	assert_string_equal(answer_listings(k, LIST("a", "b")),
			    "field QUERY_DIRECTORY response entry \"c\": the listing's end; 2 "
			    "more in it, no end after as many answers\n");
}

/* Where neither was told to its end, nobody knows what the other one has. */
static void
test_judge_listings_that_nobody_ended(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b", "c"));
	assert_string_equal(answer_listings(k, LIST("b x", "c")), "");
}

/* But of one name there is no more than one. */
static void
test_judge_a_listing_of_one_name(void **state)
{
	struct court *k = *state;

	body_listing_req(&k->body, 0, "a");
	(void)court_request(k, 0, &(struct build_hdr){QUERY_DIRECTORY, .mid = 2});
	body_entries(&k->body, "a", 1);
	(void)RECORD(k, 0, QUERY_DIRECTORY, R, .mid = 2);
	court_open(k);
	answer_listing(k, 2, "b");
	assert_string_equal(court_said(k),
			    "field QUERY_DIRECTORY response entry \"a\": present, absent\n"
			    "field QUERY_DIRECTORY response entry \"b\": absent, present\n");
}

/* What ends at the first answer is no listing in other answers. */
static void
test_judge_a_listing_that_is_empty(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b", ""));
	assert_string_equal(
		answer_listings(k, LIST("", "")),
		"status QUERY_DIRECTORY response status: STATUS_SUCCESS, STATUS_NO_MORE_FILES\n");
}

static void
test_judge_a_listing_begins_anew(void **state)
{
	struct court *k = *state;

	court_record_open(k, 1, 0x100, 1);
	record_listing(k, 2, 0, "a b");
	record_listing(k, 3, RESTART, "a b");
	record_listing(k, 4, 0, "");
	court_open(k);
	court_answer_open(k, 1, 0x900);
	answer_listing(k, 2, "a x");
	answer_listing(k, 3, "b a");
	answer_listing(k, 4, "");
	assert_string_equal(court_said(k), "");
}

/* What did not come was said already. */
static void
test_judge_a_listing_with_an_answer_missing(void **state)
{
	struct court *k = *state;

	record_listings(k, LIST("a b", "c", ""));
	answer_listing(k, 2, "a c");
	judge_give_up(k->j, 4, "no answer within 1.0 s");
	(void)court_said(k);
	answer_listing(k, 4, "");
	assert_string_equal(court_said(k), "");
	answer_listing(k, 3, "x");
	assert_string_equal(court_said(k), "");
}

/* A CREATE and two QUERY_DIRECTORY in one chain, the last on the open that they made. */
static void
test_judge_a_listing_that_begins_in_a_chain(void **state)
{
	struct court *k = *state;

	build_start(&k->msg);
	body_create_req(&k->body, "dir");
	build_pdu(&k->msg, &(struct build_hdr){CREATE, .mid = 1}, buf_slice(&k->body));
	buf_reset(&k->body);
	body_listing_req(&k->body, 0, "*");
	build_pdu(&k->msg, &(struct build_hdr){QUERY_DIRECTORY, F_RELATED, .mid = 2},
		  buf_slice(&k->body));
	buf_reset(&k->body);
	(void)ir_build_event(&k->b, IR_SEND, 0, buf_slice(&k->msg));
	court_record_open(k, 1, 0x100, 1);
	body_entries(&k->body, "a b", 1);
	(void)RECORD(k, 0, QUERY_DIRECTORY, R, .mid = 2);
	record_listing(k, 3, 0, "c");
	record_listing(k, 4, 0, "");
	court_open(k);
	court_answer_open(k, 1, 0x900);
	answer_listing(k, 2, "a c");
	answer_listing(k, 3, "b");
	answer_listing(k, 4, "");
	assert_string_equal(court_said(k), "");
	assert_int_equal(judge_totals(k->j)->equal, 4);
}

/* MS-SMB2 2.2.37 */
static void
record_query(struct court *k, uint64_t mid, unsigned type, unsigned class, const struct buf *output)
{
	buf_le(&k->body, 2, 41);
	buf_le(&k->body, 1, type);
	buf_le(&k->body, 1, class);
	buf_le(&k->body, 4, 65536);
	buf_zero(&k->body, 33);
	(void)court_request(k, 0, &(struct build_hdr){QUERY_INFO, .mid = mid});
	body_answer(&k->body, output);
	(void)RECORD(k, 0, QUERY_INFO, R, .mid = mid);
}

static const char *
answer_query(struct court *k, uint64_t mid, const struct buf *output)
{
	body_answer(&k->body, output);
	(void)ANSWER(k, 0, QUERY_INFO, R, .mid = mid);
	return court_said(k);
}

/* MS-FSCC 2.4.47 FileStandardInformation */
static void
put_standard(struct buf *b, uint64_t allocation, uint64_t size, unsigned links, bool directory)
{
	buf_reset(b);
	buf_le(b, 8, allocation);
	buf_le(b, 8, size);
	buf_le(b, 4, links);
	buf_le(b, 1, 0);
	buf_le(b, 1, directory);
	buf_le(b, 2, 0);
}

static void
test_judge_fields_of_an_information_class(void **state)
{
	struct court *k = *state;
	struct buf b = {0};

	put_standard(&b, 4096, 5, 1, false);
	record_query(k, 1, 1, 5, &b);
	record_query(k, 2, 1, 5, &b);
	put_standard(&b, 0, 0, 1, true);
	record_query(k, 3, 1, 5, &b);
	court_open(k);
	put_standard(&b, 8192, 5, 1, false);
	assert_string_equal(answer_query(k, 1, &b), "");
	put_standard(&b, 8192, 6, 2, false);
	assert_string_equal(answer_query(k, 2, &b),
			    "field QUERY_INFO response body.output_buffer.end_of_file: "
			    "0x0000000000000005, 0x0000000000000006\n"
			    "field QUERY_INFO response body.output_buffer.number_of_links: "
			    "0x00000001, 0x00000002\n");
	put_standard(&b, 4096, 4096, 2, true);
	assert_string_equal(answer_query(k, 3, &b), "");
	buf_free(&b);
}

/* One that is not described counts by its size. */
static void
test_judge_an_unknown_information_class(void **state)
{
	struct court *k = *state;
	struct buf b = {0};

	buf_le(&b, 8, 1);
	record_query(k, 1, 1, 99, &b);
	record_query(k, 2, 1, 99, &b);
	court_open(k);
	b.p[0] = 2;
	assert_string_equal(answer_query(k, 1, &b), "");
	buf_zero(&b, 1);
	assert_string_equal(answer_query(k, 2, &b),
			    "field QUERY_INFO response body.output_buffer_length: 0x00000008, "
			    "0x00000009\n"
			    "field QUERY_INFO response body.output_buffer: 8 bytes: "
			    "0100000000000000, 9 bytes: 020000000000000000\n");
	buf_free(&b);
}

/* MS-FSCC 2.4.49 FileStreamInformation: streams "a" to "z", as large as `size`. */
static void
put_streams(struct buf *b, const char *names, uint64_t size)
{
	buf_reset(b);
	for (; *names != '\0'; names++) {
		buf_le(b, 4, names[1] != '\0' ? 32 : 0);
		buf_le(b, 4, 4);
		buf_le(b, 8, size);
		buf_le(b, 8, 4096);
		buf_le(b, 2, ':');
		buf_le(b, 2, (uint8_t)*names);
		buf_zero(b, names[1] != '\0' ? 4 : 0);
	}
}

static void
test_judge_streams_by_their_names(void **state)
{
	struct court *k = *state;
	struct buf b = {0};

	put_streams(&b, "abc", 7);
	record_query(k, 1, 1, 22, &b);
	record_query(k, 2, 1, 22, &b);
	court_open(k);
	put_streams(&b, "cab", 7);
	assert_string_equal(answer_query(k, 1, &b), "");
	put_streams(&b, "xa", 8);
	assert_string_equal(answer_query(k, 2, &b),
			    "field QUERY_INFO response stream \":a\": stream_size: "
			    "0x0000000000000007, 0x0000000000000008\n"
			    "field QUERY_INFO response stream \":b\": present, absent\n"
			    "field QUERY_INFO response stream \":c\": present, absent\n"
			    "field QUERY_INFO response stream \":x\": absent, present\n");
	buf_free(&b);
}

/* MS-DTYP 2.4.2.2: S-1-AUTHORITY-FIRST-42 */
static void
put_sid(struct buf *b, unsigned authority, uint32_t first, uint32_t last)
{
	buf_le(b, 1, 1);
	buf_le(b, 1, 2);
	buf_be(b, 6, authority);
	buf_le(b, 4, first);
	buf_le(b, 4, last);
}

/* MS-DTYP 2.4.6: an owner, and a DACL of one ACE that gives S-1-AUTHORITY-FIRST-LAST `mask`. */
static void
put_security(struct buf *b, uint32_t owner, uint32_t mask, unsigned authority, uint32_t first,
	     uint32_t last)
{
	buf_reset(b);
	buf_le(b, 2, 1);
	buf_le(b, 2, 0x8004);
	buf_le(b, 4, owner != 0 ? 20 : 0);
	buf_le(b, 8, 0);
	buf_le(b, 4, owner != 0 ? 36 : 20);
	if (owner != 0)
		put_sid(b, 5, 21, owner);
	buf_le(b, 2, 2);
	buf_le(b, 2, 32);
	buf_le(b, 4, 1);
	buf_le(b, 2, 0);
	buf_le(b, 2, 24);
	buf_le(b, 4, mask);
	put_sid(b, authority, first, last);
}

/* Who is named so on a server is its own; who is everywhere the same is compared. */
static void
test_judge_security_descriptors(void **state)
{
	struct court *k = *state;
	struct buf b = {0};

	put_security(&b, 1000, 0x1f01ff, 5, 21, 1000);
	for (uint64_t mid = 1; mid <= 3; mid++)
		record_query(k, mid, 3, 0, &b);
	put_security(&b, 1000, 0x1f01ff, 5, 32, 544);
	record_query(k, 4, 3, 0, &b);
	court_open(k);
	put_security(&b, 2000, 0x1f01ff, 5, 21, 3000);
	assert_string_equal(answer_query(k, 1, &b), "");
	put_security(&b, 2000, 0x1200a9, 5, 32, 544);
	assert_string_equal(answer_query(k, 2, &b),
			    "field QUERY_INFO response body.output_buffer.dacl.aces[0].ace.mask: "
			    "0x001f01ff, 0x001200a9\n");
	put_security(&b, 0, 0x1f01ff, 5, 21, 1000);
	assert_string_equal(answer_query(k, 3, &b),
			    "field QUERY_INFO response body.output_buffer.owner_sid: "
			    "S-1-5-21-1000, 0 bytes\n");
	put_security(&b, 1000, 0x1f01ff, 5, 32, 545);
	assert_string_equal(answer_query(k, 4, &b),
			    "field QUERY_INFO response body.output_buffer.dacl.aces[0].ace.sid: "
			    "S-1-5-32-544, S-1-5-32-545\n");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_judge_the_order_of_a_listing_is_the_servers_own),
		TEST(test_judge_a_field_of_an_entry),
		TEST(test_judge_entries_that_are_missing_or_too_many),
		TEST(test_judge_an_entry_that_comes_twice),
		TEST(test_judge_a_listing_in_other_answers),
		TEST(test_judge_a_listing_in_more_answers),
		TEST(test_judge_a_field_of_an_entry_in_another_answer),
		TEST(test_judge_a_listing_without_end),
		TEST(test_judge_listings_that_nobody_ended),
		TEST(test_judge_a_listing_of_one_name),
		TEST(test_judge_a_listing_that_is_empty),
		TEST(test_judge_a_listing_begins_anew),
		TEST(test_judge_a_listing_with_an_answer_missing),
		TEST(test_judge_a_listing_that_begins_in_a_chain),
		TEST(test_judge_fields_of_an_information_class),
		TEST(test_judge_an_unknown_information_class),
		TEST(test_judge_streams_by_their_names),
		TEST(test_judge_security_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
