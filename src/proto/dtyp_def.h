/*
 * The layouts of MS-DTYP: SIDs, ACEs, ACLs, security descriptors. The form of a list: smb2_def.h.
 */
#ifndef SMB_PROTO_DTYP_DEF_H
#define SMB_PROTO_DTYP_DEF_H

// clang-format off

#define DTYP_CONTENTS(C) \
	C(SID,            SID,   dtyp_sid,                 NEITHER) \
	C(U32S,           U32S,  NONE,                     NEITHER) \
	C(SECURITY,       ONE,   dtyp_security_descriptor, NEITHER) \
	C(ACL,            ONE,   dtyp_acl,                 NEITHER) \
	C(ACES,           ARRAY, dtyp_ace,                 NEITHER) \
	C(ACE_DATA,       ONE,   SELECT,                   NEITHER) \
	C(OBJECT_ACE,     ONE,   SELECT,                   NEITHER)

/* MS-DTYP 2.4.2.2 */
#define DTYP_SID(F, V, s) \
	F(s, U8,   revision,             FIXED) \
	F(s, U8,   sub_authority_count,  LAYOUT) \
	F(s, B6,   identifier_authority, DATA) \
	V(s, sub_authority, NEXT, COUNT(s, sub_authority_count), U32S, DATA)

/* MS-DTYP 2.4.6 */
#define DTYP_SECURITY_DESCRIPTOR(F, V, s) \
	F(s, U8,   revision,     FIXED) \
	F(s, U8,   sbz1,         RESERVED) \
	F(s, U16,  control,      DATA) \
	F(s, U32,  offset_owner, LAYOUT) \
	F(s, U32,  offset_group, LAYOUT) \
	F(s, U32,  offset_sacl,  LAYOUT) \
	F(s, U32,  offset_dacl,  LAYOUT) \
	V(s, owner_sid, OFF(s, offset_owner), SELF, SID, PRINCIPAL) \
	V(s, group_sid, OFF(s, offset_group), SELF, SID, PRINCIPAL) \
	V(s, sacl,      OFF(s, offset_sacl),  SELF, ACL, DATA) \
	V(s, dacl,      OFF(s, offset_dacl),  SELF, ACL, DATA)

/* MS-DTYP 2.4.5; Windows leaves room behind the last ACE */
#define DTYP_ACL(F, V, s) \
	F(s, U8,   acl_revision, DATA) \
	F(s, U8,   sbz1,         RESERVED) \
	F(s, U16,  acl_size,     LAYOUT) \
	F(s, U16,  ace_count,    COUNT) \
	F(s, U16,  sbz2,         RESERVED) \
	V(s, aces, NEXT, COUNT(s, ace_count), ACES, DATA) \
	V(s, room, NEXT, WHOLE(s, acl_size), RAW, RESERVED)

/* MS-DTYP 2.4.4.1 */
#define DTYP_ACE(F, V, s) \
	F(s, U8,   ace_type,     DATA) \
	F(s, U8,   ace_flags,    DATA) \
	F(s, U16,  ace_size,     LAYOUT) \
	V(s, ace, NEXT, WHOLE(s, ace_size), SELECT(s, ACE_DATA, ace_type), DATA)

/* MS-DTYP 2.4.4.2, 2.4.4.4, 2.4.4.10, 2.4.4.13, 2.4.4.16 */
#define DTYP_BASIC_ACE(F, V, s) \
	F(s, U32,  mask,         DATA) \
	V(s, sid, NEXT, SELF, SID, PRINCIPAL)

/* MS-DTYP 2.4.4.6, 2.4.4.7, 2.4.4.12 */
#define DTYP_CALLBACK_ACE(F, V, s) \
	DTYP_BASIC_ACE(F, V, s) \
	V(s, application_data, NEXT, REST, RAW, DATA)

/* MS-DTYP 2.4.4.15 */
#define DTYP_RESOURCE_ATTRIBUTE_ACE(F, V, s) \
	DTYP_BASIC_ACE(F, V, s) \
	V(s, attribute_data, NEXT, REST, RAW, DATA)

/* MS-DTYP 2.4.4.3, 2.4.4.5, 2.4.4.8, 2.4.4.9, 2.4.4.11, 2.4.4.14; the flags say which GUIDs are there */
#define DTYP_OBJECT_ACE(F, V, s) \
	F(s, U32,  mask,         DATA) \
	F(s, U32,  flags,        DATA) \
	V(s, object, NEXT, REST, SELECT(s, OBJECT_ACE, flags), DATA)
