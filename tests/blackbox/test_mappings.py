"""Event source mappings over the wire and from the command line: every setting at its edge and one past, updates, pauses, and
kill -9 of server and handler at the points where a batch is on its way."""
import concurrent.futures
import json
import os
import pathlib
import signal

import pytest

from eventually import eventually
from test_functions import SERVER, TARGET, counted, fly, tables  # noqa: F401  (fixtures)

CREATE = {"FunctionName": "airport_delays", "EventSourceArn": "flights", "StartingPosition": "TRIM_HORIZON"}


@pytest.fixture
def api(own_server, tables, handler):
    """Calls the server's own operations; the function is there."""
    def call(operation, **body):
        return own_server.ok(TARGET + operation, body)
    call("CreateFunction", FunctionName="airport_delays", Code={"Path": handler}, Timeout=10)
    return call


def edge(member, least, most):
    lower = f"Member must have value greater than or equal to {least}"
    upper = f"Member must have value less than or equal to {most}"
    wire = member[0].upper() + member[1:]
    return [(wire, least, None), (wire, most, None),
            (wire, least - 1, f"1 validation error detected: Value '{least - 1}' at '{member}' failed to satisfy constraint: {lower}"),
            (wire, most + 1, f"1 validation error detected: Value '{most + 1}' at '{member}' failed to satisfy constraint: {upper}")]


AGE = "MaximumRecordAgeInSeconds must be -1, or between 60 and 604800."
EDGES = [
    *edge("batchSize", 1, 10000),
    ("BatchSize", -1, "Value '-1' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    *edge("maximumBatchingWindowInSeconds", 0, 300),
    *edge("maximumRetryAttempts", -1, 10000),
    *edge("maximumRecordAgeInSeconds", -1, 604800),
    ("MaximumRecordAgeInSeconds", 0, AGE), ("MaximumRecordAgeInSeconds", 59, AGE), ("MaximumRecordAgeInSeconds", 60, None),
    *edge("parallelizationFactor", 1, 10),
    ("BisectBatchOnFunctionError", True, None),
    ("FunctionResponseTypes", [], None), ("FunctionResponseTypes", ["ReportBatchItemFailures"], None),
    ("DestinationConfig", {"OnFailure": {"Destination": "failed_flights"}}, None),
    ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:dynamodb:us-east-1:000000000000:table/failed_flights"}}, None),
    ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:dynamodb:mars-north-1:000000000000:table/failed_flights"}},
     "is not of this region and account"),
    ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:dynamodb:us-east-1:123456789012:table/failed_flights"}},
     "is not of this region and account"),
    ("DestinationConfig", {"OnFailure": {"Destination": "flights"}}, "cannot go to the table itself"),
]
REFUSED = [
    {"FunctionResponseTypes": ["Everything"]}, {"FunctionResponseTypes": ["ReportBatchItemFailures"] * 2},
    {"StartingPosition": "SOMEWHERE"}, {"FilterCriteria": {"Filters": []}}, {"TumblingWindowInSeconds": 1},
    {"BatchSize": "ten"},
]


def test_limits(own_server, api):
    mapping = api("CreateEventSourceMapping", **CREATE, Enabled=False)
    assert mapping["State"] == "Creating"
    defaults = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1,
                "ParallelizationFactor": 1, "BisectBatchOnFunctionError": False, "FunctionResponseTypes": []}
    assert {name: mapping[name] for name in defaults} == defaults
    uuid = mapping["UUID"]
    for member, value, error in EDGES:
        for operation, body in (("UpdateEventSourceMapping", {"UUID": uuid, member: value}),
                                ("CreateEventSourceMapping", {**CREATE, member: value})):
            if error is not None:
                name, text = own_server.error(TARGET + operation, body)
                assert name == "InvalidParameterValueException" and error in text, (member, value, text)
            elif operation.startswith("Update"):
                reply = api(operation, **body)
                if member == "DestinationConfig":
                    assert reply[member] == {"OnFailure": {"Destination": "failed_flights"}}
                else:
                    assert reply[member] == value, (member, value)
            else:
                assert own_server.error(TARGET + operation, body)[0] == "ResourceConflictException", (member, value)
    for body in REFUSED:
        # What has the wrong type is a SerializationException, what is unknown or not built yet a ValidationException.
        assert own_server.error(TARGET + "CreateEventSourceMapping", {**CREATE, **body})[0] in (
            "ValidationException", "SerializationException"), body
    assert "DestinationConfig" not in api("UpdateEventSourceMapping", UUID=uuid, DestinationConfig={})
    assert own_server.error(TARGET + "UpdateEventSourceMapping", {"UUID": "none"})[0] == "ResourceNotFoundException"
    assert own_server.error(TARGET + "UpdateEventSourceMapping", {})[0] == "ValidationException"
    assert api("DeleteEventSourceMapping", UUID=uuid)["State"] == "Deleting"


