#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what docs/examples/firmware says of itself: the plain C takes no more of a chip than it says and needs nothing but its
platform layer and memory functions; the sketch for Arduino is well formed.

check.py LIBRARY       the plain C, compiled for this computer

The sketch is checked against declarations written by hand (arduino_declarations): that finds mistakes of syntax and types in it. It
is not linked, and has run on no board here.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples/firmware"
DECLARATIONS = Path(__file__).resolve().parent / "arduino_declarations"
SOURCES = sorted((EXAMPLES / "c").glob("*.c"))
MOST_CODE = 12 * 1024  # bytes, of this computer's machine code, which is larger than a small chip's
MOST_MEMORY = 6 * 1024  # bytes of `struct device`, with this computer's pointers
MAY_CALL = {"memchr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen", "__stack_chk_fail"}
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
FAILED = []


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test(name, found):
    FAILED.extend(found)
    print(f"{'ok' if not found else 'FAIL'}  {name}" + "".join(f"\n      {line}" for line in found))


def compile_faults(folder, flags):
    for source in SOURCES:
        status, said = run("gcc", "-std=c99", *WARNINGS, *flags, "-c", source, "-o", folder / f"{source.stem}.o")
        if status:
            yield said


def size_faults(folder):
    """Code and constants as -Os makes them, and no variables of its own at all."""
    _, said = run("size", *[folder / f"{source.stem}.o" for source in SOURCES])
    rows = [[int(number) for number in line.split()[:3]] for line in said.splitlines()[1:]]
    code, data, bss = (sum(row[i] for row in rows) for i in range(3))
    print(f"      {code} bytes of code, {data + bss} of variables")
    if len(rows) != len(SOURCES) or not 0 < code <= MOST_CODE or data + bss:
        yield f"{code} bytes of code ({MOST_CODE} at most), {data + bss} bytes of variables (none)"


def memory_faults(folder):
    program = folder / "memory.c"
    program.write_text(f'#include "device.h"\ntypedef char fits[sizeof(struct device) <= {MOST_MEMORY} ? 1 : -1];\nextern fits *unused;\n')
    status, said = run("gcc", "-std=c99", *WARNINGS, "-I", EXAMPLES / "c", "-fsyntax-only", program)
    return [said] if status else []


def call_faults(library):
    """What it takes from outside: no heap, no files, no printf."""
    _, said = run("nm", library)
    defined = set(re.findall(r"^[0-9a-f]+ [TDBR] (\w+)$", said, re.M))
    wanted = set(re.findall(r"^ +U (\w+)$", said, re.M)) - defined - MAY_CALL
    platform = set(re.findall(r"\b(platform_\w+)\(", (EXAMPLES / "c/platform.h").read_text()))
    return [f"it calls {name}" for name in sorted(wanted - platform)] + [f"it never calls {name}" for name in sorted(platform - wanted)]


def sketch_faults(folder):
    """As its README has it: the plain C beside it in src, secrets.h made from the example."""
    sketch = folder / "sketch"
    shutil.copytree(EXAMPLES / "arduino/turnkey_device", sketch, ignore=shutil.ignore_patterns("src", "secrets.h"))
    (sketch / "src").mkdir()
    for path in (EXAMPLES / "c").glob("*.[ch]"):
        shutil.copy(path, sketch / "src")
    shutil.copy(sketch / "secrets.example.h", sketch / "secrets.h")
    # Arduino puts this include in front of every sketch.
    status, said = run("g++", "-std=gnu++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", DECLARATIONS, "-include", "Arduino.h", "-x", "c++", sketch / "turnkey_device.ino")
    return [said] if status else []


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        test("the example firmware is plain C99 without a warning", list(compile_faults(folder, ["-Os"])))
        test("the example firmware takes no more code than it says, and no variables but what its user gives it", list(size_faults(folder)))
        test("a device of the example firmware takes no more memory than it says", memory_faults(folder))
        test("the example firmware has no heap, no files and no printf: it calls its platform and nothing else", call_faults(sys.argv[1]))
        test("the sketch for Arduino is well formed, by declarations written by hand", sketch_faults(folder))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
