"""Starts, stops and kills real servers, and speaks to them without any SDK."""
import http.client
import json
import os
import select
import signal
import subprocess
import time

START_DEADLINE_S = 60
STOP_DEADLINE_S = 30

AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=tester/20261121/us-east-1/dynamodb/aws4_request, "
                 "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64)


class Server:
    def __init__(self, binary, data, *arguments, environment=None):
        self.binary = str(binary)
        self.data = str(data)
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.listen = "127.0.0.1:0"
        self.process = None
        self.port = None
        self.errors = self.data + ".stderr"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def spawn(self):
        """Starts the process and waits for nothing."""
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--listen", self.listen, *self.arguments],
                stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment})

    def start(self):
        """Until it says that it is listening. Raises RuntimeError when it ends instead."""
        self.spawn()
        line = self._first_line()
        if not line.startswith("Millrace is listening on http://"):
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"it said {line!r} and on stderr: {self.stderr()}")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def _first_line(self):
        end = time.monotonic() + START_DEADLINE_S
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            byte = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not byte:
                break
            line += byte
        return line.decode().strip()

    def stderr(self):
        with open(self.errors, encoding="utf-8", errors="replace") as text:
            return text.read()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        status = self.process.wait(STOP_DEADLINE_S)
        self.process.stdout.close()
        return status

    def kill(self):
        if self.running():
            self.process.kill()
            self.wait()

    def call(self, target, body, **headers):
        """One request without an SDK: (HTTP status, headers, parsed body or text)."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if "." not in target:
            target = "DynamoDB_20120810." + target
        fields = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target,
                  "X-Amz-Date": "20261121T000000Z", "Authorization": AUTHORIZATION}
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/", body, {n: v for n, v in fields.items() if v is not None})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        try:
            return response.status, response.headers, json.loads(text)
        except ValueError:
            return response.status, response.headers, text.decode()

    def ok(self, target, body):
        """The reply of a request that must succeed."""
        status, _, reply = self.call(target, body)
        assert status == 200, reply
        return reply

    def error(self, target, body, **headers):
        """(exception name, text) of a request that must fail."""
        status, _, reply = self.call(target, body, **headers)
        assert status != 200, reply
        return reply["__type"].split("#")[1], reply.get("message", reply.get("Message", ""))
