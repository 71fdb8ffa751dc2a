/* IP addresses: others, from ranges that nobody has. */
#include "config.h"

#include "anonymize/anon_ids.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#define V4 4u
#define V6 16u
#define PER_NET 254u /* without .0 and .255 */
#define DOCUMENTATION (3 * PER_NET)
#define BENCHMARK (1u << 17) /* addresses of 198.18.0.0/15 */
#define SLOTS (DOCUMENTATION + BENCHMARK)
#define MOST (SLOTS / 2) /* beyond that, two may share one */
#define TEXT_MAX 15u     /* of an IPv4 address */
#define ENDPOINT_MAX 64u

struct anon_address {
	uint8_t was[V6], is[V6]; /* of IPv4 the first 4 bytes */
	bool left_out;
	UT_hash_handle hh;
};

void
anon_addresses_free(struct anon_addresses *a)
{
	struct anon_address *i, *next;

	HASH_ITER(hh, a->all, i, next)
	{
		HASH_DEL(a->all, i);
		free(i);
	}
	free(a->used);
	a->used = NULL;
}

/* How many were given so far. */
static size_t
count(const struct anon_addresses *a)
{
	return HASH_COUNT(a->all);
}

static void
put_slot(uint32_t slot, uint8_t out[V4])
{
	static const uint8_t nets[][3] = {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}};

	if (slot < DOCUMENTATION) {
		memcpy(out, nets[slot / PER_NET], 3);
		out[3] = (uint8_t)(1 + slot % PER_NET);
	} else {
		wire_put_be(out, 4,
			    (uint32_t)198 << 24 | (uint32_t)18 << 16 | (slot - DOCUMENTATION));
	}
}

/* A place that is free, from where the key says on. */
static int
choose_v4(struct anon_addresses *a, uint8_t out[V4], const uint8_t h[PRF_LEN])
{
	uint32_t n = count(a) < DOCUMENTATION / 2 ? DOCUMENTATION : SLOTS;
	uint32_t slot = (uint32_t)(wire_le(h, 8) % n);

	if (a->used == NULL)
		a->used = calloc(SLOTS, 1);
	if (a->used == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; a->used[slot] != 0 && count(a) < MOST && i < n; i++)
		slot = (slot + 1) % n;
	a->used[slot] = 1;
	put_slot(slot, out);
	return 0;
}

static int
choose(struct anon_addresses *a, struct anon_address *at, size_t n)
{
	static const uint8_t v6[V4] = {0x20, 0x01, 0x0d, 0xb8};
	uint8_t h[PRF_LEN];
	int r = prf_run(a->prf, slice_of("address", 7), slice_of(at->was, n), h);

	if (r != 0)
		return r;
	if (n == V4)
		return choose_v4(a, at->is, h);
	memcpy(at->is, v6, sizeof(v6));
	memcpy(at->is + sizeof(v6), h, V6 - sizeof(v6));
	return 0;
}

/* The entry of an address, made where there is none. */
static int
look_up(struct anon_addresses *a, const uint8_t *p, size_t n, struct anon_address **out)
{
	struct anon_address probe = {.was = {0}}, *at = NULL;
	int r;

	memcpy(probe.was, p, n);
	HASH_FIND(hh, a->all, probe.was, sizeof(probe.was), at);
	*out = at;
	if (at != NULL)
		return 0;
	at = calloc(1, sizeof(*at));
	if (at == NULL)
		return ERR_NOMEM;
	memcpy(at->was, p, n);
	r = choose(a, at, n);
	if (r == 0) {
		HASH_ADD(hh, a->all, was, sizeof(at->was), at);
		r = at->left_out ? ERR_NOMEM : 0;
	}
	if (r != 0)
		free(at);
	else
		*out = at;
	return r;
}

int
anon_address(struct anon_addresses *a, uint8_t *p, size_t n)
{
	static const uint8_t none[V6];
	struct anon_address *at;
	int r;

	if ((n != V4 && n != V6) || memcmp(p, none, n) == 0)
		return 0;
	r = look_up(a, p, n, &at);
	if (r == 0)
		memcpy(p, at->is, n);
	return r;
}

int
anon_endpoint(struct anon_addresses *a, const char *text, struct buf *out)
{
	const char *colon = strrchr(text, ':');
	char host[ENDPOINT_MAX], shown[INET6_ADDRSTRLEN];
	uint8_t p[V6];
	bool v6 = text[0] == '[';
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	int r;

	if (n >= sizeof(host) || n <= 2 * (size_t)v6)
		n = 0;
	memcpy(host, text + v6, n > 0 ? n - 2 * (size_t)v6 : 0);
	host[n > 0 ? n - 2 * (size_t)v6 : 0] = '\0';
	if (n == 0 || inet_pton(v6 ? AF_INET6 : AF_INET, host, p) != 1) {
		buf_zero(out, 1);
		return out->err;
	}
	r = anon_address(a, p, v6 ? V6 : V4);
	if (r != 0 || inet_ntop(v6 ? AF_INET6 : AF_INET, p, shown, sizeof(shown)) == NULL)
		return r != 0 ? r : ERR_INTERNAL;
	buf_printf(out, v6 ? "[%s]%s%c" : "%s%s%c", shown, colon, 0);
	return out->err;
}

/* Four numbers in `n` characters, with zeros before some where they would be fewer. */
static bool
put_text(const uint8_t ip[V4], char *out, size_t n)
{
	int width[V4];
	size_t have = V4 - 1;

	for (size_t i = 0; i < V4; i++) {
		width[i] = ip[i] >= 100 ? 3 : ip[i] >= 10 ? 2 : 1;
		have += (size_t)width[i];
	}
	for (size_t i = V4; i-- > 0 && have < n;)
		while (width[i] < 3 && have < n) {
			width[i]++;
			have++;
		}
	return have == n && snprintf(out, TEXT_MAX + 1, "%0*u.%0*u.%0*u.%0*u", width[0], ip[0],
				     width[1], ip[1], width[2], ip[2], width[3], ip[3]) == (int)n;
}

bool
anon_address_text(struct anon_addresses *a, uint16_t *u, size_t n)
{
	char text[TEXT_MAX + 1];
	uint8_t ip[V4];

	if (n > TEXT_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (u[i] == 0 || u[i] > 0x7e)
			return false;
		text[i] = (char)u[i];
	}
	text[n] = '\0';
	if (inet_pton(AF_INET, text, ip) != 1 || anon_address(a, ip, V4) != 0 ||
	    !put_text(ip, text, n))
		return false;
	for (size_t i = 0; i < n; i++)
		u[i] = (uint8_t)text[i];
	return true;
}
