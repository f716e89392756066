#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the programs were built, read from the programs themselves (readelf).

check.py PREFIX          all of PREFIX/lib/turnkey, as it is installed
check.py PROGRAM...      these; --not-optimised before them: of a debug build, where _FORTIFY_SOURCE does not work
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FAILED = []


def test(name, body):
    found = body()
    FAILED.extend(found)
    print(f"{'ok' if not found else 'FAIL'}  {name}" + "".join(f"\n      {line}" for line in found))


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, str(path)], capture_output=True, text=True, check=True).stdout


def segments(path):
    """(type, flags) of each program header, flags as in "RWE"."""
    row = re.compile(r"^\s+([A-Z_]+)\s+0x\S+\s+0x\S+\s+0x\S+\s+0x\S+\s+0x\S+\s+([RWE ]{3})\s", re.M)
    return [(kind, flags.replace(" ", "")) for kind, flags in row.findall(readelf("-l", path))]


def imports(path):
    return set(re.findall(r"\sUND\s+(\w+)", readelf("--dyn-syms", path)))


def lacks_of(path, optimised):
    """What this program or library lacks, one line for each."""
    header, dynamic, parts, names = readelf("-h", path), readelf("-d", path), segments(path), imports(path)
    library = path.suffix == ".so"
    rules = {
        "position independent": "DYN" in header and (library or bool(re.search(r"FLAGS_1.*\bPIE\b", dynamic))),
        "full RELRO": any(kind == "GNU_RELRO" for kind, _ in parts) and bool(re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", dynamic)),
        "a stack that is not executed": any(kind == "GNU_STACK" for kind, _ in parts) and ("GNU_STACK", "RWE") not in parts,
        "no segment to write and execute": not any(kind == "LOAD" and {"W", "E"} <= set(flags) for kind, flags in parts),
        "a stack protector": "__stack_chk_fail" in names,
        "no search path of its own": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "no relocations in its text": "TEXTREL" not in dynamic,
    }
    if optimised:
        rules["_FORTIFY_SOURCE"] = any(name.endswith("_chk") for name in names)
    return [f"{path.name}: not {rule}" if rule.startswith("position") else f"{path.name}: lacks {rule}" for rule, held in rules.items() if not held]


WEAK = '#include <string.h>\n#include <stdio.h>\nint main(int n, char **a) { char b[8]; strcpy(b, a[n - 1]); return puts(b); }\n'


def finds_weak_programs():
    """A program that was built without any of it is named for each of them: the check can fail."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "weak.c").write_text(WEAK)
        program = Path(folder) / "weak"
        flags = ["-O2", "-no-pie", "-fno-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,norelro,-z,lazy,-z,execstack", "-Wl,-rpath,/nowhere"]
        subprocess.run(["cc", *flags, "-o", str(program), str(Path(folder) / "weak.c")], check=True, capture_output=True)
        lacks = "\n".join(lacks_of(program, True))
        wanted = ["position independent", "RELRO", "stack that", "stack protector", "search path", "FORTIFY"]
        return [f"nothing was said of: {what}" for what in wanted if what not in lacks]


def main():
    arguments = sys.argv[1:]
    optimised = arguments[:1] != ["--not-optimised"]
    programs = [Path(name) for name in arguments[0 if optimised else 1 :]]
    if not programs:
        raise SystemExit(__doc__)
    if programs[0].is_dir():
        programs = [path for path in sorted((programs[0] / "lib/turnkey").iterdir()) if path.is_file()]
    if len(programs) < 7:
        raise SystemExit(f"only {len(programs)} programs: four services, two tools and the broker's plugin are wanted")
    test("S25: the check names what a weak program lacks", finds_weak_programs)
    test("S25: every program and the plugin is hardened", lambda: [lack for path in programs for lack in lacks_of(path, optimised)])
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
