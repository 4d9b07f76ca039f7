"""Provisioned tables and their global indexes are held to their throughput, on-demand tables to the maximum they set, if any.
Source: "Provisioned capacity mode", "Burst capacity" and "DynamoDB maximum throughput for on-demand tables" in the developer guide. The bucket's arithmetic is tested with a clock of its own in tests/unit/server."""
import pytest

LIMIT = 300  # what a table of 1 unit has at once
EXCEEDED = ("ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
            "level with the UpdateTable API.")
INDEX_EXCEEDED = (EXCEEDED[0],  # as the service sends it: without the full stop
                  "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
                  "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
                  "the UpdateTable API")
MAXIMUM_EXCEEDED = ("ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index")
CANCELED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
REASON = {"Code": "ProvisionedThroughputExceeded", "Message": EXCEEDED[1]}
OWING = 250  # KB: two such writes leave a table of 1 unit a debt of minutes


def reasons(server, operation, body, name="ProvisionedThroughputExceededException", member="ThrottlingReasons"):
    status, _, reply = server.call(operation, body)
    assert status == 400 and reply["__type"].endswith("#" + name), reply
    return [(each["reason"], each["resource"]) for each in reply[member]]


def arn(table, index=None):
    return f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}" + (f"/index/{index}" if index else "")


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


def owe(server, table):
    for _ in range(2):
        server.ok("PutItem", put(table, "large", OWING * 1024))


def owe_reads(server, table):
    server.ok("PutItem", put(table, "large", 290 * 1024))
    for _ in range(5):
        server.ok("GetItem", {"TableName": table, "Key": {"pk": {"S": "large"}}, "ConsistentRead": True})


def test_writing_transactions(server, table, make_table):
    other = make_table()
    actions = [{"Put": put(other, "a")}, {"Put": put(table, "a")}]
    statements = [{"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk': '{pk}'}}"} for name, pk in ((other, "s"), (table, "s"))]
    server.ok("TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": "before"})
    owe(server, table)
    for operation, body in (("TransactWriteItems", {"TransactItems": actions}),
                            ("ExecuteTransaction", {"TransactStatements": statements})):
        status, _, reply = server.call(operation, body)
        assert status == 400 and reply["__type"].endswith("#TransactionCanceledException")
        assert reply["Message"] == CANCELED + "[None, ProvisionedThroughputExceeded]"
        assert reply["CancellationReasons"] == [{"Code": "None"}, REASON]
    assert server.ok("TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": "before"}) == {}, "done before"
    assert "Item" not in server.ok("GetItem", {"TableName": other, "Key": {"pk": {"S": "s"}}})


def test_a_transaction_costs_twice_what_its_writes_do(server, table):
    server.ok("TransactWriteItems", {"TransactItems": [{"Put": put(table, "large", 155 * 1024)}]})
    assert server.error("PutItem", put(table, "a")) == EXCEEDED


def test_a_canceled_transaction_costs_what_it_looked_at(server, table):
    server.ok("PutItem", put(table, "large", 140 * 1024))
    check = {"ConditionCheck": {"TableName": table, "Key": {"pk": {"S": "large"}}, "ConditionExpression": "attribute_not_exists(pk)"}}
    assert server.error("TransactWriteItems", {"TransactItems": [check]})[1] == CANCELED + "[ConditionalCheckFailed]"
    assert server.error("PutItem", put(table, "a")) == EXCEEDED


def test_reading_transactions(server, table, make_table):
    other = make_table()
    owe_reads(server, table)
    gets = [{"Get": {"TableName": name, "Key": {"pk": {"S": "a"}}}} for name in (table, other)]
    statements = [{"Statement": f"SELECT * FROM \"{name}\" WHERE pk = 'a'"} for name in (table, other)]
    for operation, body in (("TransactGetItems", {"TransactItems": gets}), ("ExecuteTransaction", {"TransactStatements": statements})):
        _, _, reply = server.call(operation, body)
        assert reply["Message"] == CANCELED + "[ProvisionedThroughputExceeded, None]"
        assert reply["CancellationReasons"] == [REASON, {"Code": "None"}]


def test_reading_statements(server, table, make_table):
    other = make_table()
    owe_reads(server, table)
    select = f"SELECT * FROM \"{table}\" WHERE pk = 'a'"
    assert server.error("ExecuteStatement", {"Statement": select}) == EXCEEDED
    one, two = server.ok("BatchExecuteStatement", {"Statements": [
        {"Statement": select}, {"Statement": f"SELECT * FROM \"{other}\" WHERE pk = 'a'"}]})["Responses"]
    assert one == {"Error": {"Code": REASON["Code"], "Message": REASON["Message"]}, "TableName": table}
    assert two == {"TableName": other}


