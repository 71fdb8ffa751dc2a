/* Tests src/anonymize: what a rewrite keeps of names, ids, contents and tokens, and that nothing of
 * them is left. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "anonymize/anon_chars.h"
#include "anonymize/anon_data.h"
#include "anonymize/anon_files.h"
#include "anonymize/anon_ids.h"
#include "anonymize/anon_known.h"
#include "anonymize/anon_name.h"
#include "anonymize/anon_token.h"
#include "base/utf16.h"
#include "proto/sid.h"

static const struct anon_key keys[2] = {{{1, 2, 3}}, {{4}}};

static int
setup(void **state)
{
	static struct anon_names names;

	*state = &names;
	names = (struct anon_names){.prf = NULL};
	return prf_new(keys[0].k, &names.prf);
}

static int
teardown(void **state)
{
	struct anon_names *a = *state;

	prf_free(a->prf);
	return 0;
}

/* What becomes of a UTF-8 text, through UTF-16. Valid until the fourth call after it. */
static const char *
mapped(struct anon_names *a, enum anon_text kind, const char *text)
{
	static char results[4][1024];
	static unsigned next;
	char *out = results[next++ % 4];
	struct buf b = {0}, back = {0};

	assert_int_equal(utf16_from_utf8(text, &b), 0);
	assert_int_equal(anon_name_utf16(a, kind, b.p, b.n), 0);
	utf16_to_utf8(buf_slice(&b), &back);
	buf_zero(&back, 1);
	assert_true(back.n <= sizeof(results[0]));
	memcpy(out, back.p, back.n);
	/* The same in bytes. */
	buf_reset(&b);
	buf_add(&b, text, strlen(text) + 1);
	assert_int_equal(anon_name_bytes(a, kind, b.p, b.n - 1), 0);
	assert_string_equal((char *)b.p, out);
	buf_free(&b);
	buf_free(&back);
	return out;
}

static void
expect_shape(struct anon_names *a, enum anon_text kind, const char *text, const char *shape)
{
	const char *is = mapped(a, kind, text);

	assert_int_equal(strlen(is), strlen(shape));
	for (size_t i = 0; shape[i] != '\0'; i++) {
		bool fits = shape[i] == '+'   ? is[i] >= 'a' && is[i] <= 'z'
			    : shape[i] == '^' ? is[i] >= 'A' && is[i] <= 'Z'
			    : shape[i] == '=' ? is[i] >= '0' && is[i] <= '9'
					      : is[i] == shape[i];

		/* No letter and no digit that is rewritten stays. */
		if (strchr("+^=", shape[i]) != NULL)
			fits = fits && is[i] != text[i];
		if (!fits)
			fail_msg("'%s' became '%s', which is not of the shape '%s'", text, is,
				 shape);
	}
}

