#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the access lists of deploy/brokers together with the table of proto/README.md: what a service may publish and subscribe.

Devices are the matter of the registry's views and of the patterns; here only the services are compared.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ["registry", "provisioning", "telemetry-ingest", "experience-gateway"]
ROOTS = ["devices", "losant"]
# Of the plugin alone: no other broker hears it.
PLUGIN = re.compile(r"^\$CONTROL/|/login$")
OWN_REPLIES = "rpc-replies/OWN"


def expanded(topic):
    """A topic of the table as the brokers say it: without the group of a shared subscription, once for each root."""
    topic = re.sub(r"^\$share/[^/]+/", "", topic)
    return [root + topic[1:] for root in ROOTS] if topic.startswith("R/") else [topic]


def table():
    rows = {}
    text = (ROOT / "proto/README.md").read_text()
    for name, subscribes, publishes in re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", text, re.M):
        if name not in SERVICES or name in rows:
            continue
        # What comes with a device's own key is judged by the plugin.
        publishes = publishes.split(";")[0]
        rights = {"subscribe": set(), "publish": set()}
        for kind, cell in (("subscribe", subscribes), ("publish", publishes)):
            for topic in re.findall(r"`([^`]+)`", cell):
                rights[kind] |= {one for one in expanded(topic) if not PLUGIN.search(one)}
        if "own replies" in subscribes:
            rights["subscribe"].add(OWN_REPLIES)
        if "replies" in re.sub(r"`[^`]*`", "", publishes):
            rights["publish"].add("rpc-replies/+")
        rows[name] = rights
    return rows


def mosquitto():
    rows = {name: {"subscribe": set(), "publish": set()} for name in SERVICES}
    user = None
    for line in (ROOT / "deploy/brokers/mosquitto/acl").read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "user":
            user = words[1]
        elif words[0] == "topic":
            rows[user]["subscribe" if words[1] == "read" else "publish"].add(words[2])
        elif words == ["pattern", "read", "rpc-replies/%c"]:
            for rights in rows.values():
                rights["subscribe"].add(OWN_REPLIES)
    return rows


def emqx():
    rows = {name: {"subscribe": set(), "publish": set()} for name in SERVICES}
    text = (ROOT / "deploy/brokers/emqx/acl.conf").read_text()
    for user, kind, topics in re.findall(r'^\{allow, \{user, "([a-z-]+)"\}, (\w+), \[(.*)\]\}\.$', text, re.M):
        rows[user][kind] |= {topic.replace("${clientid}", "OWN") for topic in re.findall(r'"([^"]+)"', topics)}
    return rows


def main():
    wanted, wrong = table(), []
    for where, found in (("deploy/brokers/mosquitto/acl", mosquitto()), ("deploy/brokers/emqx/acl.conf", emqx())):
        for name in SERVICES:
            for kind in ("subscribe", "publish"):
                wrong += [f"{where}: {name} may not {kind} {topic}" for topic in sorted(wanted[name][kind] - found[name][kind])]
                wrong += [f"{where}: {name} may {kind} {topic}, which proto/README.md does not say" for topic in sorted(found[name][kind] - wanted[name][kind])]
    print("\n".join(wrong) or f"{sum(len(kind) for rights in wanted.values() for kind in rights.values())} rights of services, the same everywhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
