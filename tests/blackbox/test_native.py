"""The native protocol as a user meets it: what `serve` prints, its options, and the example."""
import subprocess

import pytest

from millrace_server import Server


def run_example(binary, endpoint, table):
    return subprocess.run([binary.parent / "native_client", endpoint, table], capture_output=True, text=True, timeout=120)


def make_table(server, name):
    from conftest import boto_client
    boto_client(server).create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])


@pytest.mark.parametrize("option", [[], ["--native", "tcp://127.0.0.1:0"]])
def test_the_example_runs(binary, tmp_path, option):
    server = Server(binary, tmp_path / "data", *option).start()
    try:
        said = server.process.stdout.readline().decode()
        assert said.startswith("The native protocol is spoken on ")
        endpoint = said.split()[-1]
        make_table(server, "readings")
        done = run_example(binary, endpoint, "readings")
        assert (done.returncode, done.stdout) == (0, "wrote 10000, found 100, won 1\n"), done.stderr
        assert run_example(binary, endpoint, "readings").stdout == "wrote 10000, found 100, won 0\n"
        assert "ResourceNotFoundException" in run_example(binary, endpoint, "nobody").stderr
    finally:
        server.kill()


def test_only_its_owner_may_open_the_socket(own_server):
    own_server.start()
    from pathlib import Path
    assert Path(own_server.data, "native.sock").stat().st_mode & 0o777 == 0o600


def test_it_can_be_off(binary, tmp_path):
    server = Server(binary, tmp_path / "data", "--native", "off").start()
    try:
        assert not (tmp_path / "data" / "native.sock").exists()
    finally:
        server.kill()


@pytest.mark.parametrize("endpoint, why", [
    ("tcp://0.0.0.0:9000", "loopback addresses only"),
    ("http://127.0.0.1:9000", "neither ipc://PATH nor tcp://HOST:PORT"),
    ("tcp://127.0.0.1", "has no port"),
    ("ipc:///" + "x" * 200, "too long"),
])
def test_other_endpoints_are_refused(binary, tmp_path, endpoint, why):
    with pytest.raises(RuntimeError, match="native protocol") as refused:
        Server(binary, tmp_path / "data", "--native", endpoint).start()
    assert why in str(refused.value)


def test_a_killed_servers_socket_is_taken_over(own_server):
    own_server.start()
    own_server.kill()
    own_server.start()
    assert own_server.process.stdout.readline().startswith(b"The native protocol")
