"""`millrace tail`, `history` and `rebuild`: the real program against real servers."""
import json
import signal
import subprocess
import threading
import time

import pytest

from eventually import eventually


def put(client, table, pk, **attributes):
    client.put_item(TableName=table, Item={"pk": {"S": pk}, **{k: {"N": str(v)} for k, v in attributes.items()}})


class Following:
    """A program whose lines are read as they come."""

    def __init__(self, *command):
        self.lines = []
        # A shell that runs the tests in the background has SIGINT ignored, which children would inherit.
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def until(self, text):
        assert eventually(20, lambda: text in "\n".join(self.lines)), self.lines

    def end(self, signal_number=2):
        self.process.send_signal(signal_number)
        status = self.process.wait(20)
        self.thread.join()
        return status


@pytest.fixture
def follow(binary, server):
    started = []

    def start(*arguments):
        started.append(Following(str(binary), "tail", *arguments, "--endpoint", server.url))
        return started[-1]
    yield start
    for one in started:
        if one.process.poll() is None:
            one.end(9)


def test_tail_shows_what_was(millrace, client, make_table):
    table = make_table()  # no stream: the images come from the log
    put(client, table, "a", n=1, gone=5)
    put(client, table, "a", n=2, new=7)
    put(client, table, "a", n=2, new=7)  # nothing changes: no record
    client.delete_item(TableName=table, Key={"pk": {"S": "a"}})
    blocks = millrace("tail", table, "--from", "start").split("\n")
    text = "\n".join(blocks)
    assert "INSERT  pk=a  by tester" in text and "  + n=1" in text
    assert "  ~ n: 1 -> 2\n  + new=7\n  - gone=5" in text
    assert "REMOVE  pk=a  by tester" in text and "  - n=2" in text
    assert sum(line[:1] == "2" and "  by " in line for line in blocks) == 3
    assert "\x1b" not in text
    records = [json.loads(line) for line in millrace("tail", table, "--from", "start", "--json").splitlines()]
    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == {"pk": {"S": "a"}, "n": {"N": "1"}, "gone": {"N": "5"}}
    number = records[1]["dynamodb"]["SequenceNumber"]
    again = millrace("tail", table, "--from", number, "--json").splitlines()
    assert [json.loads(line) for line in again] == records[1:]
    assert len(millrace("tail", table, "--from", "start", "--json", "--limit", "2").splitlines()) == 2
    assert "n=2" in millrace("tail", table, "--from", "start", "--no-before")
    assert millrace("tail", table, "--from", "-1h", "--json").count("\n") == 3
    assert "ResourceNotFoundException" in millrace("tail", "no-such-table", status=4)


def test_tail_pages_in_the_order_of_commits(millrace, client, make_table):
    table = make_table()
    for start in range(0, 250, 25):
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": {"pk": {"S": str(i)}}}} for i in range(start, start + 25)]})
    numbers = [int(json.loads(line)["dynamodb"]["SequenceNumber"]) for line in millrace("tail", table, "--from", "start", "--json").splitlines()]
    assert len(numbers) == 250 and numbers == sorted(set(numbers))


def test_tail_follows(follow, client, make_table):
    table = make_table()
    put(client, table, "before", n=1)
    live = follow(table)
    late = follow(table, "--from", "start", "--follow")
    late.until("pk=before")
    for i in range(5):
        put(client, table, f"k{i}", n=i)
        put(client, table, f"k{i}", n=i + 10)
        late.until(f"n: {i} -> {i + 10}")
    live.until("n: 4 -> 14")
    assert "pk=before" not in "\n".join(live.lines)
    assert live.end() in (130, -2) and late.end() in (130, -2)


def test_tail_is_woken(server, client, make_table):
    table = make_table()
    other = make_table()
    first = server.call("Millrace_20261121.TailTable", {"TableName": table, "StartingPosition": "LATEST"})[2]
    body = {"TableName": table, "TableId": first["TableId"], "Cursor": first["NextCursor"], "WaitSeconds": 20}
    replies = []
    waiting = threading.Thread(target=lambda: replies.append(server.call("Millrace_20261121.TailTable", body)[2]))
    began = time.monotonic()
    waiting.start()
    for i in range(20):
        put(client, other, f"k{i}")  # what others write ends no wait
    assert waiting.is_alive()
    put(client, table, "a")
    waiting.join(15)
    assert not waiting.is_alive() and time.monotonic() - began < 15
    assert [r["dynamodb"]["Keys"] for r in replies[0]["Records"]] == [{"pk": {"S": "a"}}]
    body = {"TableName": table, "StartingPosition": "LATEST", "WaitSeconds": 1}
    assert server.call("Millrace_20261121.TailTable", body)[2]["Records"] == []


