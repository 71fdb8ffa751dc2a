#!/usr/bin/env python3
"""Fails unless a comparison (`smbench compare --json`) holds exactly the one divergence of an altered status.

    one_divergence.py COMPARE.json ALTERED.json        (ALTERED: what alter_status.py printed)
"""
import json
import sys
from pathlib import Path


def main():
    found = json.loads(Path(sys.argv[1]).read_text())["divergences"]
    altered = json.loads(Path(sys.argv[2]).read_text())
    if len(found) != 1:
        sys.exit(f"{len(found)} divergences, not 1")
    one = found[0]
    wrong = [key for key, value in (("kind", "status"), *altered.items()) if one.get(key) != value]
    if wrong:
        sys.exit(f"other {', '.join(wrong)}: {one}")


main()
