#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the shape of the tree: which folder may include what, how large files may be, and what each source begins with.

The compiler cannot: all headers of Debian lie on one path. The table is that of docs/decisions/0001-shape.md.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBS = {"core", "contracts", "bus", "pg", "http", "labels", "service", "testing"}
# A library may include itself and these.
LIB_MAY = {
    "core": set(),
    "contracts": {"core"},
    "bus": {"core", "contracts"},
    "pg": {"core"},
    "http": {"core", "contracts"},
    "labels": {"core"},
    "service": {"core", "contracts", "bus", "http", "pg"},
    "testing": LIBS,
}
# A folder of a service may include these folders of it, and these libraries. Root files (app, config, main) may include all.
DOMAIN = {"domain", "core", "contracts"}
FOLDER_MAY = {
    "domain": DOMAIN,
    "usecases": DOMAIN | {"usecases"},
    "inbound": DOMAIN | {"usecases", "inbound", "bus", "http", "labels", "service"},
    "outbound": DOMAIN | {"usecases", "outbound", "bus", "pg", "service"},
}
# Where a service departs from the table, and why.
EXCEPTIONS = {
    # Its rules are questions to its tables: a port with one implementation would only repeat them (0002-registry.md).
    ("registry", "usecases"): {"outbound", "pg"},
    ("registry", "inbound"): {"outbound", "pg"},
    # Webhooks: it asks others by HTTP.
    ("registry", "outbound"): {"http"},
    # It owns nothing: its inbound handlers ask the other services directly.
    ("experience-gateway", "inbound"): {"outbound"},
}
LIBRARY_OF_ONE = {"MQTTAsync.h": "libs/bus", "httplib.h": "libs/http", "hpdf.h": "libs/labels"}  # and tests
HARD_LINES = 400
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^">]+)[">]', re.M)


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.hpp"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split() if (ROOT / name).exists()]


def allowed(path):
    """The first folders of quoted includes that this file may have; None: anything."""
    parts = path.parts
    if parts[0] == "libs" and "tests" not in parts:
        return LIB_MAY[parts[1]] | {parts[1]}
    if parts[0] == "services" and parts[1] != "broker" and len(parts) > 3 and parts[2] in FOLDER_MAY:
        return FOLDER_MAY[parts[2]] | EXCEPTIONS.get((parts[1], parts[2]), set())
    return None


def problems_of(path):
    text = (ROOT / path).read_text()
    may = allowed(path)
    for include in INCLUDE.findall(text):
        first = include.split("/")[0]
        if may is not None and "/" in include and first in LIBS | set(FOLDER_MAY) and first not in may:
            yield f"{path}: may not include {include}"
        owner = LIBRARY_OF_ONE.get(include)
        if owner and "tests" not in path.parts and not str(path).startswith(owner):
            yield f"{path}: only {owner} may include {include}"
    if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
        yield f"{path}: the first line is the licence"
    lines = text.count("\n")
    if lines > HARD_LINES and "tests" not in path.parts:
        yield f"{path}: {lines} lines; {HARD_LINES} at most"


def main():
    files = sources()
    problems = [problem for path in files for problem in problems_of(path)]
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} problems")
    return 1 if problems or len(files) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
