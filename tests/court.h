/* For tests of the judge: a workload of literal answers, literal live ones, and what is said of
 * them, a line each: "KIND message field: EXPECTED, GOT". */
#ifndef SMB_TESTS_COURT_H
#define SMB_TESTS_COURT_H

#include "ir/judge.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define CREATE_FILE_ID (4 + 64 + 64) /* in a message with a CREATE response */

struct court {
	struct ir_build b;
	struct judge *j;
	struct buf msg, body, text;
	uint64_t event; /* of the last divergence */
};

/* For cmocka. */
int court_setup(void **state);
int court_teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, court_setup, court_teardown)

/* A recorded answer or request with the body at hand, which is emptied; the event's number. */
uint32_t court_record(struct court *k, uint32_t conn, const struct build_hdr *h);
uint32_t court_request(struct court *k, uint32_t conn, const struct build_hdr *h);
#define RECORD(k, conn, ...) court_record(k, conn, &(struct build_hdr){__VA_ARGS__})

/* All is recorded. */
void court_open(struct court *k);

/* Hand the judge the message at hand; the last match. */
struct judge_match court_hear(struct court *k, uint32_t conn);

/* A live answer with the body at hand, which is emptied. */
struct judge_match court_answer(struct court *k, uint32_t conn, const struct build_hdr *h);
#define ANSWER(k, conn, ...) court_answer(k, conn, &(struct build_hdr){__VA_ARGS__})

/* All that was reported since the last call. */
const char *court_said(struct court *k);

/* A CREATE that defines an open with the FileId {id, id}. */
void court_record_open(struct court *k, uint64_t mid, uint64_t id, uint32_t number);
void court_answer_open(struct court *k, uint64_t mid, uint64_t id);

#endif
