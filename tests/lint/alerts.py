#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds deploy/prometheus/*.rules.yml: well formed, each metric one that a program has, each promise of S26 with its alert.

With promtool on the path its own check runs too.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# What S26 says must be visible, by the metric that shows it.
MUST = {
    "failed scans": "turnkey_provisioning_failed_scans_total",
    "windows without press": "turnkey_provisioning_windows_without_press_total",
    "presses without window": "turnkey_ingest_presses_without_window_total",
    "presses for a window that ended": "turnkey_provisioning_presses_without_window_total",
    "one serial from two users": "turnkey_provisioning_windows_contended_total",
    "one key in two places": "turnkey_broker_sessions_taken_over_total",
}
DURATION = re.compile(r"^\d+(ms|s|m|h|d)$")


def known_metrics():
    sources = "\n".join(path.read_text() for path in ROOT.glob("services/**/*.cpp") if "tests" not in path.parts)
    broker = (ROOT / "services/broker/outbound/metrics_file.cpp").read_text()
    names = set(re.findall(r'"(turnkey_[a-z_]+)"', sources))
    return names | {"turnkey_broker_" + name for name in re.findall(r'(?:single|family)\("([a-z_]+)"', broker)}


def problems_of_expression(text, known):
    depth = 0
    for character in text:
        depth += character in "([{"
        depth -= character in ")]}"
        if depth < 0:
            yield "brackets"
    if depth != 0:
        yield "brackets"
    for name in re.findall(r"\bturnkey_[a-z_]+", text):
        if name not in known:
            yield f"no program has {name}"
    for span in re.findall(r"\[([^\]]*)\]", text):
        if not DURATION.match(span):
            yield f"[{span}] is no time"
    for counter in re.findall(r"\b(turnkey_[a-z_]+_total)\b(?:\{[^}]*\})?(?!\{|\[)(?=[^\[{a-z_]|$)", text):
        yield f"{counter} is a counter: it needs a range"


def problems_of_rule(rule, known):
    for key in ("alert", "expr", "labels", "annotations"):
        if not rule.get(key):
            yield f"{key} is missing"
    if set(rule) - {"alert", "expr", "for", "labels", "annotations", "keep_firing_for"}:
        yield "has a field that rules do not have"
    if "for" in rule and not DURATION.match(str(rule["for"])):
        yield "for is no time"
    for key in ("summary", "description"):
        if not rule.get("annotations", {}).get(key):
            yield f"annotations.{key} is missing"
    yield from problems_of_expression(str(rule.get("expr", "")), known)


def main():
    files = sorted((ROOT / "deploy/prometheus").glob("*.rules.yml"))
    known, problems, seen, names = known_metrics(), [], "", []
    for path in files:
        for group in yaml.safe_load(path.read_text())["groups"]:
            if not group.get("name"):
                problems.append(f"{path.name}: a group has no name")
            for rule in group["rules"]:
                names.append(rule.get("alert"))
                seen += str(rule.get("expr"))
                problems += [f"{path.name}: {rule.get('alert')}: {problem}" for problem in problems_of_rule(rule, known)]
    problems += [f"no alert on {what} ({metric})" for what, metric in MUST.items() if metric not in seen]
    problems += [f"{name} is there twice" for name in set(names) if names.count(name) > 1]
    print("\n".join(problems + [f"{len(names)} alerts, {len(problems)} problems"]))
    if shutil.which("promtool") and subprocess.run(["promtool", "check", "rules", *map(str, files)], check=False).returncode:
        return 1
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
