"""Secondary indexes: made with the table and later, read by every kind of page, kept by every kind of write."""
import random
import threading

import pytest

from eventually import eventually
from index_rows import ALL, CREATE_TABLE, READS, UPDATES, definitions, include, index, keys

VALIDATION = "ValidationException"
KEYS_ONLY = {"ProjectionType": "KEYS_ONLY"}


@pytest.mark.parametrize("body, text", CREATE_TABLE, ids=range(len(CREATE_TABLE)))
def test_definitions_that_are_refused(server, body, text):
    assert server.error("CreateTable", body) == (VALIDATION, text)


@pytest.fixture(scope="module")
def indexed(shared_server):
    """pk, sk; "global" of g and n with keys alone; "local" of n with keys alone; 20 items, two of them without g."""
    shared_server.ok("CreateTable", {
        "TableName": "indexed", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": definitions(["pk", "sk", "g"]) + definitions("n", "N"), "KeySchema": keys("pk", "sk"),
        "GlobalSecondaryIndexes": [index("g", "n", name="global", projection=KEYS_ONLY)],
        "LocalSecondaryIndexes": [index("pk", "n", name="local", projection=KEYS_ONLY)]})
    for n in range(20):
        item = {"pk": {"S": f"p{n % 2}"}, "sk": {"S": f"s{n:02}"}, "n": {"N": str(20 - n)}, "v": {"S": f"v{n}"}}
        if n < 18:
            item["g"] = {"S": "x" if n % 3 else "y"}
        shared_server.ok("PutItem", {"TableName": "indexed", "Item": item})
    return "indexed"


@pytest.mark.parametrize("operation, body, text", READS, ids=range(len(READS)))
def test_reads_that_are_refused(server, indexed, operation, body, text):
    if "KeyConditionExpression" in body:
        body = {**body, "ExpressionAttributeValues": {":g": {"S": "x"}}}
    assert server.error(operation, {"TableName": indexed, **body}) == (VALIDATION, text)


@pytest.mark.parametrize("updates, text", UPDATES, ids=range(len(UPDATES)))
def test_updates_that_are_refused(server, indexed, updates, text):
    assert server.error("UpdateTable", {"TableName": indexed, "GlobalSecondaryIndexUpdates": updates}) == (VALIDATION, text)


def read_all(server, operation, body):
    items, pages = [], 0
    while True:
        reply = server.ok(operation, body)
        items += reply["Items"]
        pages += 1
        if "LastEvaluatedKey" not in reply:
            return items, pages
        body = {**body, "ExclusiveStartKey": reply["LastEvaluatedKey"]}


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 5, 100])
def test_query_of_a_global_index(server, indexed, forward, limit):
    items, _ = read_all(server, "Query", {
        "TableName": indexed, "IndexName": "global", "KeyConditionExpression": "g = :g AND n > :n",
        "ExpressionAttributeValues": {":g": {"S": "x"}, ":n": {"N": "5"}}, "ScanIndexForward": forward, "Limit": limit})
    expected = sorted(20 - n for n in range(18) if n % 3 and 20 - n > 5)
    assert [int(item["n"]["N"]) for item in items] == (expected if forward else expected[::-1])
    assert all(set(item) == {"pk", "sk", "g", "n"} for item in items)


def test_last_evaluated_keys_have_both_keys(server, indexed):
    reply = server.ok("Scan", {"TableName": indexed, "IndexName": "global", "Limit": 1})
    assert set(reply["LastEvaluatedKey"]) == {"pk", "sk", "g", "n"}
    reply = server.ok("Scan", {"TableName": indexed, "IndexName": "local", "Limit": 1})
    assert set(reply["LastEvaluatedKey"]) == {"pk", "sk", "n"}


def test_scans_of_indexes_in_segments(server, indexed):
    found = []
    for segment in range(3):
        items, _ = read_all(server, "Scan", {"TableName": indexed, "IndexName": "global", "Limit": 2, "Segment": segment,
                                             "TotalSegments": 3})
        found += items
    assert sorted(item["sk"]["S"] for item in found) == [f"s{n:02}" for n in range(18)]


