/* The requests that make the parts of a file, behind the CREATE that opened it. */
#ifndef SMB_PROVISION_PUT_H
#define SMB_PROVISION_PUT_H

#include "provision/work.h"

/* Sparseness, compression, size, extended attributes: those of them that are in `todo`. */
void put_parts(struct work *w, const struct state_entry *e, uint32_t todo);

/* Attributes and times, those that are known. */
void put_basic(struct work *w, const struct state_entry *e);

/* All contents, in writes of at most `max` bytes; where put_is_small says that they are for one
 * message. */
void put_data(struct work *w, const struct content *c, uint32_t max);
bool put_is_small(const struct content *c, uint32_t max);

/* One write of contents. */
void put_write(struct work *w, const struct content *c, uint64_t off, uint32_t n);

/* The most that the server takes in a write, and `most`. */
uint32_t put_max(const struct work *w, uint32_t most);

/* DesiredAccess for those parts. */
uint32_t put_access(uint32_t todo);

#endif
