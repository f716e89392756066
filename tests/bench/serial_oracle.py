#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether any route tells by its bytes or by its time that a serial exists: unknown, foreign and deleted serials, in random order.

usage: serial_oracle.py [--build build/bench] [--calls 2000] [--route TEXT]

Prints medians in microseconds and, against the unknown ones, the difference of the medians and the Mann-Whitney z: beyond 3.5 in
either direction (one table like this in fifty by chance) the kinds can be told apart. Ends with 1 when some can.
"""
import argparse
import hashlib
import http.client
import json
import random
import statistics
import sys
import time

from stand import ORIGIN, Stand

DEVICES = 200          # of each kind
MISSES_A_USER = 50     # the gateway slows after 60 a minute
SCANS_A_USER = 9       # provisioning after 10 in ten minutes
TOLD_APART = 3.5
OF_EACH_CALL = ("date", "x-correlation-id")
KINDS = ("unknown", "foreign", "deleted")
ROUTES = [
    ("GET", "/api/devices/{}", None),
    ("GET", "/api/devices/{}/telemetry", None),
    ("GET", "/api/devices/{}/events", None),
    ("GET", "/api/devices/{}/ledger", None),
    ("POST", "/api/devices/{}/commands", {"name": "start"}),
    ("PATCH", "/api/devices/{}", {"name": "Another"}),
    ("DELETE", "/api/devices/{}", None),
    ("POST", "/api/devices/{}/release", None),
    ("POST", "/api/devices/{}/release-undo", None),
    ("POST", "/api/devices/{}/replacement", {"serial": "OWN-000001"}),
    ("GET", "/api/devices/{}/credentials", None),
    ("POST", "/api/devices/{}/credentials", {}),
    ("PATCH", "/api/devices/{}/credentials/00000000-0000-4000-8000-000000000000", {"disabled": True}),
    ("DELETE", "/api/devices/{}/credentials/00000000-0000-4000-8000-000000000000", None),
    ("GET", "/api/devices/{}/labels.pdf", None),
    ("GET", "/api/devices/{}/labels.svg", None),
    ("GET", "/api/devices/{}/labels.zpl", None),
    ("POST", "/api/provisionings", {"serial": "{}"}),
]
GROUPS = """
set search_path to registry;
insert into groups (id, name, parent_id, path, created_at) values ('{own}', 'Own', null, array['{own}'], now()),
  ('{foreign}', 'Foreign', null, array['{foreign}'], now());
"""
# As many deleted ones as foreign ones, and some of their own so that no table is empty.
WORLD = """
set search_path to registry;
insert into devices (id, serial, name, recipe_id, recipe_version, model, group_id, tags, assignment_epoch, provisioned_at, revision, created_at)
  select substr(md5(kind || n), 1, 24), kind || '-' || lpad(n::text, 6, '0'), 'Generator', r.id, r.version, 'kd-30',
  case kind when 'OWN' then '{own}' else '{foreign}' end, '{{}}', 1, now(), 1000 + n, now()
  from generate_series(1, {devices}) n, (values ('OWN'), ('FRN'), ('DEL')) k (kind), recipes r;