def test_limit_comes_before_the_filter(server, indexed):
    reply = server.ok("Query", {"TableName": indexed, "IndexName": "global", "KeyConditionExpression": "g = :g", "Limit": 3,
                                "FilterExpression": "pk = :p",
                                "ExpressionAttributeValues": {":g": {"S": "x"}, ":p": {"S": "nobody"}}})
    assert (reply["Count"], reply["ScannedCount"]) == (0, 3)


@pytest.mark.parametrize("more, attributes", [
    ({}, {"pk", "sk", "n"}),
    ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, {"pk", "sk", "n"}),
    ({"Select": "ALL_ATTRIBUTES"}, {"pk", "sk", "n", "v", "g"}),
    ({"ProjectionExpression": "v, n"}, {"v", "n"}),
    ({"ConsistentRead": True}, {"pk", "sk", "n"}),
])
def test_a_local_index_fetches_what_it_lacks(server, indexed, more, attributes):
    reply = server.ok("Query", {"TableName": indexed, "IndexName": "local", "KeyConditionExpression": "pk = :p AND n > :n",
                                "ExpressionAttributeValues": {":p": {"S": "p1"}, ":n": {"N": "10"}}, **more})
    assert [set(item) for item in reply["Items"]] == [attributes] * 5
    assert [int(item["n"]["N"]) for item in reply["Items"]] == [11, 13, 15, 17, 19]


@pytest.mark.parametrize("index_name, hash_name", [("local", "pk"), ("global", "g")])
@pytest.mark.parametrize("more", [{}, {"Select": "COUNT"}, {"ProjectionExpression": "n"}])
def test_a_filter_of_a_query_needs_what_is_projected(server, indexed, index_name, hash_name, more):
    """As users of the service quote it (dynamodb-onetable #377, dynamodb-toolbox #1195), whatever the kind of index."""
    query = {"TableName": indexed, "IndexName": index_name, **more}
    condition = {"KeyConditionExpression": f"{hash_name} = :p", "ExpressionAttributeValues": {":p": {"S": "p1"}, ":v": {"S": "v3"}}}
    text = f"One or more parameter values were invalid: Secondary index {index_name} does not project one or more filter attributes: "
    assert server.error("Query", {**query, **condition, "FilterExpression": "w.x = :v OR v = :v"}) == (VALIDATION, text + "[v, w]")
    if "ProjectionExpression" not in more:
        comparison = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p1"}]}
        assert server.error("Query", {**query, "KeyConditions": {hash_name: comparison}, "QueryFilter": {"v": comparison}}) == (
            VALIDATION, text + "[v]")


@pytest.mark.parametrize("index_name", ["local", "global"])
def test_a_filter_of_a_scan_misses_what_is_not_projected(server, indexed, index_name):
    scan = {"TableName": indexed, "IndexName": index_name, "FilterExpression": "attribute_exists(v)"}
    reply = server.ok("Scan", scan)
    assert reply["Count"] == 0 and reply["ScannedCount"] in (18, 20)
    reply = server.ok("Scan", {**scan, "FilterExpression": "attribute_not_exists(v) AND n > :n", "ExpressionAttributeValues": {
        ":n": {"N": "15"}}})
    assert reply["Items"] and not any("v" in item for item in reply["Items"])


SCALARS = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: n"


@pytest.mark.parametrize("operation, body", [
    ("GetItem", {"ProjectionExpression": "v, n.x"}), ("UpdateItem", {"UpdateExpression": "SET n.x = v"}),
    ("UpdateItem", {"UpdateExpression": "REMOVE n[0]"}), ("UpdateItem", {"UpdateExpression": "SET v = if_not_exists(n.x, v)"}),
    ("DeleteItem", {"ConditionExpression": "attribute_exists(n.x)"}),
    ("Query", {"KeyConditionExpression": "pk = :p", "ProjectionExpression": "n[1]"}),
    ("Query", {"KeyConditionExpression": "pk = :p", "FilterExpression": "size(n.x) = v"}),
    ("Scan", {"FilterExpression": "n[1] = v"}), ("Scan", {"ProjectionExpression": "n.v"}),
])
def test_keys_of_indexes_have_no_parts(server, indexed, operation, body):
    """The service's text for projections, filters and updates in architect/dynalite; of conditions, DynamoDB Local's."""
    request = {"TableName": indexed, **body}
    if operation in ("GetItem", "UpdateItem", "DeleteItem"):
        request["Key"] = {"pk": {"S": "p1"}, "sk": {"S": "s03"}}
    if operation == "Query":
        request["ExpressionAttributeValues"] = {":p": {"S": "p1"}}
    assert server.error(operation, request) == (VALIDATION, SCALARS)


