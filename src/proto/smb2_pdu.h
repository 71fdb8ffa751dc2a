/* Messages, chains of PDUs, and one PDU with all that its description says about it. */
#ifndef SMB_PROTO_SMB2_PDU_H
#define SMB_PROTO_SMB2_PDU_H

#include "proto/smb2_codec.h"

#define NBSS_HEADER 4
#define SMB2_HEADER 64
#define SMB2_NO_MESSAGE_ID UINT64_MAX /* of break notifications */

/* Commands (MS-SMB2 2.2.1.2), value and name, in order. */
#define SMB2_COMMANDS(X)                                                                           \
	X(NEGOTIATE)                                                                               \
	X(SESSION_SETUP)                                                                           \
	X(LOGOFF)                                                                                  \
	X(TREE_CONNECT)                                                                            \
	X(TREE_DISCONNECT) X(CREATE) X(CLOSE) X(FLUSH) X(READ) X(WRITE) X(LOCK) X(IOCTL) X(CANCEL) \
		X(ECHO) X(QUERY_DIRECTORY) X(CHANGE_NOTIFY) X(QUERY_INFO) X(SET_INFO)              \
			X(OPLOCK_BREAK)
#define SMB2_COMMAND_ENUM(name) SMB2_CMD_##name,
enum smb2_command { SMB2_COMMANDS(SMB2_COMMAND_ENUM) SMB2_N_COMMANDS };
#undef SMB2_COMMAND_ENUM

/* "CREATE"; for unknown ones "0x0013": valid until the next call. */
const char *smb2_command_name(unsigned command);

enum smb2_hdr_flag {
	SMB2_FLAGS_SERVER_TO_REDIR = 0x01,
	SMB2_FLAGS_ASYNC_COMMAND = 0x02,
	SMB2_FLAGS_RELATED_OPERATIONS = 0x04,
	SMB2_FLAGS_SIGNED = 0x08,
	SMB2_FLAGS_DFS_OPERATIONS = 0x10000000,
	SMB2_FLAGS_REPLAY_OPERATION = 0x20000000,
};

/* What a NetBIOS-framed unit holds; `bytes` starts with the 4-byte frame header. */
enum smb2_msg_kind {
	SMB2_MSG_PLAIN,      /* a chain of SMB2 PDUs */
	SMB2_MSG_SEALED,     /* transform header, MS-SMB2 2.2.41 */
	SMB2_MSG_COMPRESSED, /* compression transform header, MS-SMB2 2.2.42 */
	SMB2_MSG_SMB1,       /* multi-protocol NEGOTIATE, or other SMB1 */
	SMB2_MSG_NBSS, /* session service packet of another type, or an empty one (RFC 1002 4.3) */
	SMB2_MSG_UNKNOWN,
};
enum smb2_msg_kind smb2_msg_kind(struct slice bytes);

/* "SMB2", "sealed", "compressed", "SMB1", "NBSS", "unknown". */
const char *smb2_msg_kind_name(enum smb2_msg_kind kind);

/* The PDUs of a plain message, front to back. */
struct smb2_chain {
	struct slice left;
	bool broken; /* a NextCommand pointed nowhere: the rest came as one PDU */
};

/* Start on a message (frame header included). */
struct smb2_chain smb2_chain_init(struct slice message);

/* The next PDU, header to end of padding, borrowed from the message; false at the end. */
bool smb2_chain_next(struct smb2_chain *c, struct slice *pdu);

struct smb2_pdu {
	struct slice bytes; /* borrowed: header, body, padding */
	struct smb2_hdr h;  /* the members that its form lacks are 0 */
	bool response, async;
	bool opened;    /* walks go into the bodies of information classes and FSCTLs */
	uint16_t asked; /* what the request asked for; 0: not known, or no matter */
	const struct smb2_def *hdr_def;
	const struct smb2_def *body_def; /* NULL: the body is opaque */
	const char *opaque;              /* why it is, static text; else NULL */
	union smb2_any body;             /* valid with body_def */
};

/*
 * Decode one PDU. A body that its command's description does not explain leaves body_def NULL and
 * says why in `opaque`; that is data, no error. Returns 0, or ERR_TRUNCATED (shorter than a header)
 * or ERR_MALFORMED (no SMB2 header: ProtocolId or StructureSize).
 */
int smb2_pdu_decode(struct slice bytes, struct smb2_pdu *out) MUST_CHECK;

/* The file data of a READ response or a WRITE request; of others none. Borrowed from the PDU. */
struct slice smb2_file_data(const struct smb2_pdu *pdu);

/*
 * What a request asks for or sets, on which the structure of its own buffer and of its answer's
 * depends: InfoType and class. 0: the PDU is no such request.
 */
