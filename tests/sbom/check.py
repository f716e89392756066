#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what deploy/sbom writes about the built programs: well formed as CycloneDX 1.5 wants it, complete by a second way of asking.

check.py PREFIX        an installed build
check.py PROGRAM...    programs of a build folder
check.py --form FILE...    documents that are there already: whether they are well formed
"""
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file", "data"}
PURL = re.compile(r"^pkg:(deb/debian|npm)/[^@\s]+@[^?\s]+(\?arch=\w+&distro=debian-12)?$")
FAILED = []


def test(name, body):
    found = body()
    FAILED.extend(found)
    print(f"{'ok' if not found else 'FAIL'}  {name}" + "".join(f"\n      {line}" for line in found[:20]))


def sbom(*words):
    return subprocess.run([ROOT / "deploy/sbom", *words], capture_output=True, text=True, check=True).stdout


def well_formed(bom):
    found = [] if (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.5", 1) else ["is not CycloneDX 1.5"]
    if not re.match(r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", bom["serialNumber"]):
        found.append("the serial number is no UUID")
    references = [component["bom-ref"] for component in bom["components"]]
    found += [f"{reference} is there twice" for reference in set(references) if references.count(reference) > 1]
    for component in bom["components"]:
        name = component.get("name", "?")
        if component.get("type") not in KINDS or not component.get("version"):
            found.append(f"{name}: has no type or no version")
        if "purl" in component and not PURL.match(component["purl"]):
            found.append(f"{name}: {component['purl']} is no package URL")
        if any(set(choice) != {"license"} or len(choice["license"]) != 1 for choice in component.get("licenses", [])):
            found.append(f"{name}: a licence has to have one name")
    return found


def programs_are_listed(bom, programs):
    """With the digest of the very file."""
    listed = {component["name"]: component["hashes"][0]["content"] for component in bom["components"] if "hashes" in component}
    return [f"{path.name}: is not listed as it is" for path in programs if listed.get(path.name) != hashlib.sha256(path.read_bytes()).hexdigest()]


def libraries_are_listed(bom, programs):
    """Each library that a program names (readelf, not the loader that deploy/sbom asks) belongs to a listed package."""
    packages = {component["name"] for component in bom["components"] if component.get("purl", "").startswith("pkg:deb/")}
    files = {}
    for path in packages:
        listed = subprocess.run(["dpkg", "-L", path], capture_output=True, text=True, check=False).stdout
        files |= {Path(line).name: path for line in listed.splitlines()}
    names = {name for path in programs for name in re.findall(r"\(NEEDED\).*\[(.+)\]", subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout)}
    return [f"{name} is of no listed package" for name in sorted(names) if name not in files] + ([] if len(names) > 10 else ["the programs name hardly any library"])


def web_is_listed(bom):
    dependencies = json.loads((ROOT / "services/experience-gateway/web/package.json").read_text())["dependencies"]
    required = {component["name"]: component["version"] for component in bom["components"] if component.get("scope") == "required"}
    return [f"{name} {version} is not listed" for name, version in dependencies.items() if required.get(name) != version]


def check_forms(files):
    for path in files:
        test(f"{path} is well formed", lambda path=path: well_formed(json.loads(Path(path).read_text())))
    return 1 if FAILED or not files else 0


def main():
    if sys.argv[1:2] == ["--form"]:
        return check_forms(sys.argv[2:])
    given = [Path(name).resolve() for name in sys.argv[1:]]
    if not given:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        prefix = given[0]
        if not prefix.is_dir():
            prefix = Path(folder)
            (prefix / "lib/turnkey").mkdir(parents=True)
            (prefix / "share/turnkey/web").mkdir(parents=True)
            for path in given:
                (prefix / "lib/turnkey" / path.name).symlink_to(path)
        programs = sorted((prefix / "lib/turnkey").iterdir())
        text = sbom("--prefix", str(prefix))
        bom = json.loads(text)
        test("S25: the SBOM is well formed", lambda: well_formed(bom))
        test("S25: the SBOM lists every program with its digest", lambda: programs_are_listed(bom, programs))
        test("S25: the SBOM lists the package of every library that is loaded", lambda: libraries_are_listed(bom, programs))
        test("S25: the SBOM lists what is in the web app", lambda: web_is_listed(bom))
        test("S25: the SBOM of the same build is the same, and names no folder of this machine", lambda: [] if text == sbom("--prefix", str(prefix)) and str(prefix) not in text else ["it is not"])
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
