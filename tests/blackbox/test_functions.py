"""Functions and event source mappings through the API and the command line, with the example handler."""
import concurrent.futures
import json
import pathlib
import subprocess

import pytest

from eventually import eventually

TARGET = "Millrace_20261121."
SERVER = "own_server"  # of the fixture `millrace`


@pytest.fixture
def tables(own_server, new_client):
    own_server.start()
    client = new_client(own_server)
    for name, keys in (("flights", ("pk", "sk")), ("airports", ("pk",))):
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    return client


def fly(client, origin, number, delay):
    client.put_item(TableName="flights", Item={
        "pk": {"S": origin}, "sk": {"S": f"2001/01/01 00:00#{number:05}"}, "date": {"S": "2001/01/01 00:00"},
        "delay": {"N": str(delay)}, "distance": {"N": "100"}, "destination": {"S": "LAX"}})


def counted(client, airport):
    item = client.get_item(TableName="airports", Key={"pk": {"S": airport}}, ConsistentRead=True).get("Item")
    return item and (int(item["count"]["N"]), int(item["sum"]["N"]), int(item["maximum"]["N"]))


def test_from_a_write_to_the_effect_of_a_handler(own_server, tables, new_client, millrace, handler):
    client = tables
    assert "Made the function airport_delays" in millrace("function", "create", "airport_delays", handler, "--timeout", "10")
    assert "Records of flights go to airport_delays" in millrace(
        "mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON", "--batch-size", "10")
    for number in range(25):
        fly(client, "ATL", number, number)
    assert eventually(30, lambda: counted(client, "ATL") == (25, sum(range(25)), 24))

    mapping = own_server.ok(TARGET + "ListEventSourceMappings", {"FunctionName": "airport_delays"})["EventSourceMappings"][0]
    assert mapping["State"] == "Enabled" and mapping["BatchSize"] == 10 and mapping["TableName"] == "flights"
    assert eventually(30, lambda: own_server.ok(TARGET + "GetEventSourceMapping", {"UUID": mapping["UUID"]})["RecordsProcessed"] == 25)
    function = own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]
    assert function["Timeout"] == 10 and len(function["CodeSha256"]) == 64
    assert own_server.ok(TARGET + "Status", {})["Triggers"]["RecordsDelivered"] >= 25
    assert "airport_delays" in millrace("function", "list") and "flights" in millrace("mapping", "list")

    # What caused the statistics is known.
    records = own_server.ok(TARGET + "GetItemHistory", {"TableName": "airports", "Key": {"pk": {"S": "ATL"}}})["Records"]
    assert all(record["causedBy"] and record["hopCount"] == 1 for record in records)

    # Nothing is counted twice over a restart, and it goes on.
    assert own_server.stop() == 0
    own_server.start()
    client = new_client(own_server)
    fly(client, "ATL", 99, 1000)
    assert eventually(30, lambda: counted(client, "ATL") == (26, sum(range(25)) + 1000, 1000))

    assert "ResourceConflictException" in millrace("function", "delete", "airport_delays", status=4)
    millrace("mapping", "delete", mapping["UUID"])
    millrace("function", "delete", "airport_delays")
    assert own_server.ok(TARGET + "ListFunctions", {}) == {"Functions": []}


def test_logs_are_followed(own_server, tables, binary, handler, millrace):
    millrace("function", "create", "airport_delays", handler)
    follower = subprocess.Popen([str(binary), "logs", "airport_delays", "--follow", "--endpoint", own_server.url],
                                stdout=subprocess.PIPE, text=True)
    try:
        millrace("mapping", "create", "airport_delays", "flights")
        assert "ready after" in follower.stdout.readline()  # written when the mapping began its process
        # Whoever waits for more is let go when the server stops, at once.
        assert own_server.stop() == 0
        # Its answer says so (4), or its next request finds nobody (3).
        assert follower.wait(30) in (3, 4)
    finally:
        follower.kill()
        follower.stdout.close()