/* In a shape + is a lower-case letter, ^ an upper-case one, = a digit, and all else itself. */
static void
test_name_keeps_its_shape(void **state)
{
	struct anon_names *a = *state;
	static const struct {
		enum anon_text kind;
		const char *text, *shape;
	} cases[] = {
		{ANON_FILE, "report.Doc", "++++++.Doc"},
		{ANON_FILE, "Annual Report (2024) - v2.tiff", "^+++++ ^+++++ (====) - +=.tiff"},
		{ANON_FILE, "dir\\Sub\\file.c", "+++\\^++\\++++.c"},
		{ANON_FILE, "x.document", "+.++++++++"},
		{ANON_FILE, "b.2024", "+.===="},
		{ANON_FILE, ".bashrc", ".++++++"},
		{ANON_FILE, "README", "^^^^^^"},
		{ANON_FILE, "REPORT~1.DOC", "^^^^^^~1.DOC"},
		{ANON_FILE, "AB12~23.TXT", "^^==~23.TXT"},
		{ANON_FILE, "~$port.docx", "~$++++.docx"},
		{ANON_FILE, "rep*.d?c", "+++*.d?c"},
		{ANON_FILE, "*", "*"},
		{ANON_FILE, "<.mp3", "<.mp3"},
		{ANON_FILE, "old>>\"txt", "+++>>\"txt"},
		{ANON_FILE, "f:stream:$DATA", "+:++++++:$DATA"},
		{ANON_FILE, "f::$DATA", "+::$DATA"},
		{ANON_FILE, "a\\Desktop.ini", "+\\Desktop.ini"},
		{ANON_FILE, "@GMT-2024.01.02-03.04.05\\ab", "@GMT-2024.01.02-03.04.05\\++"},
		{ANON_FILE, "..\\..\\up", "..\\..\\++"},
		{ANON_FILE, "srvsvc", "srvsvc"},
		{ANON_FILE, "IPC$", "IPC$"},
		{ANON_FILE, "C$", "C$"},
		{ANON_FILE, "CC$", "^^$"},
		{ANON_FILE, "\\??\\UNC\\srv\\share", "\\??\\UNC\\+++\\+++++"},
		{ANON_UNC, "\\\\fs1.example.com\\Data\\x", "\\\\++=.+++++++.+++\\^+++\\+"},
		{ANON_UNC, "\\\\SERV\\IPC$", "\\\\^^^^\\IPC$"},
		{ANON_HOST, "john.doe", "++++.+++"},
		{ANON_HOST, "cifs/fs1.example.com", "cifs/++=.+++++++.+++"},
		{ANON_HOST, "alice@EXAMPLE.COM", "+++++@^^^^^^^.^^^"},
		{ANON_HOST, "10.20.30.40", "==.==.==.=="},
		{ANON_HOST, "", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_shape(a, cases[i].kind, cases[i].text, cases[i].shape);
}

static void
lower(char *out, const char *text)
{
	for (; *text != '\0'; text++)
		*out++ = (char)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
	*out = '\0';
}

static void
test_name_in_any_case_is_one(void **state)
{
	struct anon_names *a = *state;
	char x[64], y[64];

	lower(x, mapped(a, ANON_FILE, "Quarterly-REPORT.DOC"));
	lower(y, mapped(a, ANON_FILE, "quarterly-report.doc"));
	assert_string_equal(x, y);
	/* And is the same in every kind of text, where there is no extension. */
	lower(x, mapped(a, ANON_HOST, "EXAMPLE"));
	assert_string_equal(x, mapped(a, ANON_FILE, "example"));
	lower(y, mapped(a, ANON_UNC, "\\\\example\\example") + 2);
	assert_memory_equal(y, x, strlen(x));
	assert_string_equal(y + strlen(x) + 1, x);
}

static void
test_name_begins_as_others_do(void **state)
{
	struct anon_names *a = *state;
	const char *whole = mapped(a, ANON_FILE, "report 2024.doc");
	const char *pattern = mapped(a, ANON_FILE, "rep*.doc");
	char low[64];

	assert_memory_equal(whole, pattern, 3);
	/* The short name that Windows makes, of letters without the space (MS-FSCC 2.1.5.2.1). */
	lower(low, mapped(a, ANON_FILE, "MYREPO~1.DOC"));
	whole = mapped(a, ANON_FILE, "my report.doc");
	assert_memory_equal(low, whole, 2);
	assert_memory_equal(low + 2, whole + 3, 4);
	/* The lock file of an editor. */
	assert_string_equal(mapped(a, ANON_FILE, "~$report.docx") + 2,
			    mapped(a, ANON_FILE, "report.docx"));
	/* Another beginning, another rest. */
	assert_string_not_equal(mapped(a, ANON_FILE, "xreport") + 1,
				mapped(a, ANON_FILE, "report"));
}

/* Every name of up to three characters of an alphabet: none becomes one that another became. */
static void
test_name_is_a_permutation(void **state)
{
	static const char alphabet[] = "abz019-.~$";
	struct anon_names *a = *state;
	enum { N = sizeof(alphabet) - 1, ALL = N * N * N };
	static char seen[ALL][8];
	size_t n = 0;

	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			for (size_t k = 0; k < N; k++) {
				const char text[] = {alphabet[i], alphabet[j], alphabet[k], '\0'};
				const char *is = mapped(a, ANON_FILE, text);

				for (size_t m = 0; m < n; m++)
					assert_string_not_equal(seen[m], is);
				(void)snprintf(seen[n++], sizeof(seen[0]), "%s", is);
			}
}

static void
test_name_never_becomes_a_known_one(void **state)
{
	struct anon_names *a = *state;
	uint16_t u[3];

	/* Of all names of three letters some would be CON, AUX, NUL, PRN. */
	for (uint16_t i = 0; i < 26; i++)
		for (uint16_t j = 0; j < 26; j++)
			for (uint16_t k = 0; k < 26; k++) {
				bool was;

				u[0] = (uint16_t)('a' + i);
				u[1] = (uint16_t)('a' + j);
				u[2] = (uint16_t)('a' + k);
				was = anon_is_well_known(u, 3);
				assert_int_equal(anon_name_units(a, ANON_FILE, u, 3), 0);
				assert_int_equal(anon_is_well_known(u, 3), was);
			}
}

static void
test_name_of_other_scripts(void **state)
{
	struct anon_names *a = *state;
	const char *is = mapped(a, ANON_FILE, "Grüße Ärger.txt");
	uint16_t unit;

	assert_int_equal(strlen(is), strlen("Grüße Ärger.txt"));
	assert_non_null(
		strstr(is, "ß")); /* its upper case is two letters: it stays, and is counted */
	assert_int_equal(a->strange, 2); /* in UTF-16 and in bytes */
	assert_null(strstr(is, "Ä"));
	for (unsigned i = 0; i < 0x10000; i++) {
		struct anon_char c, lower_c;

		unit = (uint16_t)i;
		if (!anon_char_of(unit, &c))
			continue;
		assert_int_equal(anon_char_unit(&c), unit);
		assert_true(c.index < anon_class_size(c.class));
		assert_true(anon_class_size(c.class) > 1);
		assert_true(anon_char_of(anon_fold(unit), &lower_c));
		assert_false(lower_c.upper);
		assert_int_equal(lower_c.index, c.index);
	}
}

static void
test_name_depends_on_the_key(void **state)
{
	struct anon_names *a = *state, other = {.prf = NULL};

	assert_int_equal(prf_new(keys[1].k, &other.prf), 0);
	assert_string_not_equal(mapped(a, ANON_FILE, "confidential"),
				mapped(&other, ANON_FILE, "confidential"));
	assert_string_equal(mapped(a, ANON_FILE, "confidential"),
			    mapped(a, ANON_FILE, "confidential"));
	prf_free(other.prf);
}

static void
expect_sid(struct anon_names *a, const char *text, const char *pattern, bool judged)
{
	struct buf sid = {0}, is = {0};
	size_t n = strcspn(pattern, "*");
	bool got;

	assert_int_equal(sid_parse(text, &sid), 0);
	assert_int_equal(anon_sid(a->prf, sid.p, sid.n, &got), 0);
	assert_int_equal(got, judged);
	assert_true(sid_put_text(buf_slice(&sid), &is));
	buf_zero(&is, 1);
	assert_memory_equal(is.p, pattern, n);
	if (pattern[n] == '*') {
		assert_string_not_equal((char *)is.p, text);
		if (strchr(pattern + n, '-') != NULL)
			assert_string_equal(strrchr((char *)is.p, '-'), strrchr(pattern, '-'));
	} else {
		assert_string_equal((char *)is.p, text);
	}
	buf_free(&sid);
	buf_free(&is);
}

static void
test_sid_of_a_domain_becomes_another(void **state)
{
	struct anon_names *a = *state;

	expect_sid(a, "S-1-1-0", "S-1-1-0", true);
	expect_sid(a, "S-1-5-32-544", "S-1-5-32-544", true);
	expect_sid(a, "S-1-5-18", "S-1-5-18", true);
	expect_sid(a, "S-1-5-21-1-2-3-513", "S-1-5-21-*-513", true);
	expect_sid(a, "S-1-5-21-1-2-3-1104", "S-1-5-21-*", true);
	expect_sid(a, "S-1-5-21-0-0-0-497", "S-1-5-21-0-0-0-497", true);
	expect_sid(a, "S-1-22-1-0", "S-1-22-1-0", true);
	expect_sid(a, "S-1-22-1-1000", "S-1-22-1-*", true);
	expect_sid(a, "S-1-5-88-1-5000", "S-1-5-88-1-*", true);
	expect_sid(a, "S-1-12-1-1-2-3-4", "S-1-12-1-*", true);
	expect_sid(a, "S-1-5-80-1-2-3-4-5", "S-1-5-80-1-2-3-4-5", false);
}

static void
test_sid_ids_stay_different(void **state)
{
	struct anon_names *a = *state;
	uint32_t seen[200];

	for (uint32_t i = 0; i < 200; i++) {
		struct buf sid = {0};
		char text[64];
		bool judged;

		(void)snprintf(text, sizeof(text), "S-1-5-21-1-2-3-%u", 1000 + i);
		assert_int_equal(sid_parse(text, &sid), 0);
		assert_int_equal(anon_sid(a->prf, sid.p, sid.n, &judged), 0);
		seen[i] = (uint32_t)wire_le(sid.p + sid.n - 4, 4);
		assert_true(seen[i] >= 1000);
		for (uint32_t k = 0; k < i; k++)
			assert_int_not_equal(seen[k], seen[i]);
		buf_free(&sid);
	}
}

static void
expect_endpoint(struct anon_addresses *a, const char *text, const char *begins, const char *ends)
{
	struct buf b = {0};

	assert_int_equal(anon_endpoint(a, text, &b), 0);
	if (strncmp((char *)b.p, begins, strlen(begins)) != 0)
		fail_msg("%s became %s", text, (char *)b.p);
	assert_true(b.n > strlen(ends));
	assert_string_equal((char *)b.p + b.n - 1 - strlen(ends), ends);
	buf_free(&b);
}

static void
test_address_becomes_one_that_nobody_has(void **state)
{
	struct anon_addresses a = {.prf = ((struct anon_names *)*state)->prf};
	uint8_t seen[1000][4];

	expect_endpoint(&a, "[::1]:445", "[2001:db8:", ":445");
	expect_endpoint(&a, "server.example.com:445", "", "");
	expect_endpoint(&a, "[::1", "", "");
	expect_endpoint(&a, ":", "", "");
	expect_endpoint(&a, "", "", "");
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t ip[4] = {10, 1, (uint8_t)(i / 250), (uint8_t)(i % 250)}, again[4];

		memcpy(again, ip, 4);
		assert_int_equal(anon_address(&a, ip, 4), 0);
		assert_int_equal(anon_address(&a, again, 4), 0);
		assert_memory_equal(ip, again, 4);
		assert_true((ip[0] == 192 && ip[1] == 0 && ip[2] == 2) ||
			    (ip[0] == 198 && ip[1] == 51 && ip[2] == 100) ||
			    (ip[0] == 203 && ip[1] == 0 && ip[2] == 113) ||
			    (ip[0] == 198 && (ip[1] == 18 || ip[1] == 19)));
		memcpy(seen[i], ip, 4);
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(seen[k], ip, 4);
	}
	anon_addresses_free(&a);
}

static void
test_address_in_a_text_has_its_length(void **state)
{
	struct anon_addresses a = {.prf = ((struct anon_names *)*state)->prf};
	static const char text[] = "192.168.100.200";
	uint16_t u[sizeof(text) - 1];
	uint8_t ip[4] = {192, 168, 100, 200};
	unsigned part[4];
	char is[sizeof(text)];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		u[i] = (uint8_t)text[i];
	assert_true(anon_address_text(&a, u, sizeof(text) - 1));
	for (size_t i = 0; i < sizeof(text); i++)
		is[i] = i + 1 < sizeof(text) ? (char)u[i] : '\0';
	assert_int_equal(sscanf(is, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]), 4);
	assert_int_equal(anon_address(&a, ip, 4), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(part[i], ip[i]);
	u[0] = 'x';
	assert_false(anon_address_text(&a, u, sizeof(text) - 1));
	anon_addresses_free(&a);
}

/* However it is cut, a file has the same bytes; zeros are zeros. */
static void
test_data_goes_by_its_place(void **state)
{
	static uint8_t whole[20000], parts[sizeof(whole)], was[sizeof(whole)];
	const uint8_t file[PRF_LEN] = {9}, other[PRF_LEN] = {8};
	struct anon_data *d;
	size_t same = 0, zeros = 0;

	(void)state;
	assert_int_equal(anon_data_new(&keys[0], &d), 0);
	for (size_t i = 0; i < sizeof(was); i++)
		was[i] = (uint8_t)(i % 7 == 0 ? 0 : i * 31);
	memcpy(whole, was, sizeof(was));
	memcpy(parts, was, sizeof(was));
	assert_int_equal(anon_data_rewrite(d, file, 4097, whole, sizeof(whole)), 0);
	for (size_t at = 0, n = 1; at < sizeof(parts); at += n, n = n * 3 % 5003 + 1) {
		if (n > sizeof(parts) - at)
			n = sizeof(parts) - at;
		assert_int_equal(anon_data_rewrite(d, file, 4097 + at, parts + at, n), 0);
	}
	assert_memory_equal(whole, parts, sizeof(whole));
	for (size_t i = 0; i < sizeof(was); i++) {
		assert_int_equal(whole[i] == 0, was[i] == 0);
		same += whole[i] == was[i];
		zeros += was[i] == 0;
	}
	assert_true(same < zeros + sizeof(was) / 64);
	memcpy(parts, was, sizeof(was));
	assert_int_equal(anon_data_rewrite(d, other, 4097, parts, sizeof(parts)), 0);
	assert_memory_not_equal(whole, parts, sizeof(whole));
	anon_data_free(d);
}

/* In one place all 256 bytes become different ones. */
static void
test_data_is_a_permutation(void **state)
{
	const uint8_t file[PRF_LEN] = {7};
	struct anon_data *d;

	(void)state;
	assert_int_equal(anon_data_new(&keys[0], &d), 0);
	for (uint64_t at = 0; at < 64; at++) {
		bool seen[256] = {false};

		for (unsigned b = 0; b < 256; b++) {
			uint8_t is = (uint8_t)b;

			assert_int_equal(anon_data_rewrite(d, file, UINT64_MAX / 3 + at, &is, 1),
					 0);
			assert_false(seen[is]);
			seen[is] = true;
		}
	}
	anon_data_free(d);
}

static uint32_t
path(struct anon_files *f, uint32_t under, const char *text)
{
	struct buf b = {0};
	uint32_t out;

	assert_int_equal(utf16_from_utf8(text, &b), 0);
	assert_int_equal(anon_files_path(f, under, buf_slice(&b), &out), 0);
	buf_free(&b);
	return out;
}

static bool
is_one(const struct anon_files *f, uint32_t a, uint32_t b)
{
	uint64_t period;

	return memcmp(anon_files_key(f, a, &period), anon_files_key(f, b, &period), PRF_LEN) == 0;
}

static void
test_files_with_several_names_are_one(void **state)
{
	struct anon_files f;
	uint32_t share, a, b, c;

	assert_int_equal(anon_files_init(&f, ((struct anon_names *)*state)->prf), 0);
	share = path(&f, 0, "share");
	a = path(&f, share, "old\\report.doc");
	assert_int_equal(path(&f, share, "\\OLD\\Report.doc::$DATA"), a);
	b = path(&f, share, "new\\report.doc");
	assert_false(is_one(&f, a, b));
	assert_false(is_one(&f, a, path(&f, share, "old\\report.doc:stream")));
	c = path(&f, share, "new\\other");
	/* The directory got another name: so did what is in it, and what will be. */
	assert_int_equal(anon_files_unite(&f, path(&f, share, "old"), path(&f, share, "new")), 0);
	assert_true(is_one(&f, a, b));
	assert_true(is_one(&f, c, path(&f, share, "old\\other")));
	assert_true(is_one(&f, path(&f, share, "old\\x\\y"), path(&f, share, "new\\X\\Y")));
	assert_false(is_one(&f, a, c));
	anon_files_free(&f);
}

static void
test_files_copied_to_other_places_repeat(void **state)
{
	struct anon_files f;
	uint64_t period;
	uint32_t a;

	assert_int_equal(anon_files_init(&f, ((struct anon_names *)*state)->prf), 0);
	a = path(&f, 0, "a");
	(void)anon_files_key(&f, a, &period);
	assert_int_equal(period, 0);
	anon_files_shift(&f, a, 0x30000);
	anon_files_shift(&f, a, 0x20000);
	(void)anon_files_key(&f, a, &period);
	assert_int_equal(period, 0x10000);
	assert_int_equal(anon_files_repeating(&f), 1);
	anon_files_free(&f);
}

/* What a token was, everywhere in it: names, and the 16 bytes that a password could be tried on. */
static bool
holds(struct slice s, const void *p, size_t n)
{
	for (size_t i = 0; n > 0 && s.n >= n && i <= s.n - n; i++)
		if (memcmp(s.p + i, p, n) == 0)
			return true;
	return false;
}

static void
put_field(struct buf *b, size_t n, size_t at)
{
	buf_le(b, 2, n);
	buf_le(b, 2, n);
	buf_le(b, 4, at);
}

/* An AUTHENTICATE (MS-NLMP 2.2.1.3) with an NTLMv2 response whose pairs name the server. */
static void
build_authenticate(struct buf *b)
{
	static const char *const texts[] = {"CORP", "alice", "PC-17"};
	struct buf t[3] = {{0}}, pairs = {0}, response = {0};
	size_t at = 88;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(utf16_from_utf8(texts[i], &t[i]), 0);
	buf_le(&pairs, 2, 3); /* MsvAvDnsComputerName */
	buf_le(&pairs, 2, 12);
	assert_int_equal(utf16_from_utf8("fs1.le", &pairs), 0);
	buf_le(&pairs, 4, 0);
	buf_add(&response, "PROOFPROOFPROOF!", 16);
	buf_add(&response, "\1\1\0\0\0\0\0\0", 8);
	buf_add(&response, "TIMETIME", 8);
	buf_add(&response, "CHALLENG", 8);
	buf_le(&response, 4, 0);
	buf_add(&response, pairs.p, pairs.n);
	buf_add(b, "NTLMSSP\0\3\0\0\0", 12);
	put_field(b, 0, at);
	put_field(b, response.n, at);
	at += response.n;
	for (size_t i = 0; i < 3; i++) {
		put_field(b, t[i].n, at);
		at += t[i].n;
	}
	put_field(b, 16, at);
	buf_le(b, 4, 1); /* Unicode */
	buf_zero(b, 8);
	buf_add(b, "MICMICMICMICMIC!", 16);
	buf_add(b, response.p, response.n);
	for (size_t i = 0; i < 3; i++)
		buf_add(b, t[i].p, t[i].n);
	buf_add(b, "KEYKEYKEYKEYKEY!", 16);
	buf_free(&pairs);
	buf_free(&response);
	for (size_t i = 0; i < 3; i++)
		buf_free(&t[i]);
}

static void
test_token_keeps_no_name_and_no_proof(void **state)
{
	static const char *const gone[] = {"a\0l\0i\0c\0e",
					   "C\0O\0R\0P",
					   "P\0C\0-",
					   "f\0s\0"
					   "1",
					   "PROOFPRO",
					   "CHALLENG",
					   "MICMICMI",
					   "KEYKEYKE"};
	static const size_t lengths[] = {9, 7, 5, 5, 8, 8, 8, 8};
	struct anon_names *a = *state;
	struct buf b = {0}, der = {0};
	bool judged;

	build_authenticate(&b);
	assert_int_equal(b.err, 0);
	buf_add(&der, "\xa1\x81", 2);
	/* NegTokenResp with a responseToken: all lengths of one byte behind 0x81. */
	buf_le(&der, 1, b.n + 9);
	buf_add(&der, "\x30\x81", 2);
	buf_le(&der, 1, b.n + 6);
	buf_add(&der, "\xa2\x81", 2);
	buf_le(&der, 1, b.n + 3);
	buf_add(&der, "\x04\x81", 2);
	buf_le(&der, 1, b.n);
	assert_true(b.n + 9 < 256);
	buf_add(&der, b.p, b.n);
	assert_int_equal(anon_token(a, der.p, der.n, &judged), 0);
	assert_true(judged);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_false(holds(buf_slice(&der), gone[i], lengths[i]));
	assert_true(holds(buf_slice(&der), "NTLMSSP\0\3", 9));
	assert_true(holds(buf_slice(&der), "TIMETIME", 8));
	/* Cut anywhere, it does no harm, and on an exact allocation nothing is read behind it. */
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, b.p, n);
		assert_int_equal(anon_token(a, cut, n, &judged), 0);
		free(cut);
	}
	buf_free(&b);
	buf_free(&der);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_name_keeps_its_shape),
		T(test_name_in_any_case_is_one),
		T(test_name_begins_as_others_do),
		T(test_name_is_a_permutation),
		T(test_name_never_becomes_a_known_one),
		T(test_name_of_other_scripts),
		T(test_name_depends_on_the_key),
		T(test_sid_of_a_domain_becomes_another),
		T(test_sid_ids_stay_different),
		T(test_address_becomes_one_that_nobody_has),
		T(test_address_in_a_text_has_its_length),
		T(test_data_goes_by_its_place),
		T(test_data_is_a_permutation),
		T(test_files_with_several_names_are_one),
		T(test_files_copied_to_other_places_repeat),
		T(test_token_keeps_no_name_and_no_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