def test_tail_ends_with_its_reader_and_its_table(binary, server, follow, client, make_table):
    table = make_table()
    put(client, table, "a")
    reader = subprocess.Popen([str(binary), "tail", table, "--from", "start", "--follow", "--endpoint", server.url],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "pk=a" in reader.stdout.readline()
    reader.stdout.close()
    put(client, table, "b")
    assert reader.wait(30) == -13 and reader.stderr.read() == ""
    live = follow(table, "--from", "start", "--follow")
    live.until("pk=a")
    client.delete_table(TableName=table)
    assert live.process.wait(30) == 0
    assert "was deleted" in live.process.stderr.read()


def test_history(millrace, client, make_table):
    table = make_table(sk="N")
    key = {"pk": {"S": "x=y"}, "sk": {"N": "7"}}
    client.put_item(TableName=table, Item={**key, "n": {"N": "1"}})
    client.update_item(TableName=table, Key=key, UpdateExpression="SET n = :n, s = :s",
                       ExpressionAttributeValues={":n": {"N": "2"}, ":s": {"S": "tab\t\x1b[31m"}})
    client.delete_item(TableName=table, Key=key)
    for typed in (["x=y", "7"], ["pk=x=y", "sk=7"], ["sk=7", "pk=x=y"], [json.dumps(key)]):
        text = millrace("history", table, *typed)
        assert "~ n: 1 -> 2" in text and "+ s=tab\\t\\x1b[31m" in text and text.count("by tester") == 3
    records = json.loads(millrace("history", table, json.dumps(key), "--json"))["Records"]
    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    numbers = [r["dynamodb"]["SequenceNumber"] for r in records]
    assert "INSERT" not in millrace("history", table, json.dumps(key), "--from", numbers[1])
    assert "REMOVE" not in millrace("history", table, json.dumps(key), "--to", numbers[1])
    assert millrace("history", table, json.dumps(key), "--limit", "1").count("by tester") == 1
    assert "no record" in millrace("history", table, json.dumps(key), "--to", "-1h")
    assert "has 2 values: pk sk" in millrace("history", table, "a", status=1)
    # What bounds nothing is no bound; the other way around nothing is left.
    assert millrace("history", table, "x=y", "7", "--from", "start", "--to", "now").count("by tester") == 3
    assert "--from now leaves nothing" in millrace("history", table, "x=y", "7", "--from", "now", status=1)
    assert "--to start leaves nothing" in millrace("history", table, "x=y", "7", "--to", "start", status=1)
    for command in (["history", table, "x=y", "7", "--from"], ["history", table, "x=y", "7", "--to"], ["tail", table, "--from"]):
        for text in ("", "yesterday", "-1x"):
            assert f"'{text}' is not a time" in millrace(*command, text, status=2)
    # A key is one JSON object, and no other part of a request.
    for key_text in ('{"pk":', json.dumps(key) + ', "Limit": 1'):
        assert "is not a JSON object" in millrace("history", table, key_text, status=1)


def test_history_of_a_table_that_is_gone(millrace, client, make_table):
    table = make_table()
    put(client, table, "a", **{"n": 1, "\x1b[7m": 2})
    client.delete_table(TableName=table)
    assert "give the key in DynamoDB's JSON" in millrace("history", table, "a", status=4)
    text = millrace("history", table, '{"pk": {"S": "a"}}')
    assert "+ n=1" in text and "+ \\x1b[7m=2" in text


@pytest.mark.parametrize("far, early", [(9e12, False), (1e300, False), (-9e12, True), (-1e300, True)])
def test_times_that_no_clock_shows(server, client, make_table, far, early):
    table = make_table()
    put(client, table, "a", n=1)
    key = {"TableName": table, "Key": {"pk": {"S": "a"}}}
    assert len(server.ok("Millrace_20261121.GetItemHistory", {**key, "FromTime": far})["Records"]) == (1 if early else 0)
    assert len(server.ok("Millrace_20261121.GetItemHistory", {**key, "ToTime": far})["Records"]) == (0 if early else 1)
    tail = server.ok("Millrace_20261121.TailTable", {"TableName": table, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": far})
    assert len(tail["Records"]) == (1 if early else 0)
    rebuild = {"TableName": table, "TargetTableName": table + "-far", "AtTime": far}
    if early:
        assert "was not there then" in server.error("Millrace_20261121.RebuildTable", rebuild)[1]
    else:
        assert server.ok("Millrace_20261121.RebuildTable", rebuild)["Records"] == 1
        client.delete_table(TableName=table + "-far")


def test_history_pages(millrace, server, client, make_table):
    table = make_table()
    for i in range(12):
        put(client, table, "a", n=i)
    body = {"TableName": table, "Key": {"pk": {"S": "a"}}, "Limit": 5}
    seen = []
    while True:
        page = server.call("Millrace_20261121.GetItemHistory", body)[2]
        seen += page["Records"]
        if "NextToken" not in page:
            break
        body["NextToken"] = page["NextToken"]
    assert [r["dynamodb"]["NewImage"]["n"]["N"] for r in seen] == [str(i) for i in range(12)]
    assert [r["dynamodb"].get("OldImage", {}).get("n", {}).get("N") for r in seen] == [None] + [str(i) for i in range(11)]


def test_history_of_a_table_made_again(millrace, server, client, make_table):
    table = make_table()
    put(client, table, "a", n=1)
    put(client, table, "a", n=2)
    client.delete_table(TableName=table)
    client.create_table(TableName=table, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    put(client, table, "a", n=3)
    text = millrace("history", table, "a")
    assert text.count("by tester") == 3 and text.count("INSERT") == 2
    assert text.index("~ n: 1 -> 2") < text.index("was deleted, with all its items") < text.index("was made again") < text.index("+ n=3")
    for limit in (1, 2, 3):
        seen, body = [], {"TableName": table, "Key": {"pk": {"S": "a"}}, "Limit": limit}
        while body is not None:
            page = server.call("Millrace_20261121.GetItemHistory", body)[2]
            seen += [r["dynamodb"]["NewImage"]["n"]["N"] for r in page["Records"]]
            body = {**body, "NextToken": page["NextToken"]} if "NextToken" in page else None
        assert seen == ["1", "2", "3"]


def scan(client, table):
    items = []
    for page in client.get_paginator("scan").paginate(TableName=table):
        items += page["Items"]
    return sorted(items, key=lambda item: item["pk"]["S"])


def test_rebuild(millrace, client, make_table):
    table = make_table()
    for i in range(300):
        put(client, table, f"k{i % 100}", n=i)
    for i in range(0, 100, 3):
        client.delete_item(TableName=table, Key={"pk": {"S": f"k{i}"}})
    middle = scan(client, table)
    last = json.loads(millrace("tail", table, "--from", "start", "--json").splitlines()[-1])["dynamodb"]
    put(client, table, "later", n=1)
    made = f"{table}-now"
    assert "holds what" in millrace("rebuild", table, "--into", made)
    assert scan(client, made) == scan(client, table)
    assert json.loads(millrace("verify", made, "--json"))["Equal"]
    before = f"{table}-before"
    reply = json.loads(millrace("rebuild", table, "--into", before, "--at", last["SequenceNumber"], "--json"))
    assert reply["Done"] and reply["Records"] == 334
    assert scan(client, before) == middle
    at = f"{table}-at"
    millrace("rebuild", table, "--into", at, "--at", repr(last["ApproximateCreationDateTime"]))
    assert scan(client, at) == middle
    assert "exists and has items" in millrace("rebuild", table, "--into", made, status=4)
    assert "into itself" in millrace("rebuild", table, "--into", table, status=4)
    assert "was not there then" in millrace("rebuild", table, "--into", f"{table}-x", "--at", "-1d", status=4)
    assert "not found" in millrace("rebuild", "no-such-table", "--into", f"{table}-x", status=4)
    client.delete_table(TableName=table)
    deleted = f"{table}-deleted"
    millrace("rebuild", table, "--into", deleted)
    assert scan(client, deleted) == scan(client, made)
    for name in (made, before, at, deleted):
        client.delete_table(TableName=name)


def test_a_rebuilt_table_is_made_like_its_source(millrace, server, client):
    millrace("table", "create", "model", "pk:S", "sk:N", "--gsi", "by_city=city:S,sk:N/INCLUDE=name", "--lsi", "by_name=name:S/KEYS_ONLY",
             "--read", "7", "--write", "5", "--table-class", "STANDARD_INFREQUENT_ACCESS", "--tag", "team=orders", "--ttl", "ends",
             "--deletion-protection", "--stream", "NEW_IMAGE")
    for n in range(5):
        client.put_item(TableName="model", Item={"pk": {"S": "a"}, "sk": {"N": str(n)}, "city": {"S": "Oslo"}, "name": {"S": f"n{n}"}})
    client.put_item(TableName="model", Item={"pk": {"S": "b"}, "sk": {"N": "1"}, "late": {"N": "1"}})
    millrace("table", "update", "model", "--gsi", "by_late=late:S/KEYS_ONLY/READ=2")
    assert eventually(30, lambda: "by_late: late (S), KEYS_ONLY, ACTIVE" in millrace("table", "describe", "model"))
    source = client.describe_table(TableName="model")["Table"]
    for name in ("model-copy", "model-deleted"):
        millrace("rebuild", "model", "--into", name)
        made = client.describe_table(TableName=name)["Table"]
        for member in ("KeySchema", "AttributeDefinitions", "TableClassSummary"):
            assert made[member] == source[member], member
        for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
            assert made["ProvisionedThroughput"][member] == source["ProvisionedThroughput"][member]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            shapes = [{index["IndexName"]: (index["KeySchema"], index["Projection"]) for index in table[kind]} for table in (source, made)]
            assert shapes[0] == shapes[1]
        units = {index["IndexName"]: index["ProvisionedThroughput"]["ReadCapacityUnits"] for index in made["GlobalSecondaryIndexes"]}
        assert units == {"by_city": 7, "by_late": 2}
        assert "StreamSpecification" not in made and not made.get("DeletionProtectionEnabled")
        assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
        assert client.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"] == [{"Key": "team", "Value": "orders"}]
        assert client.scan(TableName=name, IndexName="by_city")["Count"] == 5
        assert client.scan(TableName=name, IndexName="by_name")["Count"] == 5
        if name == "model-copy":  # then the same of a table that is gone
            refused = millrace("table", "delete", "model", "--yes", status=4)
            assert "millrace table update model --deletion-protection off" in refused
            millrace("table", "update", "model", "--deletion-protection", "off")
            millrace("table", "delete", "model", "--yes")


def test_rebuild_into_an_empty_table_of_ones_own(millrace, client, make_table):
    table, target, other = make_table(), make_table(view="KEYS_ONLY"), make_table(sk="S")
    put(client, table, "a", n=1)
    millrace("rebuild", table, "--into", target)
    assert scan(client, target) == scan(client, table)
    assert "its key is another" in millrace("rebuild", table, "--into", other, status=4)


def test_rebuild_goes_on_after_a_kill(binary, own_server, new_client):
    own_server.start()
    own_server.listen = f"127.0.0.1:{own_server.port}"
    client = new_client(own_server)
    client.create_table(TableName="source", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    for start in range(0, 6000, 25):
        client.batch_write_item(RequestItems={"source": [
            {"PutRequest": {"Item": {"pk": {"S": str(i * 7 % 4001)}, "n": {"N": str(i)}}}} for i in range(start, start + 25)]})
    wanted = scan(client, "source")
    command = [str(binary), "rebuild", "source", "--into", "copy", "--endpoint", own_server.url]
    for kill_program in (True, False):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        count = 0 if kill_program else 1000

        def has_items():
            try:
                return client.scan(TableName="copy", Select="COUNT")["Count"] > count
            except client.exceptions.ResourceNotFoundException:
                return False
        assert eventually(20, has_items)
        if kill_program:
            process.kill()
        else:
            own_server.kill()
        process.communicate(timeout=30)
        if not kill_program:
            own_server.start()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or "exists and has items" in done.stderr, done.stderr  # it may have been done by then
    assert scan(client, "copy") == wanted
