#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What deploy/install-systemd makes, below a temporary root: systemd's own judgement of the units, settings that the programs read,
who may read what. Without systemd-analyze the judgement is left out, and that is said. Nothing is started.
"""
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ["registry", "provisioning", "telemetry-ingest", "experience-gateway"]
UNITS = [f"turnkey-{name}.service" for name in [*SERVICES, "broker", "proxy", "backup"]]
MOST_EXPOSED = {"turnkey-backup.service": 30, "turnkey-proxy.service": 25}  # tenths of systemd's points, 0 best; the others:
EXPOSED = 20
FAILED = []


def test(name, body):
    found = body()
    FAILED.extend(found)
    print(f"{'ok' if not found else 'FAIL'}  {name}" + "".join(f"\n      {line}" for line in found))


def made_below(folder):
    """An installation with programs that are only names, and what of systemd the units build upon."""
    prefix, root = folder / "prefix", folder / "root"
    (prefix / "lib/turnkey").mkdir(parents=True)
    (prefix / "share/turnkey/web").mkdir(parents=True)
    (prefix / "share/turnkey/web/index.html").write_text("")
    programs = [prefix / "lib/turnkey" / name for name in SERVICES]
    for program in programs:
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    install(prefix, root)
    for program in ("mosquitto", "nginx"):
        (root / "usr/sbin").mkdir(parents=True, exist_ok=True)
        shutil.copy(programs[0], root / "usr/sbin" / program)
    (root / "bin").mkdir()
    shutil.copy(programs[0], root / "bin/kill")
    own = Path("/lib/systemd/system")
    if own.is_dir():
        shutil.copytree(own, root / "usr/lib/systemd/system", symlinks=True)
    return prefix, root


def install(prefix, root):
    subprocess.run([ROOT / "deploy/install-systemd", "--programs", prefix, "--host", "turnkey.example", "--root", root], check=True, capture_output=True)


def analyze(root, *words):
    done = subprocess.run(["systemd-analyze", f"--root={root}", *words], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()


def units_are_valid(root):
    """Systemd passes over keys that it does not know, with a word: each word counts."""
    status, said = analyze(root, "verify", "turnkey.target", "turnkey-backup.timer", *UNITS)
    return [line for line in said if "turnkey" in line] or ([] if status == 0 else said[-5:])


def units_are_confined(root):
    found = []
    for unit in UNITS:
        limit = MOST_EXPOSED.get(unit, EXPOSED)
        if analyze(root, "security", "--offline=true", "--no-pager", f"--threshold={limit}", unit)[0] != 0:
            found.append(f"{unit} is exposed by more than {limit / 10}: systemd-analyze security says how")
    return found


def settings_are_read(root):
    """Every variable that is set is one that the programs read, by its name or as NAME_FILE."""
    sources = "\n".join(path.read_text() for path in [*ROOT.glob("services/*/config.cpp"), ROOT / "libs/service/settings.cpp"])
    known = set(re.findall(r'"(TURNKEY_[A-Z_]+)"', sources))
    found = []
    for path in [*root.glob("etc/turnkey/*.env"), *root.glob("etc/systemd/system/turnkey-*.service")]:
        for name in re.findall(r"^(?:Environment=)?(TURNKEY_[A-Z_]+)=", path.read_text(), re.M):
            if name not in known and name.removesuffix("_FILE") not in known:
                found.append(f"{path.name}: no program reads {name}")
    return found


def secrets_are_private(root):
    private = [*root.glob("etc/turnkey/secrets/*"), root / "etc/turnkey/tls/ca.key", root / "etc/turnkey/tls/server.key", root / "etc/turnkey/broker/database", root / "etc/turnkey/backup-passphrase"]
    found = [f"{path.name}: others may read it" for path in private if stat.S_IMODE(path.stat().st_mode) & 0o007]
    values = {path.read_text().strip() for path in root.glob("etc/turnkey/secrets/*") if path.name != "broker-services"}
    for path in [*root.glob("etc/turnkey/*.env"), *root.glob("etc/turnkey/*.conf"), *root.glob("etc/systemd/system/turnkey*")]:
        if path.is_file() and any(value in path.read_text() for value in values):
            found.append(f"{path.name} holds a secret")
    return found


def paths_are_final(root):
    """Nothing that was written names the temporary root, and no placeholder is left but in comments."""
    files = [path for path in root.glob("etc/turnkey/**/*") if path.is_file() and path.suffix in (".conf", ".env")]
    found = [f"{path.name} names the temporary root" for path in files if str(root.parent) in path.read_text()]
    return found + [f"{path.name}: {line}" for path in files for line in path.read_text().splitlines() if re.search(r"^[^#]*@[A-Z_]+@", line)]


def second_run_keeps(prefix, root):
    """A new version replaces programs and keeps what was changed by hand, and all secrets."""
    settings, secret = root / "etc/turnkey/telemetry-ingest.env", root / "etc/turnkey/secrets/registry-seal"
    settings.write_text(settings.read_text().replace("=400", "=30"))
    before = secret.read_text()
    install(prefix, root)
    return ([] if "=30" in settings.read_text() else ["settings were written over"]) + ([] if secret.read_text() == before else ["secrets were made anew"])


def own_certificate_stays(prefix, root):
    """A company puts its own chain and key in place of ours, which an upgrade must not touch."""
    tls = root / "etc/turnkey/tls"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=turnkey.example",
                    "-keyout", tls / "server.key", "-out", tls / "server.crt"], check=True, capture_output=True)
    before = [(tls / name).read_text() for name in ("server.crt", "server.key")]
    install(prefix, root)
    return [] if before == [(tls / name).read_text() for name in ("server.crt", "server.key")] else ["the company's own certificate or key was written over"]


def restored_files_are_readable(prefix, root):
    """A restore may bring back modes of an older version: run again, the installer lets each program read its own."""
    tree = [path for path in root.glob("etc/turnkey/**/*") if "branding" not in path.parts]
    wanted = {path: stat.S_IMODE(path.stat().st_mode) for path in tree if path.parts[-2] in ("secrets", "tls", "broker") or path.is_dir()}
    for path in wanted:
        path.chmod(0o700 if path.is_dir() else 0o600)
    install(prefix, root)
    return [f"{path.name}: {stat.S_IMODE(path.stat().st_mode):o}, was {mode:o}" for path, mode in wanted.items()
            if path.suffix not in (".log", ".csr", ".ext", ".leaf", ".names", ".srl") and stat.S_IMODE(path.stat().st_mode) != mode]


def main():
    with tempfile.TemporaryDirectory() as folder:
        prefix, root = made_below(Path(folder))
        if shutil.which("systemd-analyze"):
            test("units of systemd are valid", lambda: units_are_valid(root))
            test("S25: units of systemd confine the programs", lambda: units_are_confined(root))
        else:
            print("--    systemd-analyze is not here: nobody has judged the units")
        test("units of systemd set what programs read", lambda: settings_are_read(root))
        test("S2: an installation under systemd keeps its secrets private", lambda: secrets_are_private(root))
        test("an installation under systemd has final paths", lambda: paths_are_final(root))
        test("a new version under systemd keeps settings and secrets", lambda: second_run_keeps(prefix, root))
        test("after a restore under systemd the installer lets programs read their files again", lambda: restored_files_are_readable(prefix, root))
        test("a company's own certificate under systemd stays", lambda: own_certificate_stays(prefix, root))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
