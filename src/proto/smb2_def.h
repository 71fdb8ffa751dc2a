/*
 * The layouts: every structure of MS-SMB2 (and what of its sister specifications is needed), listed once.
 *
 * A list is a macro LIST(F, V, s) of rows, `s` being the C struct's name:
 *
 *   F(s, KIND, name, ROLE)                 a field of fixed width; kinds and roles in smb2_codec.h
 *   V(s, name, AT, LEN, CONTENT, ROLE)     bytes of variable length, a slice in the C struct
 *      AT       OFF(s, field)   the field holds its offset, from the header of the PDU (or from the structure's own start: OWN)
 *               NEXT            right behind what precedes
 *      LEN      BYTES(s, field) the field holds its length in bytes
 *               COUNT(s, field) the field holds the number of elements
 *               REST            to the end of what the structure lies in
 *      CONTENT  a line of SMB2_CONTENTS below
 *
 * Names are MS-SMB2's in lower_snake, so that a search finds both. Nobody types an offset: wire offsets follow from the order.
 * To add a structure: its list, its line in SMB2_STRUCTS (and where a key selects it, its line in SMB2_SELECTS), one golden vector in
 * tests/test_proto.c.
 */
#ifndef SMB_PROTO_SMB2_DEF_H
#define SMB_PROTO_SMB2_DEF_H

// clang-format off

/* What V rows hold: C(name, cut, element structure or NONE or SELECT) */
#define SMB2_CONTENTS(C) \
	C(RAW,                NONE,  NONE) \
	C(TEXT,               TEXT,  NONE) \
	C(U16S,               U16S,  NONE) \
	C(CREATE_CONTEXTS,    NEXT,  smb2_create_context) \
	C(CONTEXT_DATA,       ONE,   SELECT) \
	C(NEGOTIATE_CONTEXTS, LIST8, smb2_negotiate_context) \
	C(NEGOTIATE_DATA,     ONE,   SELECT) \
	C(IOCTL_IN,           ONE,   SELECT) \
	C(IOCTL_OUT,          ONE,   SELECT) \
	C(LOCKS,              ARRAY, smb2_lock_element)

/* MS-SMB2 2.2.1: the header, in its four forms: request or response, SYNC or ASYNC. The parts that they share: */
#define SMB2_HDR_HEAD(F, V, s) \
	F(s, B4ID, protocol_id,      FIXED) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  credit_charge,    DATA)
#define SMB2_HDR_REQ(F, V, s) \
	F(s, U16,  channel_sequence, DATA) \
	F(s, U16,  reserved,         RESERVED)
#define SMB2_HDR_RESP(F, V, s) \
	F(s, U32,  status,           DATA)

/* MS-SMB2 2.2.15 SMB2 CLOSE Request */
#define SMB2_CLOSE_REQ(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  flags,            DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, FID,  file_id,          FILE_ID)

/* MS-SMB2 2.2.13 SMB2 CREATE Request */
#define SMB2_CREATE_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   security_flags,         RESERVED) \
	F(s, U8,   requested_oplock_level, DATA) \
	F(s, U32,  impersonation_level,    DATA) \
	F(s, U64,  smb_create_flags,       RESERVED) \
	F(s, U64,  reserved,               RESERVED) \
	F(s, U32,  desired_access,         DATA) \
	F(s, U32,  file_attributes,        DATA) \
	F(s, U32,  share_access,           DATA) \
	F(s, U32,  create_disposition,     DATA) \
	F(s, U32,  create_options,         DATA) \
	F(s, U16,  name_offset,            LAYOUT) \
	F(s, U16,  name_length,            LAYOUT) \
	F(s, U32,  create_contexts_offset, LAYOUT) \
	F(s, U32,  create_contexts_length, LAYOUT) \
	V(s, name, OFF(s, name_offset), BYTES(s, name_length), TEXT, NAME) \
	V(s, create_contexts, OFF(s, create_contexts_offset), BYTES(s, create_contexts_length), CREATE_CONTEXTS, DATA)

/* S(struct, LIST, section, HEADER or OWN: what its offsets count from) */
#define SMB2_STRUCTS(S) \
	S(smb2_create_req, SMB2_CREATE_REQ, "MS-SMB2 2.2.13", HEADER) \
	S(smb2_close_req,  SMB2_CLOSE_REQ,  "MS-SMB2 2.2.15", HEADER)

// clang-format on

#endif