def test_what_statements_read_is_charged(server, table):
    server.ok("PutItem", put(table, "large", 290 * 1024))
    for _ in range(5):
        server.ok("ExecuteStatement", {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'large'", "ConsistentRead": True})
    assert server.error("GetItem", {"TableName": table, "Key": {"pk": {"S": "a"}}}) == EXCEEDED


def test_writing_statements(server, table, make_table):
    other = make_table()
    remove = f"DELETE FROM \"{table}\" WHERE pk = 'large'"
    server.ok("PutItem", put(table, "large", 250 * 1024))
    server.ok("ExecuteStatement", {"Statement": remove})  # 250 more
    assert server.error("ExecuteStatement", {"Statement": remove}) == EXCEEDED
    one, two = server.ok("BatchExecuteStatement", {"Statements": [
        {"Statement": remove}, {"Statement": f"DELETE FROM \"{other}\" WHERE pk = 'a'"}]})["Responses"]
    assert one == {"Error": {"Code": REASON["Code"], "Message": REASON["Message"]}, "TableName": table}
    assert two == {"TableName": other}
    [alone] = server.ok("BatchExecuteStatement", {"Statements": [{"Statement": remove}]})["Responses"]
    assert alone["Error"]["Code"] == REASON["Code"], "never an error of the call"


@pytest.fixture
def indexed(server, request):
    """1,000 units, and a global index of one; a local index, which uses the table's."""
    name = f"indexed-{request.node.name}"
    everything = {"ProjectionType": "ALL"}
    server.ok("CreateTable", {
        "TableName": name, "AttributeDefinitions": [{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "sk", "g", "l")],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{"IndexName": "global", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                    "Projection": everything, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
        "LocalSecondaryIndexes": [{"IndexName": "local", "Projection": everything, "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}]}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}})
    yield name
    server.ok("DeleteTable", {"TableName": name})


def indexed_put(table, sk, size, **keys):
    return {"TableName": table, "Item": {"pk": {"S": "p"}, "sk": {"S": sk}, "v": {"S": "x" * (size - 100)},
                                         **{name: {"S": value} for name, value in keys.items()}}}


def test_reads_of_a_global_index(server, indexed):
    server.ok("PutItem", indexed_put(indexed, "a", 290 * 1024, g="x"))
    scan = {"TableName": indexed, "IndexName": "global"}
    for _ in range(9):  # of 36.5 units
        server.ok("Scan", scan)
    assert server.error("Scan", scan) == INDEX_EXCEEDED
    query = {**scan, "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "x"}}}
    assert server.error("Query", query) == INDEX_EXCEEDED
    assert reasons(server, "Query", query) == [("IndexReadProvisionedThroughputExceeded", arn(indexed, "global"))]
    assert server.error("ExecuteStatement", {"Statement": f"SELECT * FROM \"{indexed}\".\"global\" WHERE g = 'x'"}) == INDEX_EXCEEDED
    server.ok("Scan", {"TableName": indexed})
    server.ok("Scan", {"TableName": indexed, "IndexName": "local"})


def test_a_global_index_without_throughput_holds_back_writes(server, indexed, make_table):
    other = make_table()
    server.ok("PutItem", indexed_put(indexed, "a", 200 * 1024, g="x"))
    server.ok("DeleteItem", {"TableName": indexed, "Key": {"pk": {"S": "p"}, "sk": {"S": "a"}}})
    key = {"TableName": indexed, "Key": {"pk": {"S": "p"}, "sk": {"S": "b"}}}
    assert server.error("PutItem", indexed_put(indexed, "b", 200, g="x")) == INDEX_EXCEEDED
    assert server.error("UpdateItem", key) == INDEX_EXCEEDED
    assert server.error("DeleteItem", key) == INDEX_EXCEEDED
    requests = {name: [{"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": "b"}}}}] for name in (indexed, other)}
    assert server.ok("BatchWriteItem", {"RequestItems": requests})["UnprocessedItems"] == {indexed: requests[indexed]}
    assert server.error("BatchWriteItem", {"RequestItems": {indexed: requests[indexed]}}) == INDEX_EXCEEDED
    _, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Delete": key}]})
    assert reply["CancellationReasons"] == [{"Code": REASON["Code"], "Message": INDEX_EXCEEDED[1]}]
    server.ok("GetItem", key)


def test_only_what_is_in_the_global_index_is_charged_to_it(server, indexed):
    for i in range(4):
        server.ok("PutItem", indexed_put(indexed, f"{i}", 200 * 1024))
    server.ok("PutItem", indexed_put(indexed, "in", 200, g="x"))


def test_a_local_index_uses_the_units_of_the_table(server, indexed):
    server.ok("UpdateTable", {"TableName": indexed, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})
    server.ok("PutItem", indexed_put(indexed, "a", 160 * 1024, l="x"))
    assert server.error("PutItem", indexed_put(indexed, "b", 200)) == EXCEEDED


def test_the_maximum_of_an_on_demand_table(server, request):
    name = f"bounded-{request.node.name}"
    server.ok("CreateTable", {
        "TableName": name, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
        "OnDemandThroughput": {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1}})
    owe_reads(server, name)
    server.ok("PutItem", put(name, "large", OWING * 1024))
    assert server.error("PutItem", put(name, "a")) == MAXIMUM_EXCEEDED
    assert server.error("Scan", {"TableName": name}) == MAXIMUM_EXCEEDED
    for operation, body, reason in (("PutItem", put(name, "a"), "TableWriteMaxOnDemandThroughputExceeded"),
                                    ("Scan", {"TableName": name}, "TableReadMaxOnDemandThroughputExceeded")):
        assert reasons(server, operation, body, "ThrottlingException", "throttlingReasons") == [(reason, arn(name))]
    _, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Put": put(name, "a")}]})
    assert reply["CancellationReasons"] == [{"Code": "ThrottlingError", "Message": MAXIMUM_EXCEEDED[1]}]
    server.ok("UpdateTable", {"TableName": name, "OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}})
    server.ok("PutItem", put(name, "a"))
    server.ok("Scan", {"TableName": name})
    server.ok("DeleteTable", {"TableName": name})


def test_decreases_of_an_index_are_limited_as_a_tables_are(server, indexed):
    """"Decreasing provisioned throughput" in "Quotas": for tables and global indexes, four in a day and then one an hour."""
    def update(read, write=1):
        return {"TableName": indexed, "GlobalSecondaryIndexUpdates": [{"Update": {
            "IndexName": "global", "ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}}]}

    def throughput():
        [index] = server.ok("DescribeTable", {"TableName": indexed})["Table"]["GlobalSecondaryIndexes"]
        return index["ProvisionedThroughput"]
    server.ok("UpdateTable", update(9))
    assert throughput().items() >= {"ReadCapacityUnits": 9, "WriteCapacityUnits": 1, "NumberOfDecreasesToday": 0}.items()
    assert "LastIncreaseDateTime" in throughput() and "LastDecreaseDateTime" not in throughput()
    for read in (8, 7, 6, 5):
        server.ok("UpdateTable", update(read))
    before = throughput()
    assert before["NumberOfDecreasesToday"] == 4 and "LastDecreaseDateTime" in before
    name, text = server.error("UpdateTable", update(4))
    assert name == "LimitExceededException"
    assert text.startswith("Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day.")
    assert throughput() == before
    server.ok("UpdateTable", update(6))
    server.ok("UpdateTable", {"TableName": indexed, "ProvisionedThroughput": {"ReadCapacityUnits": 999, "WriteCapacityUnits": 1000}})


# Source: "ThrottlingReason" in the API reference; the members' names, which differ in a letter, as the SDK's model has them.
def test_reasons_of_a_table(server, table):
    read, write = ("TableReadProvisionedThroughputExceeded", arn(table)), ("TableWriteProvisionedThroughputExceeded", arn(table))
    owe_reads(server, table)
    server.ok("PutItem", put(table, "large", 290 * 1024))
    key = {"pk": {"S": "a"}}
    select, remove = (f"SELECT * FROM \"{table}\" WHERE pk = 'a'", f"DELETE FROM \"{table}\" WHERE pk = 'a'")
    for operation, body, expected in (
            ("GetItem", {"Key": key}, read), ("Scan", {}, read), ("PutItem", {"Item": key}, write),
            ("Query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}, read),
            ("UpdateItem", {"Key": key}, write), ("DeleteItem", {"Key": key}, write)):
        assert reasons(server, operation, {"TableName": table, **body}) == [expected], operation
    assert reasons(server, "ExecuteStatement", {"Statement": select}) == [read]
    assert reasons(server, "ExecuteStatement", {"Statement": remove}) == [write]
    # One of each, however many items were refused.
    assert reasons(server, "BatchGetItem", {"RequestItems": {table: {"Keys": [key, {"pk": {"S": "b"}}]}}}) == [read]
    assert reasons(server, "BatchWriteItem", {"RequestItems": {table: [
        {"DeleteRequest": {"Key": key}}, {"DeleteRequest": {"Key": {"pk": {"S": "b"}}}}]}}) == [write]
    # The model of a canceled transaction's reasons has none.
    _, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": table, "Key": key}}]})
    assert reply.keys() == {"__type", "Message", "CancellationReasons"} and reply["CancellationReasons"] == [REASON]


def test_reasons_of_a_global_index(server, indexed):
    server.ok("PutItem", indexed_put(indexed, "a", 290 * 1024, g="x"))
    server.ok("DeleteItem", {"TableName": indexed, "Key": {"pk": {"S": "p"}, "sk": {"S": "a"}}})
    assert reasons(server, "PutItem", indexed_put(indexed, "b", 200)) == [
        ("IndexWriteProvisionedThroughputExceeded", arn(indexed, "global"))]
