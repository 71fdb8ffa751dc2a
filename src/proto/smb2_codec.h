/*
 * One description per wire structure, and what is expanded from it.
 *
 * smb2_def.h lists each structure's rows once. Here the lists become C structs and const tables;
 * smb2_codec.c interprets the tables to decode, encode and walk. Nobody else knows a layout.
 */
#ifndef SMB_PROTO_SMB2_CODEC_H
#define SMB_PROTO_SMB2_CODEC_H

#include <stdbool.h>

#include "base/buf.h"
#include "proto/smb2_def.h"

/* Kinds of fixed-width fields: name, C type, width in bytes. B-kinds are byte strings. */
#define SMB2_KINDS(K)                                                                              \
	K(U8, uint8_t, 1)                                                                          \
	K(U16, uint16_t, 2)                                                                        \
	K(U32, uint32_t, 4)                                                                        \
	K(U64, uint64_t, 8)                                                                        \
	K(BE16, uint16_t, 2)                                                                       \
	K(BE24, uint32_t, 3)                                                                       \
	K(BE32, uint32_t, 4)                                                                       \
	K(GUID, struct smb2_b16, 16)                                                               \
	K(FID, struct smb2_b16, 16) /* SMB2_FILEID: persistent, volatile */                        \
	K(T24, struct smb2_b24, 24) /* text in a field of fixed width, zeros behind it */          \
	K(T68, struct smb2_b68, 68)                                                                \
	K(B3, struct smb2_b3, 3)                                                                   \
	K(B4, struct smb2_b4, 4)                                                                   \
	K(B6, struct smb2_b6, 6)                                                                   \
	K(B7, struct smb2_b7, 7)                                                                   \
	K(B8, struct smb2_b8, 8)                                                                   \
	K(B10, struct smb2_b10, 10)                                                                \
	K(B16, struct smb2_b16, 16)                                                                \
	K(B24, struct smb2_b24, 24)                                                                \
	K(B48, struct smb2_b48, 48)                                                                \
	K(B126, struct smb2_b126, 126)

#define SMB2_B(n)                                                                                  \
	struct smb2_b##n {                                                                         \
		uint8_t b[n];                                                                      \
	};
SMB2_B(3)
SMB2_B(4)
SMB2_B(6)
SMB2_B(7)
SMB2_B(8)
SMB2_B(10)
SMB2_B(16)
SMB2_B(24)
SMB2_B(48)
SMB2_B(68)
SMB2_B(126)
#undef SMB2_B

#define SMB2_KIND_ENUM(name, type, width) SMB2_##name,
enum smb2_kind { SMB2_KINDS(SMB2_KIND_ENUM) SMB2_VAR /* a slice of variable length */ };
#undef SMB2_KIND_ENUM
#define SMB2_KIND_TYPE(name, type, width) typedef type smb2_ctype_##name;
SMB2_KINDS(SMB2_KIND_TYPE)
#undef SMB2_KIND_TYPE
#define SMB2_KIND_WIDTH(name, type, width) SMB2_WIDTH_##name = width,
enum smb2_kind_width { SMB2_KINDS(SMB2_KIND_WIDTH) };
#undef SMB2_KIND_WIDTH

/*
 * What a field is for. The columns: name; whether two servers' answers are compared in it; whether
 * it holds a value that the peer assigns at run time (a symbol).
 */
#define SMB2_ROLES(R)                                                                              \
	R(FIXED, true, false) /* constant: StructureSize, ProtocolId */                            \
	R(DATA, true, false)  /* a value that its sender chose */                                  \
	R(RESERVED, false, false)                                                                  \
	R(LAYOUT, false, false) /* an offset or length that follows from the rest */               \
	R(COUNT, true, false)   /* how much: bytes or elements */                                  \
	R(CREDIT, false, false)                                                                    \
	R(TIME, false, false)    /* a FILETIME */                                                  \
	R(ENTROPY, false, false) /* random or host-specific: salts, server GUID */                 \
	R(ECHO, false, false)    /* repeats the request: command, MessageId */                     \
	R(SIGNATURE, false, false)                                                                 \
	R(TOKEN, false, false)  /* a security token of SESSION_SETUP or NEGOTIATE */               \
	R(PAYLOAD, true, false) /* file data */                                                    \
	R(NAME, true, false)    /* a path or name */                                               \
	R(ALIAS, false, false)  /* the 8.3 name that a server makes of a name */                   \
	R(UNC, false, false)    /* a UNC path, holds the server's name */                          \
	R(HOST, false,                                                                             \
	  false) /* what a server's volume makes of it: ids, free space, allocation */             \
	R(PRINCIPAL, false, false) /* a SID: who is named so on that server */                     \
	R(BODY, false, false) /* a body that is not described further (only its size counts) */    \
	R(SESSION_ID, false, true)                                                                 \
	R(TREE_ID, false, true)                                                                    \
	R(ASYNC_ID, false, true)                                                                   \
	R(FILE_ID, false, true)                                                                    \
	R(RESUME_KEY, false, true)