vacuum analyze;
"""
OWN, FOREIGN = "a" * 24, "b" * 24
PREFIX = {"unknown": "UNK", "foreign": "FRN", "deleted": "DEL"}


class Users:
    """Signed-in admins of one group, each good for some misses; made in the tables, because passwords take their time."""

    def __init__(self, stand, count):
        self.tokens = [f"{n:064x}" for n in range(1, count + 1)]
        rows = [(f"{n:024x}", hashlib.sha256(token.encode()).hexdigest()) for n, token in enumerate(self.tokens, 1)]
        people = ",".join(f"('{one}', '{one}@bench.example', 'Admin', '', 'admin', now())" for one, _ in rows)
        groups = ",".join(f"('{one}', '{OWN}')" for one, _ in rows)
        sessions = ",".join(f"(decode('{token}', 'hex'), '{one}', now(), now() + interval '1 day')" for one, token in rows)
        stand.sql("set search_path to registry; insert into users (id, email, name, password_hash, role, created_at) values "
                  f"{people}; insert into user_groups values {groups}; insert into sessions values {sessions};")

    def next(self):
        return self.tokens.pop()


class Caller:
    """The making of a connection is in no figure."""

    def __init__(self, stand):
        self.connection = http.client.HTTPConnection("127.0.0.1", stand.http_port, timeout=30)

    def call(self, token, method, path, body):
        headers = {"Origin": ORIGIN, "Cookie": f"turnkey_session={token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.connection.sock is None:
            self.connection.connect()
        began = time.perf_counter_ns()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        took = (time.perf_counter_ns() - began) / 1000
        shown = sorted((name, value) for name, value in answer.getheaders() if name.lower() not in OF_EACH_CALL)
        return took, (answer.status, shown, data)


def mann_whitney_z(one, other):
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    rank_sum = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    u = rank_sum - n * (n + 1) / 2
    return (u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5


def without_serial(answer, serial):
    status, headers, data = answer
    return status, str(headers).replace(serial, "SERIAL"), data.replace(serial.encode(), b"SERIAL")


def measure(stand, users, method, path, body, calls):
    """The times of each kind; the answers that were seen, without the serial."""
    caller = Caller(stand)
    times, answers = {kind: [] for kind in KINDS}, {kind: set() for kind in KINDS}
    a_user = SCANS_A_USER if path == "/api/provisionings" else MISSES_A_USER
    left, token = 0, ""
    for n in range(calls):
        for kind in random.sample(KINDS, len(KINDS)):
            if left == 0:
                token, left = users.next(), a_user
                caller.call(token, "GET", "/api/session", None)  # the session is known from here on
            left -= 1
            serial = f"{PREFIX[kind]}-{n % DEVICES + 1:06d}"
            text = None if body is None else json.dumps(body).replace('"{}"', f'"{serial}"')
            took, answer = caller.call(token, method, path.format(serial), text)
            times[kind].append(took)
            answers[kind].add(without_serial(answer, serial))
    return times, answers


def told_apart(times, answers, name):
    """Prints a line; whether the kinds can be told apart."""
    every = set.union(*answers.values())
    bytes_differ = len(every) != 1
    statuses = sorted({answer[0] for answer in every})
    medians = {kind: statistics.median(times[kind]) for kind in KINDS}
    line = f"| {name} | {statuses[0] if len(statuses) == 1 else statuses} | {'DIFFER' if bytes_differ else 'same'} | {medians['unknown']:.0f}"
    apart = bytes_differ
    for kind in KINDS[1:]:
        z = mann_whitney_z(times[kind], times["unknown"])
        apart = apart or abs(z) > TOLD_APART
        line += f" | {medians[kind]:.0f} ({medians[kind] - medians['unknown']:+.0f}, z {z:+.1f})"
    print(line + (" | TOLD APART |" if apart else " | |"), flush=True)
    if bytes_differ:
        for kind in KINDS:
            print(f"    {kind}: {list(answers[kind])[:3]}")
    return apart


def make_world(stand):
    stand.must("POST", "/api/recipes", {"name": "Gateway", "attributes": [{"name": "rpm", "type": "number"}],
                                        "transferPolicy": "consent", "models": [{"key": "kd-30", "title": "KD-30"}]})
    stand.sql(GROUPS.format(own=OWN, foreign=FOREIGN))
    stand.sql(WORLD.format(own=OWN, foreign=FOREIGN, devices=DEVICES))
    for n in range(1, DEVICES + 1):
        status, _, data = stand.ask("DELETE", f"/api/devices/DEL-{n:06d}")
        if status != 204:
            raise RuntimeError(data)


def users_needed(routes, calls):
    asked = calls * len(KINDS)
    return sum(asked // (SCANS_A_USER if path == "/api/provisionings" else MISSES_A_USER) + 1 for _, path, _ in routes)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default="build/bench")
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--route", default="", help="only routes that hold this text")
    wanted = options.parse_args()
    routes = [route for route in ROUTES if wanted.route in f"{route[0]} {route[1]}"]
    with Stand(wanted.build) as stand:
        stand.start_ingest()
        stand.start_provisioning()
        make_world(stand)
        users = Users(stand, users_needed(routes, wanted.calls))
        print("| route | status | bytes | unknown, us | foreign | deleted | |\n|---|---|---|---|---|---|---|")
        apart = [told_apart(*measure(stand, users, method, path, body, wanted.calls), f"{method} {path.replace('{}', '…')}")
                 for method, path, body in routes]
    return 1 if any(apart) else 0


if __name__ == "__main__":
    sys.exit(main())
