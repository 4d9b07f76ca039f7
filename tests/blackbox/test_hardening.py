"""Crowds, floods and clients that do not behave: memory stays bounded, the others are served, and what was
acknowledged is there."""
import concurrent.futures
import json
import os
import resource
import select
import signal
import socket
import stat
import threading

import pytest

from eventually import eventually
from test_wire import HEAD, Connection, request

MB = 1024 * 1024
IDLE_CONNECTIONS = 10_000
OTHER_DESCRIPTORS = 2048  # that the server keeps for itself


def memory(server, field="VmRSS"):
    """Bytes."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as text:
        fields = text.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def create_table(server, name):
    server.ok("CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})


def put(table, key, size=0):
    """A PutItem, blown up to `size` bytes by spaces."""
    body = json.dumps({"TableName": table, "Item": {"pk": {"S": key}}}).encode()
    return request("PutItem", body[:-1] + b" " * (size - len(body)) + body[-1:])


def keys_of(server, table):
    return {item["pk"]["S"] for item in server.ok("Scan", {"TableName": table})["Items"]}


@pytest.fixture
def need_connections():
    """need_connections(n): this process, and a server, may open as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def need(count):
        needed = count + OTHER_DESCRIPTORS
        if hard != resource.RLIM_INFINITY and hard < needed:
            pytest.skip(f"the hard limit of open files is {hard}, and {needed} are needed (ulimit -Hn)")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, soft), hard))

    yield need
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_idle_connections(own_server, need_connections):
    need_connections(IDLE_CONNECTIONS)
    own_server.start()
    own_server.ok("ListTables", {})
    before = memory(own_server)
    ask = request("ListTables", {})
    sockets = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            sockets.append(socket.create_connection(("127.0.0.1", own_server.port), timeout=30))
        # All have been served once and have given back what that took.
        for one in sockets:
            one.sendall(ask)
        for one in sockets:
            assert one.recv(4096).startswith(b"HTTP/1.1 200 ")

        def per_connection():
            return (memory(own_server) - before) / IDLE_CONNECTIONS

        assert eventually(30, lambda: per_connection() < 3072), f"{per_connection()} bytes a connection"
        print(f"\n{per_connection():.0f} bytes of memory for each idle connection")
        for one in sockets[::100]:
            one.sendall(ask)
            assert one.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert own_server.ok("ListTables", {}) == {"TableNames": []}
    finally:
        for one in sockets:
            one.close()


def test_one_connection_too_many(own_server, new_client):
    own_server.arguments += ["--max-connections", "4"]
    own_server.start()
    inside = [Connection(own_server) for _ in range(4)]
    for connection in inside:
        connection.send(request("ListTables", {}))
        assert connection.reply()[0] == 200
    client = new_client(own_server)
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.list_tables()
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert caught.value.response["Error"]["Message"] == "Rate of requests exceeds the allowed throughput."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    inside.pop().__exit__()
    assert eventually(10, lambda: own_server.call("ListTables", {})[0] == 200)
    for connection in inside:
        connection.send(request("ListTables", {}))
        assert connection.reply()[0] == 200
        connection.__exit__()


def test_silent_connections_are_closed(own_server):
    own_server.arguments += ["--idle-timeout", "1"]
    own_server.start()
    with Connection(own_server) as fresh, Connection(own_server) as served:
        served.send(request("ListTables", {}))
        assert served.reply()[0] == 200
        assert fresh.reply() is None
        assert served.reply() is None


def test_a_low_hard_limit_is_reported(own_server, tmp_path):
    wrapper = tmp_path / "with-few-files"
    wrapper.write_text(f'#!/bin/sh\nulimit -n 1024\nexec "{own_server.binary}" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    own_server.binary = str(wrapper)
    own_server.start()
    assert "at most 512 connections instead of 16384" in own_server.stderr()
    assert f"hard limit must be {16384 + OTHER_DESCRIPTORS}" in own_server.stderr()
    assert own_server.ok("ListTables", {}) == {"TableNames": []}


def test_running_out_of_descriptors_is_survived(own_server):
    """Nothing spins while connections cannot be accepted; they are once there are descriptors again."""
    own_server.start()
    pid = own_server.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    with Connection(own_server) as inside:
        inside.send(request("ListTables", {}))
        assert inside.reply()[0] == 200
        open_files = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files, limits[1]))
        waiting = [Connection(own_server) for _ in range(20)]
        for connection in waiting:
            connection.send(request("ListTables", {}))
        start = cpu_seconds(own_server)
        assert not eventually(1, lambda: cpu_seconds(own_server) - start > 0.5), "it spins"
        inside.send(request("ListTables", {}))
        assert inside.reply()[0] == 200
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        for connection in waiting:
            assert connection.reply()[0] == 200
            connection.__exit__()


def test_thousands_of_requests_sent_ahead(own_server):
    """Their replies, 180 MB, are made as they are read."""
    own_server.start()
    create_table(own_server, "things")
    value = "x" * 60_000
    own_server.ok("PutItem", {"TableName": "things", "Item": {"pk": {"S": "large"}, "v": {"S": value}}})
    get = request("GetItem", {"TableName": "things", "Key": {"pk": {"S": "large"}}})
    count = 3000
    before = memory(own_server)
    with Connection(own_server) as connection:
        sender = threading.Thread(target=connection.send, args=(get * count,))
        sender.start()
        first = connection.reply()
        assert len(first[2]) > len(value)
        for _ in range(count - 1):
            assert connection.reply()[2] == first[2]
        sender.join()
    assert memory(own_server, "VmHWM") - before < 64 * MB