#define SMB2_ROLE_ENUM(name, compare, symbol) SMB2_##name,
enum smb2_role { SMB2_ROLES(SMB2_ROLE_ENUM) SMB2_N_ROLES };
#undef SMB2_ROLE_ENUM

struct smb2_role_info {
	const char *name;
	bool compare, symbol;
};
extern const struct smb2_role_info smb2_roles[SMB2_N_ROLES];

/*
 * What the bytes of a V row are. The columns: name, how it is cut into elements, the element's
 * structure (with SELECT: chosen by a key of the structure that holds the row, see smb2_select).
 */
enum smb2_cut {
	SMB2_CUT_NONE,  /* plain bytes */
	SMB2_CUT_TEXT,  /* UTF-16LE text */
	SMB2_CUT_U16S,  /* 16-bit numbers */
	SMB2_CUT_U32S,  /* 32-bit numbers */
	SMB2_CUT_SID,   /* a SID, given as one field */
	SMB2_CUT_ONE,   /* one structure */
	SMB2_CUT_ARRAY, /* structures back to back, of fixed or variable length */
	SMB2_CUT_NEXT,  /* structures linked by their first field, `next` */
	SMB2_CUT_LIST8, /* structures back to back, each aligned to 8 */
};

#define SMB2_CONTENT_ENUM(name, cut, element, symbols) SMB2_CONTENT_##name,
enum smb2_content { SMB2_CONTENTS(SMB2_CONTENT_ENUM) SMB2_N_CONTENTS };
#undef SMB2_CONTENT_ENUM

/* A member of the C struct that holds an offset, length or count; width 0: none. */
struct smb2_ref {
	uint16_t member;
	uint8_t width;
};

struct smb2_row {
	const char *name; /* as in MS-SMB2, in lower_snake */
	uint16_t member;  /* offset in the C struct */
	uint16_t wire;    /* F rows: offset on the wire from the structure's start */
	uint8_t width;    /* F rows: bytes on the wire */
	uint8_t kind, role, content;
	struct smb2_ref at;  /* V rows: where; width 0: right behind what precedes */
	struct smb2_ref len; /* V rows: how much; width 0: to the end */
	struct smb2_ref key; /* V rows: what selects the structure in them; width 0: none */
	bool counted;        /* V rows: `len` counts elements, not bytes */
	bool zero;           /* V rows: to the next zero byte, which belongs to it */
	bool at_own;         /* V rows: `at` counts from the structure's own start */
	bool at_tail;        /* V rows: `at` counts from behind the F rows */
	bool whole;          /* V rows: `len` is that of the whole structure */
	bool self;           /* V rows: as long as the structure there says */
	bool asked;          /* V rows: what the request asks for selects the structure in them */
	bool symbol;         /* it holds a symbol, or what may be nested in it does */
};

struct smb2_def {
	const char *name, *section; /* "smb2_close_req", "MS-SMB2 2.2.15" */
	const struct smb2_row *rows;
	uint16_t n_rows, n_fixed; /* the first n_fixed are F rows, the others V rows */
	uint16_t fixed;           /* bytes of the fixed part on the wire */
	uint16_t size;            /* of the C struct */
	bool own_origin;          /* offsets count from its own start, not from the PDU's header */
	bool symbols;             /* a row, or what may be nested in one, holds a symbol */
};

/* ---- The C structs: one member a row ---- */
#define SMB2_MEMBER_F(s, kind, name, role) smb2_ctype_##kind name;
#define SMB2_MEMBER_V(s, name, at, len, content, role) struct slice name;
#define SMB2_STRUCT(s, LIST, section, origin)                                                      \
	struct s {                                                                                 \
		LIST(SMB2_MEMBER_F, SMB2_MEMBER_V, s)                                              \
	};
SMB2_STRUCTS(SMB2_STRUCT)
#undef SMB2_STRUCT

/* The header's C struct has the members of all four forms. */
struct smb2_hdr {
	SMB2_HDR_MEMBERS(SMB2_MEMBER_F, SMB2_MEMBER_V, smb2_hdr)
};

