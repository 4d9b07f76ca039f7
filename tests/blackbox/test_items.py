"""PutItem, GetItem, UpdateItem, DeleteItem through boto3."""
import decimal

import boto3.dynamodb.types
import pytest

EVERY_TYPE = {
    "s": {"S": "text \u00e9\U0001f600 \" \\ \n"}, "empty": {"S": ""}, "n": {"N": "-12.5"},
    "b": {"B": b"\x00\xff"}, "yes": {"BOOL": True}, "no": {"BOOL": False}, "nothing": {"NULL": True},
    "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["-1", "2.5"]}, "bs": {"BS": [b"x", b"y"]},
    "l": {"L": [{"N": "1"}, {"L": []}, {"M": {}}, {"S": "x"}]},
    "m": {"M": {"deep": {"M": {"er": {"L": [{"NULL": True}]}}}}},
}


def key(pk):
    return {"pk": {"S": pk}}


def test_every_type_comes_back_as_it_went(client, make_table):
    name = make_table()
    item = {**key("a"), **EVERY_TYPE}
    client.put_item(TableName=name, Item=item)
    found = client.get_item(TableName=name, Key=key("a"), ConsistentRead=True)["Item"]
    for attribute in ("ss", "ns", "bs"):
        kind = attribute.upper()
        assert sorted(found[attribute].pop(kind)) == sorted(item[attribute][kind])
        found[attribute] = item[attribute]
    assert found == item


@pytest.mark.parametrize("kind, given, shown", [
    ("N", "1", "1"), ("N", "1.0", "1"), ("N", "-0", "0"), ("N", "1e3", "1000"), ("N", "0.00010", "0.0001"),
    ("N", "9" * 38, "9" * 38), ("N", "1E-130", "0." + "0" * 129 + "1"),
    ("N", "9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
])
def test_numbers_are_shown_plainly(server, make_table, kind, given, shown):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {**key("a"), "x": {kind: given}}})
    assert server.ok("GetItem", {"TableName": name, "Key": key("a")})["Item"]["x"] == {kind: shown}


@pytest.mark.parametrize("kind, value", [("S", "x"), ("N", "-1.5"), ("B", b"\x00\x01")])
def test_keys_of_every_type(client, make_table, kind, value):
    name = make_table(pk=kind, sk=kind)
    item = {"pk": {kind: value}, "sk": {kind: value}, "v": {"S": "v"}}
    client.put_item(TableName=name, Item=item)
    found = client.get_item(TableName=name, Key={"pk": {kind: value}, "sk": {kind: value}})
    assert found["Item"] == item


def test_the_resource_interface(server, make_table):
    name = make_table()
    table = boto3.resource("dynamodb", endpoint_url=server.url, region_name="us-east-1",
                           aws_access_key_id="a", aws_secret_access_key="b").Table(name)
    item = {"pk": "a", "n": decimal.Decimal("1.25"), "set": {"x", "y"}, "list": [1, "two", None], "map": {"k": True}}
    table.put_item(Item=item)
    assert table.get_item(Key={"pk": "a"})["Item"] == item
    with table.batch_writer() as batch:
        for i in range(60):
            batch.put_item(Item={"pk": f"batch-{i}"})
    assert table.scan(Select="COUNT")["Count"] == 61


def test_what_is_not_there(client, make_table):
    name = make_table()
    assert set(client.get_item(TableName=name, Key=key("a"))) == {"ResponseMetadata"}
    assert set(client.delete_item(TableName=name, Key=key("a"), ReturnValues="ALL_OLD")) == {"ResponseMetadata"}


def test_projections(client, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={**key("a"), "l": {"L": [{"N": "0"}, {"N": "1"}]}, "m": {"M": {"x": {"S": "y"}}}})
    found = client.get_item(TableName=name, Key=key("a"), ProjectionExpression="l[1], #m.x",
                            ExpressionAttributeNames={"#m": "m"})
    assert found["Item"] == {"l": {"L": [{"N": "1"}]}, "m": {"M": {"x": {"S": "y"}}}}
    assert client.get_item(TableName=name, Key=key("a"), ProjectionExpression="nope")["Item"] == {}


def test_return_values_of_put_and_delete(client, make_table):
    name = make_table()
    assert "Attributes" not in client.put_item(TableName=name, Item=key("a"), ReturnValues="ALL_OLD")
    replaced = client.put_item(TableName=name, Item={**key("a"), "v": {"N": "2"}}, ReturnValues="ALL_OLD")
    assert replaced["Attributes"] == key("a")
    removed = client.delete_item(TableName=name, Key=key("a"), ReturnValues="ALL_OLD")
    assert removed["Attributes"] == {**key("a"), "v": {"N": "2"}}


