#!/usr/bin/env python3
"""What of a capture is left in a workload that was anonymized.

    leftovers.py CAPTURE WORKLOAD ...

tshark says what there is in the capture: names, users, domains, hosts, addresses, SIDs, contents of files. None of it may
stand in any file of the workloads, in UTF-8 or UTF-16, in whatever case. Names of fewer than four characters, and those
that everybody has (WELL_KNOWN, with the reason), are not looked for. The last line is what was looked for; exit status 1:
something is left.
"""
import json
import re
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from xml.etree import ElementTree

import secrets_of

CHUNK = 16  # bytes of contents
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SHORTEST = 4

NAMES = set("""
smb2.filename smb2.find.pattern smb2.negotiate_context.netname smb2.ea.name smb2.shortname smb2.error.share_redirect.res_name
smb2.nfs.symlink.target smb2.symlink.substitute_name smb2.symlink.print_name smb2.tree smb2.acct smb2.domain smb2.host
smb2.svhdx_open_device_context.host_name smb2.ioctl.sqos.initiator_name smb2.ioctl.sqos.initiator_node_name
smb.file smb.stream_name smb.volume.label smb.dfs.referral.path smb.dfs.referral.alt_path smb.dfs.referral.node
ntlmssp.negotiate.callingworkstation ntlmssp.negotiate.domain ntlmssp.challenge.target_name ntlmssp.auth.domain
ntlmssp.auth.username ntlmssp.auth.hostname
ntlmssp.challenge.target_info.nb_computer_name ntlmssp.challenge.target_info.nb_domain_name
ntlmssp.challenge.target_info.dns_computer_name ntlmssp.challenge.target_info.dns_domain_name
ntlmssp.challenge.target_info.dns_tree_name ntlmssp.challenge.target_info.target_name
ntlmssp.ntlmv2_response.nb_computer_name ntlmssp.ntlmv2_response.nb_domain_name
ntlmssp.ntlmv2_response.dns_computer_name ntlmssp.ntlmv2_response.dns_domain_name
ntlmssp.ntlmv2_response.dns_tree_name ntlmssp.ntlmv2_response.target_name
kerberos.KerberosString kerberos.CNameString kerberos.SNameString kerberos.realm kerberos.crealm kerberos.srealm
""".split())
CONTENTS = {"smb2.file_data", "smb2.write_data", "smb2.read_data", "data.data", "smb2.ea.data"}
HASHES = {"ntlmssp.auth.lmresponse",  "ntlmssp.ntlmserverchallenge", "ntlmssp.auth.sesskey",
          "ntlmssp.ntlmv2_response.ntproofstr", "ntlmssp.ntlmv2_response.chal", "smb2.signature", "kerberos.cipher"}

WELL_KNOWN = {
    # what every server has, and clients go by
    *"ipc$ admin$ print$ netlogon sysvol pipe srvsvc wkssvc lsarpc samr svcctl winreg spoolss atsvc epmapper drsuapi browser"
    .split(), *"eventlog lsass mdssvc netdfs ntsvcs trkwks w32time dnsserver efsrpc initshutdown".split(),
    "desktop.ini", "thumbs.db", "autorun.inf", ".ds_store", "system volume information", "$recycle.bin", "folder.jpg",
    "folder.gif", "zone.identifier", ".hidden", ".metadata_never_index", ".metadata_never_index_unless_rootfs",
    ".metadata_direct_scope_only", ".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", ".apdisk", "afp_afpinfo", "afp_resource", "$data", "$extend", "$quota", "$index_allocation",
    # principals of every server, and service classes
    *"administrator guest administrators users everyone builtin cifs host krbtgt ldap localhost".split(), "nt authority",
    # what a file system is called
    "ntfs", "refs", "fat32",
    # protocols' own
    "not_defined_in_rfc4178@please_ignore", "ntlmssp", "*smbserver", "windows for workgroups 3.1a",
}


