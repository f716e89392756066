#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/api.md, the reference of everything over HTTP, from proto/openapi.yaml and proto/schemas.

usage: api_reference.py [--check]     with --check: says whether the page is what the documents say, and changes nothing
"""
import json
import sys
from functools import lru_cache
from pathlib import Path

import yaml

from made_page import made_page

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
PAGE = ROOT / "docs/api.md"
METHODS = ("get", "post", "put", "patch", "delete")
# Words of a schema that are rules for its values.
RULES = (("minLength", "at least {} characters"), ("maxLength", "at most {} characters"), ("minimum", "at least {}"), ("maximum", "at most {}"),
         ("minItems", "at least {}"), ("maxItems", "at most {}"), ("pattern", "`{}`"))


@lru_cache(maxsize=None)
def document(path):
    text = path.read_text()
    return yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)


class Node:
    """A piece of a document, and which one: what it refers to may be in another."""

    def __init__(self, value, path):
        while isinstance(value, dict) and "$ref" in value and len(value) <= 2:
            file, _, pointer = value["$ref"].partition("#")
            said = value.get("description")
            path = path.parent / file if file else path
            value = document(path)
            for step in pointer.strip("/").split("/"):
                if step:
                    value = value[step.replace("~1", "/")]
            if said:
                value = {**value, "description": said}
        self.value, self.path = value, path

    def __getitem__(self, name):
        return Node(self.value[name], self.path)

    def get(self, name, otherwise=None):
        return self.value.get(name, otherwise)

    def items(self):
        return [(name, Node(each, self.path)) for name, each in self.value.items()]

    def all(self):
        return [Node(each, self.path) for each in self.value]


def one_line(text):
    return " ".join(str(text).split()).replace("|", "\\|")


def type_of(schema):
    """As a reader says it: `text`, `a list of ...`, the name of a schema."""
    if not isinstance(schema.value, dict):
        return "anything"
    if "enum" in schema.value:
        return "one of " + ", ".join(f"`{json.dumps(each)}`".replace('"', "") for each in schema.value["enum"])
    if "const" in schema.value:
        return f"`{schema.value['const']}`"
    for several in ("oneOf", "anyOf"):
        if several in schema.value:
            return " or ".join(dict.fromkeys(type_of(each) for each in schema[several].all()))
    if schema.get("title") and schema.path.suffix == ".json" and schema.value is document(schema.path):
        return f"[{schema.value['title']}](../proto/schemas/{schema.path.name})"
    kinds = schema.get("type", "anything")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "null": "null"}
    kind = " or ".join(words.get(each, each) for each in kinds)
    if "array" in kinds and "items" in schema.value:
        return kind + " of: " + type_of(schema["items"])
    if "object" in kinds and "properties" in schema.value:
        return kind + " of " + ", ".join(f"`{name}`" for name in schema.value["properties"])
    return kind


def rules_of(schema):
    if not isinstance(schema.value, dict):
        return ""
    rules = [form.format(schema.value[name]) for name, form in RULES if name in schema.value]
    return one_line("; ".join([schema.get("description", "")] * bool(schema.get("description")) + rules))


def fields(schema):
    """A table of an object's fields; nothing for a schema that has a page of its own, or none."""
    if not isinstance(schema.value, dict) or "properties" not in schema.value or "](" in type_of(schema):
        return []
    required = schema.get("required", [])
    rows = [f"| `{name}` | {type_of(each)} | {'yes' if name in required else ''} | {rules_of(each)} |" for name, each in schema["properties"].items()]
    return ["| field | type | needed | |", "|---|---|---|---|", *rows, ""]


def parameters(operation, shared):
    every = [*shared, *(operation["parameters"].all() if "parameters" in operation.value else [])]
    if not every:
        return []
    rows = []
    for each in every:
        schema = each["schema"] if "schema" in each.value else Node({}, each.path)
        said = "; ".join(text for text in (one_line(each.get("description", "")), rules_of(schema)) if text)
        rows.append(f"| `{each.value['name']}` | {each.value['in']} | {type_of(schema)} | {'yes' if each.get('required') else ''} | {said} |")
    return ["| parameter | in | type | needed | |", "|---|---|---|---|---|", *rows, ""]


def content(node):
    """(media type, schema) of a body."""
    return [(media, each["schema"] if "schema" in each.value else Node({}, each.path)) for media, each in node["content"].items()] if "content" in node.value else []


def body(operation):
    if "requestBody" not in operation.value:
        return []
    lines = []
    for media, schema in content(operation["requestBody"]):
        table = fields(schema)
        lines += [f"Body, `{media}`." if table else f"Body, `{media}`: {type_of(schema)}.", "", *table]
    return lines


def answers(operation):
    rows, below = [], []
    for status, answer in operation["responses"].items():
        what = "; ".join(f"`{media}`: {type_of(schema)}" for media, schema in content(answer) if media != "application/problem+json")
        codes = ", ".join(f"`{code}`" for code in answer.get("x-codes", []))
        rows.append(f"| {status} | {one_line(answer.get('description', ''))} | {what or codes} |")
        for _, schema in content(answer):
            if str(status).startswith("2") and fields(schema):
                below += [f"The {status}:", "", *fields(schema)]
    return ["| answer | | |", "|---|---|---|", *rows, "", *below]


def section(path, method, operation, shared):
    lines = [f"### `{method.upper()} {path}`", "", one_line(operation.get("summary", operation.value["operationId"])), ""]
    if operation.get("description"):
        lines += [one_line(operation.value["description"]), ""]
    if operation.get("security") == []:
        lines += ["Needs nobody to be signed in.", ""]
    return [*lines, *parameters(operation, shared), *body(operation), *answers(operation)]


def page():
    root = Node(document(PROTO / "openapi.yaml"), PROTO / "openapi.yaml")
    lines = ["# Reference: over HTTP", "",
             "Made by `tests/lint/api_reference.py` from [proto/openapi.yaml](../proto/openapi.yaml), which programs read. What goes over MQTT is in",
             "[proto/README.md](../proto/README.md) and [proto/asyncapi.yaml](../proto/asyncapi.yaml).", "", one_line(root["info"].value["description"]), ""]
    by_tag = {tag["name"].value: [] for tag in root["tags"].all()}
    for path, item in root["paths"].items():
        shared = item["parameters"].all() if "parameters" in item.value else []
        for method in METHODS:
            if method in item.value:
                operation = item[method]
                by_tag[operation.value["tags"][0]] += section(path, method, operation, shared)
    for tag, sections in by_tag.items():
        lines += [f"## {tag.capitalize()}", "", *sections]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(made_page(PAGE, page(), "proto/openapi.yaml says", "api_reference.py"))
