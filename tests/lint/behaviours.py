#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/behaviours.md: each promise of the security checklist, and every other behaviour, with the test that shows it.

behaviours.py          writes the page
behaviours.py --check  fails when the page is not what the tests say
"""
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from made_page import made_page

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/behaviours.md"
PROMISES = {
    1: "every device has its own secret of 256 random bits; no default secret anywhere",
    2: "secrets are hashed at rest and shown once",
    3: "guessing is slow",
    4: "no oracle: unknown, foreign and deleted look alike",
    5: "rights over objects are checked at opening and while open",
    6: "the server keeps the order of steps",
    7: "races have one winner",
    8: "a press is genuine and fresh",
    9: "presence belongs to this screen",
    10: "least privilege on the broker",
    11: "revocation is immediate",
    12: "registration tokens are strict",
    13: "no telemetry before ownership",
    14: "the hand-over cuts history",
    15: "parsers survive anything",
    16: "CSV that leaves is safe in a spreadsheet",
    17: "no mass assignment",
    18: "the browser is protected",
    19: "TLS everywhere outside loopback",
    20: "the ledger is complete and tamper-evident",
    21: "resources are bounded",
    22: "faults do not lose or invent",
    23: "erase works",
    24: "safe to install",
    25: "hardened build",
    26: "abuse is visible",
}
CASE = re.compile(r'TEST_CASE(?:_METHOD)?\(\s*(?:\w+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)')
STORY = re.compile(r"""^\s*(?:test|story|it)\(\s*(['"`])(.+?)\1""", re.M)
TAG = re.compile(r"\bS(\d{1,2})\b")


def tests():
    """(file, name) of every test of the C++ programs, the stories and the checks, in the order of the files."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*test.cpp", "*.test.mjs", "*.test.ts", "tests/*/check.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in sorted(set(listed.stdout.split())):
        path = ROOT / name
        if not path.exists() or "node_modules" in name:
            continue
        text = path.read_text()
        for match in CASE.finditer(text) if name.endswith(".cpp") else STORY.finditer(text):
            raw = match.group(1) if name.endswith(".cpp") else match.group(2)
            pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', raw) if name.endswith(".cpp") else [raw]
            yield name, "".join(pieces).replace('\\"', '"').replace("\\'", "'")


def bare(name):
    return re.sub(r"\s*\[S\d+\]|^S\d+:?\s*(?:and S\d+:?\s*)?", "", name).strip()


def page():
    by_promise, by_file = defaultdict(list), defaultdict(list)
    for file, name in tests():
        tags = sorted({int(tag) for tag in TAG.findall(name)})
        for tag in tags:
            if tag not in PROMISES:
                raise SystemExit(f"{file}: S{tag} is no promise: {name}")
            by_promise[tag].append((file, name))
        if not tags:
            by_file[file].append(name)
    lines = ["# Behaviours, and the tests that show them", "", "Made by `tests/lint/behaviours.py` from the names of the tests.", "", "## Promises of the security checklist", ""]
    for number, promise in PROMISES.items():
        lines += [f"### S{number}: {promise}", ""]
        lines += [f"- {bare(name)} (`{file}`)" for file, name in by_promise.get(number, [])] or ["- no test names it yet"]
        lines.append("")
    lines += ["## Everything else", ""]
    for file, names in by_file.items():
        lines += [f"### `{file}`", ""] + [f"- {bare(name)}" for name in names] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(made_page(PAGE, page(), "the tests say", "behaviours.py"))
