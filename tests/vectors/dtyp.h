/* Golden vectors of the structures in dtyp_def.h, in the form of struct vector (tests/vectors.h). */
// clang-format off
	{"dtyp_sid", 0,
	 "captures/bugs/b15693_mkdir_sweep.new-4.22.11.pcap, frame 29",
	 "010100000000000100000000",
	 "revision=0x1 sub_authority_count=0x1 identifier_authority=000000000001 "
	 "sub_authority@8+4"},
	{"dtyp_security_descriptor", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 245",
	 "01000480140000003000000000000000400000000105000000000005150000008254bf8c7edebaabd3c364f7"
	 "d60700000102000000000005200000002102000002005c000300000001001c00000000000103000000000005"
	 "58000000030000008081000001001c000000000001030000000000055800000001000000f701000001001c00"
	 "000000000103000000000005580000000200000014000000",
	 "revision=0x1 sbz1=0x0 control=0x8004 offset_owner=0x14 offset_group=0x30 "
	 "offset_sacl=0x0 offset_dacl=0x40 owner_sid@20+28 group_sid@48+16 sacl@- dacl@64+92"},
	{"dtyp_acl", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 246",
	 "020024000100000001001c000000000001030000000000055800000003000000a4810000",
	 "acl_revision=0x2 sbz1=0x0 acl_size=0x24 ace_count=0x1 sbz2=0x0 aces@8+28 room@-"},
	{"dtyp_ace", 0,
	 "captures/bugs/b15693_mkdir_sweep.new-4.22.11.pcap, frame 29",
	 "0102140002000000010100000000000100000000",
	 "ace_type=0x1 ace_flags=0x2 ace_size=0x14 ace@4+16"},
	{"dtyp_basic_ace", 0,
	 "captures/bugs/b15693_mkdir_sweep.new-4.22.11.pcap, frame 29",
	 "02000000010100000000000100000000",
	 "mask=0x2 sid@4+12"},
	{"dtyp_callback_ace", 0,
	 "built by hand from MS-DTYP 2.4.4.6",
	 "a90012000101000000000001000000006172747800000000",
	 "mask=0x1200a9 sid@4+12 application_data@16+8"},
	{"dtyp_resource_attribute_ace", 0,
	 "built by hand from MS-DTYP 2.4.4.15",
	 "00000000010100000000000100000000101112131415161718191a1b1c1d1e1f",
	 "mask=0x0 sid@4+12 attribute_data@16+16"},
	{"dtyp_object_ace", 0,
	 "built by hand from MS-DTYP 2.4.4.3",
	 "100000000300000000112233445566778899aabbccddeeffa0a1a2a3a4a5a6a7a8a9aaabacadaeaf01020000"
	 "000000052000000020020000",
	 "mask=0x10 flags=0x3 object@8+48"},
	{"dtyp_object_neither", 0,
	 "built by hand from MS-DTYP 2.4.4.3",
	 "0102000000000005200000002002000061626364",
	 "sid@0+16 application_data@16+4"},
	{"dtyp_object_type", 0,
	 "built by hand from MS-DTYP 2.4.4.3",
	 "00112233445566778899aabbccddeeff01020000000000052000000020020000",
	 "object_type=00112233445566778899aabbccddeeff sid@16+16 application_data@-"},
	{"dtyp_object_inherited", 0,
	 "built by hand from MS-DTYP 2.4.4.3",
	 "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf010100000000000100000000",
	 "inherited_object_type=a0a1a2a3a4a5a6a7a8a9aaabacadaeaf sid@16+12 application_data@-"},
	{"dtyp_object_both", 0,
	 "built by hand from MS-DTYP 2.4.4.3",
	 "00112233445566778899aabbccddeeffa0a1a2a3a4a5a6a7a8a9aaabacadaeaf010200000000000520000000"
	 "2002000061626364",
	 "object_type=00112233445566778899aabbccddeeff "
	 "inherited_object_type=a0a1a2a3a4a5a6a7a8a9aaabacadaeaf sid@32+16 application_data@48+4"},
// clang-format on
