"""Dead letters and replays on the command line, with the example handler."""
import json
import signal
import subprocess

import pytest

from eventually import eventually
from test_command_line import on_a_terminal

TARGET = "Millrace_20261121."
SERVER = "own_server"  # of the fixture `millrace`


def make_table(client, name, *keys):
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})


def fly(client, origin, number, delay):
    client.put_item(TableName="flights", Item={
        "pk": {"S": origin}, "sk": {"S": f"2001/01/01 00:00#{number:05}"}, "date": {"S": "2001/01/01 00:00"},
        "delay": {"N": str(delay)}, "distance": {"N": "100"}, "destination": {"S": "LAX"}})


def counted(client, airport):
    item = client.get_item(TableName="airports", Key={"pk": {"S": airport}}, ConsistentRead=True).get("Item")
    return item and (int(item["count"]["N"]), int(item["sum"]["N"]), int(item["maximum"]["N"]))


@pytest.fixture
def given_up(own_server, new_client, millrace, handler):
    """Forty records that were given up, since the handler's table wasn't there: (client, the mapping)."""
    own_server.start()
    client = new_client(own_server)
    make_table(client, "flights", "pk", "sk")
    millrace("function", "create", "airport_delays", handler, "--timeout", "10")
    millrace("mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON", "--batch-size", "4",
             "--max-retries", "0", "--dead-letter-table", "dead")
    for number in range(40):
        fly(client, ("ATL", "ORD")[number % 2], number, number)
    uuid = own_server.ok(TARGET + "ListEventSourceMappings", {})["EventSourceMappings"][0]["UUID"]
    assert eventually(30, lambda: len(letters(own_server, uuid)) == 40)
    return client, uuid


def letters(server, uuid):
    return server.ok(TARGET + "ListDeadLetters", {"Mapping": uuid})["DeadLetters"]


def test_dead_letters_are_shown_redriven_and_deleted(own_server, given_up, millrace):
    client, uuid = given_up
    assert "dead" in millrace("dead-letters", "list")
    listed = millrace("dead-letters", "list", uuid)
    first = letters(own_server, uuid)[0]["SequenceNumber"]
    assert first in listed and "pk=ATL" in listed and "airports" in listed
    shown = millrace("dead-letters", "show", uuid, first)
    assert "destination=LAX" in shown and "NewImage" in shown

    said = millrace("dead-letters", "redrive", uuid, status=1)
    assert "0 of 40" in said and "2 failed again and stay, and 38 behind them" in said
    assert letters(own_server, uuid)[0]["Attempts"] == 2

    make_table(client, "airports", "pk")
    assert "Deleted 1 dead letter." in millrace("dead-letters", "delete", uuid, first)
    assert "39 of 39 dead letters were handled" in millrace("dead-letters", "redrive", uuid)
    assert counted(client, "ATL") == (19, sum(range(2, 40, 2)), 38)  # without the deleted one, of delay 0
    assert counted(client, "ORD") == (20, sum(range(1, 40, 2)), 39)
    assert "There are no dead letters" in millrace("dead-letters", "list", uuid)
    assert "no dead letter" in millrace("dead-letters", "show", uuid, first, status=4)
    assert "--all" in millrace("dead-letters", "delete", uuid, status=1)
    assert "ResourceNotFoundException" in millrace("dead-letters", "redrive", "none", status=4)
    records = own_server.ok(TARGET + "GetItemHistory", {"TableName": "airports", "Key": {"pk": {"S": "ATL"}}})["Records"]
    assert all(record["principal"] == "function:airport_delays" for record in records)


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_redrive_survives_a_killed_server(own_server, given_up, new_client, millrace, point):
    client, uuid = given_up
    make_table(client, "airports", "pk")
    assert own_server.stop() == 0
    own_server.environment = {"MILLRACE_FAULT": f"triggers.{point}_redrive_commit:4"}
    own_server.start()
    own_server.ok(TARGET + "RedriveDeadLetters", {"Mapping": uuid})
    assert own_server.wait() != 0
    own_server.environment = {}
    own_server.start()
    left = len(letters(own_server, uuid))
    assert 0 < left < 40
    assert f"{left} of {left}" in millrace("dead-letters", "redrive", uuid)
    client = new_client(own_server)
    assert counted(client, "ATL") == (20, sum(range(0, 40, 2)), 38)
    assert counted(client, "ORD") == (20, sum(range(1, 40, 2)), 39)


