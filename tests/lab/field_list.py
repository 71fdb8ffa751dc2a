"""The captures of others that tests/lab/field replays: who spoke to whom, and what a server needs so that it can be
asked.

What `smbench info` says of a capture goes into smb.conf by itself (shares, dialect, sealing, guests); `options` has
the rest.
"""
from dataclasses import dataclass

WINDOWS, MACOS, LINUX = "Windows", "macOS", "Linux"


@dataclass
class Capture:
    file: str
    family: str  # of the client system
    client: str
    server: str
    options: tuple = ()  # of smbd-start
    slow: bool = False  # its replay waits for answers that do not come


# Not here, since they are parts or copies of others: bruteshark (zeek__smb3), malcolm__KRB5 (zeek__smb2_krb), the second
# and third ntlmrawunhide capture, smb2-peter without packets, 20-fids without closes. Nor is what has no logon, or
# nothing behind it.
CAPTURES = [
    Capture("ntlmrawunhide__capture.pcap", LINUX, "smbclient, Kali", "Windows 10"),
    Capture("otrf__covenant_sc_query_dcerpc_smb_svcctl_2020-08-05034820.cap", WINDOWS, "Windows 10, sc.exe",
            "Windows Server, DC"),
    Capture("otrf__covenant_sharpsc_create_dcerpc_smb_svcctl_2020-08-06022635.cap", WINDOWS, "Windows 10, SharpSC",
            "Windows Server, DC; Windows 10"),
    Capture("otrf__empire_msbuild_dcerpc_wmi_smb_WORKSTATION6_2020-09-20173857.cap", WINDOWS, "Windows 10, PowerShell",
            "Windows 10; Windows Server, DC"),
    Capture("otrf__empire_shell_dcerpc_smb_service_dll_hijack_2020-09-21232839.cap", WINDOWS, "Windows 10, PowerShell",
            "Windows 10; Windows Server, DC"),
    Capture("otrf__empire_shell_rpc_samr_smb_group_domain_admins_standard_user_2020-09-21040850.cap", WINDOWS,
            "Windows 10, net.exe", "Windows Server, DC"),
    Capture("otrf__empire_shell_samr_EnumDomainUsers_2020-09-21193527.cap", WINDOWS, "Windows 10, PowerShell",
            "Windows Server, DC", slow=True),
    Capture("samr-lab__acl_2.1_local_groups.pcapng", LINUX, "impacket", "Windows Server 2022, DC"),
    Capture("samr-lab__metasploit_samr_account__user.pcapng", LINUX, "Metasploit (ruby_smb)",
            "Windows Server 2022, DC"),
    Capture("samr-lab__net.exe_group__domain.pcapng", WINDOWS, "Windows 11, net.exe",
            "Windows Server 2022, DC", slow=True),
    Capture("samr-lab__net.exe_user_administrator__domain.pcapng", WINDOWS, "Windows 11, net.exe",
            "Windows Server 2022, DC", slow=True),
    Capture("samr-lab__python.exe_crackmapexec_users.pcapng", LINUX, "CrackMapExec (impacket)",
            "Windows Server 2022, DC", slow=True),
    Capture("samr-lab__python.exe_impacket_net.py_computer.pcapng", WINDOWS, "impacket on Windows",
            "Windows Server 2022, DC"),
    Capture("samr-lab__python.exe_impacket_net.py_user_admin.pcapng", WINDOWS, "impacket on Windows",
            "Windows Server 2022, DC"),
    Capture("samr-lab__python.exe_impacket_samrdump.py.pcapng", WINDOWS, "impacket on Windows",
            "Windows Server 2022, DC", slow=True),
    Capture("samr-lab__rpcclient_enumdomusers.pcapng", LINUX, "Samba's rpcclient", "Windows Server 2022, DC"),
    Capture("samr-lab__rpcclient_querydispinfo3.pcapng", LINUX, "Samba's rpcclient", "Windows Server 2022, DC"),
    Capture("samr-lab__rpcclient_queryuseraliases_builtin.pcapng", LINUX, "Samba's rpcclient",
            "Windows Server 2022, DC"),
    Capture("samr-lab__samr-enum.py_display_info_users.pcapng", LINUX, "impacket",
            "Windows Server 2022, DC"),
    Capture("suricata-verify__bug-5162.pcap", WINDOWS, "Windows 10, a client in PowerShell", "Windows Server 2016"),
    Capture("suricata-verify__dcerpc-ctxids.pcap", WINDOWS, "Windows 10, net.exe", "Windows Server, DC"),
    Capture("suricata-verify__smb-filename.pcap", WINDOWS, "Windows 7", "Windows Server 2008 R2, DC"),
    Capture("suricata-verify__smb-length-5786.pcap", MACOS, "macOS", "macOS", ("PUBLIC/spotlight=yes",), slow=True),
    Capture("suricata-verify__smb2-09-trunc-file-logging.pcap", WINDOWS, "Windows 7", "Windows Server 2008 R2, DC"),
    Capture("suricata-verify__smb2-async-read.pcap", LINUX, "smbclient, Kali", "Samba"),
    Capture("suricata-verify__smb2-peter.pcap", "unknown", "SMB 2.0.2 only", "Samba"),
    Capture("suricata-verify__zerologon.pcap", LINUX, "impacket", "Windows Server 2019, DC"),
    Capture("wireshark__smb300-aes-128-ccm.pcap.gz", LINUX, "Linux, cifs.ko", "Windows Server 2016"),
    Capture("wireshark__smb311-aes-128-ccm.pcap.gz", LINUX, "Linux, cifs.ko", "Windows Server 2016"),
    Capture("wireshark__smb311-aes-128-gcm.pcap.gz", LINUX, "Linux, cifs.ko", "Windows Server 2016"),
    Capture("wireshark__smb311-aes-256-gcm.pcap.gz", LINUX, "smbclient", "Samba"),
    Capture("zeek__20-fids.pcap", LINUX, "Samba's rpcclient", "Samba"),
    Capture("zeek__smb2-zero-byte-error-ioctl.pcapng", MACOS, "macOS", "Samba"),
    Capture("zeek__smb2.pcap", WINDOWS, "Windows Server 2008", "Windows Server 2008"),
    Capture("zeek__smb2_100_small_files.pcap", LINUX, "Linux, cifs.ko", "Samba", ("server multi channel support=no",)),
    Capture("zeek__smb2_krb.pcap", WINDOWS, "Windows 7", "Samba on Linux"),
    Capture("zeek__smb3.pcap", LINUX, "Linux, cifs.ko", "Windows Server 2016"),
    Capture("zeek__smb_many_open_files_500.pcap.gz", MACOS, "macOS", "Samba"),
    Capture("zeek__smb_v2_only_non_zero_reserved1.pcap", WINDOWS, "Windows Server 2019", "Windows Server 2019"),
]