#define SMB2_ASKED_FILE(class) (0x0100 | (class))
#define SMB2_ASKED_FS(class) (0x0200 | (class))
#define SMB2_ASKED_SECURITY 0x0300
#define SMB2_ASKED_QUOTA 0x0400
#define SMB2_ASKED_CHANGES 0xff00 /* of CHANGE_NOTIFY */
uint16_t smb2_asked(const struct smb2_pdu *request);

/* The same of a decoded body alone. */
uint16_t smb2_body_asks(const struct smb2_def *def, const union smb2_any *body);

/*
 * From now on walks, and the identity check, look into the bodies of information classes and FSCTLs
 * of this decoded PDU, which they give as plain bytes otherwise. For a response `asked` is what
 * smb2_asked said of its request, 0 where that is not known; of a request it is ignored.
 */
void smb2_pdu_open(struct smb2_pdu *pdu, uint16_t asked);

/* What the bodies are that smb2_pdu_open opens. */
struct smb2_bodies {
	unsigned described; /* read by their structure */
	unsigned bytes;     /* not described, or not as their description says */
};
struct smb2_bodies smb2_pdu_bodies(const struct smb2_pdu *pdu);

/* From where the structures of a PDU are seen. */
static inline struct smb2_view
smb2_pdu_view(const struct smb2_pdu *pdu)
{
	return (struct smb2_view){pdu->response, pdu->opened, pdu->asked};
}

/*
 * One field of a PDU on a walk. `off` is from the start of the PDU's bytes. Numbers have `value`;
 * byte strings and V rows `bytes` (borrowed from the PDU; of a text of fixed width, only the text).
 * `element` counts within an array, chain or list of numbers, else -1.
 */
struct smb2_item {
	const struct smb2_def *def; /* the structure that holds it; NULL in gaps */
	const struct smb2_row *row; /* NULL in gaps: padding, or unexplained bytes */
	const char *name;
	size_t off, len;
	uint64_t value;
	struct slice bytes;
	int element;
	/* As a leaf: NONE, TEXT, SID (a sound one), or U16S and U32S (one call a number). */
	enum smb2_cut cut;
};

/*
 * Called for each field in order of the lists; nested structures come between enter and leave. Any
 * member may be NULL. A call that returns other than 0 ends the walk with that value.
 */
struct smb2_visitor {
	void *ctx;
	int (*leaf)(void *ctx, const struct smb2_item *it);
	/*
	 * A nested structure begins: `it->def` is that structure, `it->name` the row that holds it,
	 * `it->element` its index.
	 */
	int (*enter)(void *ctx, const struct smb2_item *it);
	int (*leave)(void *ctx, const struct smb2_item *it);
};

/* Walk the header, the body and all that is nested in it. Returns 0 or what a call returned. */
int smb2_walk_header(const struct smb2_pdu *pdu, const struct smb2_visitor *v) MUST_CHECK;
int smb2_walk_body(const struct smb2_pdu *pdu, const struct smb2_visitor *v) MUST_CHECK;

/*
 * Walk any decoded structure alone (transform header, compression header, ...), decoded at `pos` of
 * `origin`.
 */
int smb2_walk_struct(const struct smb2_def *def, struct slice origin, size_t pos, const void *in,
		     bool response, const struct smb2_visitor *v) MUST_CHECK;

/*
 * The fields of a PDU that hold symbols (header first, then body, in order of the lists), as leaf
 * items in `out`. Passes over what cannot hold any. Returns how many there are in `out`, at most
 * `max`; no honest PDU has more than SMB2_SYMBOLS_MAX.
 */
#define SMB2_SYMBOLS_MAX 16
size_t smb2_find_symbols(const struct smb2_pdu *pdu, struct smb2_item *out, size_t max);

/* How one PDU fared in decode and encode (law 3). */
struct smb2_identity {
	bool identical;     /* encode(decode(bytes)) == bytes, undescribed bytes kept verbatim */
	bool opaque;        /* the body is not described */
	size_t padding;     /* undescribed zeros, at most 8 in a row: alignment, empty buffers */
	size_t unexplained; /* other undescribed bytes: unknown contexts, stale memory, ... */
};

/*
 * Decode `pdu` deeply (nested structures included), encode it into fresh memory and compare.
 * Returns 0 or ERR_NOMEM.
 */
int smb2_check_identity(const struct smb2_pdu *pdu, struct smb2_identity *out) MUST_CHECK;

/*
 * Does a response of that command define the symbols of that role? (SESSION_SETUP: the header's
 * session_id; TREE_CONNECT: tree_id; CREATE: the body's file_id; IOCTL: a resume key; any interim
 * response: async_id.)
 */
bool smb2_defines(unsigned command, enum smb2_role role, bool interim);

/* An interim response (MS-SMB2 3.3.4.2): STATUS_PENDING with the async flag. */
bool smb2_is_interim(const struct smb2_pdu *pdu);

#endif
