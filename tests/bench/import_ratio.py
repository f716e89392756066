#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Registers a file of devices through the gateway, and compares with COPY of the same rows into equal tables.

usage: import_ratio.py [--build build/bench] [--rows 100000] [--runs 3]
"""
import argparse
import csv
import io
import statistics
import threading
import time

from stand import Stand, connect_device


def file_of(rows, run):
    lines = ["serial,name,floor"]
    lines += [f"BEN-{run}-{number:06},Generator {number},{number % 40}" for number in range(rows)]
    return ("\n".join(lines) + "\n").encode()


class Waiters:
    """Somebody writes a line of the ledger now and then, as hand-overs do: how long the longest waits."""

    def __init__(self, stand):
        self.stand, self.worst, self.stopping = stand, 0.0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        while not self.stopping:
            began = time.monotonic()
            self.stand.ask("POST", "/api/groups", {"name": f"Waiter {began} {number}"})
            self.worst = max(self.worst, time.monotonic() - began)
            number += 1
            time.sleep(0.05)

    def stop(self):
        self.stopping = True
        self.thread.join()
        return self.worst


def last_row(answer):
    tail = answer[-2000:].decode()
    device_id, key, secret, _ = next(csv.reader(io.StringIO(tail.strip().splitlines()[-1])))[-4:]
    return device_id, key, secret


def seconds_of_copy(stand, with_foreign_keys):
    """The tables of the registry again, with their indexes, filled by COPY from files."""
    keys = ""
    if with_foreign_keys:
        keys = "; ".join(f"alter table bench.{name} add {line}" for name, line in (
            part.split("|", 1) for part in stand.sql(
                "select relname || '|' || replace(pg_get_constraintdef(c.oid), 'registry.devices', 'bench.devices') from pg_constraint c "
                "join pg_class t on t.oid = conrelid where contype = 'f' and relname in ('devices', 'credentials') and "
                "connamespace = 'registry'::regnamespace").split("\n") if part)) + ";"
    stand.sql("set client_min_messages = error; drop schema if exists bench cascade; create schema bench; create table bench.devices (like "
              "registry.devices including all); create table bench.credentials (like registry.credentials including all);" + keys)
    began = time.monotonic()
    stand.sql(f"begin; \\copy bench.devices from '{stand.folder}/devices.copy'\n\\copy bench.credentials from "
              f"'{stand.folder}/credentials.copy'\ncommit;")
    return time.monotonic() - began


def measure(stand, recipe, rows, run):
    sent = file_of(rows, run)
    waiters = Waiters(stand)
    began = time.monotonic()
    status, headers, answer = stand.ask("POST", f"/api/recipes/{recipe}/batches", sent,
                                        {"Content-Type": "text/csv", "Idempotency-Key": f"bench-run-{run}"})
    answered = time.monotonic()
    if status != 201:
        raise RuntimeError(answer[:500])
    device = last_row(answer)
    while not connect_device(stand.mqtt_port, *device):
        time.sleep(0.01)
    accepted = time.monotonic()
    worst = waiters.stop()
    batch = headers["X-Batch-Id"]
    began_events = time.monotonic()
    while int(stand.sql("select count(*) from registry.outbox")) > 0:
        time.sleep(0.1)
    events = time.monotonic() - began_events
    stand.sql(f"\\copy (select * from registry.devices where batch_id = '{batch}') to '{stand.folder}/devices.copy'\n"
              f"\\copy (select c.* from registry.credentials c join registry.devices d on d.id = c.device_id where d.batch_id = "
              f"'{batch}') to '{stand.folder}/credentials.copy'")
    plain = seconds_of_copy(stand, False)
    keyed = seconds_of_copy(stand, True)
    took = answered - began
    print(f"run {run}: {took:6.2f} s   COPY {plain:5.2f} s, ratio {took / plain:4.1f}   with foreign keys {keyed:5.2f} s, ratio "
          f"{took / keyed:4.1f}   last device accepted after {accepted - answered:5.3f} s   longest wait of others {worst:4.2f} s   "
          f"events told after {events:4.1f} s more", flush=True)
    return took / plain, took / keyed


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default="build/bench")
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=3)
    wanted = options.parse_args()
    with Stand(wanted.build) as stand:
        recipe = stand.recipe()
        before = {name: stand.peak_mib(name) for name in ("registry", "experience-gateway")}
        ratios = [measure(stand, recipe, wanted.rows, run) for run in range(1, wanted.runs + 1)]
        for name, idle in before.items():
            print(f"{name}: {stand.peak_mib(name):.0f} MiB at most, {idle:.0f} MiB when idle")
        print(f"median ratio {statistics.median(one[0] for one in ratios):.1f}, with foreign keys "
              f"{statistics.median(one[1] for one in ratios):.1f}")


if __name__ == "__main__":
    main()
