#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Drives a demo that runs (deploy/quickstart) through the API and holds every answer and every event against proto/.

usage: check_installation.py DATA_FOLDER CONTRACT_VALIDATE

Every answer's status must be one that openapi.yaml names for its route, its body what the schema says, and its code
one of x-codes. Run by hand: it hands one device over, and back.
"""
import json
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
API = yaml.safe_load((ROOT / "proto/openapi.yaml").read_text(encoding="utf-8"))
DATA, VALIDATE = Path(sys.argv[1]), sys.argv[2]
DEMO = json.loads((DATA / "demo.json").read_text(encoding="utf-8"))
TLS = ssl.create_default_context(cafile=DEMO["cafile"])
wrong, checked, visited = [], {}, set()


def check(condition, message):
    if not condition:
        wrong.append(message)


def validate(schema, text, where):
    """The C++ validator of the tests, with the schema's own rules."""
    checked[schema] = checked.get(schema, 0) + 1
    run = subprocess.run([VALIDATE, schema], input=text, text=True, capture_output=True, cwd=ROOT, check=False)
    check(run.returncode == 0, f"{where}: {run.stderr.strip()}")


def walk(schema, value, where):
    """The parts of openapi.yaml that are not in a file of their own: objects and lists around references."""
    if "$ref" in schema and schema["$ref"].startswith("#/"):
        node = API
        for step in schema["$ref"][2:].split("/"):
            node = node[step]
        return walk(node, value, where)
    if "$ref" in schema:
        name, _, pointer = schema["$ref"].removeprefix("schemas/").partition("#")
        return None if pointer else validate(name.removesuffix(".json"), json.dumps(value), where)
    if schema.get("type") == "array":
        for index, item in enumerate(value):
            walk(schema["items"], item, f"{where}[{index}]")
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        check(set(schema.get("required", [])) <= set(value) <= set(properties), f"{where}: its fields are {sorted(value)}")
        for name in set(value) & set(properties):
            walk(properties[name], value[name], f"{where}.{name}")


