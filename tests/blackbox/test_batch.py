"""BatchWriteItem and BatchGetItem."""
import json

import pytest


def put(pk, **more):
    return {"PutRequest": {"Item": {"pk": {"S": pk}, **more}}}


def delete(pk):
    return {"DeleteRequest": {"Key": {"pk": {"S": pk}}}}


def keys(*pks):
    return [{"pk": {"S": pk}} for pk in pks]


def test_puts_and_deletes_over_two_tables(client, make_table):
    one, two = make_table(), make_table()
    client.put_item(TableName=two, Item={"pk": {"S": "gone"}})
    reply = client.batch_write_item(RequestItems={one: [put("a"), put("b")], two: [put("c"), delete("gone")]})
    assert reply["UnprocessedItems"] == {}
    found = client.batch_get_item(RequestItems={one: {"Keys": keys("a", "b", "no")},
                                                two: {"Keys": keys("c", "gone"), "ConsistentRead": True}})
    assert sorted(item["pk"]["S"] for item in found["Responses"][one]) == ["a", "b"]
    assert found["Responses"][two] == keys("c")
    assert found["UnprocessedKeys"] == {}


def test_25_writes_and_not_one_more(client, server, make_table):
    name = make_table()
    client.batch_write_item(RequestItems={name: [put(str(i)) for i in range(25)]})
    assert client.scan(TableName=name, Select="COUNT")["Count"] == 25
    error, text = server.error("BatchWriteItem", {"RequestItems": {name: [put(str(i)) for i in range(26)]}})
    assert error == "ValidationException"
    assert text.endswith("failed to satisfy constraint: Map value must satisfy constraint: [Member must have length "
                         "less than or equal to 25, Member must have length greater than or equal to 1]")
    other = make_table()
    assert server.error("BatchWriteItem", {"RequestItems": {
        name: [put(str(i)) for i in range(13)], other: [put(str(i)) for i in range(13)]}}) == (
            "ValidationException", "Too many items requested for the BatchWriteItem call")


def test_16_mb_of_writes_and_not_one_byte_more(client, server, make_table):
    """The request as it is sent: 25 items of 400 KB fit, unless their JSON is longer than they are."""
    name = make_table()
    limit, item = 16 * 1024 * 1024, 400 * 1024
    body = json.dumps({"RequestItems": {name: [put(f"{i:02}", v={"S": "x" * (item - 5)}) for i in range(25)]}})
    assert 25 * item < len(body) < limit
    escaped = json.dumps({"RequestItems": {name: [put(f"{i:02}", v={"S": "x" * (item - 5)}) for i in range(7)]}})
    escaped = escaped.replace("x", "\\u0078")  # 2.8 MB of items
    assert len(escaped) > limit
    for too_long in (body + " " * (limit + 1 - len(body)), escaped):
        status, _, reply = server.call("BatchWriteItem", too_long)
        assert (status, reply) == (413, "")
    assert client.scan(TableName=name, Select="COUNT")["Count"] == 0
    assert server.ok("BatchWriteItem", body + " " * (limit - len(body))) == {"UnprocessedItems": {}}
    assert len(client.get_item(TableName=name, Key={"pk": {"S": "24"}})["Item"]["v"]["S"]) == item - 5
    # An item of one byte more refuses them all.
    larger = [put("a"), put("bc", v={"S": "x" * (item - 4)})]
    assert server.error("BatchWriteItem", {"RequestItems": {name: larger}}) == (
        "ValidationException", "Item size has exceeded the maximum allowed size")
    assert "Item" not in client.get_item(TableName=name, Key={"pk": {"S": "a"}})


def test_100_keys_and_not_one_more(client, server, make_table):
    one, two = make_table(), make_table()
    hundred = {"RequestItems": {one: {"Keys": keys(*map(str, range(100)))}}}
    assert client.batch_get_item(**hundred)["Responses"] == {one: []}
    hundred["RequestItems"][two] = {"Keys": keys("x")}
    assert server.error("BatchGetItem", hundred) == (
        "ValidationException", "Too many items requested for the BatchGetItem call")


