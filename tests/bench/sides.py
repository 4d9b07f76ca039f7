"""What is compared: servers that are started, filled, loaded and stopped. Used by bench.py."""
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
from eventually import eventually  # noqa: E402

BUILD = ROOT / "build/release"
DYNOXIDE = ROOT / "build/bench/node_modules/@dynoxide/linux-x64/dynoxide"
KEYS, VALUE_BYTES, CONNECTIONS = 20_000, 1024, 64
START_DEADLINE_S = 120
BACKFILL_DEADLINE_S = 60
HEADERS = {"Content-Type": "application/x-amz-json-1.0",
           "X-Amz-Date": "20261121T000000Z",
           "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20261121/us-east-1/dynamodb/aws4_request, "
                            "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64}


class BenchError(Exception):
    """A measurement that could not be taken."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server under load: its port, its processor time, its memory."""

    def __init__(self, name, command, port=None):
        self.name, self.port = name, port
        self.log = open(ROOT / "build/bench" / f"{name.replace(' ', '_')}.log", "wb")
        self.started_at = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE if port is None else self.log, stderr=self.log)
        try:
            self._wait_until_ready()
        except BenchError:
            self.stop(signal.SIGKILL)
            raise
        self.start_s = time.monotonic() - self.started_at

    def _wait_until_ready(self):
        if self.port is None:
            self.port = self._read_port()
        elif not eventually(START_DEADLINE_S, self._accepts):
            raise BenchError(f"{self.name} did not start: see {self.log.name}")

    def _read_port(self):
        """From the line that says where Millrace listens."""
        text, deadline = b"", self.started_at + START_DEADLINE_S
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 1)[0]:
                read = os.read(self.process.stdout.fileno(), 4096)
                text += read
                match = re.search(rb"listening on http://\S+:(\d+)\s", text)
                if match:
                    return int(match[1])
                if not read:
                    break
        raise BenchError(f"{self.name} did not start: see {self.log.name}")

    def _accepts(self):
        if self.process.poll() is not None:
            raise BenchError(f"{self.name} did not start: see {self.log.name}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


def start_millrace(data, name="millrace", *arguments, binary=None):
    return Process(name, [binary or BUILD / "millrace", "serve", "--data", data, "--listen", "127.0.0.1:0", *arguments])


def start_dynoxide(data, name):
    port = free_port()
    at = ["--db-path", data / "dynoxide.db"] if data else []
    return Process(name, [DYNOXIDE, "--port", port, *at], port)


def start_floor(reply_bytes):
    port = free_port()
    return Process("floor", [BUILD / "bench_floor", "--port", port, "--threads", os.cpu_count(),
                             "--reply-bytes", reply_bytes], port)


def create_and_fill(server, view=""):
    """The table `bench`, of KEYS items of VALUE_BYTES."""
    subprocess.run([HERE / "setup.sh", server.url, str(KEYS), str(VALUE_BYTES), view], check=True,
                   stdout=subprocess.DEVNULL)


def call(connection, operation, body):
    connection.request("POST", "/", body if isinstance(body, bytes) else json.dumps(body).encode(),
                       {**HEADERS, "X-Amz-Target": "DynamoDB_20120810." + operation})
    reply = connection.getresponse()
    text = reply.read()
    if reply.status != 200:
        raise BenchError(f"{operation}: {reply.status} {text[:200]!r}")
    return json.loads(text)


def create_table(server, name, keys=("pk", "sk"), view=None):
    """An empty table; its keys are strings."""
    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}} if view else {}
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    call(connection, "CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))], **stream})
    call(connection, "DescribeTable", {"TableName": name})
    connection.close()


def add_index(server):
    """A GSI of the table `bench` that projects all, by an attribute that every put changes; back-filled on return."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    call(connection, "UpdateTable", {
        "TableName": "bench",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": "by_n", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]}}]})

    def is_active():
        table = call(connection, "DescribeTable", {"TableName": "bench"})["Table"]
        return table["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"

    if not eventually(BACKFILL_DEADLINE_S, is_active):
        raise BenchError("the index was not filled in time")
    connection.close()


def get_reply_bytes(server):
    """The size of a GetItem reply, head included: what the floor has to send."""
    body = b'{"TableName":"bench","Key":{"pk":{"S":"p7"},"sk":{"S":"7"}}}'
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
                    + b"".join(f"{name}: {value}\r\n".encode() for name, value in HEADERS.items())
                    + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        text = b""
        while read := raw.recv(65536):
            text += read
    if b" 200 " not in text[:20] or len(text) < VALUE_BYTES:
        raise BenchError(f"the item is not there: {text[:200]!r}")
    return len(text) + len("keep-alive") - len("close")


def load(server, workload, seconds, keys=KEYS):
    """One wrk run: {req_per_s, p50_us, p99_us, cpu_us}. A run with errors is void and taken again."""
    for _ in range(3):
        cpu = server.cpu_seconds()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", HERE / "dynamodb.lua", server.url],
            env={**os.environ, "WORKLOAD": workload, "KEYS": str(keys), "VALUE_BYTES": str(VALUE_BYTES)},
            capture_output=True, text=True).stdout
        result = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)\b", output)}
        if result.get("errors") == 0 and result.get("requests"):
            result["cpu_us"] = (server.cpu_seconds() - cpu) * 1e6 / result["requests"]
            return result
        print(f"void: {server.name} {workload}: {output.strip().splitlines()[-1:]}", file=sys.stderr)
    raise BenchError(f"{server.name} {workload}: three runs with errors")


def fill_by_batches(server, items):
    """`items` items of VALUE_BYTES through BatchWriteItem, from four connections."""
    filler, failures = "x" * (VALUE_BYTES - 40), []

    def put(first, last):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            for start in range(first, last, 25):
                requests = ",".join(
                    f'{{"PutRequest":{{"Item":{{"pk":{{"S":"p{k % 1000}"}},"sk":{{"S":"{k}"}},'
                    f'"n":{{"N":"{k}"}},"v":{{"S":"{filler}"}}}}}}}}' for k in range(start, min(start + 25, last)))
                reply = call(connection, "BatchWriteItem", f'{{"RequestItems":{{"bench":[{requests}]}}}}'.encode())
                if reply["UnprocessedItems"]:
                    raise BenchError("the store refuses items")
        except (OSError, BenchError) as error:
            failures.append(error)

    share = items // 4
    threads = [threading.Thread(target=put, args=(i * share, (i + 1) * share)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise BenchError(f"filling failed: {failures[0]}")


def fresh_directory(name):
    remove_directory(name)
    path = ROOT / "build/bench/data" / name
    path.mkdir(parents=True)
    return path


def remove_directory(name):
    shutil.rmtree(ROOT / "build/bench/data" / name, ignore_errors=True)
