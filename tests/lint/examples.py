#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what docs/examples shows: both verifiers of webhooks against the Standard Webhooks test vector, and the Node-RED flow as far
as it can be told without Node-RED: its wires lead to its own nodes, and it hears only types of events that there are.
"""
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"test": 2432232314}'
AT = 1614265330
GOOD = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": str(AT), "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
# What is asked of a verifier, and what it should say.
CASES = [
    ("the vector", GOOD, BODY, AT, True),
    ("five minutes later", GOOD, BODY, AT + 300, True),
    ("later than that", GOOD, BODY, AT + 301, False),
    ("from the future", GOOD, BODY, AT - 301, False),
    ("another body", GOOD, BODY + " ", AT, False),
    ("another id", {**GOOD, "webhook-id": "msg_other"}, BODY, AT, False),
    ("two signatures", {**GOOD, "webhook-signature": "v1,AAAA " + GOOD["webhook-signature"]}, BODY, AT, True),
    ("no version", {**GOOD, "webhook-signature": GOOD["webhook-signature"][3:]}, BODY, AT, False),
]


def answers_of_python():
    spec = importlib.util.spec_from_file_location("verify_webhook", EXAMPLES / "verify_webhook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [module.verify(SECRET, headers, body.encode(), now) for _, headers, body, now, _ in CASES]


def answers_of_node():
    program = f"""import {{ verify }} from {json.dumps((EXAMPLES / 'verify_webhook.mjs').as_uri())};
const cases = {json.dumps([case[1:4] for case in CASES])};
console.log(JSON.stringify(cases.map(([headers, body, now]) => verify({json.dumps(SECRET)}, headers, Buffer.from(body), now))));"""
    done = subprocess.run(["node", "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def types_of_events():
    return json.loads((ROOT / "proto/schemas/integration.json").read_text())["$defs"]["eventType"]["enum"]


def problems_of_command_line():
    """What turnkeyctl asks for when nobody says which events."""
    listed = (ROOT / "tools/turnkeyctl/commands/integrations.cpp").read_text().split("kEvents = {")[1].split("}")[0]
    if ["device." + name for name in re.findall(r'"(\w+)"', listed)] != types_of_events():
        yield "it does not know every type of event"


def problems_of_flow():
    flow = json.loads((EXAMPLES / "node-red-flow.json").read_text())
    types = types_of_events()
    ids = [node["id"] for node in flow]
    if len(ids) != len(set(ids)):
        yield "two nodes have one id"
    for node in flow:
        for target in [wire for output in node.get("wires", []) for wire in output] + [node[key] for key in ("z", "broker", "tls") if node["type"] != "mqtt-broker" and key in node]:
            if target not in ids:
                yield f"{node['id']} leads to {target}, which is no node"
        if node["type"] == "switch" and [rule["v"] for rule in node["rules"]] != types:
            yield "the switch does not name the types of events"
        if node["type"] == "mqtt in" and (node["topic"], node["qos"]) != ("events/CLIENT_ID", "1"):
            yield "it does not subscribe as docs/integrations.md says"


def main():
    wrong = [f"node-red-flow.json: {problem}" for problem in problems_of_flow()]
    wrong += [f"turnkeyctl: {problem}" for problem in problems_of_command_line()]
    for name, answers in (("verify_webhook.py", answers_of_python()), ("verify_webhook.mjs", answers_of_node())):
        wrong += [f"{name} is wrong about {case[0]}" for case, answer in zip(CASES, answers) if answer is not case[4]]
    print("\n".join(wrong) or f"{len(CASES)} cases for each verifier, and the flow")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