@pytest.mark.parametrize("position, error", [
    ({}, "StartingPositionTimestamp is required"),
    ({"StartingPositionTimestamp": 4e9}, "StartingPositionTimestamp cannot be in the future."),
    ({"StartingPositionTimestamp": -1}, "not a time"),
    ({"StartingPosition": "LATEST", "StartingPositionTimestamp": 1}, "only valid for StartingPosition AT_TIMESTAMP"),
])
def test_starting_timestamps(own_server, api, position, error):
    name, text = own_server.error(TARGET + "CreateEventSourceMapping", {**CREATE, "StartingPosition": "AT_TIMESTAMP", **position})
    assert name == "InvalidParameterValueException" and error in text
    mapping = api("CreateEventSourceMapping", **{**CREATE, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1.5})
    assert mapping["StartingPosition"] == "AT_TIMESTAMP" and mapping["StartingPositionTimestamp"] == 1.5


def test_the_command_line(own_server, tables, handler, millrace):
    client = tables
    millrace("function", "create", "airport_delays", handler)
    assert "exclude each other" in millrace("mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON",
                                            "--starting-timestamp", "-15m", status=1)
    no_time = millrace("mapping", "create", "airport_delays", "flights", "--starting-timestamp", "start", status=2)
    assert "'start' is not a time" in no_time and "sequence number" not in no_time
    text = millrace("mapping", "create", "airport_delays", "flights", "--starting-timestamp", "-15m", "--paused", "--batch-size", "5",
                    "--bisect", "yes", "--max-record-age", "3600", "--dead-letter-table", "failed_flights")
    uuid = text.split()[-1]
    assert f"millrace mapping resume {uuid}" in text
    for number in range(12):
        fly(client, "ATL", number, number)
    described = millrace("mapping", "describe", uuid)
    for line in ("State", "Disabled", "failed_flights", "up to 3,600 s", "UNTIL TRIMMED"):
        assert line in described
    assert "Enabling" in millrace("mapping", "resume", uuid)
    assert eventually(30, lambda: counted(client, "ATL") == (12, sum(range(12)), 11))
    assert "Updating" in millrace("mapping", "update", uuid, "--parallelization-factor", "4", "--bisect", "no", "--dead-letter-table", "")

    def mapping():
        return json.loads(millrace("mapping", "describe", uuid, "--json"))
    assert eventually(30, lambda: mapping()["State"] == "Enabled")
    assert mapping()["ParallelizationFactor"] == 4 and mapping()["BatchSize"] == 5
    assert not mapping()["BisectBatchOnFunctionError"] and "DestinationConfig" not in mapping()
    fly(client, "ATL", 12, 12)
    assert eventually(30, lambda: counted(client, "ATL") == (13, sum(range(13)), 12))
    assert eventually(30, lambda: mapping()["RecordsProcessed"] == 13)
    assert all(shard["LagRecords"] == 0 and "TimeToTrimMilliseconds" not in shard for shard in mapping()["Shards"])
    millrace("mapping", "pause", uuid)
    assert eventually(30, lambda: mapping()["State"] == "Disabled")
    millrace("mapping", "delete", uuid)
    assert "There are no mappings" in millrace("mapping", "list")