def test_capacity_of_reads(server, indexed):
    query = {"TableName": indexed, "KeyConditionExpression": "pk = :p", "ReturnConsumedCapacity": "INDEXES",
             "ExpressionAttributeValues": {":p": {"S": "p1"}}, "IndexName": "local"}
    assert server.ok("Query", query)["ConsumedCapacity"] == {
        "TableName": indexed, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 0.5}}}
    assert server.ok("Query", {**query, "Select": "ALL_ATTRIBUTES"})["ConsumedCapacity"]["CapacityUnits"] == 0.5 + 10 * 0.5
    assert server.ok("Scan", {"TableName": indexed, "IndexName": "global", "ReturnConsumedCapacity": "TOTAL"})[
        "ConsumedCapacity"] == {"TableName": indexed, "CapacityUnits": 0.5}


def test_description(server, indexed):
    described = server.ok("DescribeTable", {"TableName": indexed})["Table"]
    assert [d["AttributeName"] for d in described["AttributeDefinitions"]] == ["g", "n", "pk", "sk"]
    [found] = described["GlobalSecondaryIndexes"]
    assert found["IndexName"] == "global" and found["IndexStatus"] == "ACTIVE" and "Backfilling" not in found
    assert found["KeySchema"] == keys("g", "n") and found["Projection"] == KEYS_ONLY
    assert found["ItemCount"] == 18 and found["IndexSizeBytes"] > 18 * 10
    assert found["IndexArn"].endswith(":table/indexed/index/global")
    assert found["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    [local] = described["LocalSecondaryIndexes"]
    assert local["ItemCount"] == 20 and "IndexStatus" not in local


MISMATCH = "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: global"
EMPTY = ("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
         "AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: g")


@pytest.mark.parametrize("value, text", [({"N": "1"}, MISMATCH), ({"S": ""}, EMPTY)])
def test_writes_of_wrong_index_keys(server, indexed, value, text):
    item = {"pk": {"S": "wrong"}, "sk": {"S": "s"}, "g": value}
    fine = {"pk": {"S": "fine"}, "sk": {"S": "s"}}
    assert server.error("PutItem", {"TableName": indexed, "Item": item}) == (VALIDATION, text)
    puts = [{"PutRequest": {"Item": each}} for each in (fine, item)]
    assert server.error("BatchWriteItem", {"RequestItems": {indexed: puts}}) == (VALIDATION, text)
    for key in (fine, item):
        reply = server.ok("GetItem", {"TableName": indexed, "Key": {name: key[name] for name in ("pk", "sk")}})
        assert "Item" not in reply


# Source: paritysuite/dynamodb-conformance, error-messages/transactIndexKeys.test.ts, which every region passes.
CANCELED = "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]"
UPDATED_TO_EMPTY = ("One or more parameter values are not valid. The update expression attempted to update a secondary index key to "
                    "a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.")


@pytest.mark.parametrize("value, reason", [
    ({"N": "1"}, MISMATCH), ({"L": [{"S": "x"}]}, MISMATCH.replace("Actual: N", "Actual: L")), ({"S": ""}, None)])
def test_updates_of_index_keys_in_transactions(server, indexed, value, reason):
    key = {"pk": {"S": "wrong"}, "sk": {"S": "s"}}
    update = {"TableName": indexed, "Key": key, "UpdateExpression": "SET x = :v, g = :v", "ExpressionAttributeValues": {":v": value}}
    status, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Update": update}]})
    assert status == 400
    if reason is None:
        assert (reply["__type"].split("#")[1], reply["message"]) == (VALIDATION, UPDATED_TO_EMPTY)
    else:
        assert (reply["Message"], reply["CancellationReasons"]) == (CANCELED, [{"Code": "ValidationError", "Message": reason}])
    assert "Item" not in server.ok("GetItem", {"TableName": indexed, "Key": key})
    # What is worked out from the item is not known before: the reason has a single update's text. Not confirmed.
    server.ok("PutItem", {"TableName": indexed, "Item": {**key, "x": value}})
    update = {"TableName": indexed, "Key": key, "UpdateExpression": "SET g = x"}
    _, text = server.error("UpdateItem", update)
    _, _, reply = server.call("TransactWriteItems", {"TransactItems": [{"Update": update}]})
    assert reply["CancellationReasons"] == [{"Code": "ValidationError", "Message": text}]
    server.ok("DeleteItem", {"TableName": indexed, "Key": key})


def test_keys_of_several_attributes(server):
    """AWS's feature of 2025: botocore of 2022 doesn't know it."""
    schema = keys("game:HASH", "region:HASH", "round:RANGE", "score:RANGE")
    server.ok("CreateTable", {
        "TableName": "games", "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys("id"),
        "AttributeDefinitions": definitions(["id", "game", "region", "round"]) + definitions(["score"], "N"),
        "GlobalSecondaryIndexes": [{"IndexName": "by-game", "KeySchema": schema, "Projection": include("extra")}]})
    described = server.ok("DescribeTable", {"TableName": "games"})["Table"]["GlobalSecondaryIndexes"][0]
    assert described["KeySchema"] == schema and described["Projection"] == include("extra")
    for n in range(12):
        server.ok("PutItem", {"TableName": "games", "Item": {
            "id": {"S": str(n)}, "game": {"S": "chess"}, "region": {"S": "eu" if n % 2 else "us"},
            "round": {"S": "final" if n > 5 else "semi"}, "score": {"N": str(n)}, "extra": {"S": "e"}, "other": {"S": "o"}}})
    values = {":g": {"S": "chess"}, ":r": {"S": "eu"}, ":f": {"S": "final"}, ":s": {"N": "8"}}

    def query(condition, **more):
        used = {name: value for name, value in values.items() if name in condition}
        return {"TableName": "games", "IndexName": "by-game", "KeyConditionExpression": condition,
                "ExpressionAttributeNames": {"#r": "region"} if "#r" in condition else None,
                "ExpressionAttributeValues": used, **more}

    def ids(condition, **more):
        return [int(item["id"]["S"]) for item in read_all(server, "Query", query(condition, **more))[0]]

    everything = "game = :g AND #r = :r"
    assert ids(everything) == [7, 9, 11, 1, 3, 5]
    assert ids(everything, Limit=2) == [7, 9, 11, 1, 3, 5]
    assert ids(everything, Limit=1, ScanIndexForward=False) == [5, 3, 1, 11, 9, 7]
    assert ids(everything + " AND round = :f") == [7, 9, 11]
    assert ids(everything + " AND round = :f AND score > :s") == [9, 11]
    assert ids(everything + " AND begins_with(round, :f)") == [7, 9, 11]
    reply = server.ok("Query", query(everything, Limit=1))
    assert set(reply["LastEvaluatedKey"]) == {"id", "game", "region", "round", "score"}
    assert set(reply["Items"][0]) == {"id", "game", "region", "round", "score", "extra"}
    assert server.error("Query", query("game = :g")) == (VALIDATION, "Query condition missed key schema element: region")
    # Recorded: paritysuite/dynamodb-conformance, tier1/query/multiAttributeGsiKey.
    unequal = ("RANGE key attributes round must have equality conditions specified in the query because a condition is present on "
               "key attribute score")
    assert server.error("Query", query(everything + " AND score > :s")) == (
        VALIDATION, unequal)
    assert server.error("Query", query(everything + " AND round > :f AND score > :s")) == (
        VALIDATION, unequal)
    server.ok("DeleteTable", {"TableName": "games"})


def make_plain(server, name, count):
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions(["pk"]),
                              "KeySchema": keys("pk")})
    for start in range(0, count, 25):
        server.ok("BatchWriteItem", {"RequestItems": {name: [
            {"PutRequest": {"Item": {"pk": {"S": f"{n:05}"}, "g": {"S": f"g{n % 7}"}, "v": {"S": "v" * 50}}}}
            for n in range(start, min(start + 25, count))]}})