@pytest.fixture
def flights(own_server, new_client, millrace, handler):
    own_server.start()
    client = new_client(own_server)
    make_table(client, "flights", "pk", "sk")
    make_table(client, "airports", "pk")
    millrace("function", "create", "airport_delays", handler, "--timeout", "10")
    for number in range(40):
        fly(client, ("ATL", "ORD")[number % 2], number, number)
    return client


def test_a_replay_prints_diverts_and_compares(own_server, flights, millrace):
    client = flights
    printed = millrace("replay", "flights", "--function", "airport_delays", "--print")
    assert "Put airports" in printed and "pk=ATL" in printed and "40 records" in printed
    assert counted(client, "ATL") is None

    assert "40 records" in millrace("replay", "flights", "--function", "airport_delays", "--into", "try-")
    assert client.get_item(TableName="try-airports", Key={"pk": {"S": "ATL"}})["Item"]["count"] == {"N": "20"}
    assert "has items" in millrace("replay", "flights", "--function", "airport_delays", "--into", "try-", status=1)
    # A double gets no name that a table cannot have: nobody could delete it.
    for into in ("try!", "a,b-", "airports=x", "airports=" + "x" * 256):
        said = millrace("replay", "flights", "--function", "airport_delays", "--into", into, status=1)
        assert "the name of a table is 3 to 255 characters" in said, into
    assert sorted(client.list_tables()["TableNames"]) == ["airports", "flights", "try-airports"]
    # What takes the writes is made like the table that it stands for.
    millrace("table", "update", "airports", "--gsi", "by_count=count:N", "--tag", "team=air", "--deletion-protection", "on")
    assert eventually(30, lambda: "by_count: count (N), ALL, ACTIVE" in millrace("table", "describe", "airports"))
    millrace("replay", "flights", "--function", "airport_delays", "--into", "like-")
    described = millrace("table", "describe", "like-airports")
    assert "by_count: count (N), ALL, ACTIVE" in described and "team=air" in described
    assert client.describe_table(TableName="like-airports")["Table"].get("LatestStreamArn") is None
    client.delete_table(TableName="like-airports")
    millrace("table", "update", "airports", "--deletion-protection", "off")

    millrace("mapping", "create", "airport_delays", "flights", "--starting-position", "TRIM_HORIZON")
    assert eventually(30, lambda: counted(client, "ATL") == (20, sum(range(0, 40, 2)), 38))
    assert eventually(30, lambda: counted(client, "ORD") == (20, sum(range(1, 40, 2)), 39))
    assert "airports: 2 items equal, 0 different, 0 only in the replay, 0 only in the table." in millrace(
        "replay", "flights", "--function", "airport_delays", "--compare")
    client.update_item(TableName="airports", Key={"pk": {"S": "ATL"}}, UpdateExpression="SET #s = :s",
                       ExpressionAttributeNames={"#s": "sum"}, ExpressionAttributeValues={":s": {"N": "7"}})
    compared = millrace("replay", "flights", "--function", "airport_delays", "--compare", status=1)
    assert "airports: DIFFERENT" in compared and "1 items equal, 1 different" in compared
    assert sorted(client.list_tables()["TableNames"]) == ["airports", "flights", "try-airports"]

    replies = [json.loads(line) for line in millrace("replay", "flights", "--function", "airport_delays", "--json").splitlines()]
    assert replies[-1]["Job"]["State"] == "SUCCEEDED" and replies[0]["Lines"][0]["Put"]["TableName"] == "airports"
    assert "exclude each other" in millrace("replay", "flights", "--function", "airport_delays", "--print", "--compare", status=1)
    assert "flights" in millrace("replay", "fligths", "--function", "airport_delays", status=4)
    assert "--function" in millrace("replay", "flights", status=2)


