/* What a hand expects of an answer, field by field. */
#include "config.h"

#include "ir/expected.h"

#include "proto/ntstatus.h"
#include "proto/smb2_set.h"

bool
expected_names(const struct ir_event *ev, uint32_t pdu, const char *path)
{
	for (uint32_t i = 0; i < ev->n_expects; i++)
		if (ev->expects[i].pdu == pdu && strcmp(ev->expects[i].path, path) == 0)
			return true;
	return false;
}

/* Does the field have that value? One of another length does not. */
static int
holds(const struct smb2_pdu *live, const struct smb2_item *it, const char *value, bool *same)
{
	struct buf want = {0};
	int r;

	buf_zero(&want, it->len > 0 ? it->len : 1);
	r = want.err;
	if (r == 0)
		*same = smb2_put_value(want.p, it, value) == 0 &&
			slice_eq(slice_of(want.p, it->len),
				 slice_sub(live->bytes, it->off, it->len));
	buf_free(&want);
	return r;
}

static void
tell(const struct ir_set *want, const struct smb2_item *it, const char *got, differ_fn fn,
     void *ctx)
{
	fn(ctx, &(struct differ_field){.path = want->path,
				       .payload = it != NULL && it->row->role == SMB2_PAYLOAD,
				       .expected = want->value,
				       .got = got});
}

static int
compare(const struct ir_set *want, const struct smb2_pdu *live, differ_fn fn, void *ctx)
{
	struct smb2_item it;
	struct buf got = {0};
	bool same = false;
	int r;

	if (!smb2_find_field(live, want->path, &it)) {
		buf_printf(&got, "an answer without it (%s)%c", ntstatus_name(live->h.status), 0);
		if (got.err == 0)
			tell(want, NULL, (const char *)got.p, fn, ctx);
		r = got.err;
		buf_free(&got);
		return r;
	}
	/* What a server assigns is another value each time. */
	if (smb2_roles[it.row->role].symbol)
		return 0;
	r = holds(live, &it, want->value, &same);
	if (r == 0 && !same) {
		if (it.off == SMB2_HDR_AT(status))
			buf_printf(&got, "%s%c", ntstatus_name(live->h.status), 0);
		else
			differ_put_value(&it, &got);
		r = got.err;
		if (r == 0)
			tell(want, &it, (const char *)got.p, fn, ctx);
	}
	buf_free(&got);
	return r;
}

int
expected_pdu(const struct ir_event *ev, uint32_t pdu, const struct smb2_pdu *live, differ_fn fn,
	     void *ctx)
{
	int r = 0;

	for (uint32_t i = 0; i < ev->n_expects; i++) {
		const struct ir_set *want = &ev->expects[i];
		uint32_t status;

		if (want->pdu == pdu && strcmp(want->path, "status") == 0 &&
		    ntstatus_parse(want->value, &status) == 0 && status != live->h.status)
			return compare(want, live, fn, ctx);
	}
	for (uint32_t i = 0; r == 0 && i < ev->n_expects; i++)
		if (ev->expects[i].pdu == pdu)
			r = compare(&ev->expects[i], live, fn, ctx);
	return r;
}
