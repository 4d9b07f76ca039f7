"""TransactWriteItems and TransactGetItems: what they do, what they refuse, and their tokens."""
import botocore.exceptions
import pytest

import transaction_rows
from test_streams import read_all
from transaction_rows import CANCELED, KEY, V


def named(table, action):
    """An action of the rows, for this table."""
    return {kind: {**members, "TableName": table if members.get("TableName") == "@" else members.get("TableName")}
            for kind, members in action.items()}


def put(table, pk, **more):
    return {"Put": {"TableName": table, "Item": {"pk": {"S": pk}, **more}}}


def get(table, pk, **more):
    return {"Get": {"TableName": table, "Key": {"pk": {"S": pk}}, **more}}


def read(client, table, pk):
    return client.get_item(TableName=table, Key={"pk": {"S": pk}}, ConsistentRead=True).get("Item")


def write(client, *actions, **more):
    return client.transact_write_items(TransactItems=list(actions), **more)


def canceled(client, *actions, **more):
    """The reasons of a transaction that must be canceled."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as raised:
        write(client, *actions, **more)
    reasons = raised.value.response["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in reasons)
    assert raised.value.response["Error"]["Message"] == f"{CANCELED}[{codes}]"
    return reasons


def test_the_four_actions_over_two_tables(client, make_table):
    one, two = make_table(), make_table()
    client.put_item(TableName=one, Item={"pk": {"S": "old"}, "n": {"N": "1"}})
    client.put_item(TableName=two, Item={"pk": {"S": "gone"}})
    client.put_item(TableName=two, Item={"pk": {"S": "checked"}, "open": {"BOOL": True}})
    reply = write(
        client, put(one, "new", v={"S": "x"}),
        {"Update": {"TableName": one, "Key": {"pk": {"S": "old"}}, "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}}}},
        {"Delete": {"TableName": two, "Key": {"pk": {"S": "gone"}}}},
        {"ConditionCheck": {"TableName": two, "Key": {"pk": {"S": "checked"}}, "ConditionExpression": "#o = :yes",
                            "ExpressionAttributeNames": {"#o": "open"},
                            "ExpressionAttributeValues": {":yes": {"BOOL": True}}}})
    assert set(reply) == {"ResponseMetadata"}
    found = client.transact_get_items(TransactItems=[
        get(two, "gone"), get(one, "old"), get(one, "new", ProjectionExpression="v"),
        get(two, "checked")])
    assert found["Responses"] == [
        {}, {"Item": {"pk": {"S": "old"}, "n": {"N": "2"}}}, {"Item": {"v": {"S": "x"}}},
        {"Item": {"pk": {"S": "checked"}, "open": {"BOOL": True}}}]
    found = client.transact_get_items(TransactItems=[get(one, "new", ProjectionExpression="nothing")])
    assert found["Responses"] == [{}]


def test_reasons_by_position_and_the_old_item_where_asked(client, make_table):
    table = make_table()
    client.put_item(TableName=table, Item={"pk": {"S": "a"}, "v": {"S": "old"}})
    refused = {"TableName": table, "Key": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    reasons = canceled(
        client, put(table, "b"), {"Delete": refused},
        {"ConditionCheck": {**refused, "Key": {"pk": {"S": "c"}}, "ConditionExpression": "attribute_exists(pk)",
                            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}})
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert reasons == [{"Code": "None"}, failed, failed]
    reasons = canceled(client, {"Delete": {**refused, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}})
    assert reasons == [{**failed, "Item": {"pk": {"S": "a"}, "v": {"S": "old"}}}]
    assert read(client, table, "b") is None


@pytest.mark.parametrize("action, text", transaction_rows.INVALID_WRITES,
                         ids=lambda value: next(iter(value), "none") if isinstance(value, dict) else None)
def test_invalid_requests(client, server, make_table, action, text):
    table = make_table()
    named_action = named(table, action)
    for members in named_action.values():
        if members["TableName"] is None:
            del members["TableName"]
    assert server.error("TransactWriteItems", {"TransactItems": [named_action]}) == ("ValidationException", text)
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize("action, text", transaction_rows.CANCELED_WRITES, ids=lambda value: next(iter(value))
                         if isinstance(value, dict) else None)
def test_actions_that_are_not_valid_for_the_item(client, server, make_table, action, text):
    table = make_table()
    client.put_item(TableName=table, Item={"pk": {"S": "a"}, "s": {"S": "text"}})
    action = named(table, action)
    for members in action.values():
        if members.get("ExpressionAttributeValues") == {"unused": None}:
            del members["ExpressionAttributeValues"]
    status, _, reply = server.call("TransactWriteItems", {"TransactItems": [put(table, "b"), action]})
    assert (status, reply["__type"]) == (400, "com.amazonaws.dynamodb.v20120810#TransactionCanceledException")
    assert reply["Message"] == CANCELED + "[None, ValidationError]"
    assert reply["CancellationReasons"] == [{"Code": "None"}, {"Code": "ValidationError", "Message": text}]
    assert read(client, table, "b") is None


def test_100_actions_and_not_one_more(client, server, make_table):
    table = make_table()
    write(client, *[put(table, str(i)) for i in range(100)])
    assert len(client.transact_get_items(TransactItems=[get(table, str(i)) for i in range(100)])["Responses"]) == 100
    too_many = "' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"
    for operation, action in (("TransactWriteItems", put), ("TransactGetItems", get)):
        error, text = server.error(operation, {"TransactItems": [action(table, f"x{i}") for i in range(101)]})
        assert error == "ValidationException"
        assert text.startswith("1 validation error detected: Value '[") and text.endswith(too_many)
        assert server.error(operation, {"TransactItems": []}) == (
            "ValidationException", "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1")
        assert server.error(operation, {}) == (
            "ValidationException", "1 validation error detected: Value null at 'transactItems' failed to satisfy "
            "constraint: Member must not be null")
    assert client.scan(TableName=table, Select="COUNT")["Count"] == 100


def test_4_megabytes_and_not_one_byte_more(client, make_table):
    table = make_table()
    filler = 400 * 1024 - len("pk") - len("00") - len("v")

    def items(last):
        sizes = [filler] * 10 + [last - len("pk") - len("10") - len("v")]
        return [put(table, f"{i:02}", v={"S": "x" * size}) for i, size in enumerate(sizes)]

    rest = 4 * 1024 * 1024 - 10 * 400 * 1024
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        write(client, *items(rest + 1))
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert read(client, table, "00") is None
    write(client, *items(rest))
    gets = [get(table, f"{i:02}", ProjectionExpression="pk") for i in range(11)]
    assert len(client.transact_get_items(TransactItems=gets)["Responses"]) == 11
    client.put_item(TableName=table, Item={"pk": {"S": "more"}})
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        client.transact_get_items(TransactItems=gets + [get(table, "more")])
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_no_item_twice(server, make_table):
    table = make_table()
    twice = ("ValidationException", "Transaction request cannot include multiple operations on one item")
    for second in (put(table, "a"), {"Delete": {"TableName": table, "Key": KEY}},
                   {"ConditionCheck": {"TableName": table, "Key": KEY, "ConditionExpression": "attribute_exists(pk)"}}):
        assert server.error("TransactWriteItems", {"TransactItems": [put(table, "a"), second]}) == twice
    assert server.error("TransactGetItems", {"TransactItems": [get(table, "a"), get(table, "b"), get(table, "a")]}) == twice


def test_a_table_that_is_not_there(server, make_table):
    table = make_table()
    missing = ("ResourceNotFoundException", "Requested resource not found")
    assert server.error("TransactWriteItems", {"TransactItems": [put(table, "a"), put("no-such-table", "a")]}) == missing
    assert server.error("TransactGetItems", {"TransactItems": [get(table, "a"), get("no-such-table", "a")]}) == missing


def test_gets_that_are_not_valid(server, make_table):
    table = make_table()
    for key in ({}, {"pk": {"N": "1"}}, {"pk": {"S": "a"}, "x": {"S": "a"}}):
        body = {"TransactItems": [get(table, "a"), {"Get": {"TableName": table, "Key": key}}]}
        _, _, reply = server.call("TransactGetItems", body)
        assert reply["Message"] == CANCELED + "[None, ValidationError]"
        assert reply["CancellationReasons"][1] == {"Code": "ValidationError", "Message": transaction_rows.MISMATCH}
    assert server.error("TransactGetItems", {"TransactItems": [get(table, "")]}) == (
        "ValidationException", transaction_rows.EMPTY_KEY)
    assert server.error("TransactGetItems", {"TransactItems": [{}]}) == (
        "ValidationException", transaction_rows.null_at("get"))
    assert server.error("TransactGetItems", {"TransactItems": [get(table, "a", ProjectionExpression="!!!")]}) == (
        "ValidationException", 'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"')


def test_capacity_is_doubled(client, make_table):
    one, two = make_table(), make_table()
    client.put_item(TableName=one, Item={"pk": {"S": "big"}, "v": {"S": "x" * 3000}})
    actions = [put(one, "a", v={"S": "x" * 1500}), put(one, "b"), {"Delete": {"TableName": one, "Key": {"pk": {"S": "big"}}}},
               {"ConditionCheck": {"TableName": two, "Key": KEY, "ConditionExpression": "attribute_not_exists(pk)"}}]
    reply = write(client, *actions, ReturnConsumedCapacity="INDEXES", ClientRequestToken="capacity")
    # 2 and 1 units of a KB begun, and 3 of what is deleted, and twice of all; a check is a write.
    assert reply["ConsumedCapacity"] == [
        {"TableName": one, "CapacityUnits": 12.0, "WriteCapacityUnits": 12.0,
         "Table": {"CapacityUnits": 12.0, "WriteCapacityUnits": 12.0}},
        {"TableName": two, "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0,
         "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}}]
    # Asked again with the same token: the items are read, in units of 4 KB.
    reply = write(client, *actions, ReturnConsumedCapacity="TOTAL", ClientRequestToken="capacity")
    assert reply["ConsumedCapacity"] == [{"TableName": one, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
                                         {"TableName": two, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
    client.put_item(TableName=one, Item={"pk": {"S": "big"}, "v": {"S": "x" * 5000}})
    reply = client.transact_get_items(TransactItems=[get(one, "big"), get(one, "none"), get(two, "a")],
                                      ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == [
        {"TableName": one, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0,
         "Table": {"CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}},
        {"TableName": two, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0,
         "Table": {"CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}}]


def count(table, amount="1"):
    return {"Update": {"TableName": table, "Key": KEY, "UpdateExpression": "ADD n :v, s :s",
                       "ExpressionAttributeValues": {":v": {"N": amount}, ":s": {"SS": ["x", "y"]}}}}


def test_a_token_makes_it_happen_once(client, server, make_table):
    table = make_table()
    for _ in range(3):
        write(client, count(table), ClientRequestToken="once")
    assert read(client, table, "a")["n"] == {"N": "1"}
    # Members in another order, and elements of a set, are the same request; so is what is asked to be returned.
    body = {"ClientRequestToken": "once", "ReturnConsumedCapacity": "TOTAL", "TransactItems": [{"Update": {
        "ExpressionAttributeValues": {":s": {"SS": ["y", "x"]}, ":v": {"N": "1"}}, "UpdateExpression": "ADD n :v, s :s",
        "Key": KEY, "TableName": table}}]}
    server.ok("TransactWriteItems", body)
    assert read(client, table, "a")["n"] == {"N": "1"}
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        write(client, count(table, "2"), ClientRequestToken="once")
    write(client, count(table), ClientRequestToken="twice")
    assert read(client, table, "a")["n"] == {"N": "2"}


def test_a_canceled_transaction_does_not_use_its_token_up(client, make_table):
    table = make_table()
    action = put(table, "b")
    action["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    client.put_item(TableName=table, Item={"pk": {"S": "b"}})
    canceled(client, action, ClientRequestToken="try")
    client.delete_item(TableName=table, Key={"pk": {"S": "b"}})
    write(client, action, ClientRequestToken="try")
    write(client, action, ClientRequestToken="try")


def test_a_token_survives_kill_9(own_server, new_client):
    own_server.start()
    client = new_client(own_server)
    client.create_table(TableName="once", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    write(client, count("once"), ClientRequestToken="once")
    own_server.kill()
    own_server.start()
    client = new_client(own_server)
    write(client, count("once"), ClientRequestToken="once")
    assert read(client, "once", "a")["n"] == {"N": "1"}
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        write(client, count("once", "2"), ClientRequestToken="once")


@pytest.mark.parametrize("token, text", [("x" * 36, None), ("x" * 37, "less than or equal to 36"),
                                         ("", "greater than or equal to 1")])
def test_the_length_of_a_token(server, make_table, token, text):
    body = {"ClientRequestToken": token, "TransactItems": [put(make_table(), "a")]}
    if text is None:
        assert server.ok("TransactWriteItems", body) == {}
    else:
        assert server.error("TransactWriteItems", body) == (
            "ValidationException", f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to "
            f"satisfy constraint: Member must have length {text}")


def test_the_records_of_a_transaction_are_neighbours(client, streams, make_table):
    table = make_table(view="NEW_AND_OLD_IMAGES")
    for round_number in range(20):
        value = {"N": str(round_number)}
        write(client, put(table, "a", n=value), put(table, "b", n=value), put(table, "c", n=value))
    arn = client.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    commits = {}
    for record in read_all(streams, arn):
        number = int(record["dynamodb"]["SequenceNumber"][1:])
        commit, place = number >> 24, number & 0xffffff
        commits.setdefault(record["dynamodb"]["NewImage"]["n"]["N"], []).append((commit, place))
    assert len(commits) == 20
    for places in commits.values():
        commit = places[0][0]
        assert sorted(places) == [(commit, 0), (commit, 1), (commit, 2)]
