#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""proto/openapi.yaml and proto/asyncapi.yaml against themselves, the schemas and the sources.

usage: check_documents.py SOURCE_FOLDER

Every document parses, every $ref resolves, every schema is used; the routes of openapi.yaml are those of the gateway,
and its problem codes are words of the sources; the RPC methods of asyncapi.yaml and of README.md are those that the
services register; who sends and gets what is what the broker's access table allows.
"""
import json
import re
import sys
from pathlib import Path

import yaml

METHODS = ("get", "put", "post", "patch", "delete")
wrong = []


def check(condition, message):
    if not condition:
        wrong.append(message)


def load(path):
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)


def source(folder, pattern="**/*.cpp"):
    files = [path for path in sorted(folder.glob(pattern)) if "tests" not in path.parts and "web" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


class References:
    """Follows every $ref of a document, into other files too."""

    def __init__(self):
        self.documents = {}
        self.used = set()  # files that something refers to
        self.seen = set()

    def document(self, path):
        if path not in self.documents:
            self.documents[path] = load(path)
        return self.documents[path]

    def follow_all(self, path):
        self.walk(path, self.document(path), path.name)

    def walk(self, path, node, where):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                self.follow(path, node["$ref"], where)
            for key, child in node.items():
                self.walk(path, child, f"{where}/{key}")
        elif isinstance(node, list):
            for index, child in enumerate(node):
                self.walk(path, child, f"{where}/{index}")

    def follow(self, path, reference, where):
        name, _, pointer = reference.partition("#")
        target = (path.parent / name).resolve() if name else path
        if (target, pointer) in self.seen:
            return
        self.seen.add((target, pointer))
        self.used.add(target)
        if not target.is_file():
            return wrong.append(f"{where}: {reference} names no file")
        node = self.document(target)
        for step in filter(None, pointer.split("/")):
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and step in node:
                node = node[step]
            else:
                return wrong.append(f"{where}: {reference} points at nothing")
        self.walk(target, node, f"{target.name}#{pointer}")


def check_references(proto):
    references = References()
    for name in ("openapi.yaml", "asyncapi.yaml"):
        references.follow_all((proto / name).resolve())
    for path in sorted((proto / "schemas").glob("*.json")):
        references.follow_all(path.resolve())
        check(path.resolve() in references.used, f"nothing refers to schemas/{path.name}")
    return len(references.seen)


def routes_of_gateway(root):
    text = source(root / "services/experience-gateway/inbound")
    routes = {(method.lower(), path) for method, path in
              re.findall(r'\b(?:route|add)\(\s*"(GET|PUT|POST|PATCH|DELETE)",\s*"(/[^"]*)"', text)}
    return routes | {("get", path) for path in re.findall(r'\bstream\(\s*"(/[^"]*)"', text)}


def check_routes(root, api):
    served = routes_of_gateway(root)
    described = {(method, path) for path, item in api["paths"].items() for method in item if method in METHODS}
    check(len(served) > 20, "the gateway's routes cannot be found in its sources")
    for method, path in sorted(served - described):
        wrong.append(f"openapi.yaml lacks {method.upper()} {path}")
    for method, path in sorted(described - served):
        wrong.append(f"the gateway does not serve {method.upper()} {path}")
    return len(served)


def parameters_of(api, item, operation):
    for parameter in item.get("parameters", []) + operation.get("parameters", []):
        yield api["components"]["parameters"][parameter["$ref"].split("/")[-1]] if "$ref" in parameter else parameter


def answer_of(api, answer):
    return api["components"]["responses"][answer["$ref"].split("/")[-1]] if "$ref" in answer else answer


def check_operations(root, api):
    words = source(root / "libs") + source(root / "services")
    ids = set()
    for path, item in api["paths"].items():
        for method, operation in ((name, item[name]) for name in METHODS if name in item):
            where = f"openapi.yaml {method.upper()} {path}"
            check(operation["operationId"] not in ids, f"{where}: its operationId is not its own")
            ids.add(operation["operationId"])
            named = {p["name"] for p in parameters_of(api, item, operation) if p["in"] == "path"}
            check(named == set(re.findall(r"{(\w+)}", path)), f"{where}: its path parameters are {sorted(named)}")
            check("security" in operation or "401" in operation["responses"], f"{where}: no 401")
            by_hand = operation.get("security") in ([{"registrationToken": []}], [{"deviceKey": []}])  # no browser sends it by itself
            check(method == "get" or by_hand or "403" in operation["responses"], f"{where}: a change without a 403")
            for status, answer in operation["responses"].items():
                check_answer(f"{where} {status}", int(status), answer_of(api, answer), words)


def check_answer(where, status, answer, words):
    codes = answer.get("x-codes", [])
    check((status >= 400) == bool(codes), f"{where}: x-codes belong to errors, and to each of them")
    check(status < 400 or "application/problem+json" in answer["content"], f"{where}: an error is a problem")
    for code in codes:
        check(f'"{code}"' in words, f"{where}: no source says {code}")


def check_methods(root, api, readme):
    total = 0
    for service in ("registry", "provisioning", "telemetry-ingest"):
        text = source(root / "services" / service / "inbound") + source(root / "libs/service")  # what all services serve
        served = set(re.findall(r'server\.on\("(\w+)"', text)) | set(re.findall(r'[{(]"(\w+)",\s*on_\w+', text))
        described = api["channels"][f"rpc/{service}/{{method}}"]["parameters"]["method"]["schema"]["enum"]
        section = readme.split(f"\n### {service}\n")[1].split("\n### ")[0].split("\n## ")[0]
        rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
        told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
        check(set(described) == served, f"asyncapi.yaml, methods of {service}: {sorted(set(described) ^ served)}")
        check(told == served, f"README.md, methods of {service}: {sorted(told ^ served)}")
        total += len(served)
    return total


def fits(pattern, topic):
    """Does a line of the access table cover a channel? R stands for the root, {client} for the own client id."""
    wanted, given = pattern.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(
        a == b or a == "+" or (a == "R" and b == "{root}") or (a == "{client}" and b == "{clientId}")
        or (b == "{method}" and a in ("recent_presses", "stray_press")) for a, b in zip(wanted, given))


def check_access(root, api):
    table = re.findall(r'Line{"([^"]+)", k(Pub|Sub), "([^"]+)"}', source(root / "services/broker/domain"))
    check(len(table) > 30, "the broker's access table cannot be found in its sources")
    table = [(service, access, re.sub(r"^\$share/[^/]+/", "", pattern)) for service, access, pattern in table]
    used = set()
    for channel, item in api["channels"].items():
        for access, key in (("Pub", "x-from"), ("Sub", "x-to")):
            for service in item["publish"][key]:
                lines = [line for line in table if line[:2] == (service, access) and fits(line[2], channel)]
                used.update(lines)
                if service not in ("device", "broker", "integration"):
                    check(lines, f"asyncapi.yaml {channel}: the broker does not let {service} ({key})")
    for service, access, pattern in sorted(set(table) - used):
        wrong.append(f"asyncapi.yaml has no channel for {service} {access} {pattern}")
    return len(table)


def check_messages(proto, api):
    """Every message is used, and named as its schema is."""
    messages = api["components"]["messages"]
    used = {item["publish"]["message"]["$ref"].split("/")[-1] for item in api["channels"].values()}
    check(used == set(messages), f"asyncapi.yaml, messages that no channel has: {sorted(set(messages) - used)}")
    for name, message in messages.items():
        if "$ref" not in message["payload"]:
            continue
        stem = re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()
        check(message["payload"]["$ref"] == f"schemas/{stem}.json", f"asyncapi.yaml: {name} has another's schema")


def check_examples(proto):
    schemas = {path.stem for path in (proto / "schemas").glob("*.json")} - {"common"}
    for path in sorted((proto / "examples").rglob("*.*.json")):
        check(path.name.split(".")[0] in schemas, f"examples: there is no schema for {path.name}")


def main():
    root = Path(sys.argv[1])
    proto = root / "proto"
    http, mqtt = load(proto / "openapi.yaml"), load(proto / "asyncapi.yaml")
    references = check_references(proto)
    routes = check_routes(root, http)
    check_operations(root, http)
    methods = check_methods(root, mqtt, (proto / "README.md").read_text(encoding="utf-8"))
    lines = check_access(root, mqtt)
    check_messages(proto, mqtt)
    check_examples(proto)
    print("\n".join(wrong) or f"{references} references, {routes} routes, {methods} methods, {lines} lines of access")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
