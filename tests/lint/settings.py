#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the settings together: what the programs read, what docker-compose.yml gives them, what .env.example explains.

Every variable that a program reads is explained in .env.example, set by docker-compose.yml or its entrypoints, or listed here as
one that an installation in containers leaves at its default. What docker-compose.yml asks of the environment is explained in
.env.example with the same default, and the other way round.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Programs read them; in containers their defaults hold.
DEFAULTS = {
    "TURNKEY_BROKER": "the broker of docker-compose.yml has the plugin",
    "TURNKEY_INSTANCE": "each container is one",
    "TURNKEY_RPC_THREADS": "measured",
    "TURNKEY_DATABASE_SESSIONS": "measured",
    "TURNKEY_HTTP_THREADS": "measured",
    "TURNKEY_DEVICE_BROKER_TLS": "devices come with TLS or not at all",
    "TURNKEY_LABEL_FONT_FOLDER": "the image has its fonts where Debian has them",
    "TURNKEY_BACKUP_METRICS_FILE": "backups of containers are made from outside",
    "TURNKEY_LABEL_LOGO_FILE": "a file to be mounted",
}
READ = re.compile(r'in\.(?:text|integer|boolean|duration_ms|list|secret)\(\s*"(TURNKEY_\w+)"')
SECRET = re.compile(r'in\.secret\(\s*"(TURNKEY_\w+)"')
ASKED = re.compile(r"\$\{(\w+):-([^}]*)\}")
SETTING = re.compile(r"^(#? ?)([A-Z]\w+)=(.*)$", re.M)
MENTIONED = re.compile(r"TURNKEY_\w+")


def text(name):
    return (ROOT / name).read_text()


def read_by_programs():
    names = set()
    for folder in ("services", "libs/service"):
        for path in (ROOT / folder).rglob("*.cpp"):
            if "tests" in path.parts:
                continue
            source = path.read_text()
            secrets = set(SECRET.findall(source))
            names |= {name + "_FILE" if name in secrets else name for name in READ.findall(source)}
    return names


def main():
    compose = text("docker-compose.yml")
    explained = {name: (off, value) for off, name, value in SETTING.findall(text(".env.example"))}
    entrypoints = "".join(path.read_text() for path in sorted((ROOT / "deploy/docker/bin").iterdir()))
    given = set(re.findall(r"^\s+(TURNKEY_\w+):", compose, re.M)) | set(re.findall(r"export (?:TURNKEY_\w+=\S+ )*(TURNKEY_\w+)=", entrypoints))
    given |= set(MENTIONED.findall("".join(line for line in entrypoints.splitlines() if line.lstrip().startswith("export "))))
    wrong = []
    for name in sorted(read_by_programs()):
        if name not in given and name not in DEFAULTS:
            wrong.append(f"{name}: a program reads it, docker-compose.yml does not set it, and tests/lint/settings.py does not say why")
    for name in sorted(DEFAULTS):
        if name not in read_by_programs():
            wrong.append(f"{name}: no program reads it any more (tests/lint/settings.py)")
    asked = dict(ASKED.findall(compose))
    for name, default in sorted(asked.items()):
        if name not in explained:
            wrong.append(f"{name}: docker-compose.yml asks for it, .env.example does not explain it")
        elif explained[name][0] == "" and explained[name][1] != default:
            wrong.append(f"{name}: {default!r} in docker-compose.yml, {explained[name][1]!r} in .env.example")
    for name in sorted(set(explained) - set(asked) - {"COMPOSE_PROFILES"}):
        wrong.append(f"{name}: explained in .env.example, asked for by nothing")
    print("\n".join(wrong) or f"{len(asked)} settings of docker-compose.yml, all explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