@pytest.mark.parametrize("requests", [
    [put("a"), put("a")], [put("a"), delete("a")], [delete("a"), delete("a")],
])
def test_no_item_twice(server, make_table, requests):
    assert server.error("BatchWriteItem", {"RequestItems": {make_table(): requests}}) == (
        "ValidationException", "Provided list of item keys contains duplicates")


def test_old_and_new_parameters_do_not_mix_over_tables(server, client, make_table):
    """The service refuses it, says a public suite that runs against it; the text is not confirmed."""
    one, two = make_table(), make_table()
    projection, attributes = {"ProjectionExpression": "pk"}, {"AttributesToGet": ["pk"]}
    for first, second in ((projection, attributes), (attributes, projection)):
        assert server.error("BatchGetItem", {"RequestItems": {
            one: {"Keys": keys("a"), **first}, two: {"Keys": keys("a"), **second}}}) == (
                "ValidationException", "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}")
    for same in (projection, attributes):
        client.batch_get_item(RequestItems={name: {"Keys": keys("a"), **same} for name in (one, two)})


def test_no_key_twice(server, make_table):
    assert server.error("BatchGetItem", {"RequestItems": {make_table(): {"Keys": keys("a", "b", "a")}}}) == (
        "ValidationException", "Provided list of item keys contains duplicates")


def test_a_bad_request_writes_nothing(client, server, make_table):
    name = make_table()
    for bad in ({"PutRequest": {"Item": {"pk": {"N": "1"}}}}, {"PutRequest": {"Item": {"x": {"N": "1"}}}},
                {"DeleteRequest": {"Key": {"pk": {"N": "1"}}}}):
        assert server.error("BatchWriteItem", {"RequestItems": {name: [put("a"), bad]}}) == (
            "ValidationException", "The provided key element does not match the schema")
    assert server.error("BatchWriteItem", {"RequestItems": {name: [put("a")], "no-such-table": [put("a")]}}) == (
        "ResourceNotFoundException", "Requested resource not found")
    assert client.scan(TableName=name)["Count"] == 0


def test_projections_of_a_batch(client, make_table):
    name = make_table()
    client.batch_write_item(RequestItems={name: [put("a", x={"S": "1"}, y={"S": "2"})]})
    found = client.batch_get_item(RequestItems={name: {
        "Keys": keys("a"), "ProjectionExpression": "#x", "ExpressionAttributeNames": {"#x": "x"}}})
    assert found["Responses"][name] == [{"x": {"S": "1"}}]


def test_more_than_16_mb_comes_in_parts(client, make_table):
    name = make_table()
    for i in range(50):
        client.put_item(TableName=name, Item={"pk": {"S": str(i)}, "v": {"S": "x" * (400 * 1024 - 10)}})
    request = {name: {"Keys": keys(*map(str, range(50))), "ConsistentRead": True}}
    seen, calls = set(), 0
    while request:
        reply = client.batch_get_item(RequestItems=request)
        items = reply["Responses"].get(name, [])
        assert sum(len(item["v"]["S"]) for item in items) <= 16 * 1024 * 1024
        seen |= {item["pk"]["S"] for item in items}
        request = reply["UnprocessedKeys"]
        if request:
            assert request[name]["ConsistentRead"] is True
        calls += 1
    assert seen == set(map(str, range(50))) and calls == 2


def test_consumed_capacity_of_batches(client, make_table):
    name = make_table()
    big = put("big", v={"S": "x" * 2048})
    written = client.batch_write_item(RequestItems={name: [put("a"), big]}, ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 4.0}]
    read = client.batch_get_item(RequestItems={name: {"Keys": keys("a", "big", "no")}}, ReturnConsumedCapacity="TOTAL")
    assert read["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 1.5}]