#define SMB2_DEF_ENUM(s, LIST, section, origin) SMB2_DEF_##s,
enum smb2_def_id {
	SMB2_STRUCTS(SMB2_DEF_ENUM) SMB2_N_DEFS,
	SMB2_DEF_NONE = SMB2_N_DEFS, /* elements of a V row: no structure */
	SMB2_DEF_SELECT,             /* elements of a V row: smb2_select says which */
};
#undef SMB2_DEF_ENUM

/* Directions, as the lists name them. */
enum smb2_direction {
	SMB2_DIR_NEITHER = 0,
	SMB2_DIR_REQUEST = 1,
	SMB2_DIR_RESPONSE = 2,
	SMB2_DIR_BOTH = 3,
	SMB2_DIR_OPENED = 4, /* with one of them: only where bodies are opened */
	SMB2_DIR_OPENED_REQUEST = 5,
	SMB2_DIR_OPENED_RESPONSE = 6,
};

/* From where a structure is seen: what its own bytes do not say. */
struct smb2_view {
	bool response;
	bool opened;    /* look into the bodies of information classes and FSCTLs */
	uint16_t asked; /* what the request asks for (smb2_asked); 0: not known */
};

/* What the lists say of a V row's content. */
struct smb2_content_info {
	const char *name;
	enum smb2_cut cut;
	enum smb2_def_id element;
	uint8_t symbols; /* enum smb2_direction: in which of them a symbol can lie in it */
};
extern const struct smb2_content_info smb2_contents[SMB2_N_CONTENTS];

/*
 * Where in a PDU's bytes a field of the header lies, for the few that must be read or written
 * without decoding: the shape of a SYNC response. A request differs from it in `status`, the ASYNC
 * forms in `reserved` and `tree_id`.
 */
#define SMB2_SHADOW_F(s, kind, name, role) uint8_t name[SMB2_WIDTH_##kind];
#define SMB2_SHADOW_V(s, name, at, len, content, role)
struct smb2_hdr_wire {
	SMB2_HDR_RESP_SYNC(SMB2_SHADOW_F, SMB2_SHADOW_V, smb2_hdr)
};
#define SMB2_HDR_AT(field) offsetof(struct smb2_hdr_wire, field)

/* All structures, by enum smb2_def_id; and the four header forms. */
extern const struct smb2_def smb2_defs[SMB2_N_DEFS];
extern const struct smb2_def smb2_hdr_req_sync, smb2_hdr_req_async, smb2_hdr_resp_sync,
	smb2_hdr_resp_async;

/* Any structure, decoded. */
union smb2_any {
#define SMB2_UNION(s, LIST, section, origin) struct s s;
	SMB2_STRUCTS(SMB2_UNION)
#undef SMB2_UNION
};

/*
 * Decode the structure that starts at `pos` of `origin` (the bytes that its offsets count from and
 * that bound it; with own_origin, offsets count from `pos`). `out` is its C struct; slices in it
 * borrow from `origin`. A V row of length 0 has an empty slice whatever its offset says. `*end`,
 * unless NULL, is behind its last byte. Returns 0, ERR_TRUNCATED (fixed part) or ERR_MALFORMED (a V
 * row that lies outside).
 */
int smb2_decode(const struct smb2_def *def, struct slice origin, size_t pos, void *out,
		size_t *end) MUST_CHECK;

/*
 * Encode `in` to where it was decoded from: fixed fields at `pos`, variable parts where the offsets
 * in `in` say (NEXT rows behind what precedes). `covered`, unless NULL, is a map of `n` bytes in
 * which each written byte is set to 1. Returns 0 or ERR_LIMIT (does not fit in `n` bytes).
 */
int smb2_encode(const struct smb2_def *def, const void *in, size_t pos, uint8_t *out,
		uint8_t *covered, size_t n) MUST_CHECK;

/*
 * The structure in the V row `row` of the decoded struct `in`, in requests or responses: that of
 * its content, or the one that its key selects and its length suffices for. NULL: none, or none
 * that is described.
 */
const struct smb2_def *smb2_select(const struct smb2_row *row, const void *in, bool response);

/* The same, with bodies opened if the view says so. */
const struct smb2_def *smb2_select_in(const struct smb2_row *row, const void *in,
				      struct smb2_view view);

/* The number in an F row of up to 8 bytes of a decoded struct; for byte strings 0. */
uint64_t smb2_get(const struct smb2_row *row, const void *in);

/* The bytes in a B, GUID, FID or V row of a decoded struct; for numbers an empty slice. */
struct slice smb2_get_bytes(const struct smb2_row *row, const void *in);

/* The row with that name, or NULL. */
const struct smb2_row *smb2_row_find(const struct smb2_def *def, const char *name);

#endif