@pytest.mark.parametrize("returns, expected", [
    ("NONE", None),
    ("ALL_OLD", {"pk": {"S": "a"}, "n": {"N": "1"}, "other": {"S": "o"}}),
    ("UPDATED_OLD", {"n": {"N": "1"}}),
    ("ALL_NEW", {"pk": {"S": "a"}, "n": {"N": "3"}, "other": {"S": "o"}, "new": {"S": "x"}}),
    ("UPDATED_NEW", {"n": {"N": "3"}, "new": {"S": "x"}}),
])
def test_return_values_of_update(client, make_table, returns, expected):
    name = make_table()
    client.put_item(TableName=name, Item={**key("a"), "n": {"N": "1"}, "other": {"S": "o"}})
    updated = client.update_item(
        TableName=name, Key=key("a"), UpdateExpression="ADD n :two SET #new = :x", ReturnValues=returns,
        ExpressionAttributeNames={"#new": "new"}, ExpressionAttributeValues={":two": {"N": "2"}, ":x": {"S": "x"}})
    assert updated.get("Attributes") == expected


def test_update_makes_what_is_not_there(client, make_table):
    name = make_table()
    updated = client.update_item(TableName=name, Key=key("a"), ReturnValues="UPDATED_OLD",
                                 UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"S": "x"}})
    assert "Attributes" not in updated
    client.update_item(TableName=name, Key=key("bare"))
    assert client.get_item(TableName=name, Key=key("bare"))["Item"] == key("bare")


def test_conditions(client, make_table, server):
    name = make_table()
    missing = {"ConditionExpression": "attribute_not_exists(pk)"}
    client.put_item(TableName=name, Item={**key("a"), "v": {"N": "1"}}, **missing)
    failing = client.exceptions.ConditionalCheckFailedException
    with pytest.raises(failing) as error:
        client.put_item(TableName=name, Item=key("a"), **missing)
    assert error.value.response["Error"]["Message"] == "The conditional request failed"
    assert "Item" not in error.value.response
    version = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"N": "1"}, ":w": {"N": "2"}}}
    client.update_item(TableName=name, Key=key("a"), UpdateExpression="SET v = :w", **version)
    with pytest.raises(failing):
        client.update_item(TableName=name, Key=key("a"), UpdateExpression="SET v = :w", **version)
    version["ExpressionAttributeValues"].pop(":w")
    with pytest.raises(failing):
        client.delete_item(TableName=name, Key=key("a"), **version)
    assert client.get_item(TableName=name, Key=key("a"))["Item"]["v"] == {"N": "2"}


def test_a_failed_condition_shows_the_item_when_asked(server, make_table):
    name = make_table()
    item = {**key("a"), "v": {"N": "1"}}
    server.ok("PutItem", {"TableName": name, "Item": item})
    request = {"TableName": name, "ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"N": "9"}},
               "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    for operation, more in (("PutItem", {"Item": key("a")}), ("DeleteItem", {"Key": key("a")}),
                            ("UpdateItem", {"Key": key("a"), "UpdateExpression": "REMOVE v"})):
        status, _, reply = server.call(operation, {**request, **more})
        assert status == 400
        assert reply == {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                         "Item": item, "message": "The conditional request failed"}
    # There is none to show.
    status, _, reply = server.call("DeleteItem", {**request, "Key": key("b")})
    assert status == 400 and "Item" not in reply


@pytest.mark.parametrize("size, write_units, read_units", [
    (1024, 1, 1), (1025, 2, 1), (4096, 4, 1), (4097, 5, 2), (400 * 1024, 400, 100),
])
def test_consumed_capacity(client, make_table, size, write_units, read_units):
    name = make_table()
    item = {**key("a"), "v": {"S": "x" * (size - 4)}}  # pk, a and v are 4 bytes

    def units(reply):
        assert reply["ConsumedCapacity"]["TableName"] == name
        return reply["ConsumedCapacity"]["CapacityUnits"]

    total = {"TableName": name, "ReturnConsumedCapacity": "TOTAL"}
    assert units(client.put_item(Item=item, **total)) == write_units
    assert units(client.get_item(Key=key("a"), **total)) == read_units / 2
    assert units(client.get_item(Key=key("a"), ConsistentRead=True, **total)) == read_units
    assert units(client.query(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "a"}},
                              **total)) == read_units / 2
    assert units(client.delete_item(Key=key("a"), **total)) == write_units
    assert units(client.delete_item(Key=key("a"), **total)) == 1
    assert units(client.get_item(Key=key("a"), **total)) == 0.5
    indexes = client.put_item(TableName=name, Item=item, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert indexes == {"TableName": name, "CapacityUnits": write_units, "Table": {"CapacityUnits": write_units}}


def test_items_of_400_kb_and_not_one_byte_more(client, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={**key("a"), "v": {"S": "x" * (400 * 1024 - 4)}})
    with pytest.raises(client.exceptions.ClientError) as error:
        client.put_item(TableName=name, Item={**key("a"), "v": {"S": "x" * (400 * 1024 - 3)}})
    assert error.value.response["Error"]["Message"] == "Item size has exceeded the maximum allowed size"


def test_one_item_counted_up_by_many(server, make_table, new_client):
    import concurrent.futures
    name = make_table()
    client = new_client(server)

    def add(_):
        return client.update_item(
            TableName=name, Key=key("hot"), UpdateExpression="ADD n :one", ReturnValues="UPDATED_NEW",
            ExpressionAttributeValues={":one": {"N": "1"}})["Attributes"]["n"]["N"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(add, range(400)))
    assert sorted(map(int, seen)) == list(range(1, 401))