#define DTYP_OBJECT_TAIL(F, V, s) \
	V(s, sid, NEXT, SELF, SID, PRINCIPAL) \
	V(s, application_data, NEXT, REST, RAW, DATA)
#define DTYP_OBJECT_NEITHER(F, V, s) \
	DTYP_OBJECT_TAIL(F, V, s)
#define DTYP_OBJECT_TYPE(F, V, s) \
	F(s, GUID, object_type,           DATA) \
	DTYP_OBJECT_TAIL(F, V, s)
#define DTYP_OBJECT_INHERITED(F, V, s) \
	F(s, GUID, inherited_object_type, DATA) \
	DTYP_OBJECT_TAIL(F, V, s)
#define DTYP_OBJECT_BOTH(F, V, s) \
	F(s, GUID, object_type,           DATA) \
	F(s, GUID, inherited_object_type, DATA) \
	DTYP_OBJECT_TAIL(F, V, s)

#define DTYP_STRUCTS(S) \
	S(dtyp_sid,                    DTYP_SID,                    "MS-DTYP 2.4.2.2",  OWN) \
	S(dtyp_security_descriptor,    DTYP_SECURITY_DESCRIPTOR,    "MS-DTYP 2.4.6",    OWN) \
	S(dtyp_acl,                    DTYP_ACL,                    "MS-DTYP 2.4.5",    OWN) \
	S(dtyp_ace,                    DTYP_ACE,                    "MS-DTYP 2.4.4.1",  OWN) \
	S(dtyp_basic_ace,              DTYP_BASIC_ACE,              "MS-DTYP 2.4.4.2",  OWN) \
	S(dtyp_callback_ace,           DTYP_CALLBACK_ACE,           "MS-DTYP 2.4.4.6",  OWN) \
	S(dtyp_resource_attribute_ace, DTYP_RESOURCE_ATTRIBUTE_ACE, "MS-DTYP 2.4.4.15", OWN) \
	S(dtyp_object_ace,             DTYP_OBJECT_ACE,             "MS-DTYP 2.4.4.3",  OWN) \
	S(dtyp_object_neither,         DTYP_OBJECT_NEITHER,         "MS-DTYP 2.4.4.3",  OWN) \
	S(dtyp_object_type,            DTYP_OBJECT_TYPE,            "MS-DTYP 2.4.4.3",  OWN) \
	S(dtyp_object_inherited,       DTYP_OBJECT_INHERITED,       "MS-DTYP 2.4.4.3",  OWN) \
	S(dtyp_object_both,            DTYP_OBJECT_BOTH,            "MS-DTYP 2.4.4.3",  OWN)

/* The keys are ACE types (MS-DTYP 2.4.4.1) and the flags of object ACEs (MS-DTYP 2.4.4.3). */
#define DTYP_SELECTS(X) \
	X(ACE_DATA,   BOTH, NUM(0x00), dtyp_basic_ace) \
	X(ACE_DATA,   BOTH, NUM(0x01), dtyp_basic_ace) \
	X(ACE_DATA,   BOTH, NUM(0x02), dtyp_basic_ace) \
	X(ACE_DATA,   BOTH, NUM(0x11), dtyp_basic_ace) \
	X(ACE_DATA,   BOTH, NUM(0x13), dtyp_basic_ace) \
	X(ACE_DATA,   BOTH, NUM(0x09), dtyp_callback_ace) \
	X(ACE_DATA,   BOTH, NUM(0x0a), dtyp_callback_ace) \
	X(ACE_DATA,   BOTH, NUM(0x0d), dtyp_callback_ace) \
	X(ACE_DATA,   BOTH, NUM(0x12), dtyp_resource_attribute_ace) \
	X(ACE_DATA,   BOTH, NUM(0x05), dtyp_object_ace) \
	X(ACE_DATA,   BOTH, NUM(0x06), dtyp_object_ace) \
	X(ACE_DATA,   BOTH, NUM(0x07), dtyp_object_ace) \
	X(ACE_DATA,   BOTH, NUM(0x0b), dtyp_object_ace) \
	X(ACE_DATA,   BOTH, NUM(0x0c), dtyp_object_ace) \
	X(ACE_DATA,   BOTH, NUM(0x0f), dtyp_object_ace) \
	X(OBJECT_ACE, BOTH, NUM(0),    dtyp_object_neither) \
	X(OBJECT_ACE, BOTH, NUM(1),    dtyp_object_type) \
	X(OBJECT_ACE, BOTH, NUM(2),    dtyp_object_inherited) \
	X(OBJECT_ACE, BOTH, NUM(3),    dtyp_object_both)

// clang-format on

#endif