def equal_effects(client, numbers):
    """Every airport's statistics are those of what was written to it."""
    return all(counted(client, f"A{key}") == (len(delays), sum(delays), max(delays)) for key, delays in numbers.items())


@pytest.mark.parametrize("point", ["triggers.before_deliver", "triggers.before_commit", "triggers.after_commit"])
@pytest.mark.parametrize("passage", [1, 4])
def test_the_server_is_killed_on_the_way(own_server, tables, new_client, api, point, passage):
    client = tables
    api("CreateEventSourceMapping", **CREATE, BatchSize=3, ParallelizationFactor=2, Enabled=False)
    uuid = api("ListEventSourceMappings")["EventSourceMappings"][0]["UUID"]
    numbers = {key: list(range(key, key + 8)) for key in range(6)}
    for key, delays in numbers.items():
        for number, delay in enumerate(delays):
            fly(client, f"A{key}", number, delay)
    own_server.stop()
    own_server.environment = {"MILLRACE_FAULT": f"{point}:{passage}"}
    own_server.start()
    own_server.call(TARGET + "UpdateEventSourceMapping", {"UUID": uuid, "Enabled": True})
    assert own_server.wait() == -signal.SIGKILL
    own_server.environment = {}
    own_server.start()
    client = new_client(own_server)
    assert eventually(30, lambda: equal_effects(client, numbers))
    assert eventually(30, lambda: api("GetEventSourceMapping", UUID=uuid)["RecordsProcessed"] == 48)
    assert equal_effects(client, numbers)


def test_handlers_are_killed_under_load(own_server, tables, api):
    client = tables
    api("CreateEventSourceMapping", **CREATE, BatchSize=2, ParallelizationFactor=3)
    numbers = {key: list(range(key, key + 12)) for key in range(5)}
    killed = 0
    for key, delays in numbers.items():
        for number, delay in enumerate(delays):
            fly(client, f"A{key}", number, delay)
        for process in api("GetFunction", FunctionName="airport_delays")["Configuration"]["RunningProcesses"]:
            try:
                os.kill(process["Pid"], signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    assert eventually(60, lambda: equal_effects(client, numbers))
    uuid = api("ListEventSourceMappings")["EventSourceMappings"][0]["UUID"]
    assert eventually(30, lambda: api("GetEventSourceMapping", UUID=uuid)["RecordsProcessed"] == 60)
    assert equal_effects(client, numbers)
    assert killed > 0


def test_a_trimmed_log_is_a_gap_that_is_named(own_server, tables, millrace):
    """A mapping that was paused while the log's first segment went finds out, and says only what can be known."""
    client = tables
    millrace("function", "create", "idle", "/bin/true")
    uuid = millrace("mapping", "create", "idle", "flights", "--starting-position", "TRIM_HORIZON", "--paused").split()[-1]

    def write(number):
        client.put_item(TableName="flights", Item={"pk": {"S": "x"}, "sk": {"S": str(number % 4)}, "pad": {"S": f"{number:05}" + "x" * 390_000}})
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(120)))  # with both images 90 MB of the log, more than a segment
    assert own_server.stop() == 0
    segments = sorted((pathlib.Path(own_server.data) / "log").glob("*.seg"))
    assert len(segments) >= 2
    first_left = int(segments[1].stem)
    segments[0].unlink()
    own_server.start()
    millrace("mapping", "resume", uuid)

    def gaps():
        shards = own_server.ok(TARGET + "GetEventSourceMapping", {"UUID": uuid})["Shards"]
        assert not any("GapCommits" in shard for shard in shards)
        return [shard["LastGap"] for shard in shards if shard["Gaps"] == 1]
    assert eventually(30, lambda: len(gaps()) == 4)  # each shard tells of its own
    found = gaps()[0]
    assert found["ThroughLsn"] == first_left - 1 and 0 < found["AfterLsn"] < found["ThroughLsn"] and found["BeforeDateTime"] > 1.7e9
    described = millrace("mapping", "describe", uuid)
    assert f"its records, if any, in commits {found['AfterLsn'] + 1:,} to {found['ThroughLsn']:,}, before 2" in described
    assert "trimmed before they were read" in described