def test_a_function_is_updated(own_server, tables, millrace, handler, tmp_path):
    client = tables
    millrace("function", "create", "airport_delays", handler, "--processes", "3", "--env", "AA=1")
    millrace("mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON")
    fly(client, "ATL", 1, 5)
    assert eventually(30, lambda: counted(client, "ATL") == (1, 5, 5))
    before = own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]
    assert before["Processes"] == 3 and before["RunningProcesses"][0]["CodeSha256"] == before["CodeSha256"]

    other = tmp_path / "other"
    other.write_bytes(pathlib.Path(handler).read_bytes() + b"more")
    other.chmod(0o755)
    assert "run the code" in millrace("function", "update", "airport_delays", "--code", str(other), "--timeout", "9",
                                      "--memory", "256", "--processes", "2", "--no-env", "--description", "second")
    after = own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]
    assert after["CodeSha256"] != before["CodeSha256"] and "Environment" not in after
    assert (after["Timeout"], after["MemorySize"], after["Processes"], after["Description"]) == (9, 256, 2, "second")
    fly(client, "ATL", 2, 7)
    assert eventually(30, lambda: counted(client, "ATL") == (2, 12, 7))
    described = millrace("function", "describe", "airport_delays")
    assert after["CodeSha256"] in described and before["CodeSha256"][:12] not in described and "256 MB" in described
    assert f"code {after['CodeSha256'][:12]}" in millrace("logs", "airport_delays")

    assert "description" in described and "second" in described
    millrace("function", "update", "airport_delays", "--description", "")
    assert "description" not in millrace("function", "describe", "airport_delays")

    # The code changes before the rest is refused, and that is said.
    refused = millrace("function", "update", "airport_delays", "--code", handler, "--timeout", "901", status=4)
    assert "'timeout'" in refused and "The code was updated before that, and stays." in refused
    assert own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]["CodeSha256"] == before["CodeSha256"]
    assert "nothing to change" in millrace("function", "update", "airport_delays", status=1)
    assert "processes" in millrace("function", "update", "airport_delays", "--processes", "65", status=4)
    assert own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]["Processes"] == 2


def test_variables_of_a_function(own_server, tables, millrace, handler):
    def variables():
        return own_server.ok(TARGET + "GetFunction", {"FunctionName": "f"})["Configuration"]["Environment"]["Variables"]

    millrace("function", "create", "f", handler, "--env", "LEVEL=a", "--env", "A1=x=\x1b[7m", "--env", "LEVEL=b")
    assert variables() == {"LEVEL": "b", "A1": "x=\x1b[7m"}
    assert "x=\\x1b[7m" in millrace("function", "describe", "f")
    # Names as Lambda takes them: a letter, and at least one more character.
    for name in ("A", "_A", "1A", "A-B"):
        refused = millrace("function", "update", "f", "--env", f"{name}=secret", status=4)
        assert "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy" in refused
    for pair in ("A1", "=x"):
        assert f"'{pair}' is not NAME=VALUE" in millrace("function", "update", "f", "--env", pair, status=2)
    assert variables() == {"LEVEL": "b", "A1": "x=\x1b[7m"}


def test_whoever_waits_for_lines_holds_nobody_up(own_server, tables, handler, millrace):
    """More waiting readers than the pool has threads; the others are answered, and the readers when their time is over."""
    millrace("function", "create", "airport_delays", handler)
    body = {"FunctionName": "airport_delays", "WaitSeconds": 1}
    with concurrent.futures.ThreadPoolExecutor(32) as threads:
        waiting = [threads.submit(own_server.ok, TARGET + "GetFunctionLogs", body) for _ in range(32)]
        assert own_server.ok(TARGET + "ListFunctions", {})["Functions"]
        assert [reply.result(30)["Lines"] for reply in waiting] == [[]] * 32


