"""TransactionConflict, as clients meet it: one transaction holds an item while its conditions are worked out, others come to the same
item meanwhile. Nothing says when a server is at that, so each test asks until it has seen a conflict, with a deadline."""
import contextlib
import threading
import time

import botocore.exceptions
import pytest

from conftest import boto_client
from eventually import eventually
from transaction_rows import CANCELED

DEADLINE_S = 60
ONGOING = "Transaction is ongoing for the item"
CONFLICT = {"Code": "TransactionConflict", "Message": ONGOING}
NONE = {"Code": "None"}

# A condition that takes a while: the needle is nearly found at every byte, each time that it is looked for.
HAYSTACK = "a" * 390_000
NEEDLE = "a" * 40 + "b"
SLOW_S = 0.3
SEARCHES_MAX = 140  # of at most 300 operators


def key(pk):
    return {"pk": {"S": pk}}


def put(table, pk, value="new"):
    return {"Put": {"TableName": table, "Item": {**key(pk), "s": {"S": value}}}}


def check(table, pk):
    return {"ConditionCheck": {"TableName": table, "Key": key(pk), "ConditionExpression": "attribute_exists(pk)"}}


def slow_check(server, table):
    """A condition check that takes a server of any speed about SLOW_S, or more."""
    server.ok("PutItem", {"TableName": table, "Item": {**key("slow"), "v": {"S": HAYSTACK}}})
    searches, took = 1, 0
    while took < SLOW_S and searches < SEARCHES_MAX:
        searches = min(2 * searches, SEARCHES_MAX)
        condition = "contains(v,:x)OR " * searches + "attribute_exists(pk)"
        action = {"ConditionCheck": {"TableName": table, "Key": key("slow"), "ConditionExpression": condition,
                                     "ExpressionAttributeValues": {":x": {"S": NEEDLE}}}}
        start = time.monotonic()
        server.ok("TransactWriteItems", {"TransactItems": [action]})
        took = time.monotonic() - start
    return action


@contextlib.contextmanager
def held(server, table, *hot):
    """While it lasts, one transaction after another holds these items."""
    request = {"TransactItems": [slow_check(server, table)] + [put(table, pk, "held") for pk in hot]}
    done = threading.Event()
    errors = []

    def hold():
        while not done.is_set() and not errors:
            status, _, reply = server.call("TransactWriteItems", request)
            if status != 200 and "TransactionCanceledException" not in reply["__type"]:
                errors.append(reply)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive() and errors == []


def refusal(server, operation, body, wanted=lambda reply: True):
    """The reply that refuses an operation, once it is refused as wanted. Every time over a new connection, since a server's thread
    is busy with what it holds, and with it the connections that it has."""
    def once():
        status, _, reply = server.call(operation, body)
        return reply if status != 200 and wanted(reply) else None
    reply = eventually(DEADLINE_S, once)
    assert reply, "no such conflict was seen"
    return reply


SINGLE_WRITES = {
    "PutItem": lambda table: {"TableName": table, "Item": {**key("hot"), "s": {"S": "new"}}},
    "UpdateItem": lambda table: {"TableName": table, "Key": key("hot"), "UpdateExpression": "SET s = :s",
                                 "ExpressionAttributeValues": {":s": {"S": "new"}}},
    "DeleteItem": lambda table: {"TableName": table, "Key": key("hot")},
    "ExecuteStatement": lambda table: {"Statement": f"UPDATE \"{table}\" SET s = 'new' WHERE pk = 'hot'"},
}


@pytest.mark.parametrize("operation", SINGLE_WRITES)
def test_single_writes(server, client, make_table, operation):
    table = make_table()
    client.put_item(TableName=table, Item=key("hot"))
    with held(server, table, "hot"):
        reply = refusal(server, operation, SINGLE_WRITES[operation](table))
    assert reply == {"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": ONGOING}


def test_boto3_knows_the_error(server, client, make_table):
    table = make_table()

    def refused():
        try:
            boto_client(server).put_item(TableName=table, Item=key("hot"))
        except client.exceptions.ClientError as error:
            return error
        return None
    with held(server, table, "hot"):
        error = eventually(DEADLINE_S, refused)
    assert type(error).__name__ == "TransactionConflictException"
    assert error.response["Error"] == {"Code": "TransactionConflictException", "Message": ONGOING}


# The actions of one transaction, which of its items are held, and the reasons by position.
POSITIONS = {
    "first": (("hot", "b", "c"), [CONFLICT, NONE, NONE]),
    "middle": (("b", "hot", "c"), [NONE, CONFLICT, NONE]),
    "last": (("b", "c", "hot"), [NONE, NONE, CONFLICT]),
    "alone": (("hot",), [CONFLICT]),
    "two": (("warm", "b", "hot"), [CONFLICT, NONE, CONFLICT]),
}


@pytest.mark.parametrize("action", [put, check], ids=["put", "check"])
@pytest.mark.parametrize("keys, reasons", POSITIONS.values(), ids=POSITIONS)
def test_transactions(server, client, make_table, keys, reasons, action):
    table = make_table()
    for pk in ("hot", "warm"):
        client.put_item(TableName=table, Item=key(pk))
    body = {"TransactItems": [(action if pk in ("hot", "warm") else put)(table, pk) for pk in keys]}
    with held(server, table, "hot", "warm"):
        # Between the two, one that is held may just have been let go.
        reply = refusal(server, "TransactWriteItems", body, lambda reply: reply["CancellationReasons"] == reasons)
    codes = ", ".join(reason["Code"] for reason in reasons)
    assert reply["__type"] == "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    assert reply["Message"] == f"{CANCELED}[{codes}]"


