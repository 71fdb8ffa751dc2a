"""Why a response of tests/lab/field has another status than the recorded one. Goes into docs/field.md.

`given` says whether a standalone Samba could give the recorded status to this client: what it could, counts against the
replay. Each entry of `where` is a capture's name with * and ?, and below it the differences: message, recorded, live.
"""
import fnmatch
from dataclasses import dataclass, field

SUCCESS, NO_ANSWER = "STATUS_SUCCESS", "no answer"
CLOSED, NOT_FOUND = "STATUS_FILE_CLOSED", "STATUS_OBJECT_NAME_NOT_FOUND"
BREAK = "OPLOCK_BREAK notification"


@dataclass
class Reason:
    name: str
    given: bool
    where: dict
    text: str
    used: set = field(default_factory=set)

    def holds(self, capture, what):
        return any(what in differences and fnmatch.fnmatchcase(capture, pattern)
                   for pattern, differences in self.where.items())


def silent(*messages):
    return [(message, SUCCESS, NO_ANSWER) for message in messages]


CLOSED_CHAIN = [(message, CLOSED, NOT_FOUND) for message in ("QUERY_INFO", "READ", "CLOSE")]
PIPE_IS_STUCK = [("IOCTL", "STATUS_BUFFER_OVERFLOW", SUCCESS)] + silent("READ", "IOCTL", "CLOSE")

