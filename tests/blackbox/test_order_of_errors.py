"""Which error comes first when an item's condition fails and its update cannot be applied, or a batch is wrong twice.

That the condition comes first is what DynamoDB local answers for each of these rows; no reply of the service was found that says
otherwise. That a missing table comes before another table's bad key is not confirmed: an object's members have no order, and local's
follows the hashes of the tables' names.
"""
import pytest

ITEM = {"pk": {"S": "a"}, "n": {"N": "1"}, "s": {"S": "x"}, "l": {"L": [{"N": "1"}]}, "m": {"M": {"x": {"N": "1"}}}}
KEY = {"pk": {"S": "a"}}
FIVE = {":v": {"N": "5"}}
FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
PATH = "The document path provided in the update expression is invalid for update"
MISSING = "The provided expression refers to an attribute that does not exist in the item"
TYPE = "An operand in the update expression has an incorrect data type"

# (update, values, what is said when the condition holds, or None)
UPDATES = [
    ("SET q.w = :v", FIVE, PATH), ("SET s.w = :v", FIVE, PATH), ("SET l[0].w = :v", FIVE, PATH), ("SET m[0] = :v", FIVE, PATH),
    ("REMOVE q.w", {}, PATH), ("ADD q.w :v", FIVE, PATH), ("SET b = q", {}, MISSING), ("SET b = m.q", {}, MISSING),
    ("SET b = q + n", {}, MISSING), ("SET b = s + n", {}, TYPE), ("ADD s :v", FIVE, TYPE), ("SET b = list_append(l, s)", {}, TYPE),
    ("SET b = if_not_exists(n, q)", {}, MISSING), ("SET b = if_not_exists(q, n)", {}, None),
]


@pytest.fixture
def name(client, make_table):
    table = make_table()
    client.put_item(TableName=table, Item=ITEM)
    return table


@pytest.mark.parametrize("expression, values, text", UPDATES)
def test_the_condition_comes_before_the_update(server, client, name, expression, values, text):
    update = {"TableName": name, "Key": KEY, "UpdateExpression": expression}
    if values:
        update["ExpressionAttributeValues"] = values
    fails = {**update, "ConditionExpression": "attribute_not_exists(pk)"}
    assert server.error("UpdateItem", fails) == FAILED
    status, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Update": fails}]})
    assert status == 400
    assert reply["CancellationReasons"] == [{"Code": "ConditionalCheckFailed", "Message": FAILED[1]}]
    assert client.get_item(TableName=name, Key=KEY)["Item"] == ITEM

    holds = {**update, "ConditionExpression": "attribute_exists(pk)"}
    if text is None:
        server.ok("UpdateItem", holds)
        return
    assert server.error("UpdateItem", holds) == ("ValidationException", text)
    status, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Update": holds}]})
    assert status == 400
    assert reply["CancellationReasons"] == [{"Code": "ValidationError", "Message": text}]
    assert client.get_item(TableName=name, Key=KEY)["Item"] == ITEM


def test_the_same_of_a_statement_and_of_old_parameters(server, name):
    statement = f"UPDATE \"{name}\" SET q.w = 5 WHERE pk = 'a' AND n = "
    assert server.error("ExecuteStatement", {"Statement": statement + "2"}) == FAILED
    assert server.error("ExecuteStatement", {"Statement": statement + "1"}) == ("ValidationException", PATH)
    old = {"TableName": name, "Key": KEY, "AttributeUpdates": {"s": {"Action": "ADD", "Value": {"N": "1"}}}}
    assert server.error("UpdateItem", {**old, "Expected": {"n": {"Exists": False}}}) == FAILED


BAD_KEY = ("ValidationException", "The provided key element does not match the schema")
NO_TABLE = ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize("bad", [{"pk": {"N": "1"}}, {"pk": {"S": "x"}, "y": {"S": "x"}}, {"y": {"S": "x"}}, {"pk": {"S": ""}}])
@pytest.mark.parametrize("missing", ["AAA-no-such-table", "zzz-no-such-table"])
@pytest.mark.parametrize("first", [True, False])
def test_a_missing_table_comes_before_a_bad_key(server, name, bad, missing, first):
    good = {"pk": {"S": "x"}}
    for target, entry in (("BatchGetItem", lambda key: {"Keys": [key]}),
                          ("BatchWriteItem", lambda key: [{"DeleteRequest": {"Key": key}}]),
                          ("BatchWriteItem", lambda key: [{"PutRequest": {"Item": key}}])):
        items = [(name, entry(bad)), (missing, entry(good))]
        assert server.error(target, {"RequestItems": dict(items if first else items[::-1])}) == NO_TABLE
        # Of one table it is confirmed: what its key should be is not known before it is found.
        assert server.error(target, {"RequestItems": {missing: entry(bad)}}) == NO_TABLE
    assert server.error("BatchGetItem", {"RequestItems": {name: {"Keys": [{"pk": {"N": "1"}}]}}}) == BAD_KEY
