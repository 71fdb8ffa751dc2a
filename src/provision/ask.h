/* The requests of provisioning, each on the file that the chain's CREATE opened. */
#ifndef SMB_PROVISION_ASK_H
#define SMB_PROVISION_ASK_H

#include "provision/batch.h"

/* DesiredAccess, MS-SMB2 2.2.13.1.1 */
#define ASK_READ_DATA 0x1u
#define ASK_WRITE_DATA 0x2u
#define ASK_READ_EA 0x8u
#define ASK_WRITE_EA 0x10u
#define ASK_READ_ATTRIBUTES 0x80u
#define ASK_WRITE_ATTRIBUTES 0x100u
#define ASK_DELETE 0x10000u
#define ASK_READ_CONTROL 0x20000u
#define ASK_WRITE_DAC 0x40000u
#define ASK_WRITE_OWNER 0x80000u
#define ASK_SYSTEM_SECURITY 0x1000000u

/* CreateDisposition and CreateOptions, MS-SMB2 2.2.13 */
#define ASK_OPEN 1u
#define ASK_CREATE 2u
#define ASK_OPEN_IF 3u
#define ASK_OVERWRITE_IF 5u
#define ASK_DIRECTORY 0x1u
#define ASK_NO_DIRECTORY 0x40u
#define ASK_REPARSE_POINT 0x200000u /* the link itself, not what it leads to */

/* Information classes, MS-FSCC 2.4 */
#define ASK_BASIC 4
#define ASK_DISPOSITION 13
#define ASK_FULL_EA 15
#define ASK_END_OF_FILE 20
#define ASK_STREAMS 22
#define ASK_NETWORK_OPEN 34

/* Parts of a security descriptor: AdditionalInformation, MS-SMB2 2.2.37. */
#define ASK_OWNER 1u
#define ASK_GROUP 2u
#define ASK_DACL 4u
#define ASK_SACL 8u

#define ASK_PAIRED_CHUNK 65536 /* the most data that stands in a chain with other requests */
#define ASK_SMALL_ANSWER 65536

struct ask_create {
	const char *path;   /* UTF-8, from the root of the share */
	const char *stream; /* behind it; NULL: none */
	uint32_t access, attributes, disposition, options;
};

/* Each appends one request to the batch's message; failures are kept there. */
void ask_create(struct batch *b, const struct ask_create *c);
void ask_close(struct batch *b);
void ask_write(struct batch *b, uint64_t off, struct slice data);
void ask_read(struct batch *b, uint64_t off, uint32_t n);
void ask_query(struct batch *b, uint8_t class);
void ask_query_security(struct batch *b, uint32_t parts);
void ask_set(struct batch *b, uint8_t class, struct slice info);
void ask_set_security(struct batch *b, uint32_t parts, struct slice descriptor);
void ask_fsctl(struct batch *b, uint32_t code, struct slice input);

/* FileBasicInformation: times that are 0 stay as they are, and so do attributes. */
void ask_set_basic(struct batch *b, const uint64_t times[4], uint32_t attributes);
void ask_set_size(struct batch *b, uint64_t size);
void ask_delete(struct batch *b);

#endif
