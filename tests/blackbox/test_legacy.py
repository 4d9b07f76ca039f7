"""The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter,
AttributesToGet. Source: "Legacy conditional parameters" in the developer guide."""
import pytest


def s(text):
    return {"S": text}


def n(number):
    return {"N": str(number)}


def compare(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def key(pk):
    return {"pk": s(pk)}


def test_expected_on_every_write(client, make_table):
    name = make_table()
    absent = {"pk": {"Exists": False}}
    client.put_item(TableName=name, Item={**key("a"), "v": n(1)}, Expected=absent)
    failing = client.exceptions.ConditionalCheckFailedException
    with pytest.raises(failing):
        client.put_item(TableName=name, Item=key("a"), Expected=absent)
    update = {"TableName": name, "Key": key("a"), "AttributeUpdates": {"v": {"Value": n(1), "Action": "ADD"}}}
    client.update_item(**update, Expected={"v": {"Value": n(1)}})
    with pytest.raises(failing):
        client.update_item(**update, Expected={"v": {"Value": n(1)}})
    client.update_item(**update, Expected={"v": compare("BETWEEN", n(1), n(2)), "w": {"ComparisonOperator": "NULL"}})
    both = {"v": compare("EQ", n(3)), "w": {"ComparisonOperator": "NOT_NULL"}}
    with pytest.raises(failing):
        client.delete_item(TableName=name, Key=key("a"), Expected=both, ConditionalOperator="AND")
    client.delete_item(TableName=name, Key=key("a"), Expected=both, ConditionalOperator="OR")
    assert "Item" not in client.get_item(TableName=name, Key=key("a"))


def test_a_failed_expectation_shows_the_item_when_asked(server, make_table):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {**key("a"), "v": n(1)}})
    status, _, reply = server.call("DeleteItem", {
        "TableName": name, "Key": key("a"), "Expected": {"v": {"Value": n(2)}}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert status == 400 and reply["Item"] == {**key("a"), "v": n(1)}


def test_attribute_updates_and_what_they_return(client, make_table):
    name = make_table()

    def update(returns, **updates):
        return client.update_item(TableName=name, Key=key("a"), AttributeUpdates=updates, ReturnValues=returns).get("Attributes")

    assert update("ALL_NEW", v={"Value": n(1)}, tags={"Value": {"SS": ["x"]}, "Action": "ADD"}) == {
        **key("a"), "v": n(1), "tags": {"SS": ["x"]}}
    assert update("UPDATED_NEW", v={"Value": n(4), "Action": "ADD"}) == {"v": n(5)}
    assert update("UPDATED_OLD", tags={"Action": "DELETE"}, v={"Value": s("x"), "Action": "PUT"}) == {
        "tags": {"SS": ["x"]}, "v": n(5)}
    assert update("ALL_OLD", l={"Value": {"L": [n(1)]}, "Action": "ADD"}) == {**key("a"), "v": s("x")}
    assert update("ALL_NEW", l={"Value": {"L": [n(2)]}, "Action": "ADD"}) == {
        **key("a"), "v": s("x"), "l": {"L": [n(1), n(2)]}}
    assert update("NONE", v={"Action": "DELETE"}) is None


def test_what_makes_an_item_and_what_does_not(client, make_table):
    """Seen by public test suites: updates that only take away make no item; one that does nothing makes one of its key."""
    name = make_table()
    nothing = dict(TableName=name, ReturnValues="ALL_NEW")
    assert "Attributes" not in client.update_item(Key=key("a"), AttributeUpdates={"v": {"Action": "DELETE"}}, **nothing)
    assert "Attributes" not in client.update_item(Key=key("a"), UpdateExpression="REMOVE v", **nothing)
    assert "Item" not in client.get_item(TableName=name, Key=key("a"))
    assert client.update_item(Key=key("a"), AttributeUpdates={}, **nothing)["Attributes"] == key("a")
    assert client.update_item(Key=key("b"), **nothing)["Attributes"] == key("b")
    assert client.get_item(TableName=name, Key=key("b"))["Item"] == key("b")


def test_key_conditions_and_query_filter(client, make_table):
    name = make_table(sk="N")
    for i in range(10):
        client.put_item(TableName=name, Item={**key("a"), "sk": n(i), "even": {"BOOL": i % 2 == 0}, "text": s("x" * i)})

    def query(**parameters):
        found = client.query(TableName=name, **parameters)
        return [int(item["sk"]["N"]) for item in found["Items"]], found["ScannedCount"]

    pk = {"pk": compare("EQ", s("a"))}
    assert query(KeyConditions=pk) == (list(range(10)), 10)
    for operator, values, expected in (
            ("EQ", [3], [3]), ("LT", [3], [0, 1, 2]), ("LE", [3], [0, 1, 2, 3]), ("GT", [7], [8, 9]), ("GE", [7], [7, 8, 9]),
            ("BETWEEN", [2, 4], [2, 3, 4])):
        assert query(KeyConditions={**pk, "sk": compare(operator, *map(n, values))})[0] == expected, operator
    even = {"even": compare("EQ", {"BOOL": True})}
    assert query(KeyConditions=pk, QueryFilter=even) == ([0, 2, 4, 6, 8], 10)
    either = {**even, "text": compare("CONTAINS", s("xxxxxxx"))}
    assert query(KeyConditions=pk, QueryFilter=either, ConditionalOperator="OR") == ([0, 2, 4, 6, 7, 8, 9], 10)
    assert query(KeyConditions=pk, QueryFilter=either) == ([8], 10)
    # KeyConditions go together with the other expressions.
    assert query(KeyConditions=pk, FilterExpression="even = :e", ExpressionAttributeValues={":e": {"BOOL": False}}) == (
        [1, 3, 5, 7, 9], 10)
    page = client.query(TableName=name, KeyConditions=pk, Limit=4)
    assert query(KeyConditions=pk, ExclusiveStartKey=page["LastEvaluatedKey"]) == ([4, 5, 6, 7, 8, 9], 6)


def test_scan_filter(client, make_table):
    name = make_table()
    for i in range(6):
        client.put_item(TableName=name, Item={**key(str(i)), "v": n(i), **({"w": s("w")} if i > 3 else {})})

    def scan(**parameters):
        return sorted(item["v"]["N"] for item in client.scan(TableName=name, **parameters)["Items"])

    assert scan(ScanFilter={"v": compare("IN", n(1), n(2), n(9))}) == ["1", "2"]
    assert scan(ScanFilter={"pk": compare("EQ", s("3"))}) == ["3"]
    assert scan(ScanFilter={"w": {"ComparisonOperator": "NOT_NULL"}}) == ["4", "5"]
    assert scan(ScanFilter={"w": compare("NOT_CONTAINS", s("x"))}) == ["4", "5"]
    assert scan(ScanFilter={"w": compare("NE", s("w"))}) == ["0", "1", "2", "3"]
    assert scan(ScanFilter={}) == list("012345")


def test_attributes_to_get_everywhere(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={**key("a"), "v": n(1), "w.x": n(2)})
    wanted = {"AttributesToGet": ["w.x", "no", "v"]}
    found = {"v": n(1), "w.x": n(2)}
    assert client.get_item(TableName=name, Key=key("a"), **wanted)["Item"] == found
    assert client.scan(TableName=name, **wanted)["Items"] == [found]
    assert client.query(TableName=name, KeyConditions={"pk": compare("EQ", s("a"))}, **wanted)["Items"] == [found]
    assert client.scan(TableName=name, Select="SPECIFIC_ATTRIBUTES", **wanted)["Items"] == [found]
    assert client.batch_get_item(RequestItems={name: {"Keys": [key("a")], **wanted}})["Responses"][name] == [found]
