"""What operations cost, to the unit. Source: "Capacity unit consumption for read operations" and "... for write operations" in
the developer guide, cited by row; of indexes, "Provisioned throughput considerations" of each kind."""
import pytest


@pytest.fixture(scope="module")
def table(shared_server):
    """Items of 4,096, 4,097 and 1,024 bytes with a range key each, and no item "none"."""
    shared_server.ok("CreateTable", {
        "TableName": "capacity", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "sk")],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]})
    for name, size in (("a", 4096), ("b", 4097), ("c", 1024)):
        shared_server.ok("PutItem", {"TableName": "capacity", "Item": item(name, size)})
    return "capacity"


def key(sk):
    return {"pk": {"S": "p"}, "sk": {"S": sk}}


def item(sk, size):
    return {**key(sk), "v": {"S": "x" * (size - len("pk" "p" "sk" "v") - len(sk))}}


def query(**more):
    return {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}, **more}


STRONG = {"ConsistentRead": True}
READS = [  # the rule, operation, parameters, units
    ("4 KB is one unit", "GetItem", {"Key": key("a"), **STRONG}, 1),
    ("rounded up to the next 4 KB", "GetItem", {"Key": key("b"), **STRONG}, 2),
    ("half when eventually consistent", "GetItem", {"Key": key("a")}, 0.5),
    ("half of what was rounded", "GetItem", {"Key": key("b")}, 1),
    ("an item that does not exist still costs", "GetItem", {"Key": key("none"), **STRONG}, 1),
    ("and half as much when eventually consistent", "GetItem", {"Key": key("none")}, 0.5),
    ("the whole item counts, not what is projected", "GetItem", {"Key": key("b"), **STRONG, "ProjectionExpression": "sk"}, 2),
    ("Query adds up sizes, then rounds", "Query", query(**STRONG), 3),
    ("half of it", "Query", query(), 1.5),
    ("before the filter", "Query", query(FilterExpression="v = :p"), 1.5),
    ("before the projection", "Query", query(ProjectionExpression="sk"), 1.5),
    ("as much when only counting", "Query", query(Select="COUNT"), 1.5),
    ("what Limit left", "Query", query(Limit=1), 0.5),
    ("nothing found", "Query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "q"}}}, 0.5),
    ("nothing found, strongly", "Query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "q"}}, **STRONG}, 1),
    ("Scan as Query", "Scan", {**STRONG}, 3),
    ("what is evaluated, not what is returned", "Scan", {"FilterExpression": "v = :v", "ExpressionAttributeValues": {":v": {"S": ""}}}, 1.5),
]
WRITES = [
    ("1 KB is one unit", "PutItem", {"Item": item("w", 1024)}, 1),
    ("the larger of before and after", "PutItem", {"Item": item("w", 3073)}, 4),
    ("smaller than before", "PutItem", {"Item": item("w", 100)}, 4),
    ("rounded up to the next KB", "PutItem", {"Item": item("w", 1025)}, 2),
    ("an update of one attribute counts the whole item", "UpdateItem",
     {"Key": key("w"), "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}, 2),
    ("an update that changes nothing", "UpdateItem",
     {"Key": key("w"), "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}, 2),
    ("the size of the deleted item", "DeleteItem", {"Key": key("w")}, 2),
    ("an item that does not exist", "DeleteItem", {"Key": key("w")}, 1),
]


@pytest.mark.parametrize("rule, operation, body, units", READS, ids=[row[0] for row in READS])
def test_reads(server, table, rule, operation, body, units):
    reply = server.ok(operation, {"TableName": table, "ReturnConsumedCapacity": "TOTAL", **body})
    assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


def test_writes(server, table):
    for rule, operation, body, units in WRITES:
        used = server.ok(operation, {**body, "TableName": table, "ReturnConsumedCapacity": "INDEXES"})["ConsumedCapacity"]
        assert used == {"TableName": table, "CapacityUnits": units, "Table": {"CapacityUnits": units}}, rule


def test_batches_round_item_by_item(server, table):
    keys = [key(sk) for sk in ("a", "b", "c", "none")]
    for strong, units in ((True, 1 + 2 + 1 + 1), (False, 0.5 + 1 + 0.5 + 0.5)):
        reply = server.ok("BatchGetItem", {"RequestItems": {table: {"Keys": keys, "ConsistentRead": strong}},
                                           "ReturnConsumedCapacity": "TOTAL"})
        assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": units}]


def test_transactions_cost_twice_as_much(server, table):
    """"Capacity management for transactions"; transactional reads are strongly consistent, item by item."""
    gets = [{"Get": {"TableName": table, "Key": key(sk)}} for sk in ("a", "b", "none")]
    reply = server.ok("TransactGetItems", {"TransactItems": gets, "ReturnConsumedCapacity": "TOTAL"})
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 8, "ReadCapacityUnits": 8}]
    writes = [{"Put": {"TableName": table, "Item": item("t", 1025)}}, {"Delete": {"TableName": table, "Key": key("none")}},
              {"ConditionCheck": {"TableName": table, "Key": key("c"), "ConditionExpression": "attribute_exists(pk)"}}]
    request = {"TransactItems": writes, "ReturnConsumedCapacity": "TOTAL", "ClientRequestToken": "what-it-costs"}
    assert server.ok("TransactWriteItems", request)["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": 8, "WriteCapacityUnits": 8}]
    # The same token again is answered with reads.
    assert server.ok("TransactWriteItems", request)["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": 6, "ReadCapacityUnits": 6}]
    server.ok("DeleteItem", {"TableName": table, "Key": key("t")})