REASONS = [
    Reason("referral", False, {
        "otrf__covenant*": [("IOCTL", SUCCESS, "STATUS_NOT_FOUND")],
        "otrf__empire_msbuild*": [("IOCTL", SUCCESS, "STATUS_FS_DRIVER_REQUIRED")],
        "otrf__empire_shell_dcerpc*": [("IOCTL", SUCCESS, "STATUS_FS_DRIVER_REQUIRED")],
        "otrf__empire_shell_rpc*": [("IOCTL", SUCCESS, "STATUS_NOT_FOUND")],
        "suricata-verify__smb-filename*": [("IOCTL", SUCCESS, "STATUS_NOT_FOUND")],
        "suricata-verify__smb2-09*": [("IOCTL", SUCCESS, "STATUS_NOT_FOUND")]},
        "FSCTL_DFS_GET_REFERRALS for the domain, its controllers or SYSVOL. A Windows domain controller answers; a standalone "
        "smbd is none, and knows only referrals of its own shares: STATUS_NOT_FOUND, or STATUS_FS_DRIVER_REQUIRED with "
        "`host msdfs = no`, as the other recorded server had it."),
    Reason("NDR64", False, {
        "otrf__empire_shell_samr*": PIPE_IS_STUCK + silent("TREE_DISCONNECT", "LOGOFF"),
        "samr-lab__net.exe*": PIPE_IS_STUCK},
        "Windows' own RPC client offers two encodings, and a Windows server takes NDR64; smbd knows NDR only, so that every "
        "recorded call is a fault of 32 bytes to it. Where the recorded reply was longer than the client's buffer "
        "(STATUS_BUFFER_OVERFLOW, then READs for the rest), nothing is left to read: smbd lets the READ wait, and what follows on "
        "the pipe waits behind it."),
    Reason("accounts", True, {
        "samr-lab__python.exe_crackmapexec*": silent("READ", "TREE_DISCONNECT", "LOGOFF"),
        "samr-lab__python.exe_impacket_samrdump*": silent("READ", "TREE_DISCONNECT", "LOGOFF")},
        "The client asks by SAMR for all that is known of an account. The lab puts the capture's accounts into the SAM, but no "
        "Unix user stands behind them, so smbd's reply to QueryUserInfo2 is an error of 32 bytes where one recorded reply "
        "came in two fragments. The client's READ for the second one waits until the next call's reply, and from there on "
        "every answer comes one READ too late."),
    Reason("chain", False, {
        "suricata-verify__smb-length*": CLOSED_CHAIN,
        "zeek__smb2_100_small_files*": [CLOSED_CHAIN[0], CLOSED_CHAIN[2]],
        "zeek__smb_many_open_files*": [CLOSED_CHAIN[0]]},
        "The requests of a chain behind a CREATE that failed. macOS and older Sambas say STATUS_FILE_CLOSED; MS-SMB2 3.3.5.2.7.2 "
        "wants the status of the CREATE, which smbd gives."),
    Reason("directory lease", False, {
        "suricata-verify__smb-length*": [(BREAK, "lease from RH to none", NO_ANSWER), ("answers", "given", "lost")]},
        "macOS grants leases on directories and breaks them when an entry changes. Samba 4.17 does not lease directories, so "
        "no break comes, and its acknowledgment is held back."),
    Reason("watch", False, {
        "suricata-verify__smb-length*": [
            ("CHANGE_NOTIFY", "STATUS_NOTIFY_ENUM_DIR", SUCCESS), ("CHANGE_NOTIFY", "STATUS_PENDING", "no interim response"),
            ("CHANGE_NOTIFY", NO_ANSWER, CLOSED), ("CHANGE_NOTIFY", NO_ANSWER, SUCCESS)]},
        "macOS tells a watcher only that something has changed (STATUS_NOTIFY_ENUM_DIR), and some it never answers. Samba "
        "names the changes, answers every watch, and answers one whose change has come before at once."),
    Reason("Spotlight", False, {"suricata-verify__smb-length*": [("IOCTL", SUCCESS, "STATUS_CONNECTION_DISCONNECTED")]},
        "Finder searches by mdssvc. smbd with `spotlight = yes` and no index behind it takes the first calls, refuses a query with "
        "a fault, and drops the pipe."),
    Reason("refused write", False, {"suricata-verify__smb-length*": [("WRITE", "STATUS_ACCESS_DENIED", SUCCESS)]},
        "macOS refuses a WRITE on a handle that it has just opened for writing; the capture does not say why. smbd writes."),
    Reason("anonymous", False, {"suricata-verify__zerologon*": [("CREATE", "STATUS_ACCESS_DENIED", SUCCESS)]},
        "An anonymous user opens svcctl. Windows lets null sessions to a few pipes only (NullSessionPipes); smbd to all."),
    Reason("CLOSE", False, {"suricata-verify__smb2-peter*": [("CLOSE", "STATUS_ACCESS_DENIED", SUCCESS)]},
        "The recorded Samba, of 2016, fails the CLOSE of each file that was written to. smbd 4.17 does not, not even where the "
        "files belong to another user."),
    Reason("gap", False, {
        "zeek__smb2_krb*": [("QUERY_DIRECTORY", NO_ANSWER, SUCCESS), ("QUERY_DIRECTORY", NO_ANSWER, "STATUS_NO_MORE_FILES")]},
        "The capture has lost the recorded answer: a packet was cut short."),
    Reason("session 0", False, {
        "samr-lab__acl_2.1*": [("connection", "closed by the server", "still open")],
        "samr-lab__python.exe_crackmapexec*": [("connection", "closed by the server", "still open")],
        "samr-lab__python.exe_impacket_samrdump*": [("connection", "closed by the server", "still open")],
        "samr-lab__samr-enum*": [("connection", "closed by the server", "still open")]},
        "impacket seals one more message, for session 0, after it has logged off; Windows closes the connection. No key opens "
        "that message, so it is left out (--leave-sealed-out). Counts as no response."),
    Reason("RPC logon", True, {"zeek__20-fids*": [("IOCTL", SUCCESS, "STATUS_CONNECTION_DISCONNECTED")]},
        "The client logs on by NTLM a second time, inside of RPC. That logon is not made anew (`man smbench`, Values by flow), so "
        "smbd refuses it, and drops the pipe at the next call."),
    Reason("AFP_AfpInfo", True, {"suricata-verify__smb-length*": [("READ", SUCCESS, "STATUS_END_OF_FILE")]},
        "macOS makes up the contents of a new AFP_AfpInfo stream. smbd does so with vfs_fruit only, which the lab's share has not."),
]