def operation_of(method, path):
    for template, item in API["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0]) and method.lower() in item:
            return template, item[method.lower()]
    raise KeyError(f"openapi.yaml has no {method} {path}")


def described(answer):
    return API["components"]["responses"][answer["$ref"].split("/")[-1]] if "$ref" in answer else answer


def check_answer(method, path, status, content_type, text):
    template, operation = operation_of(method, path)
    where = f"{method} {template} {status}"
    visited.add((method, template, status))
    if str(status) not in operation["responses"]:
        return wrong.append(f"{where} is not described: {text[:200]}")
    answer = described(operation["responses"][str(status)])
    kind = content_type.partition(";")[0]
    check(not text or kind in answer.get("content", {}), f"{where}: its content type is {kind}")
    if kind.endswith("json") and kind in answer.get("content", {}):
        walk(answer["content"][kind]["schema"], json.loads(text), where)
    if status >= 400:
        check(json.loads(text)["code"] in answer["x-codes"], f"{where}: its code is {json.loads(text)['code']}")


class Person:
    """One signed-in user, or nobody."""

    def __init__(self, tenant=None, role=None):
        self.cookie = ""
        if tenant is None:
            return
        user = next(u for u in DEMO["users"] if u["tenant"] == tenant and u["role"] == role)
        self.ask("POST", "/api/session", {"email": user["email"], "password": user["password"]}, expect=200)

    def request(self, method, path, body=None, headers=None):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(DEMO["url"] + path, data=data, method=method)
        for name, value in {"Origin": DEMO["url"], "Content-Type": "application/json", "Cookie": self.cookie, **(headers or {})}.items():
            request.add_header(name, value)
        try:
            return urllib.request.urlopen(request, context=TLS, timeout=30)
        except urllib.error.HTTPError as error:
            return error

    def ask(self, method, path, body=None, headers=None, expect=None):
        response = self.request(method, path, body, headers)
        text = response.read().decode()
        check_answer(method, path, response.status, response.headers.get("Content-Type") or "", text)
        check(expect in (None, response.status), f"{method} {path}: {response.status} instead of {expect}: {text[:200]}")
        if cookie := response.headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return json.loads(text) if text and "json" in response.headers["Content-Type"] else text

    def follow(self, path, events):
        """Collects the names of the events of a stream until it ends."""
        _, operation = operation_of("GET", path)
        schemas = operation["responses"]["200"]["x-events"]

        def read():
            name = ""
            for line in self.request("GET", path):
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                if key == "data":
                    events.append(name)
                    walk(schemas[name], json.loads(value), f"event {name} of {path}")

        threading.Thread(target=read, daemon=True).start()


def eventually(what, condition):
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            return wrong.append(f"in vain waited for {what}")
        time.sleep(0.1)


SCHEMA_OF_TOPIC = {r"\w+/[0-9a-f]+/state": "state-report", r"provisioning/\w+/press": "press", r"presence/broker": "broker-boot",
                   r"provisioning/[0-9a-f]+/status": "provisioning-status", r"presence/[0-9a-f]+": "presence",
                   r"registry/devices/\w+": "device-event", r"registry/users/\w+": "user-event", r"provisioning/windows/\w+": "windows"}


class Listener:
    """What goes over the bus, as one of the services hears it."""

    def __init__(self, service, topics):
        command = ["mosquitto_sub", "-V", "mqttv5", "-h", DEMO["mqtt"]["host"], "-p", str(DEMO["mqtt"]["port"]), "-i", f"{service}-contract",
                   "-u", service, "-P", (DATA / f"secrets/mqtt-{service}").read_text().strip(), "-q", "1", "-F", "%t %p"]
        for topic in topics:
            command += ["-t", topic]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def check_all(self):
        self.process.terminate()
        for line in self.process.communicate()[0].splitlines():
            topic, _, payload = line.partition(" ")
            schema = next(name for pattern, name in SCHEMA_OF_TOPIC.items() if re.fullmatch(pattern, topic))
            if payload:
                validate(schema, payload, topic)


def read_everything(ops):
    nobody = Person()
    nobody.ask("GET", "/api/config", expect=200)
    nobody.ask("GET", "/healthz")
    nobody.ask("GET", "/api/devices", expect=401)
    nobody.ask("POST", "/api/session", {"email": "nobody@example.com", "password": "x"}, expect=401)
    nobody.ask("POST", "/api/session", {"email": "nobody@example.com"}, expect=422)
    nobody.ask("POST", "/api/session", {"email": "a", "password": "x"}, {"Origin": "https://evil.example"}, expect=403)
    for path in ("/api/session", "/api/groups", "/api/users", "/api/recipes", "/api/devices?limit=200"):
        ops.ask("GET", path, expect=200)
    recipe = ops.ask("GET", "/api/recipes")["items"][0]
    ops.ask("GET", f"/api/recipes/{recipe['id']}", expect=200)
    ops.ask("GET", f"/api/models?recipe={recipe['id']}", expect=200)
    ops.ask("GET", "/api/recipes/000000000000000000000000", expect=404)
    ops.ask("GET", "/api/devices/NOT-THERE", expect=404)
    ops.ask("GET", "/api/devices?limit=0", expect=422)
    ops.ask("PATCH", f"/api/recipes/{recipe['id']}", {"name": ""}, expect=422)
    ops.ask("PATCH", f"/api/recipes/{recipe['id']}", recipe, expect=200)
    ops.ask("POST", f"/api/recipes/{recipe['id']}/batches?dryRun=true", {"count": 3}, expect=200)
    ops.ask("POST", f"/api/recipes/{recipe['id']}/batches", b"serial\nA\n", {"Content-Type": "text/csv"}, expect=422)
    ops.ask("POST", f"/api/recipes/{recipe['id']}/batches", {"count": 1}, expect=201)


def administer(ops):
    group = ops.ask("POST", "/api/groups", {"name": f"Contract {time.time_ns()}"}, expect=201)
    ops.ask("POST", "/api/groups", {"name": group["name"]}, expect=409)
    ops.ask("PATCH", f"/api/groups/{group['id']}", {"name": group["name"] + "b"}, expect=200)
    fields = {"email": f"c{time.time_ns()}@example.com", "name": "C", "password": "0123456789", "role": "viewer", "groupIds": [group["id"]]}
    user = ops.ask("POST", "/api/users", fields, expect=201)
    ops.ask("POST", "/api/users", {**fields, "id": 7, "surplus": 1}, expect=422)
    ops.ask("PATCH", f"/api/users/{user['id']}", {"tags": {"a": "b"}}, expect=200)
    ops.ask("DELETE", f"/api/groups/{group['id']}", expect=409)
    ops.ask("DELETE", f"/api/users/{user['id']}", expect=204)
    ops.ask("DELETE", f"/api/groups/{group['id']}", expect=204)


def leaf_of(groups):
    return next((g["id"] for g in groups if g["leaf"]), None) or leaf_of([c for g in groups for c in g["children"]])


def simulated_serial(ops):
    free = {d["serial"] for d in DEMO["unprovisionedDevices"]}
    return next(d["serial"] for d in ops.ask("GET", "/api/devices?limit=200&state=connected")["items"] if d["serial"] in free and not d["groupId"])


def hand_over(ops):
    technician, serial, events = Person("sadler-isberg", "technician"), simulated_serial(ops), []
    technician.ask("POST", "/api/provisionings", {"serial": "NOT-THERE"}, expect=404)
    technician.ask("POST", "/api/provisionings", {"serial": "!"}, expect=422)
    cancelled = technician.ask("POST", "/api/provisionings", {"serial": serial}, expect=201)
    technician.ask("DELETE", f"/api/provisionings/{cancelled['id']}", expect=204)
    opened = technician.ask("POST", "/api/provisionings", {"serial": serial}, expect=201)
    path = f"/api/provisionings/{opened['id']}"
    technician.follow(path + "/events", events)
    eventually("the snapshot", lambda: "snapshot" in events)
    technician.ask("POST", path + "/completion", {"name": "x", "groupId": "x", "model": "x"}, expect=409)
    technician.ask("POST", path + "/identify", {}, expect=202)
    technician.ask("POST", path + "/identify", {}, expect=429)
    subprocess.run([ROOT / "deploy/quickstart", "press", serial, "--data", DATA], check=True, capture_output=True)
    eventually("the press", lambda: "press" in events and "status" in events)
    technician.ask("GET", path, expect=200)
    technician.ask("POST", path + "/completion", {"name": "", "groupId": "x", "model": "x"}, expect=422)
    leaf = leaf_of(technician.ask("GET", "/api/groups")["items"])
    model = technician.ask("GET", f"/api/models?recipe={opened['recipeId']}")["items"][0]["key"]
    technician.ask("POST", path + "/completion", {"name": "Contract", "groupId": leaf, "model": model}, expect=200)
    technician.ask("POST", path + "/identify", {}, expect=409)
    technician.ask("GET", path, expect=200)
    return technician, serial


def operate(technician, serial):
    path, events = f"/api/devices/{serial}", []
    technician.follow(path + "/events", events)
    eventually("state and presence", lambda: {"state", "presence"} <= set(events))
    for part in ("", "/telemetry", "/telemetry?points=5&attributes=rpm", "/ledger"):
        technician.ask("GET", path + part, expect=200)
    technician.ask("GET", path + "/telemetry?points=0", expect=422)
    technician.ask("POST", path + "/commands", {"name": "led", "payload": True}, expect=202)
    technician.ask("POST", path + "/commands", {"nome": "led"}, expect=422)
    technician.ask("POST", path + "/release", {}, expect=404)
    Person("tekton-health", "technician").ask("GET", path, expect=404)
    Person("sadler-isberg", "admin").ask("POST", path + "/release", {}, expect=200)
    technician.ask("GET", path, expect=404)
    technician.ask("DELETE", "/api/session", expect=204)


def main():
    ops = Person("kanarra", "operator")
    listeners = [Listener("experience-gateway", ["devices/+/state", "provisioning/+/press", "provisioning/+/status", "presence/+", "registry/devices/+", "registry/users/+"]),
                 Listener("telemetry-ingest", ["provisioning/windows/+"])]
    read_everything(ops)
    administer(ops)
    operate(*hand_over(ops))
    for listener in listeners:
        listener.check_all()
    print("\n".join(wrong) or f"{len(visited)} answers of {len({v[:2] for v in visited})} routes and these messages are as described: {checked}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
