/* Names of commands and kinds of messages. */
#include "config.h"

#include "proto/smb2_pdu.h"

#include <stdio.h>

const char *
smb2_command_name(unsigned command)
{
#define COMMAND_NAME(name) #name,
	static const char *const names[] = {SMB2_COMMANDS(COMMAND_NAME)};
#undef COMMAND_NAME
	static char number[16];

	if (command < SMB2_N_COMMANDS)
		return names[command];
	(void)snprintf(number, sizeof(number), "0x%04x", command);
	return number;
}

const char *
smb2_msg_kind_name(enum smb2_msg_kind kind)
{
	switch (kind) {
	case SMB2_MSG_PLAIN:
		return "SMB2";
	case SMB2_MSG_SEALED:
		return "sealed";
	case SMB2_MSG_COMPRESSED:
		return "compressed";
	case SMB2_MSG_SMB1:
		return "SMB1";
	case SMB2_MSG_NBSS:
		return "NBSS";
	case SMB2_MSG_UNKNOWN:
		break;
	}
	return "unknown";
}