def tshark(capture):
    """All fields, as elements of PDML."""
    options = secrets_of.tshark_options(capture)
    hints = subprocess.run(["tshark", "-r", capture, "-T", "fields", "-e", "tcp.srcport", "-e", "tcp.dstport"],
                           capture_output=True, text=True, check=False).stdout
    for port in sorted({p for p in hints.split() if p.isdigit()}, key=int)[:64]:
        if not 32768 <= int(port) <= 60999 and port not in ("139", "445", "88", "389", "135"):
            options += ["-d", f"tcp.port=={port},nbss"]
    with subprocess.Popen(["tshark", "-r", capture, "-T", "pdml", *options], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        parser = ElementTree.XMLPullParser()
        for line in process.stdout:
            parser.feed(NOT_XML.sub("?", line.decode("utf-8", "replace")))
            for _, packet in parser.read_events():
                if packet.tag == "packet":
                    yield packet
                    packet.clear()


def is_smb(packet):
    return any(proto.get("name") in ("smb2", "smb") for proto in packet.iter("proto"))


def components(name):
    """The parts of a path, of a UNC path, of a principal."""
    for part in re.split(r"[\\/:\0]", name):
        yield part
        stem, dot, extension = part.rpartition(".")
        if dot and re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,4}", extension):
            yield stem


def enough(text):
    """Names that are too short are what others become: of 99.txt there is one for each two digits."""
    stem = re.sub(r"\.[a-z0-9]{1,4}$", "", text)
    return sum(c.isalnum() for c in stem) >= SHORTEST


def found(capture):
    """Sets of texts, and of bytes, that may not be left."""
    texts, chunks = set(), set()
    for packet in tshark(capture):
        if not is_smb(packet):
            continue
        for field in packet.iter("field"):
            name, value = field.get("name"), field.get("value") or ""
            show = field.get("show") or ""
            if name in NAMES:
                texts.update(components(show))
            elif name in ("nt.sid", "nt.domain_sid") and re.match(r"S-1-5-21-\d+-\d+-\d+", show):
                numbers = [int(n) for n in re.findall(r"\d+", show)[3:6]]
                if any(numbers):
                    chunks.add(b"".join(n.to_bytes(4, "little") for n in numbers))
            elif name in ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"):
                texts.add(show)
                if not ip_address(show).is_loopback:
                    chunks.add(b"ip:" + ip_address(show).packed)
            elif (name in CONTENTS or name in HASHES) and re.fullmatch(r"[0-9a-f]+", value):
                data = bytes.fromhex(value)
                step = [data[i:i + CHUNK] for i in range(0, len(data) - CHUNK + 1, CHUNK)]
                if name in HASHES and 8 <= len(data) < CHUNK:
                    step = [data]
                chunks.update(c for c in step if len(set(c)) > 3)
    texts = {t.strip().lower() for t in texts}
    return {t for t in texts if enough(t) and t not in WELL_KNOWN and not t.startswith("com.apple.")
            and not re.fullmatch(r"[\W\d_]*", t) or re.fullmatch(r"[\d.]{7,}|[0-9a-f:]{6,}", t)}, chunks


FORMAT = {"cmd", "patches", "defs", "ev", "from", "values", "totals", "lost", "kind", "format", "tool", "mechanism"}


def values(node):
    """All texts of a JSON value but those that are words of the format; keys are, too."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in FORMAT:
                yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    elif isinstance(node, str):
        yield node


def content(path):
    """A file's bytes; of JSON those of its texts."""
    if path.suffix not in (".json", ".jsonl"):
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    lines = [text] if path.suffix == ".json" else text.splitlines()
    return "\n".join(t for line in lines for t in values(json.loads(line))).encode()


def places(data, text):
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


def is_in_known(data, at, text, encoding):
    """Is it a part of a name that everybody has?"""
    for name in WELL_KNOWN:
        if text in name:
            whole = name.encode(encoding)
            start = at - len(name[:name.index(text)].encode(encoding))
            if data[start:start + len(whole)] == whole:
                return True
    return False


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    texts, chunks = found(sys.argv[1])
    bad = 0
    for workload in sys.argv[2:]:
        for path in sorted(Path(workload).rglob("*")):
            if not path.is_file():
                continue
            data = content(path)
            folded = data.lower()  # of ASCII
            for text in sorted(texts):
                for encoding in ("utf-8", "utf-16-le"):
                    for where in {text} if text.isascii() else {text, text.upper()}:
                        source = folded if text.isascii() else data
                        for at in places(source, where.encode(encoding, "surrogatepass")):
                            if not is_in_known(source, at, text, encoding):
                                print(f"{path}: at {at}: {text!r} in {encoding}")
                                bad += 1
                                break
            for chunk in chunks:
                if chunk.startswith(b"ip:"):
                    continue
                at = data.find(chunk)
                if at >= 0:
                    print(f"{path}: at {at}: bytes {chunk.hex()}")
                    bad += 1
    print(f"{len(texts)} names and addresses, {len(chunks)} pieces of contents, hashes and SIDs: {bad} left")
    sys.exit(1 if bad or not texts else 0)


if __name__ == "__main__":
    main()