def test_a_flood_of_large_requests(own_server):
    """64 connections with 16 MB each, where 64 MB are allowed."""
    own_server.arguments += ["--request-memory-mb", "64"]
    own_server.start()
    create_table(own_server, "things")
    size = 16 * MB
    before = memory(own_server)
    connections = [Connection(own_server) for _ in range(64)]
    try:
        # All but the last byte of each: nobody is done before everybody has come.
        with concurrent.futures.ThreadPoolExecutor(8) as senders:
            list(senders.map(lambda i: send_nearly_all(connections[i], put("things", str(i), size)), range(64)))
        for connection in connections:
            send_last(connection)
        replies = [connection.reply() for connection in connections]
        peak = memory(own_server, "VmHWM")
        # At once:
        own_server.ok("PutItem", {"TableName": "things", "Item": {"pk": {"S": "after"}}})
        with Connection(own_server) as large:
            large.send(put("things", "large", size))
            assert large.reply()[0] == 200
    finally:
        for connection in connections:
            connection.__exit__()
    taken = {str(i) for i, reply in enumerate(replies) if reply[0] == 200}
    assert 1 <= len(taken) <= 4
    for reply in replies:
        if reply[0] != 200:
            assert reply[0] == 400 and json.loads(reply[2])["__type"].endswith("#ThrottlingException"), reply
    print(f"\n{len(taken)} of 64 taken, {(peak - before) / MB:.0f} MB at most")
    # The bodies alone are 1,024 MB. A request that is taken costs its body, what is parsed from it, and what malloc keeps: 300 to 420 MB.
    assert peak - before < 512 * MB
    assert eventually(30, lambda: memory(own_server) - before < 128 * MB)
    # Whole or not at all, over a crash too.
    assert keys_of(own_server, "things") == taken | {"after", "large"}
    own_server.process.send_signal(signal.SIGKILL)
    own_server.wait()
    own_server.start()
    assert keys_of(own_server, "things") == taken | {"after", "large"}


def send_nearly_all(connection, data):
    """All but the last byte, or as much as it takes to be turned away."""
    try:
        for start in range(0, len(data) - 1, MB):
            if select.select([connection.socket], [], [], 0)[0]:
                return
            connection.send(data[start:min(start + MB, len(data) - 1)])
    except OSError:
        pass  # the reply says why


def send_last(connection):
    try:
        connection.send(b"}")
    except OSError:
        pass


def test_a_flood_of_small_requests(own_server):
    """300 clients at the same moment, each with a long operation, for which there is a short queue, and writes."""
    count, writes = 300, 10
    verify = request("VerifyTable", {"TableName": "things"}).replace(b"DynamoDB_20120810", b"Millrace_20261121")
    own_server.start()
    create_table(own_server, "things")
    for i in range(50):
        own_server.ok("PutItem", {"TableName": "things", "Item": {"pk": {"S": f"seed {i}"}, "v": {"S": "x" * 1000}}})
    before = memory(own_server)
    connections = [Connection(own_server) for _ in range(count)]
    acknowledged, throttled = set(), 0
    try:
        own_server.process.send_signal(signal.SIGSTOP)  # so that all come at the same moment
        for i, connection in enumerate(connections):
            connection.send(verify + b"".join(put("things", f"{i}/{k}") for k in range(writes)))
        own_server.process.send_signal(signal.SIGCONT)
        for i, connection in enumerate(connections):
            replies = [connection.reply() for _ in range(1 + writes)]
            for status, _, body in replies:
                if status != 200:
                    throttled += 1
                    assert json.loads(body)["__type"].endswith("#ThrottlingException"), body
            acknowledged |= {f"{i}/{k}" for k in range(writes) if replies[1 + k][0] == 200}
    finally:
        for connection in connections:
            connection.__exit__()
    print(f"\n{len(acknowledged)} writes, {throttled} throttled, "
          f"{(memory(own_server, 'VmHWM') - before) / MB:.0f} MB at most")
    assert throttled > 0
    assert memory(own_server, "VmHWM") - before < 128 * MB
    own_server.ok("PutItem", {"TableName": "things", "Item": {"pk": {"S": "after"}}})
    found, page = set(), {}
    while page is not None:
        reply = own_server.ok("Scan", {"TableName": "things", "ProjectionExpression": "pk", **page})
        found |= {item["pk"]["S"] for item in reply["Items"]}
        page = {"ExclusiveStartKey": reply["LastEvaluatedKey"]} if "LastEvaluatedKey" in reply else None
    assert acknowledged <= found


def test_clients_that_disappear_with_their_replies_unread(own_server):
    """Large replies to readers that stop, and resets in the middle of bodies and before replies."""
    own_server.start()
    create_table(own_server, "things")
    value = "x" * 390_000
    own_server.ok("PutItem", {"TableName": "things", "Item": {"pk": {"S": "large"}, "v": {"S": value}}})
    scan = request("GetItem", {"TableName": "things", "Key": {"pk": {"S": "large"}}})
    started = HEAD.encode() + b"X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 9000000\r\n\r\n" + b" " * 100_000
    before = memory(own_server)
    for data in (scan * 50, started, started[:50], put("things", "gone")):
        for _ in range(20):
            connection = Connection(own_server)
            connection.send(data)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, not end
            connection.__exit__()
    assert own_server.ok("GetItem", {"TableName": "things", "Key": {"pk": {"S": "large"}}})["Item"]["v"]["S"] == value
    assert eventually(30, lambda: memory(own_server) - before < 64 * MB)
