"""Starting, stopping and refusing to start."""
import concurrent.futures
import os
import signal
import socket

import pytest

from millrace_server import Server

TABLE = {"TableName": "kept", "BillingMode": "PAY_PER_REQUEST",
         "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}


def test_what_was_written_is_there_after_a_restart(own_server):
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    own_server.ok("PutItem", {"TableName": "kept", "Item": {"pk": {"S": "a"}}})
    before = own_server.ok("DescribeTable", {"TableName": "kept"})
    assert own_server.stop() == 0
    own_server.start()
    assert own_server.ok("GetItem", {"TableName": "kept", "Key": {"pk": {"S": "a"}}})["Item"] == {"pk": {"S": "a"}}
    assert own_server.ok("DescribeTable", {"TableName": "kept"}) == before
    assert own_server.stop() == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_stopping_answers_what_is_under_way(own_server, stop):
    """Writers go on until they are cut off; whatever was answered is there afterwards."""
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    acknowledged = []

    def write(writer):
        for i in range(100_000):
            key = f"{writer}-{i}"
            try:
                status, _, _ = own_server.call("PutItem", {"TableName": "kept", "Item": {"pk": {"S": key}}})
            except (OSError, EOFError):
                return
            assert status == 200
            acknowledged.append(key)
            if len(acknowledged) == 200:
                own_server.process.send_signal(stop)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, writer) for writer in range(8)]:
            done.result()
    assert own_server.wait() == 0
    own_server.start()
    assert own_server.ok("Scan", {"TableName": "kept", "Select": "COUNT"})["Count"] >= len(acknowledged) >= 200


def test_a_directory_is_served_once(own_server, binary):
    own_server.start()
    second = Server(binary, own_server.data)
    second.spawn()
    assert second.wait() == 1
    assert "in use" in own_server.stderr()
    assert own_server.ok("ListTables", {}) == {"TableNames": []}


def test_a_port_is_served_once(own_server, binary, tmp_path):
    own_server.start()
    second = Server(binary, tmp_path / "other")
    second.listen = f"127.0.0.1:{own_server.port}"
    second.spawn()
    assert second.wait() == 1
    assert f"cannot listen on {second.listen}: Address already in use" in second.stderr()
    assert own_server.ok("ListTables", {}) == {"TableNames": []}


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "10.0.0.1:0"])
def test_other_machines_are_kept_out(own_server, address):
    own_server.listen = address
    own_server.spawn()
    assert own_server.wait() == 1
    assert "listens on loopback addresses only" in own_server.stderr()


def test_ipv6_loopback(own_server):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    own_server.listen = "[::1]:0"
    own_server.start()
    with socket.create_connection(("::1", own_server.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(15).startswith(b"HTTP/1.1 200 OK")


def test_a_damaged_directory_is_refused(own_server):
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    for i in range(20):
        own_server.ok("PutItem", {"TableName": "kept", "Item": {"pk": {"S": str(i)}}})
    own_server.kill()
    segment = next(os.path.join(folder, name) for folder, _, names in os.walk(own_server.data)
                   for name in names if name.endswith(".seg"))
    with open(segment, "r+b") as file:
        data = file.read()
        at = data.index(b"pk")  # in the middle of what was acknowledged
        file.seek(at)
        file.write(bytes([data[at] ^ 1]))
    own_server.spawn()
    assert own_server.wait() == 1
    assert "cannot open" in own_server.stderr()


def test_os_durability_is_said(own_server):
    own_server.arguments = ["--durability", "os"]
    own_server.start()
    assert own_server.ok("Millrace_20261121.Status", {})["Durability"] == "os"


def test_the_region_is_a_flag(own_server):
    own_server.arguments = ["--region", "eu-west-1"]
    own_server.start()
    assert own_server.ok("CreateTable", TABLE)["TableDescription"]["TableArn"] == (
        "arn:aws:dynamodb:eu-west-1:000000000000:table/kept")
