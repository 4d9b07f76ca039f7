"""Conditions that search large items: they take their time, and nobody else's."""
import json
import select

import pytest

from test_hardening import create_table
from test_wire import Connection, request

KEY = {"pk": {"S": "large"}}


def search(times, wanted):
    """What puts or checks `large` unless one of so many searches finds something."""
    return {"ConditionExpression": " OR ".join(["contains(v, :v)"] * times), "ExpressionAttributeValues": {":v": wanted}}


def put(times, wanted):
    return "PutItem", {"TableName": "large", "Item": KEY, **search(times, wanted)}


def transaction(times, wanted):
    return "TransactWriteItems", {"TransactItems": [
        {"ConditionCheck": {"TableName": "large", "Key": KEY, **search(times, wanted)}},
        {"Put": {"TableName": "large", "Item": {"pk": {"S": "beside"}}}}]}


@pytest.mark.parametrize("make", [put, transaction])
def test_other_connections_are_served_meanwhile(own_server, make):
    own_server.arguments = ["--threads", "1"]
    server = own_server.start()
    create_table(server, "large")
    server.ok("PutItem", {"TableName": "large", "Item": {**KEY, "v": {"L": [{"S": "x"}] * 60_000}}})
    with Connection(server) as slow, Connection(server) as other:
        slow.send(request(*make(140, {"S": "y"})))
        for _ in range(10):
            other.send(request("GetItem", {"TableName": "large", "Key": {"pk": {"S": "none"}}}))
            assert other.reply()[2] == b"{}"
        waiting = not select.select([slow.socket], [], [], 0)[0]
        status, _, reply = slow.reply()
        assert waiting, "it was answered first"
        assert status == 400 and "ConditionalCheckFailed" in json.dumps(json.loads(reply))


@pytest.mark.parametrize("wanted", ["a" * 200_000 + "b", "b" + "a" * 200_000, "a" * 1000 + "b" + "a" * 1000], ids=["last", "first", "middle"])
def test_a_search_takes_no_longer_for_what_almost_matches(own_server, wanted):
    """Compared place by place, one such search took ten seconds: these would not be answered in time."""
    server = own_server.start()
    create_table(server, "large")
    server.ok("PutItem", {"TableName": "large", "Item": {**KEY, "v": {"S": "a" * 390 * 1024}}})
    assert server.error(*put(140, {"S": wanted})) == ("ConditionalCheckFailedException", "The conditional request failed")