def create_index(server, table, name="late", projection=None):
    return server.ok("UpdateTable", {
        "TableName": table, "AttributeDefinitions": definitions(["g"]),
        "GlobalSecondaryIndexUpdates": [{"Create": index("g", name=name, projection=projection or ALL)}]})["TableDescription"]


def index_of(server, table, name="late"):
    described = server.ok("DescribeTable", {"TableName": table})["Table"]
    return next((each for each in described.get("GlobalSecondaryIndexes", []) if each["IndexName"] == name), None)


def is_active(server, table):
    found = index_of(server, table)
    return found is not None and found["IndexStatus"] == "ACTIVE"


def assert_complete(server, table):
    items, _ = read_all(server, "Scan", {"TableName": table})
    entries, _ = read_all(server, "Scan", {"TableName": table, "IndexName": "late"})

    def order(item):
        return item["pk"]["S"]
    assert sorted(entries, key=order) == sorted((item for item in items if "g" in item), key=order)
    assert index_of(server, table)["ItemCount"] == len(entries)


def test_an_index_of_a_table_that_is_being_written_to(server):
    make_plain(server, "busy", 1000)
    stop = threading.Event()
    failures = []

    def write(seed):
        numbers = random.Random(seed)
        while not stop.is_set():
            key = {"pk": {"S": f"{numbers.randrange(1200):05}"}}
            status, _, reply = (server.call("DeleteItem", {"TableName": "busy", "Key": key}) if numbers.random() < 0.3 else
                                server.call("PutItem", {"TableName": "busy", "Item": {**key, "g": {"S": f"g{numbers.randrange(9)}"}}}))
            if status != 200:
                failures.append(reply)
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    for writer in writers:
        writer.start()
    described = create_index(server, "busy")
    assert eventually(60, lambda: is_active(server, "busy"))
    stop.set()
    for writer in writers:
        writer.join()
    assert not failures
    assert described["TableStatus"] == "UPDATING"
    [shown] = described["GlobalSecondaryIndexes"]
    assert (shown["IndexStatus"], shown["Backfilling"]) == ("CREATING", False)
    assert_complete(server, "busy")
    server.ok("DeleteTable", {"TableName": "busy"})


