"""kill -9 under load: every acknowledged write is there afterwards, in the table and in the stream, once, in order."""
import collections
import http.client
import json
import threading

import pytest

from eventually import eventually
from millrace_server import AUTHORIZATION
from test_streams import read_all

TABLE = {"TableName": "counters", "BillingMode": "PAY_PER_REQUEST",
         "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
WRITERS = 12
FIELDS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20261121T000000Z", "Authorization": AUTHORIZATION}


class Writer(threading.Thread):
    """Writes 1, 2, 3, ... under its own key, and counts in an item shared by all, until the server is gone."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.key = server, f"writer-{number}"
        self.acknowledged = 0  # the last value of its own item
        self.counted = 0       # acknowledged additions to the shared item
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def call(self, operation, body):
        self.connection.request("POST", "/", json.dumps({"TableName": "counters", **body}),
                                {**FIELDS, "X-Amz-Target": "DynamoDB_20120810." + operation})
        response = self.connection.getresponse()
        response.read()
        if response.status != 200:  # it is going down: this one was not acknowledged
            raise ConnectionError

    def run(self):
        try:
            while True:
                value = self.acknowledged + 1
                self.call("PutItem", {"Item": {"pk": {"S": self.key}, "v": {"N": str(value)}}})
                self.acknowledged = value
                self.call("UpdateItem", {"Key": {"pk": {"S": "shared"}}, "UpdateExpression": "ADD v :one",
                                         "ExpressionAttributeValues": {":one": {"N": "1"}}})
                self.counted += 1
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self.connection.close()


def values_in_stream(streams, client):
    """Every value that each key took, in the stream's order."""
    arn = client.describe_table(TableName="counters")["Table"]["LatestStreamArn"]
    values = collections.defaultdict(list)
    for record in read_all(streams, arn):
        image = record["dynamodb"]["NewImage"]
        old = record["dynamodb"].get("OldImage")
        assert (old["v"]["N"] if old else "0") == str(int(image["v"]["N"]) - 1), "an image was lost or came twice"
        values[image["pk"]["S"]].append(int(image["v"]["N"]))
    return values


def check(server, new_client, writers, counted_before):
    """Compares what is there with what was acknowledged; the values of the items."""
    client, streams = new_client(server), new_client(server, "dynamodbstreams")
    items = {item["pk"]["S"]: int(item["v"]["N"]) for item in client.scan(TableName="counters", ConsistentRead=True)["Items"]}
    for writer in writers:
        # One more may have been written whose reply was not seen.
        assert writer.acknowledged <= items.get(writer.key, 0) <= writer.acknowledged + 1
    counted = counted_before + sum(writer.counted for writer in writers)
    assert counted <= items.get("shared", 0) <= counted + WRITERS
    assert values_in_stream(streams, client) == {key: list(range(1, value + 1)) for key, value in items.items()}
    report = server.ok("Millrace_20261121.VerifyTable", {"TableName": "counters"})
    assert report["Equal"] and report["Chain"]["Intact"], report
    return items


def write_until(server, items, crash):
    """Writers go on from `items` until crash(writers) has brought the server down."""
    writers = [Writer(server, number) for number in range(WRITERS)]
    for writer in writers:
        writer.acknowledged = items.get(writer.key, 0)
        writer.start()
    crash(writers)
    for writer in writers:
        writer.join()
    server.wait()
    return writers


@pytest.mark.parametrize("durability", ["sync", "os"])
def test_kill_9_under_load(own_server, new_client, durability):
    own_server.arguments = ["--durability", durability]
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    items = {}

    def kill(writers):
        assert eventually(60, lambda: sum(writer.counted for writer in writers) > 500)
        own_server.process.kill()

    for _ in range(3):
        writers = write_until(own_server, items, kill)
        own_server.start()
        items = check(own_server, new_client, writers, items.get("shared", 0))
    assert own_server.stop() == 0


@pytest.mark.parametrize("point", ["commit.begin", "log.append.before_write", "log.append.after_write", "commit.appended",
                                   "log.sync.after", "commit.synced", "commit.applied"])
def test_death_at_a_point_of_the_commit(own_server, new_client, point):
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    assert own_server.stop() == 0
    items = {}
    for passages in (1, 7, 150):
        own_server.environment = {"MILLRACE_FAULT": f"{point}:{passages}"}
        own_server.start()
        writers = write_until(own_server, items, lambda _: None)
        own_server.environment = {}
        own_server.start()
        items = check(own_server, new_client, writers, items.get("shared", 0))
        assert own_server.stop() == 0
