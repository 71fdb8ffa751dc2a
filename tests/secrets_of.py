#!/usr/bin/env python3
"""What opens a capture, as options: for those of tests/captures, and where index.jsonl beside it knows.

    secrets_of.py CAPTURE KEYS        smbench's options, one a line; session keys go to the file KEYS
"""
import json
import sys
from pathlib import Path

OWN = Path(__file__).resolve().parent / "captures"
OWN_SECRET = {"password": "Secret1x", "users": ["LAB/smbtest", "LAB/smbtest2"]}


def known(capture):
    """The capture's secret as index.jsonl has it."""
    capture = Path(capture)
    if capture.resolve().parent == OWN:
        return OWN_SECRET
    index = capture.parent / "index.jsonl"
    if index.exists():
        with open(index) as lines:
            for entry in map(json.loads, lines):
                if entry["file"] == capture.name:
                    return entry.get("known_secret") or {}
    return {}


def key_line(secret):
    return ",".join(secret.get(name, "") for name in ("session_id", "session_key", "s2c_key", "c2s_key"))


def smbench_options(capture, keys):
    """Its options; session keys go to the file `keys`."""
    secret = known(capture)
    if "session_key" in secret:
        Path(keys).write_text(key_line(secret) + "\n")
        return ["--keys", str(keys)]
    if "keytab" in secret:
        return ["--keytab", str(Path(capture).parent / secret["keytab"].split()[0])]
    users = secret.get("users", [secret["user"]] if "user" in secret else [])
    return [word for user in users for word in ("--password", f"{user}%{secret['password']}")]


def tshark_options(capture):
    secret = known(capture)
    if "session_key" in secret:
        return ["-o", "uat:smb2_seskey_list:" + key_line(secret)]
    if "keytab" in secret:
        keytab = Path(capture).parent / secret["keytab"].split()[0]
        return ["-o", "kerberos.decrypt:TRUE", "-o", f"kerberos.file:{keytab}"]
    return ["-o", "ntlmssp.nt_password:" + secret["password"]] if secret else []


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print("\n".join(smbench_options(*sys.argv[1:])))
