# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL, broker, registry and gateway as processes of their own in a temporary folder, for benchmarks.

PostgreSQL has the settings of deploy/lib/processes.sh, fsync included. Everything ends with the `with` block.
"""
import hashlib
import http.client
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "https://bench.example"
SERVICES = ("registry", "provisioning", "telemetry-ingest", "experience-gateway")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not happen")
        time.sleep(0.01)


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Device:
    """A device with MQTT 3.1.1 at QoS 1: a report counts once its PUBACK is here, and is sent again until then."""

    def __init__(self, port, device_id, key, secret):
        self.port, self.login = port, (device_id, key, secret)
        self.socket, self.number = None, 0
        self.topic = f"devices/{device_id}/state".encode()

    @staticmethod
    def packet(first, body):
        size, head = len(body), b""
        while True:
            size, digit = divmod(size, 128)
            head += bytes([digit | (128 if size else 0)])
            if not size:
                return bytes([first]) + head + body

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the broker ended the connection")
            data += piece
        return data

    def connect(self):
        text = b"".join(len(each).to_bytes(2, "big") + each.encode() for each in self.login)
        body = b"\x00\x04MQTT\x04\xc2" + (60).to_bytes(2, "big") + text
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self.packet(0x10, body))
        if self.read(4)[3] != 0:
            raise ConnectionError("refused")

    def report(self, payloads):
        """All of them, in flight together."""
        numbers = [(self.number + i) % 60000 + 1 for i in range(len(payloads))]
        self.number += len(payloads)
        topic = len(self.topic).to_bytes(2, "big") + self.topic
        self.socket.sendall(b"".join(self.packet(0x32, topic + number.to_bytes(2, "big") + payload.encode())
                                     for number, payload in zip(numbers, payloads)))
        for number in numbers:
            if self.read(4) != b"\x40\x02" + number.to_bytes(2, "big"):
                raise ConnectionError("not the PUBACK that was waited for")

    def close(self):
        if self.socket:
            self.socket.close()


def connect_device(port, device_id, key, secret):
    """One login: is it accepted?"""
    device = Device(port, device_id, key, secret)
    try:
        device.connect()
        return True
    except ConnectionError:
        return False
    finally:
        device.close()


class Stand:
    def __init__(self, build):
        self.build = Path(build).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="turnkey-bench-"))
        self.folder.chmod(0o755)
        self.programs = sorted(Path("/usr/lib/postgresql").iterdir())[-1] / "bin"
        self.database_port, self.mqtt_port, self.http_port = free_port(), free_port(), free_port()
        self.processes = {}
        self.cookie = ""

    def __enter__(self):
        try:
            self.start_database()
            self.start_broker()
            for service in ("registry", "experience-gateway"):
                self.start_service(service, self.settings_of(service))
            self.sign_in()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for name in sorted(self.processes, key=lambda one: (one == "database", one == "broker")):
            self.processes[name].terminate() if name != "database" else self.processes[name].send_signal(2)
            self.processes[name].wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- processes
    def start(self, name, arguments, environment=None):
        log = open(self.folder / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen([str(one) for one in arguments], stdout=log, stderr=log,
                                                env={**os.environ, **(environment or {})})

    def as_database_user(self, arguments):
        if os.geteuid() != 0:
            return arguments
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *arguments]

    def start_database(self):
        data = self.folder / "data"
        data.mkdir()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(data, user.pw_uid, user.pw_gid)
        subprocess.run(self.as_database_user([self.programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E",
                                              "UTF8", "--locale=C"]), check=True, stdout=subprocess.DEVNULL)
        settings = re.search(r"listen_addresses.*?\nEOF", (ROOT / "deploy/lib/processes.sh").read_text(), re.S).group(0)
        settings = settings.removesuffix("EOF").replace("$POSTGRES_PORT", str(self.database_port))
        with open(data / "postgresql.conf", "a", encoding="utf-8") as out:
            out.write("\n" + settings)
        self.start("database", self.as_database_user([self.programs / "postgres", "-D", data]))
        wait_until(lambda: subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                                           str(self.database_port)], check=False).returncode == 0, "PostgreSQL's start")
        for role in ("registry", "broker", "telemetry", "provisioning"):
            self.sql(f"create role turnkey_{role} login", "postgres")
        self.sql("create database turnkey", "postgres")
        self.sql("grant create on database turnkey to turnkey_registry, turnkey_telemetry, turnkey_provisioning")

    def connection(self, role):
        return f"host=127.0.0.1 port={self.database_port} dbname=turnkey user={role}"

    def sql(self, text, database="turnkey"):
        done = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", f"host=127.0.0.1 port={self.database_port} user=postgres dbname={database}",
                               "-f", "-"], input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def secret(self, name):
        path = self.folder / f"secret-{name}"
        if not path.exists():
            path.write_text(secrets.token_hex(24))
        return str(path)

    def start_broker(self):
        lines = [f"{name}:{hashlib.sha256(Path(self.secret('mqtt-' + name)).read_bytes()).hexdigest()}" for name in SERVICES]
        (self.folder / "services").write_text("\n".join(lines) + "\n")
        (self.folder / "database").write_text(self.connection("turnkey_broker") + "\n")
        conf = (ROOT / "services/broker/mosquitto.conf.in").read_text()
        for name, value in {"BIND_ADDRESS": "127.0.0.1", "PORT": self.mqtt_port, "DATA_DIR": self.folder,
                            "PLUGIN": self.build / "services/broker/turnkey_broker.so", "SERVICES_FILE": self.folder / "services",
                            "DATABASE_FILE": self.folder / "database", "ROOTS": "devices,losant",
                            "METRICS_FILE": self.folder / "metrics.prom", "USER": "root"}.items():
            conf = conf.replace(f"@{name}@", str(value))
        (self.folder / "mosquitto.conf").write_text(conf)
        self.start("broker", ["/usr/sbin/mosquitto", "-c", self.folder / "mosquitto.conf"])
        wait_until(lambda: listens(self.mqtt_port), "the broker's start")

    def run_service(self, service, replica, environment):
        """Starts one more of a service, under the name `replica`, and does not wait for it."""
        self.start(replica, [self.build / "services" / service / service],
                   {"TURNKEY_MQTT_PORT": str(self.mqtt_port), "TURNKEY_MQTT_PASSWORD_FILE": self.secret("mqtt-" + service),
                    "TURNKEY_LABEL_HOST": "bench.example", "TURNKEY_LOG_LEVEL": "info", **environment})

    def start_service(self, name, environment):
        self.run_service(name, name, environment)
        log = self.folder / f"{name}.log"
        wait_until(lambda: "connected to the broker" in log.read_text() or self.processes[name].poll() is not None, f"{name}'s start")
        if self.processes[name].poll() is not None:
            raise RuntimeError(log.read_text())

    def stop(self, name):
        self.processes[name].terminate()
        self.processes.pop(name).wait(30)

    def peak_mib(self, name):
        status = Path(f"/proc/{self.processes[name].pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def settings_of(self, service):
        with_database = {"TURNKEY_DATABASE_PASSWORD_FILE": self.secret("database")}
        return {"registry": {**with_database, "TURNKEY_DATABASE": self.connection("turnkey_registry"),
                             "TURNKEY_FIRST_OPERATOR_TOKEN_FILE": self.secret("first"),
                             "TURNKEY_SEAL_KEY_FILE": self.secret("seal")},
                "provisioning": {**with_database, "TURNKEY_DATABASE": self.connection("turnkey_provisioning")},
                "telemetry-ingest": {**with_database, "TURNKEY_DATABASE": self.connection("turnkey_telemetry"),
                                     "TURNKEY_SPOOL_DIR": str(self.folder / "spool")},
                "experience-gateway": {"TURNKEY_HTTP_PORT": str(self.http_port), "TURNKEY_PUBLIC_ORIGINS": ORIGIN}}[service]

    def start_ingest(self):
        """For what shows last values; by itself the stand has none."""
        self.start_service("telemetry-ingest", self.settings_of("telemetry-ingest"))

    def start_provisioning(self):
        self.start_service("provisioning", self.settings_of("provisioning"))

    # ---- HTTP
    def ask(self, method, path, body=None, headers=None, timeout=300):
        """Status, headers and bytes."""
        one = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout)
        sent = {"Origin": ORIGIN, "Cookie": self.cookie, **(headers or {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent["Content-Type"] = "application/json"
        one.request(method, path, body, sent)
        answer = one.getresponse()
        data = answer.read()
        one.close()
        return answer.status, answer.headers, data

    def must(self, method, path, body=None):
        status, _, data = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {data[:500]}")
        return json.loads(data) if data else None

    def sign_in(self, email="ops@bench.example", password="correct horse battery"):
        if not self.cookie:
            self.must("POST", "/api/first-operator", {"token": Path(self.secret("first")).read_text(), "email": email,
                                                      "password": password, "name": "Ops"})
        status, headers, data = self.ask("POST", "/api/session", {"email": email, "password": password})
        if status != 200:
            raise RuntimeError(data)
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def recipe(self):
        return self.must("POST", "/api/recipes", {"name": "Gateway", "attributes": [{"name": "rpm", "type": "number"}],
                                                  "models": [{"key": "kd-30", "title": "KD-30"}]})["id"]
