/* What came of a workload that was played again and again: which answers varied, and which
 * differences came together how often. */
#ifndef SMB_OUTCOMES_H
#define SMB_OUTCOMES_H

#include "ir/judge.h"
#include "ir/json_out.h"

#define OUTCOMES_MAX 256   /* that are told apart */
#define OUTCOMES_ROWS 4096 /* answers of which statuses are counted */
#define OUTCOMES_TEXT 4096 /* bytes that are kept of one outcome's differences */

struct outcomes;

/* Returns 0 or ERR_NOMEM. */
int outcomes_new(struct outcomes **out) MUST_CHECK;
void outcomes_free(struct outcomes *o);

/* What the judge of each try is to tell; a try begins with outcomes_begin and ends with
 * outcomes_end, which returns 0 or ERR_NOMEM, of anything since the beginning. `hit`: did what is
 * sought happen? NULL: any difference is that. */
struct judge_sink outcomes_sink(struct outcomes *o);
void outcomes_begin(struct outcomes *o);
int outcomes_end(struct outcomes *o, const bool *hit) MUST_CHECK;

/* Tries so far; those that hit; the first of these, 0: none. What servers are
 * (JUDGE_NEGOTIATED) is no difference. */
uint64_t outcomes_tries(const struct outcomes *o);
uint64_t outcomes_hits(const struct outcomes *o);
uint64_t outcomes_first_hit(const struct outcomes *o);

/* "18.0 % (95 % confidence: 13.3 to 23.9 %)" */
#define OUTCOMES_RATE 64
const char *outcomes_rate(uint64_t n, uint64_t of, char text[OUTCOMES_RATE]);

/* Print both tables on stdout; or as the next members of an object. */
void outcomes_print(struct outcomes *o);
void outcomes_json(struct outcomes *o, struct json_out *out);

/* "tries", "rate", "low" and "high" of what happened in `n` of them. */
void outcomes_json_rate(struct json_out *out, const char *name, uint64_t n, uint64_t of);

#endif
