#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds deploy/prometheus/*.rules.yml and deploy/grafana together with the rest: each metric is one that a program has, each job one that
prometheus.yml asks, each alert has its section in docs/operations.md and its case in tests/monitoring, each promise of S26 its alert.

With promtool on the path its own checks run too: of the rules, of prometheus.yml, and of when each alert fires.
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
# Metrics of other programs that rules and dashboards may use, and who has them.
FOREIGN = {
    "up": "Prometheus",
    "probe_success": "blackbox exporter",
    "probe_ssl_earliest_cert_expiry": "blackbox exporter",
    "node_textfile_mtime_seconds": "node exporter",
    "node_filesystem_avail_bytes": "node exporter",
    "node_filesystem_size_bytes": "node exporter",
    "pg_up": "postgres exporter",
    "pg_stat_activity_count": "postgres exporter",
    "pg_settings_max_connections": "postgres exporter",
    "pg_database_size_bytes": "postgres exporter",
    "pg_stat_database_xact_commit": "postgres exporter",
    "pg_stat_database_xact_rollback": "postgres exporter",
    "pg_stat_database_blks_hit": "postgres exporter",
    "pg_stat_database_blks_read": "postgres exporter",
    "pg_stat_database_deadlocks": "postgres exporter",
}
PARTS = ("**Meaning.** ", "**First look.** ", "**What to do.** ")
PAGE = ROOT / "docs/operations.md"
DURATION = re.compile(r"^\d+(ms|s|m|h|d)$")


def known_metrics():
    sources = "\n".join(path.read_text() for path in ROOT.glob("services/**/*.cpp") if "tests" not in path.parts)
    broker = (ROOT / "services/broker/outbound/metrics_file.cpp").read_text()
    names = set(re.findall(r'"(turnkey_[a-z_]+)"', sources))
    measured = set(re.findall(r'observe\(\s*"(turnkey_[a-z_]+)"', sources))
    names |= {name + part for name in measured for part in ("_bucket", "_count", "_sum")}
    names |= set(re.findall(r"TYPE (turnkey_backup_[a-z_]+)", (ROOT / "deploy/backup").read_text()))
    return names | set(FOREIGN) | {"turnkey_broker_" + name for name in re.findall(r'(?:single|family)\("([a-z_]+)"', broker)}


def problems_of_expression(text, known):
    bare, depth = re.sub(r'"[^"]*"', '""', text), 0
    for character in bare:
        depth += character in "([{"
        depth -= character in ")]}"
        if depth < 0:
            yield "brackets"
    if depth != 0:
        yield "brackets"
    for name in re.findall(r"\b(?:turnkey|pg|node|probe|nginx)_[a-z_]+|\bup\b", bare):
        if name not in known:
            yield f"no program has {name}"
    jobs = {job["job_name"] for job in yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]}
    for job in re.findall(r'job="([^"]+)"', text):
        if job not in jobs:
            yield f"prometheus.yml has no job {job}"
    for span in re.findall(r"\[([^\]]*)\]", bare):
        if not DURATION.match(span):
            yield f"[{span}] is no time"
    for counter in re.findall(r"\b(turnkey_[a-z_]+_total)\b(?:\{[^}]*\})?(?!\{|\[)(?=[^\[{a-z_]|$)", bare):
        yield f"{counter} is a counter: it needs a range"


def problems_of_rule(rule, known):
    for key in ("alert", "expr", "labels", "annotations"):
        if not rule.get(key):
            yield f"{key} is missing"
    if set(rule) - {"alert", "expr", "for", "labels", "annotations", "keep_firing_for"}:
        yield "has a field that rules do not have"
    if "for" in rule and not DURATION.match(str(rule["for"])):
        yield "for is no time"
    if rule.get("labels", {}).get("severity") not in ("none", "warning", "critical"):
        yield "labels.severity is not none, warning or critical"
    if rule.get("annotations", {}).get("runbook") != f"docs/operations.md#{str(rule.get('alert')).lower()}":
        yield "annotations.runbook is not its section in docs/operations.md"
    for key in ("summary", "description"):
        if not rule.get("annotations", {}).get(key):
            yield f"annotations.{key} is missing"
    yield from problems_of_expression(str(rule.get("expr", "")), known)


def problems_of_page(names):
    """Each alert has a section with its three parts; none is left of an alert that is gone; links within the page lead somewhere."""
    text = PAGE.read_text()
    sections = {part.split("\n", 1)[0]: part for part in re.split(r"^#{2,3} ", text, flags=re.M)[1:]}
    for name in names:
        if name not in sections:
            yield f"operations.md has no section {name}"
            continue
        yield from (f"operations.md: {name} has no {part.strip(' *.')}" for part in PARTS if part not in sections[name])
    yield from (f"operations.md: no alert is called {name}" for name in sections if name.startswith("Turnkey") and name not in names)
    anchors = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in sections}  # as GitHub makes them
    yield from (f"operations.md: #{anchor} leads nowhere" for anchor in re.findall(r"\]\(#([^)]+)\)", text) if anchor not in anchors)


def problems_of_cases(names):
    cases = (ROOT / "tests/monitoring/rules_test.yml").read_text()
    yield from (f"rules_test.yml has no case of {name}" for name in names if f'alertname="{name}"' not in cases)


def promtool(*words):
    return subprocess.run(["promtool", *map(str, words)], check=False).returncode == 0


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
    problems += [*problems_of_page(names), *problems_of_cases(names)]
    print("\n".join(problems + [f"{len(names)} alerts, {len(problems)} problems"]))
    if shutil.which("promtool"):
        checks = [("check", "rules", *files), ("check", "config", ROOT / "deploy/prometheus/prometheus.yml"), ("test", "rules", ROOT / "tests/monitoring/rules_test.yml")]
        if not all(promtool(*words) for words in checks):
            return 1
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