def test_a_killed_server_goes_on_with_a_back_fill(own_server):
    for fault in ("backfill.step:2", "backfill.flushed:1"):
        table = "t" + fault[9:13]
        own_server.environment = {}
        own_server.start()
        make_plain(own_server, table, 1000)
        own_server.stop()
        own_server.environment = {"MILLRACE_FAULT": fault}
        own_server.start()
        create_index(own_server, table)
        own_server.process.wait(30)
        own_server.kill()
        own_server.environment = {}
        own_server.start()
        assert eventually(60, lambda: is_active(own_server, table))
        assert_complete(own_server, table)
        own_server.stop()


def test_deletion_of_an_index(server):
    make_plain(server, "shrinks", 100)
    create_index(server, "shrinks")
    assert eventually(60, lambda: is_active(server, "shrinks"))
    described = server.ok("UpdateTable", {"TableName": "shrinks", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "late"}}]})
    assert described["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    after = server.ok("DescribeTable", {"TableName": "shrinks"})["Table"]
    assert "GlobalSecondaryIndexes" not in after
    assert [d["AttributeName"] for d in after["AttributeDefinitions"]] == ["pk"]
    assert server.error("UpdateTable", {"TableName": "shrinks", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "late"}}]}) == (
        "ResourceNotFoundException", "Requested resource not found: Index late for table shrinks")
    create_index(server, "shrinks", projection=KEYS_ONLY)
    assert eventually(60, lambda: is_active(server, "shrinks"))
    server.ok("DeleteTable", {"TableName": "shrinks"})


