"""Provisioned tables are held to their throughput; on-demand tables are not. Source: "Provisioned capacity mode" and "Burst
capacity" in the developer guide. The bucket's arithmetic is tested with a clock of its own in tests/unit/server."""
import pytest

LIMIT = 300  # what a table of 1 unit has at once
EXCEEDED = ("ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
            "level with the UpdateTable API.")


@pytest.fixture
def table(server, client, request):
    name = f"provisioned-{request.node.name}"
    server.ok("CreateTable", {
        "TableName": name, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})
    yield name
    server.ok("DeleteTable", {"TableName": name})


def item(pk, size):
    return {"pk": {"S": pk}, "v": {"S": "x" * (size - 3 - len(pk))}}  # the names are 3 bytes


def put(table, pk, size=1024):
    return {"TableName": table, "Item": item(pk, size)}


def test_writes(server, client, table):
    server.ok("PutItem", put(table, "large", 295 * 1024))
    admitted = 0
    while server.call("PutItem", put(table, "a"))[0] == 200:
        admitted += 1
        assert admitted < LIMIT
    assert admitted >= 5  # and as many more as there were seconds
    assert server.error("PutItem", put(table, "large", 295 * 1024)) == EXCEEDED
    status, _, reply = server.call("UpdateItem", {"TableName": table, "Key": {"pk": {"S": "a"}}})
    assert status == 400 and reply["__type"] == "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        client.delete_item(TableName=table, Key={"pk": {"S": "large"}})
    assert "Item" in server.ok("GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}}), "reads have a bucket of their own"


def test_a_failed_condition_costs_what_the_item_does(server, table):
    server.ok("PutItem", put(table, "large", 250 * 1024))
    fails = {"TableName": table, "Key": {"pk": {"S": "large"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    assert server.error("DeleteItem", fails)[0] == "ConditionalCheckFailedException"
    assert server.error("DeleteItem", fails) == EXCEEDED


def test_reads(server, table):
    server.ok("PutItem", put(table, "large", 200 * 1024))
    get = {"TableName": table, "Key": {"pk": {"S": "large"}}, "ConsistentRead": True}  # 50 units
    for _ in range(5):
        server.ok("GetItem", get)
    server.ok("Scan", {"TableName": table, "ConsistentRead": True})
    server.ok("GetItem", get)  # on what the seconds brought; what it costs is owed
    for operation, body in (("GetItem", get), ("Scan", {"TableName": table}),
                            ("Query", {"TableName": table, "KeyConditionExpression": "pk = :p",
                                       "ExpressionAttributeValues": {":p": {"S": "a"}}}),
                            ("BatchGetItem", {"RequestItems": {table: {"Keys": [get["Key"]]}}})):
        assert server.error(operation, body) == EXCEEDED, operation


def test_batches_come_back_in_part(server, table, make_table):
    server.ok("PutItem", put(table, "large", 280 * 1024))
    other = make_table()
    requests = {name: [{"PutRequest": {"Item": item(f"{i}", 3072)}} for i in range(12)] for name in (table, other)}
    # A write is let in while there is anything left of 20 units or so, and costs three.
    first = server.ok("BatchWriteItem", {"RequestItems": requests})
    assert other not in first["UnprocessedItems"]
    last = server.ok("BatchWriteItem", {"RequestItems": requests, "ReturnConsumedCapacity": "TOTAL"})
    assert last["UnprocessedItems"] == {table: requests[table]}
    assert [used["CapacityUnits"] for used in last["ConsumedCapacity"] if used["TableName"] == other] == [36]
    assert server.error("BatchWriteItem", {"RequestItems": {table: requests[table]}}) == EXCEEDED


def test_on_demand_tables_are_not_limited(server, make_table):
    name = make_table()
    for i in range(10):
        server.ok("PutItem", put(name, str(i), 300 * 1024))
    for _ in range(5):
        server.ok("Scan", {"TableName": name, "ConsistentRead": True})