@pytest.mark.parametrize("operation, body, error", [
    ("CreateFunction", {"FunctionName": "x", "Code": {"Path": "/no/such/file"}}, "InvalidParameterValueException"),
    ("CreateFunction", {"FunctionName": "not a name", "Code": {"Path": "/bin/true"}}, "InvalidParameterValueException"),
    ("CreateFunction", {"FunctionName": "x"}, "ValidationException"),
    ("CreateFunction", {"FunctionName": "x", "Code": {"Path": "/bin/true"}, "Timeout": 901}, "InvalidParameterValueException"),
    ("GetFunction", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("UpdateFunctionCode", {"FunctionName": "none", "Path": "/bin/true"}, "ResourceNotFoundException"),
    ("UpdateFunctionCode", {"FunctionName": "none"}, "ValidationException"),
    ("UpdateFunctionCode", {"FunctionName": "none", "Path": "/bin/true", "Publish": True}, "ValidationException"),
    ("UpdateFunctionConfiguration", {"FunctionName": "none", "Timeout": 5}, "ResourceNotFoundException"),
    ("UpdateFunctionConfiguration", {"FunctionName": "none", "Timeout": "5"}, "SerializationException"),
    ("CreateFunction", {"FunctionName": "x", "Code": {"Path": "/bin/true"}, "Processes": 65}, "InvalidParameterValueException"),
    ("DeleteFunction", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("GetFunctionLogs", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("GetFunctionLogs", {"FunctionName": "none", "WaitSeconds": 21}, "ValidationException"),
    ("CreateEventSourceMapping", {"FunctionName": "none", "EventSourceArn": "x", "StartingPosition": "LATEST"},
     "ResourceNotFoundException"),
    ("CreateEventSourceMapping", {"FunctionName": "none", "EventSourceArn": "x"}, "InvalidParameterValueException"),
    ("CreateEventSourceMapping", {"FunctionName": "none", "EventSourceArn": "x", "StartingPosition": "LATEST",
                                  "FilterCriteria": {}}, "ValidationException"),
    ("GetEventSourceMapping", {"UUID": "none"}, "ResourceNotFoundException"),
    ("DeleteEventSourceMapping", {"UUID": "none"}, "ResourceNotFoundException"),
])
def test_errors(server, operation, body, error):
    assert server.error(TARGET + operation, json.dumps(body))[0] == error


def test_a_program_for_another_machine_is_refused(own_server, tables, millrace, handler, tmp_path):
    program = bytearray(pathlib.Path(handler).read_bytes())
    program[18] ^= 0xff  # the machine, in an ELF header
    other = tmp_path / "other"
    other.write_bytes(program)
    other.chmod(0o755)
    assert "built for another kind of machine" in millrace("function", "create", "other", str(other), status=4)
    assert "There are no functions" in millrace("function", "list")
    millrace("function", "create", "same", handler)
    assert "built for another kind of machine" in millrace("function", "update", "same", "--code", str(other), status=4)


@pytest.mark.parametrize("make, reason", [
    (lambda program: b"#!/bin/sh\necho no database here\nexit 7\n", ["before it was ready: exit code 7", "said: no database here"]),
    (lambda program: pathlib.Path("/bin/true").read_bytes(), ["before it was ready: exit code 0"]),
    (lambda program: program.replace(b"libstdc++.so.6\0", b"libnowhere.so6\0"), ["before it was ready: exit code 127", "libnowhere.so6"]),
], ids=["exits", "exits well", "no library"])
def test_why_a_function_processes_nothing(own_server, tables, millrace, handler, tmp_path, make, reason):
    client = tables
    code = tmp_path / "code"
    code.write_bytes(make(pathlib.Path(handler).read_bytes()))
    code.chmod(0o755)
    millrace("function", "create", "airport_delays", str(code), "--timeout", "10")
    millrace("mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON")
    fly(client, "ATL", 1, 5)

    def function():
        return own_server.ok(TARGET + "GetFunction", {"FunctionName": "airport_delays"})["Configuration"]

    def mapping():
        return own_server.ok(TARGET + "ListEventSourceMappings", {})["EventSourceMappings"][0]
    assert eventually(30, lambda: function()["LastUpdateStatus"] == "Failed")
    failed = function()
    assert failed["State"] == "Active" and failed["LastUpdateStatusReasonCode"] == "FunctionError.RuntimeInitError"
    why = failed["LastUpdateStatusReason"]
    assert all(part in why for part in reason), why
    assert mapping()["LastProcessingResult"].startswith("PROBLEM: function airport_delays: its process ended before it was ready")
    assert "before it was ready" in millrace("mapping", "describe", mapping()["UUID"])
    assert "before it was ready" in millrace("function", "list") and "before it was ready" in millrace("status")
    described = millrace("function", "describe", "airport_delays")
    assert "Failed: its process ended before it was ready" in described and "millrace logs airport_delays" in described

    # Code that works: at once, and nothing of it is left.
    millrace("function", "update", "airport_delays", "--code", handler)
    assert eventually(30, lambda: counted(client, "ATL") == (1, 5, 5))
    assert function()["LastUpdateStatus"] == "Successful" and "LastUpdateStatusReason" not in function()
    assert eventually(30, lambda: mapping()["LastProcessingResult"] == "OK")
    assert "Successful" in millrace("function", "describe", "airport_delays")


def test_what_to_do_next(own_server, tables, millrace, handler, tmp_path):
    """What a newcomer meets says where to go on."""
    assert "There are no functions. Make one: millrace function create --help" in millrace("logs", "none", status=4)
    millrace("function", "create", "airport_delays", handler)
    millrace("table", "stream", "airports", "off")
    no_stream = millrace("mapping", "create", "airport_delays", "airports", status=4)
    assert "millrace table stream airports NEW_AND_OLD_IMAGES" in no_stream
    uuid = millrace("mapping", "create", "airport_delays", "flights", "--dead-letter-table", "failed").split()[-1]
    shown = millrace("dead-letters", "show", uuid, "1", status=4)
    assert f"millrace dead-letters list {uuid}" in shown and "mapping list" not in shown
    assert "Made" not in shown and "All mappings: millrace mapping list" in millrace("mapping", "describe", "nothing-like-it", status=4)
    assert millrace("dead-letters", "redrive", uuid) == "There are no dead letters.\n"
    assert "--timeout needs a value" in millrace("function", "update", "airport_delays", "--timeout", status=2, endpoint=False)
    millrace("mapping", "delete", uuid)
    for start, said in ((["--starting-position", "TRIM_HORIZON"], ", from the oldest on: mapping"), (["--starting-position", "LATEST"], " from now on: mapping"),
                        (["--starting-timestamp", "-5m"], ", those since -5m too: mapping")):
        made = millrace("mapping", "create", "airport_delays", "flights", *start)
        assert said in made
        millrace("mapping", "delete", made.split()[-1])
    second = millrace("serve", "--data", str(tmp_path / "second"), "--listen", f"127.0.0.1:{own_server.port}", status=1, endpoint=False)
    assert "Address already in use. Another address: --listen HOST:PORT" in second