def test_nothing_of_a_refused_transaction_is_done(server, client, make_table):
    table = make_table()
    body = {"TransactItems": [put(table, "other"), put(table, "hot")]}
    with held(server, table, "hot"):
        def refused():
            server.ok("DeleteItem", {"TableName": table, "Key": key("other")})
            return server.call("TransactWriteItems", body)[0] == 400
        assert eventually(DEADLINE_S, refused)
        assert "Item" not in server.ok("GetItem", {"TableName": table, "Key": key("other"), "ConsistentRead": True})
    # Nobody holds it any more.
    client.transact_write_items(**body)
    for pk in ("hot", "other"):
        assert client.get_item(TableName=table, Key=key(pk), ConsistentRead=True)["Item"]["s"] == {"S": "new"}


def test_a_batch_leaves_the_held_item_unprocessed(server, client, make_table):
    table = make_table()
    requests = [{"PutRequest": {"Item": {**key(pk), "s": {"S": "new"}}}} for pk in ("hot", "other")]
    with held(server, table, "hot"):
        left = eventually(DEADLINE_S, lambda: server.ok(
            "BatchWriteItem", {"RequestItems": {table: requests}})["UnprocessedItems"])
    assert left == {table: requests[:1]}
    assert client.get_item(TableName=table, Key=key("other"), ConsistentRead=True)["Item"]["s"] == {"S": "new"}


# Here reads are never in the way of a transaction, nor it in theirs; DynamoDB may refuse TransactGetItems.
def test_readers_see_whole_transactions_and_no_conflict(server, client, make_table):
    table = make_table()
    keys = ("a", "b", "c")
    writers = 4
    stop = threading.Event()
    errors, refused = [], []

    def write(number):
        own = boto_client(server)
        for round_number in range(10_000):
            if stop.is_set():
                return
            value = f"{number}-{round_number}"
            try:
                own.transact_write_items(TransactItems=[put(table, pk, value) for pk in keys])
            except own.exceptions.TransactionCanceledException as error:
                refused.append(error.response["CancellationReasons"])
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)
                return

    client.transact_write_items(TransactItems=[put(table, pk, "first") for pk in keys])
    threads = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen = set()
    try:
        for _ in range(10_000):
            found = client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key(pk)}} for pk in keys])
            values = {response["Item"]["s"]["S"] for response in found["Responses"]}
            assert len(values) == 1, values
            seen |= values
            page = client.scan(TableName=table, ConsistentRead=True)
            assert len({item["s"]["S"] for item in page["Items"]}) == 1
            if len(seen) >= 50 or errors:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_S)
    assert not any(thread.is_alive() for thread in threads) and errors == []
    assert len(seen) >= 50
    for reasons in refused:
        assert len(reasons) == len(keys) and CONFLICT in reasons
        assert all(reason in (NONE, CONFLICT) for reason in reasons)


def test_a_storm_on_one_item_counts_each_success_once(server, client, make_table):
    """Transactions, single updates and tokens that are sent twice, all on one counter."""
    table = make_table()
    counts = [0] * 6
    errors = []

    def add():
        return {"TableName": table, "Key": key("hot"), "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}}}

    def work(number):
        own = boto_client(server)
        conflicts = (own.exceptions.TransactionCanceledException, own.exceptions.TransactionConflictException)
        try:
            for step in range(40):
                request = {"TransactItems": [{"Update": add()}, put(table, f"{number}-{step}")],
                           "ClientRequestToken": f"{table}-{number}-{step}"}
                try:
                    if number % 2:
                        own.update_item(**add())
                    else:
                        own.transact_write_items(**request)
                        if step % 4 == 0:
                            own.transact_write_items(**request)
                except conflicts:
                    continue
                counts[number] += 1
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert not any(thread.is_alive() for thread in threads) and errors == []
    assert sum(counts) > 0
    item = client.get_item(TableName=table, Key=key("hot"), ConsistentRead=True)["Item"]
    assert item["n"] == {"N": str(sum(counts))}


# Where the server is killed on a transaction's way, and whether a restart shows its effect before it is sent again.
FAULTS = {"commit.begin": False, "log.append.before_write": False, "commit.synced": True, "commit.applied": True}


@pytest.mark.parametrize("point, done", FAULTS.items())
def test_a_token_whose_answer_died_with_the_server(own_server, point, done):
    own_server.start()
    client = boto_client(own_server)
    client.create_table(TableName="tokens", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])

    def request(amount="1"):
        return {"ClientRequestToken": "once", "TransactItems": [
            {"Update": {"TableName": "tokens", "Key": key(pk), "UpdateExpression": "ADD n :n",
                        "ExpressionAttributeValues": {":n": {"N": amount}}}} for pk in ("a", "b")]}

    def read():
        reply = boto_client(own_server).scan(TableName="tokens", ConsistentRead=True)
        return {item["pk"]["S"]: item["n"]["N"] for item in reply["Items"]}

    own_server.stop()
    own_server.environment = {"MILLRACE_FAULT": f"{point}:1"}
    own_server.start()
    with pytest.raises(botocore.exceptions.HTTPClientError):
        boto_client(own_server).transact_write_items(**request())
    assert own_server.wait() != 0
    own_server.environment = {}
    own_server.start()
    assert read() == ({"a": "1", "b": "1"} if done else {})
    for _ in range(2):
        boto_client(own_server).transact_write_items(**request())
    assert read() == {"a": "1", "b": "1"}
    own_server.kill()
    own_server.start()
    client = boto_client(own_server)
    client.transact_write_items(**request())
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException) as raised:
        client.transact_write_items(**request("2"))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert read() == {"a": "1", "b": "1"}
