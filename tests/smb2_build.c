/* Builds SMB2 messages for tests. */
#include "config.h"

#include "tests/smb2_build.h"

#include <stdlib.h>

#define FRAME 4
#define HEADER 64
#define NEXT_COMMAND 20

void
build_start(struct buf *b)
{
	buf_reset(b);
	buf_zero(b, FRAME);
}

/* The offset of the last PDU. */
static size_t
last_pdu(const struct buf *b)
{
	size_t at = FRAME;

	while (wire_le(b->p + at + NEXT_COMMAND, 4) != 0)
		at += (size_t)wire_le(b->p + at + NEXT_COMMAND, 4);
	return at;
}

void
build_pdu(struct buf *b, const struct build_hdr *h, struct slice body)
{
	if (b->n > FRAME) {
		size_t last = last_pdu(b);

		buf_zero(b, -(b->n - FRAME) & 7);
		wire_put_le(b->p + last + NEXT_COMMAND, 4, b->n - last);
	}
	buf_add(b, "\xFESMB", 4);
	buf_le(b, 2, HEADER);
	buf_le(b, 2, h->charge > 0 ? h->charge : 1);
	buf_le(b, 4, h->status);
	buf_le(b, 2, h->command);
	buf_le(b, 2, h->credits);
	buf_le(b, 4, h->flags);
	buf_le(b, 4, 0);
	buf_le(b, 8, h->mid);
	if ((h->flags & F_ASYNC) != 0)
		buf_le(b, 8, h->async);
	else
		buf_le(b, 8, (uint64_t)h->tid << 32 | 0xfeff);
	buf_le(b, 8, h->sid);
	for (int i = 0; i < 16; i++)
		buf_le(b, 1, h->sign);
	buf_add(b, body.p, body.n);
	wire_put_be(b->p + 1, 3, b->n - FRAME);
	if (b->err != 0)
		abort();
}

void
build_one(struct buf *b, const struct build_hdr *h, struct buf *body)
{
	build_start(b);
	build_pdu(b, h, buf_slice(body));
	buf_reset(body);
}

static void
add_utf16(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_le(b, 2, (uint8_t)*text);
}

static void
add_file_id(struct buf *b, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 8, persistent);
	buf_le(b, 8, vol);
}

static void
add_filled(struct buf *b, size_t n, uint8_t value)
{
	while (n-- > 0)
		buf_le(b, 1, value);
}

void
body_empty(struct buf *b)
{
	buf_le(b, 2, 4);
	buf_le(b, 2, 0);
}

void
body_error(struct buf *b)
{
	buf_le(b, 2, 9);
	buf_zero(b, 7);
}

void
body_setup_req(struct buf *b, uint64_t previous, const char *token)
{
	buf_le(b, 2, 25);
	buf_le(b, 1, 0);
	buf_le(b, 1, 1);
	buf_le(b, 4, 0);
	buf_le(b, 4, 0);
	buf_le(b, 2, HEADER + 24);
	buf_le(b, 2, strlen(token));
	buf_le(b, 8, previous);
	buf_add(b, token, strlen(token));
}

void
body_setup_resp(struct buf *b, const char *token)
{
	buf_le(b, 2, 9);
	buf_le(b, 2, 0);
	buf_le(b, 2, HEADER + 8);
	buf_le(b, 2, strlen(token));
	buf_add(b, token, strlen(token));
}

void
body_tree_req(struct buf *b, const char *path)
{
	buf_le(b, 2, 9);
	buf_le(b, 2, 0);
	buf_le(b, 2, HEADER + 8);
	buf_le(b, 2, 2 * strlen(path));
	add_utf16(b, path);
}

void
body_tree_resp(struct buf *b, uint8_t share_type)
{
	buf_le(b, 2, 16);
	buf_le(b, 1, share_type);
	buf_le(b, 1, 0);
	buf_le(b, 4, 0);
	buf_le(b, 4, 0);
	buf_le(b, 4, 0x1f01ff);
}

void
body_create_req(struct buf *b, const char *name)
{
	buf_le(b, 2, 57);
	buf_zero(b, 42);
	buf_le(b, 2, HEADER + 56);
	buf_le(b, 2, 2 * strlen(name));
	buf_zero(b, 8);
	add_utf16(b, name);
}

void
body_create_contexts_req(struct buf *b, const char *name, const struct buf *contexts)
{
	size_t at = b->n;

	body_create_req(b, name);
	buf_zero(b, -(b->n - at) & 7);
	wire_put_le(b->p + at + 48, 4, HEADER + b->n - at);
	wire_put_le(b->p + at + 52, 4, contexts->n);
	buf_add(b, contexts->p, contexts->n);
}

void
build_context(struct buf *b, const char *name, const void *data, size_t n, bool more)
{
	size_t next = 24 + ((n + 7) & ~(size_t)7);

	buf_le(b, 4, more ? next : 0);
	buf_le(b, 2, 16);
	buf_le(b, 2, 4);
	buf_le(b, 4, 24u << 16); /* Reserved, DataOffset */
	buf_le(b, 4, n);
	buf_add(b, name, 4);
	buf_zero(b, 4);
	buf_add(b, data, n);
	if (more)
		buf_zero(b, next - 24 - n);
}