def test_a_comparison_shows_twenty_differences_and_counts_all(own_server, flights, millrace):
    def compare(*options):
        return millrace("replay", "flights", "--function", "airport_delays", "--compare", *options, status=1)

    for number in range(18):
        fly(flights, f"A{number:02}", number, 1)
    twenty = compare()
    assert twenty.count("ONLY_REPLAYED") == 20 and "20 differences in all.\n" in twenty
    fly(flights, "A18", 18, 1)
    more = compare()
    assert more.count("ONLY_REPLAYED") == 20
    assert "21 differences in all, of which only the first 20 are shown.\n" in more
    replies = [json.loads(line) for line in compare("--json").splitlines() if line.startswith('{"Job"')]
    job = replies[-1]["Job"]
    assert (job["Differences"], job["DifferencesShown"]) == (21, 20)
    assert sum(len(reply["Lines"]) for reply in replies) == 20


def test_a_replay_is_interrupted(own_server, flights, binary):
    client = flights
    for number in range(40, 3000):
        fly(client, "ATL", number, 1)
    replay = subprocess.Popen([str(binary), "replay", "flights", "--function", "airport_delays", "--batch-size", "1",
                               "--endpoint", own_server.url], stdout=subprocess.PIPE, text=True)
    try:
        assert "Put airports" in replay.stdout.readline()
        replay.send_signal(signal.SIGINT)
        rest = replay.stdout.read()
        assert replay.wait(30) == 130
    finally:
        replay.kill()
        replay.stdout.close()
    assert "Stopped before the end" in rest
    assert own_server.ok(TARGET + "ListJobs", {})["Jobs"][-1]["State"] == "STOPPED"


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_progress_fits_the_terminal(own_server, flights, binary, columns):
    """A line that wraps could not be drawn over."""
    command = [str(binary), "replay", "flights", "--function", "airport_delays", "--endpoint", own_server.url]
    status, text = on_a_terminal(command, {}, columns)
    assert status == 0 and "40 records" in text
    lines = [part.split("\r")[0] for part in text.split("\r\x1b[K") if part.startswith("replaying")]
    assert lines and all(len(line) < columns for line in lines), lines


@pytest.mark.parametrize("operation, body, error", [
    ("ListDeadLetters", {}, "ValidationException"),
    ("ListDeadLetters", {"Mapping": "none"}, "ResourceNotFoundException"),
    ("ListDeadLetters", {"Mapping": "none", "TableName": "none"}, "ResourceNotFoundException"),
    ("DeleteDeadLetters", {"Mapping": "none"}, "InvalidParameterValueException"),
    ("RedriveDeadLetters", {"Mapping": "none", "BatchSize": 0}, "InvalidParameterValueException"),
    ("RedriveDeadLetters", {"Mapping": "none", "BatchSize": 10001}, "InvalidParameterValueException"),
    ("StartReplay", {"TableName": "none", "FunctionName": "none"}, "ResourceNotFoundException"),
    ("StartReplay", {"TableName": "none", "FunctionName": "none", "Mode": "X"}, "ValidationException"),
    ("DescribeJob", {"JobId": "none"}, "ResourceNotFoundException"),
    ("StopJob", {"JobId": "none"}, "ResourceNotFoundException"),
    ("GetJobOutput", {"JobId": "none"}, "ResourceNotFoundException"),
])
def test_errors(server, operation, body, error):
    assert server.error(TARGET + operation, json.dumps(body))[0] == error
