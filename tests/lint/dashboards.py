#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds deploy/grafana/dashboards: made by deploy/grafana/make, whole, each metric one that somebody has, each question one that
Prometheus reads (with promtool on the path). No Grafana is asked: there is none here.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import yaml

sys.dont_write_bytecode = True
from alerts import ROOT, known_metrics, problems_of_expression

FOLDER = ROOT / "deploy/grafana/dashboards"
SOURCES = ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml"


def overlap(a, b):
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def problems_of_panel(panel, known, sources):
    title = panel.get("title") or "a panel without a title"
    if panel.get("gridPos", {}).get("x", 99) + panel.get("gridPos", {}).get("w", 99) > 24:
        yield f"{title}: is not on the grid"
    if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
        yield f"{title}: has no unit"
    if not panel.get("targets") or len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
        yield f"{title}: has no questions, or two of one name"
    for target in panel.get("targets", []):
        if target.get("datasource", {}).get("uid") not in sources:
            yield f"{title}: asks a source that is not provisioned"
        yield from (f"{title}: {problem}" for problem in problems_of_expression(plain(target["expr"]), known))


def plain(expr):
    return expr.replace("$__rate_interval", "5m")


def read_by_prometheus(exprs):
    rules = {"groups": [{"name": "panels", "rules": [{"record": f"panel:{at}", "expr": plain(expr)} for at, expr in enumerate(exprs)]}]}
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump(rules, file)
        file.flush()
        return subprocess.run(["promtool", "check", "rules", file.name], check=False).returncode == 0


def main():
    known = known_metrics() | {"ALERTS"}
    sources = {source["uid"] for source in yaml.safe_load(SOURCES.read_text())["datasources"]}
    dashboards = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
    problems, exprs = [], []
    for name, dashboard in dashboards.items():
        panels = dashboard["panels"]
        problems += [f"{name}: {problem}" for panel in panels for problem in problems_of_panel(panel, known, sources)]
        problems += [f"{name}: {a['title']} lies on {b['title']}" for a, b in combinations(panels, 2) if overlap(a["gridPos"], b["gridPos"])]
        if len({panel["id"] for panel in panels}) != len(panels):
            problems.append(f"{name}: two panels have one id")
        exprs += [target["expr"] for panel in panels for target in panel["targets"]]
    if len({dashboard["uid"] for dashboard in dashboards.values()}) != len(dashboards):
        problems.append("two dashboards have one uid")
    made = subprocess.run([sys.executable, ROOT / "deploy/grafana/make", "--check"], check=False).returncode == 0
    print("\n".join(problems + [f"{len(dashboards)} dashboards, {len(exprs)} questions, {len(problems)} problems"]))
    if shutil.which("promtool") and not read_by_prometheus(exprs):
        return 1
    return 1 if problems or not exprs or not made else 0


if __name__ == "__main__":
    sys.exit(main())