def test_provisioned_indexes(server):
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    server.ok("CreateTable", {
        "TableName": "provisioned", "ProvisionedThroughput": units, "AttributeDefinitions": definitions(["pk", "g"]),
        "KeySchema": keys("pk"), "GlobalSecondaryIndexes": [{**index("g"), "ProvisionedThroughput": units}]})

    def update(read):
        return {"TableName": "provisioned", "GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": "abc", "ProvisionedThroughput": {**units, "ReadCapacityUnits": read}}}]}
    assert server.error("UpdateTable", update(2))[1].startswith(
        "The provisioned throughput for the index abc will not change. The requested value equals the current value. Current "
        "ReadCapacityUnits provisioned for index abc: 2. Requested ReadCapacityUnits: 2.")
    updated = server.ok("UpdateTable", update(5))["TableDescription"]
    # Recorded from the service: the table itself is not being updated.
    assert (updated["TableStatus"], updated["GlobalSecondaryIndexes"][0]["IndexStatus"]) == ("ACTIVE", "UPDATING")
    assert index_of(server, "provisioned", "abc")["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    server.ok("DeleteTable", {"TableName": "provisioned"})


def test_capacity_of_writes(server, indexed):
    def write(operation, body):
        return server.ok(operation, {"TableName": indexed, "ReturnConsumedCapacity": "INDEXES", **body})["ConsumedCapacity"]
    key = {"pk": {"S": "capacity"}, "sk": {"S": "s"}}
    item = {**key, "g": {"S": "cap"}, "n": {"N": "1"}}
    made = {"Table": {"CapacityUnits": 1.0}, "LocalSecondaryIndexes": {"local": {"CapacityUnits": 1.0}},
            "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 1.0}}}
    assert write("PutItem", {"Item": item}) == {"TableName": indexed, "CapacityUnits": 3.0, **made}
    # What isn't projected costs an index nothing; a changed key costs a removal and a new entry.
    assert write("PutItem", {"Item": {**item, "v": {"S": "x"}}}) == {
        "TableName": indexed, "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}
    moved = write("PutItem", {"Item": {**item, "g": {"S": "cap2"}}})
    assert moved["CapacityUnits"] == 3.0 and moved["GlobalSecondaryIndexes"] == {"global": {"CapacityUnits": 2.0}}
    assert write("DeleteItem", {"Key": key})["CapacityUnits"] == 3.0


def test_capacity_and_collections_of_batches(server, indexed):
    def put(pk, g):
        return {"PutRequest": {"Item": {"pk": {"S": pk}, "sk": {"S": "s"}, "n": {"N": "1"}, "g": {"S": g}}}}
    reply = server.ok("BatchWriteItem", {"RequestItems": {indexed: [put("batch1", "a"), put("batch2", "a")]},
                                         "ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE"})
    assert reply["ConsumedCapacity"] == [{
        "TableName": indexed, "CapacityUnits": 6.0, "Table": {"CapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 2.0}}, "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 2.0}}}]
    assert reply["ItemCollectionMetrics"] == {indexed: [
        {"ItemCollectionKey": {"pk": {"S": pk}}, "SizeEstimateRangeGB": [0.0, 1.0]} for pk in ("batch1", "batch2")]}


def test_collections_of_transactions(server, indexed, make_table):
    """ItemCollectionMetrics of TransactWriteItems: a list for each table, of what its puts, updates and deletes affected."""
    other = make_table()

    def key(pk, sk="s"):
        return {"TableName": indexed, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}
    actions = [{"Put": {"TableName": indexed, "Item": key("one")["Key"]}}, {"Put": {"TableName": other, "Item": {"pk": {"S": "a"}}}},
               {"Update": {**key("two"), "UpdateExpression": "SET v = pk",
                           "ConditionExpression": "attribute_not_exists(pk)"}}, {"Delete": key("one", "t")},
               {"ConditionCheck": {**key("three"), "ConditionExpression": "attribute_not_exists(pk)"}}]
    reply = server.ok("TransactWriteItems", {"TransactItems": actions, "ReturnItemCollectionMetrics": "SIZE"})
    assert reply == {"ItemCollectionMetrics": {indexed: [
        {"ItemCollectionKey": {"pk": {"S": pk}}, "SizeEstimateRangeGB": [0.0, 1.0]} for pk in ("one", "two")]}}
    assert server.ok("TransactWriteItems", {"TransactItems": [actions[0]], "ReturnItemCollectionMetrics": "NONE"}) == {}


def test_collections_of_single_writes(server, indexed, make_table):
    key = {"pk": {"S": "single"}, "sk": {"S": "s"}}
    request = {"TableName": indexed, "ReturnItemCollectionMetrics": "SIZE"}
    metrics = {"ItemCollectionKey": {"pk": {"S": "single"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    assert server.ok("PutItem", {**request, "Item": key}) == {"ItemCollectionMetrics": metrics}
    assert server.ok("DeleteItem", {**request, "Key": key}) == {"ItemCollectionMetrics": metrics}
    assert server.ok("PutItem", {**request, "TableName": make_table(), "Item": {"pk": {"S": "a"}}}) == {}