void
body_create_lease_req(struct buf *b, const char *name, uint8_t key)
{
	struct buf lease = {0}, contexts = {0};

	add_filled(&lease, 16, key);
	buf_le(&lease, 4, 7);
	buf_zero(&lease, 12);
	build_context(&contexts, "RqLs", lease.p, lease.n, false);
	body_create_contexts_req(b, name, &contexts);
	buf_free(&lease);
	buf_free(&contexts);
}

void
body_create_resp(struct buf *b, uint8_t oplock, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 2, 89);
	buf_le(b, 1, oplock);
	buf_le(b, 1, 0);
	buf_le(b, 4, 1);
	for (int i = 0; i < 4; i++)
		buf_le(b, 8, 0x01d9000000000000u);
	buf_le(b, 8, 4096);
	buf_le(b, 8, 5);
	buf_le(b, 4, 0x20);
	buf_le(b, 4, 0);
	add_file_id(b, persistent, vol);
	buf_zero(b, 8);
}

void
body_close_req(struct buf *b, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 2, 24);
	buf_le(b, 2, 0);
	buf_le(b, 4, 0);
	add_file_id(b, persistent, vol);
}

void
body_close_resp(struct buf *b)
{
	buf_le(b, 2, 60);
	buf_zero(b, 58);
}

void
body_read_resp(struct buf *b, const char *data)
{
	buf_le(b, 2, 17);
	buf_le(b, 1, HEADER + 16);
	buf_le(b, 1, 0);
	buf_le(b, 4, strlen(data));
	buf_zero(b, 8);
	buf_add(b, data, strlen(data));
}

void
body_output_resp(struct buf *b, const char *data)
{
	buf_le(b, 2, 9);
	buf_le(b, 2, HEADER + 8);
	buf_le(b, 4, strlen(data));
	buf_add(b, data, strlen(data));
}

void
body_notify_req(struct buf *b, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 2, 32);
	buf_le(b, 2, 0);
	buf_le(b, 4, 1000);
	add_file_id(b, persistent, vol);
	buf_le(b, 4, 0x17);
	buf_le(b, 4, 0);
}

static void
ioctl(struct buf *b, uint16_t size, uint32_t code, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 2, size);
	buf_le(b, 2, 0);
	buf_le(b, 4, code);
	add_file_id(b, persistent, vol);
}

/* FSCTL_SRV_REQUEST_RESUME_KEY, MS-SMB2 2.2.31.3 */
void
body_resume_req(struct buf *b, uint64_t persistent, uint64_t vol)
{
	ioctl(b, 57, 0x00140078, persistent, vol);
	buf_zero(b, 20);
	buf_le(b, 4, 32);
	buf_le(b, 4, 1);
	buf_le(b, 4, 0);
}

/* MS-SMB2 2.2.32.3 */
void
body_resume_resp(struct buf *b, uint64_t persistent, uint64_t vol, uint8_t key)
{
	ioctl(b, 49, 0x00140078, persistent, vol);
	buf_le(b, 4, 0);
	buf_le(b, 4, 0);
	buf_le(b, 4, HEADER + 48);
	buf_le(b, 4, 32);
	buf_zero(b, 8);
	add_filled(b, 24, key);
	buf_zero(b, 8);
}

/* FSCTL_SRV_COPYCHUNK, MS-SMB2 2.2.31.1, with one chunk */
void
body_copychunk_req(struct buf *b, uint64_t persistent, uint64_t vol, uint8_t key)
{
	ioctl(b, 57, 0x001440F2, persistent, vol);
	buf_le(b, 4, HEADER + 56);
	buf_le(b, 4, 56);
	buf_zero(b, 12);
	buf_le(b, 4, 12);
	buf_le(b, 4, 1);
	buf_le(b, 4, 0);
	add_filled(b, 24, key);
	buf_le(b, 4, 1);
	buf_zero(b, 28);
}

void
body_oplock_break(struct buf *b, uint8_t level, uint64_t persistent, uint64_t vol)
{
	buf_le(b, 2, 24);
	buf_le(b, 1, level);
	buf_zero(b, 5);
	add_file_id(b, persistent, vol);
}

void
body_lease_break(struct buf *b, uint8_t key, uint32_t current, uint32_t next)
{
	buf_le(b, 2, 44);
	buf_le(b, 2, 0);
	buf_le(b, 4, 1);
	add_filled(b, 16, key);
	buf_le(b, 4, current);
	buf_le(b, 4, next);
	buf_zero(b, 12);
}

void
body_lease_ack(struct buf *b, uint8_t key, uint32_t lease_state)
{
	buf_le(b, 2, 36);
	buf_le(b, 2, 0);
	buf_le(b, 4, 0);
	for (int i = 0; i < 16; i++)
		buf_le(b, 1, key);
	buf_le(b, 4, lease_state);
	buf_le(b, 8, 0);
}

void
body_negotiate_req(struct buf *b, uint8_t client)
{
	buf_le(b, 2, 36);
	buf_le(b, 2, 1); /* DialectCount */
	buf_le(b, 2, 1); /* SecurityMode */
	buf_le(b, 2, 0);
	buf_le(b, 4, 0);
	for (int i = 0; i < 16; i++)
		buf_le(b, 1, client);
	buf_le(b, 8, 0);
	buf_le(b, 2, 0x210);
}
