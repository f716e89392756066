#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two replicas of every service, and one of them killed (kill -9) at random every few seconds, while devices report and technicians hand
devices over through whichever gateway answers.

What must hold: every hand-over comes to its end, by repeated requests at most, and has exactly one line in the ledger; every report with
a PUBACK is stored, and once; received = stored + refused + duplicate, and no number of the broker's is missing.

usage: two_of_each.py [--build build/release] [--seconds 600] [--every 3] [--rate 500] [--seed 1]
"""
import argparse
import csv
import http.client
import io
import json
import random
import secrets
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from stand import ORIGIN, SERVICES, Device, Stand, free_port, wait_until  # noqa: E402

LOADERS = 20
TECHNICIANS = 3
PATIENCE = 60  # seconds for one step of a hand-over; a window lasts five minutes
AGAIN = (502, 503, 504)


class Pair:
    """The stand with two of each service, and who kills them."""

    def __init__(self, stand):
        self.stand, self.ports = stand, [free_port(), free_port()]
        self.kills = {}
        for name in ("registry", "experience-gateway"):
            stand.stop(name)
        for service in SERVICES:
            for number in (0, 1):
                self.start(service, number)
        wait_until(lambda: all("connected to the broker" in (stand.folder / f"{name}.log").read_text() for name in self.names()), "the start of all")

    @staticmethod
    def names():
        return [f"{service}-{number}" for service in SERVICES for number in (0, 1)]

    def start(self, service, number):
        settings = {**self.stand.settings_of(service), "TURNKEY_INSTANCE": f"replica-{number}"}
        if service == "experience-gateway":
            settings["TURNKEY_HTTP_PORT"] = str(self.ports[number])
        if service == "telemetry-ingest":
            settings["TURNKEY_SPOOL_DIR"] = str(self.stand.folder / f"spool-{number}")
        self.stand.run_service(service, f"{service}-{number}", settings)

    def kill_one(self, chance):
        service, number = chance.choice(SERVICES), chance.choice((0, 1))
        process = self.stand.processes[f"{service}-{number}"]
        if process.poll() is not None:
            raise RuntimeError(f"{service}-{number} ended by itself: {(self.stand.folder / f'{service}-{number}.log').read_text()[-2000:]}")
        process.kill()
        process.wait()
        self.kills[service] = self.kills.get(service, 0) + 1
        time.sleep(chance.uniform(0, 1))
        self.start(service, number)


class Browser:
    """Asks one gateway, and the other one when it does not answer."""

    def __init__(self, pair, chance):
        self.pair, self.chance, self.cookie, self.repeated = pair, chance, "", 0

    def once(self, method, path, body, headers, timeout=10):
        one = http.client.HTTPConnection("127.0.0.1", self.chance.choice(self.pair.ports), timeout=timeout)
        try:
            one.request(method, path, None if body is None else json.dumps(body),
                        {"Origin": ORIGIN, "Cookie": self.cookie, "Content-Type": "application/json", **headers})
            answer = one.getresponse()
            data = answer.read()
            return answer.status, answer.headers, json.loads(data) if data else None
        finally:
            one.close()

    def ask(self, method, path, body=None):
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        end = time.monotonic() + PATIENCE
        while True:
            try:
                status, answered, data = self.once(method, path, body, headers)
                if status not in AGAIN:
                    return status, answered, data
            except (OSError, http.client.HTTPException):
                pass
            self.repeated += 1
            if time.monotonic() > end:
                raise RuntimeError(f"{method} {path} got no answer for {PATIENCE} s")
            time.sleep(0.1)

    def must(self, method, path, body=None):
        status, _, data = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {data}")
        return data

    def sign_in(self, email, password):
        _, headers, _ = self.ask("POST", "/api/session", {"email": email, "password": password})
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def await_proof(self, provisioning):
        """By the stream of events, taken up again at the other gateway when it ends; True once the press was heard."""
        end, last = time.monotonic() + 5, ""
        while time.monotonic() < end:
            one = http.client.HTTPConnection("127.0.0.1", self.chance.choice(self.pair.ports), timeout=2)
            try:
                one.request("GET", f"/api/provisionings/{provisioning}/events", headers={"Cookie": self.cookie, **({"Last-Event-ID": last} if last else {})})
                answer = one.getresponse()
                while answer.status == 200 and time.monotonic() < end:
                    line = answer.fp.readline()
                    if not line:
                        break
                    if line.startswith(b"id: "):
                        last = line[4:].strip().decode()
                    if line.startswith(b"data: ") and json.loads(line[6:]).get("state") == "proven":
                        return True
            except (OSError, http.client.HTTPException, ValueError):
                self.repeated += 1
            finally:
                one.close()
        return False


class Run:
    def __init__(self, options, stand):
        self.options, self.stand = options, stand
        self.stopping = threading.Event()
        self.failures, self.handed_over, self.repeated = [], [], 0
        self.acknowledged, self.sent = {}, 0
        self.lock = threading.Lock()

    def prepare(self):
        stand = self.stand
        stand.start_ingest()
        stand.start_provisioning()
        recipe = stand.must("POST", "/api/recipes", {"name": "Two of each", "attributes": [{"name": "seq", "type": "number"}],
                                                     "models": [{"key": "kd-30", "title": "KD-30"}]})["id"]
        tenant = stand.must("POST", "/api/groups", {"name": "Tenant", "parentId": None})["id"]
        self.site = stand.must("POST", "/api/groups", {"name": "Site", "parentId": tenant})["id"]
        stand.must("POST", "/api/users", {"email": "tech@bench.example", "name": "T", "password": "correct horse battery",
                                          "role": "technician", "groupIds": [tenant]})
        many = LOADERS + 50 + self.options.seconds * TECHNICIANS * 4
        serials = "serial\n" + "".join(f"PAIR-{number:06d}\n" for number in range(many))
        status, _, data = stand.ask("POST", f"/api/recipes/{recipe}/batches", serials, {"Content-Type": "text/csv"})
        if status != 201:
            raise RuntimeError(data[:500])
        self.rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        known = "select count(*) from telemetry.devices"
        wait_until(lambda: int(stand.sql(known)) >= many, "telemetry-ingest's knowledge of the devices")
        for name in ("provisioning", "telemetry-ingest"):
            stand.stop(name)
        self.pair = Pair(stand)

    def load(self, row):
        """Reports one after the other, ten at once, each until its PUBACK; the clock of the device makes each its own."""
        device, connected = Device(self.stand.mqtt_port, row["device_id"], row["access_key"], row["access_secret"]), False
        begin, sequence = int(time.time() * 1000), 0
        pause = 10 * LOADERS / self.options.rate
        while not self.stopping.is_set():
            began = time.monotonic()
            payloads = [json.dumps({"time": begin + sequence + i, "data": {"seq": sequence + i}}) for i in range(10)]
            try:
                if not connected:
                    device.connect()
                connected = True
                device.report(payloads)
                sequence += 10
            except OSError:
                connected = False
                device.close()
            self.stopping.wait(max(0.0, pause - (time.monotonic() - began)))
        device.close()
        with self.lock:
            self.acknowledged[row["device_id"]] = sequence

    def hand_over(self, browser, row):
        opened = browser.must("POST", "/api/provisionings", {"serial": row["serial"]})
        device = Device(self.stand.mqtt_port, row["device_id"], row["access_key"], row["access_secret"])
        device.connect()
        end = time.monotonic() + PATIENCE
        proven = False
        while not proven and time.monotonic() < end:
            device.report(['{"data":{"register_button":true}}'])
            proven = browser.await_proof(opened["id"]) or browser.must("GET", f"/api/provisionings/{opened['id']}")["state"] == "proven"
        device.close()
        if not proven:
            raise RuntimeError("the press was not heard")
        browser.must("POST", f"/api/provisionings/{opened['id']}/completion", {"name": row["serial"], "groupId": self.site, "model": "kd-30"})

    def technician(self, rows, seed):
        browser = Browser(self.pair, random.Random(seed))
        browser.sign_in("tech@bench.example", "correct horse battery")
        for row in rows:
            if self.stopping.is_set():
                break
            try:
                self.hand_over(browser, row)
                with self.lock:
                    self.handed_over.append(row["device_id"])
            except Exception as error:  # pylint: disable=broad-except
                with self.lock:
                    self.failures.append(f"{row['serial']}: {error}")
        with self.lock:
            self.repeated += browser.repeated

    def go(self):
        loaders = [threading.Thread(target=self.load, args=(row,)) for row in self.rows[:LOADERS]]
        share = self.rows[LOADERS:]
        technicians = [threading.Thread(target=self.technician, args=(share[number::TECHNICIANS], self.options.seed * 100 + number))
                       for number in range(TECHNICIANS)]
        chance, end = random.Random(self.options.seed), time.monotonic() + self.options.seconds
        for thread in loaders + technicians:
            thread.start()
        try:
            while time.monotonic() < end:
                time.sleep(chance.uniform(0.5, 1.5) * self.options.every)
                self.pair.kill_one(chance)
        finally:
            self.stopping.set()
            for thread in loaders + technicians:
                thread.join()

    def stored(self):
        text = self.stand.sql("select d.device_id, count(*), count(distinct s.number), coalesce(max(s.number), -1) from telemetry.samples s join "
                              "telemetry.devices d using (device_key) join telemetry.attributes a using (attribute_key) where a.name = 'seq' group by 1")
        return {line.split("|")[0]: [int(float(one)) for one in line.split("|")[1:]] for line in text.split()}

    def judge(self):
        def settled():
            stored = self.stored()
            return all(stored.get(device, [0, 0])[1] >= count for device, count in self.acknowledged.items())
        try:
            wait_until(settled, "storing of all reports", 120)
        except RuntimeError as error:
            self.failures.append(str(error))
        stored = self.stored()
        lost = sum(max(0, count - stored.get(device, [0, 0])[1]) for device, count in self.acknowledged.items())
        doubled = sum(rows - distinct for rows, distinct, _ in stored.values())
        browser = Browser(self.pair, random.Random(0))
        browser.sign_in("ops@bench.example", "correct horse battery")
        wait_until(lambda: browser.must("GET", "/api/telemetry/counters")["missing"] == 0, "that no number is missing", 60)
        counters = browser.must("GET", "/api/telemetry/counters")
        unaccounted = counters["received"] - counters["stored"] - counters["duplicate"] - sum(counters["refused"].values())
        lines = {line.split("|")[0]: int(line.split("|")[1]) for line in
                 self.stand.sql("select device_id, count(*) from registry.ledger where act = 'device.assigned' group by 1").split()}
        wrong = [device for device in self.handed_over if lines.get(device) != 1] + [device for device in lines if device not in self.handed_over]
        print(f"kills: {sum(self.pair.kills.values())} ({', '.join(f'{name} {count}' for name, count in sorted(self.pair.kills.items()))})")
        print(f"hand-overs: {len(self.handed_over)} done, {len(self.failures)} failed, {self.repeated} requests repeated; "
              f"devices whose ledger has not one line of it: {len(wrong)}")
        print(f"reports: {sum(self.acknowledged.values())} acknowledged, {lost} lost, {doubled} doubled; counters: {counters['received']} received = "
              f"{counters['stored']} stored + {counters['duplicate']} duplicate + {sum(counters['refused'].values())} refused + {unaccounted}, "
              f"{counters['missing']} missing")
        for failure in self.failures[:20]:
            print("failed: " + failure)
        return not (self.failures or wrong or lost or doubled or unaccounted) and self.handed_over and self.pair.kills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--every", type=float, default=3, help="seconds between two kills, on average")
    parser.add_argument("--rate", type=int, default=500, help="reports a second, of all devices")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with Stand(options.build) as stand:
        run = Run(options, stand)
        run.prepare()
        run.go()
        return 0 if run.judge() else 1


if __name__ == "__main__":
    sys.exit(main())
