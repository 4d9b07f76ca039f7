"""What an index that is being made or removed allows and what it refuses, while its back-fill is held for as long as it takes to
look at it. Texts are AWS's, as public measurements of the service quote them; `own`: could not be confirmed.
"""
import os

import pytest

from eventually import eventually
from index_rows import ALL, VALIDATION, definitions, index, keys

IN_USE = "ResourceInUseException"
STILL = "Attempt to change a resource which is still in use: "
LIMIT = ("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
BACKFILLING = "Cannot read from backfilling global secondary index: late"
ITEMS = 600  # more than a step of the back-fill takes


@pytest.fixture
def held(own_server, tmp_path):
    """A server that stands still in the middle of the first back-fill, until release()."""
    pipe = tmp_path / "held"
    os.mkfifo(pipe)
    own_server.environment = {"MILLRACE_FAULT": f"backfill.step:1@{pipe}"}
    own_server.start()

    def stands_there():
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody waits yet
            return False
        return True

    def release():
        assert eventually(60, stands_there)
    own_server.release = release
    return own_server


def make(server, name, **more):
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("pg"),
                              "KeySchema": keys("p"), "GlobalSecondaryIndexes": [index("g", name="there")], **more})
    for start in range(0, ITEMS, 25):
        server.ok("BatchWriteItem", {"RequestItems": {name: [
            {"PutRequest": {"Item": {"p": {"S": f"{n:04}"}, "g": {"S": f"g{n % 7}"}, "h": {"N": str(n % 5)}}}}
            for n in range(start, start + 25)]}})


def change(name, *actions, attributes="g", kind="S", **more):
    return {"TableName": name, "AttributeDefinitions": definitions(attributes, kind), "GlobalSecondaryIndexUpdates": list(actions), **more}


def create(*pairs, name="late"):
    return {"Create": {**index(*pairs, name=name)}}


def delete(name):
    return {"Delete": {"IndexName": name}}


def described(server, name):
    table = server.ok("DescribeTable", {"TableName": name})["Table"]
    return table["TableStatus"], {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", [])}


def is_active(server, name, which="late"):
    found = described(server, name)[1].get(which)
    return found is not None and found["IndexStatus"] == "ACTIVE"


def entries(server, table, name="late"):
    found = []
    start = {}
    while True:
        page = server.ok("Scan", {"TableName": table, "IndexName": name, **start})
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def test_while_an_index_is_filled(held):
    make(held, "filling")
    made = held.ok("UpdateTable", change("filling", create("g")))["TableDescription"]
    # In the reply its resources are still to be had; there is nothing to wait for here, so it is being filled by the next request.
    assert made["TableStatus"] == "UPDATING" and made["GlobalSecondaryIndexes"][1]["Backfilling"] is False
    status, indexes = described(held, "filling")
    assert status == "ACTIVE"
    assert (indexes["late"]["IndexStatus"], indexes["late"]["Backfilling"]) == ("CREATING", True)
    assert "WarmThroughput" not in indexes["late"]
    assert indexes["there"]["IndexStatus"] == "ACTIVE" and "Backfilling" not in indexes["there"]

    query = {"TableName": "filling", "IndexName": "late", "KeyConditionExpression": "g = :g",
             "ExpressionAttributeValues": {":g": {"S": "g1"}}}
    assert held.error("Query", query) == (VALIDATION, BACKFILLING)
    assert held.error("Scan", {"TableName": "filling", "IndexName": "late"}) == (VALIDATION, BACKFILLING)
    # own: of a statement
    assert held.error("ExecuteStatement", {"Statement": "SELECT * FROM \"filling\".\"late\" WHERE g = 'g1'"}) == (VALIDATION, BACKFILLING)

    assert held.error("DeleteTable", {"TableName": "filling"}) == (
        IN_USE, STILL + "Cannot delete table while indexes are being created, updated, or deleted.")
    assert held.error("UpdateTable", change("filling", create("g", name="another"))) == LIMIT
    assert held.error("UpdateTable", change("filling", delete("there"))) == LIMIT
    assert held.error("UpdateTable", change("filling", create("g"))) == (VALIDATION, "Attempting to create an index which already exists")

    # What the service takes in that phase: other indexes, protection, time to live, tags, a stream; and items.
    held.ok("UpdateTable", change("filling", {"Update": {"IndexName": "there", "OnDemandThroughput": {"MaxReadRequestUnits": 5}}}))
    held.ok("UpdateTable", {"TableName": "filling", "DeletionProtectionEnabled": True})
    held.ok("UpdateTable", {"TableName": "filling", "DeletionProtectionEnabled": False})
    held.ok("UpdateTimeToLive", {"TableName": "filling", "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True}})
    # The items that were there before are taken up after the index.
    assert held.ok("DescribeTimeToLive", {"TableName": "filling"})["TimeToLiveDescription"] == {
        "AttributeName": "ends", "TimeToLiveStatus": "ENABLING"}
    held.ok("TagResource", {"ResourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/filling", "Tags": [{"Key": "k", "Value": "v"}]})
    held.ok("PutItem", {"TableName": "filling", "Item": {"p": {"S": "new"}, "g": {"S": "g1"}}})
    assert described(held, "filling")[1]["late"]["IndexStatus"] == "CREATING"

    held.release()
    assert eventually(60, lambda: is_active(held, "filling"))
    assert len(entries(held, "filling")) == ITEMS + 1
    assert "Backfilling" not in described(held, "filling")[1]["late"]
    assert eventually(60, lambda: held.ok("DescribeTimeToLive", {"TableName": "filling"})["TimeToLiveDescription"]["TimeToLiveStatus"]
                      == "ENABLED")
    held.ok("DeleteTable", {"TableName": "filling"})


def test_units_of_a_table_while_an_index_is_filled(held):
    """The service takes them once the index is being filled."""
    units = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
    make(held, "units", BillingMode="PROVISIONED", ProvisionedThroughput=units,
         GlobalSecondaryIndexes=[{**index("g", name="there"), "ProvisionedThroughput": units}])
    held.ok("UpdateTable", change("units", {"Create": {**index("g", name="late"), "ProvisionedThroughput": units}}))
    held.ok("UpdateTable", {"TableName": "units", "ProvisionedThroughput": {**units, "ReadCapacityUnits": 1001}})
    assert described(held, "units")[1]["late"]["IndexStatus"] == "CREATING"
    held.release()
    assert eventually(60, lambda: is_active(held, "units"))


def test_an_index_that_is_being_filled_can_be_removed_and_made_anew_with_another_key(held):
    make(held, "again")
    held.ok("UpdateTable", change("again", create("g")))
    gone = held.ok("UpdateTable", change("again", delete("late")))["TableDescription"]
    assert gone["TableStatus"] == "UPDATING"
    # Its attribute stays as long as another index has it.
    assert {each["IndexName"]: each["IndexStatus"] for each in gone["GlobalSecondaryIndexes"]} == {"there": "ACTIVE", "late": "DELETING"}
    assert list(described(held, "again")[1]) == ["there"]
    assert held.error("UpdateTable", change("again", delete("late"))) == (
        "ResourceNotFoundException", "Requested resource not found: Index late for table again")
    # Of the same name and another key, while the back-fill of the old one is still on its way out.
    held.ok("UpdateTable", change("again", create("h"), attributes="h", kind="N"))
    held.release()
    assert eventually(60, lambda: is_active(held, "again"))
    assert len(entries(held, "again")) == ITEMS
    one = held.ok("Query", {"TableName": "again", "IndexName": "late", "KeyConditionExpression": "h = :h",
                            "ExpressionAttributeValues": {":h": {"N": "3"}}, "Select": "COUNT"})
    assert one["Count"] == ITEMS // 5
    assert described(held, "again")[1]["late"]["ItemCount"] == ITEMS
    held.ok("DeleteTable", {"TableName": "again"})


def test_a_table_that_goes_takes_what_is_being_filled_for_its_time_to_live(held):
    make(held, "ends")
    held.ok("UpdateTimeToLive", {"TableName": "ends", "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True}})
    held.ok("DeleteTable", {"TableName": "ends"})
    held.release()
    make(held, "ends")
    assert held.ok("DescribeTimeToLive", {"TableName": "ends"})["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    held.ok("UpdateTable", change("ends", create("g")))
    assert eventually(60, lambda: is_active(held, "ends"))


# Items that were there before the index, and that no write would take any more. Source: "Detecting and correcting index key
# violations" in the developer guide: they are left out.
VIOLATIONS = {
    "of another type": {"N": "1"}, "a boolean": {"BOOL": True}, "null": {"NULL": True}, "empty": {"S": ""},
    "too long": {"S": "x" * 2049}, "a set": {"SS": ["a"]}, "a list": {"L": [{"S": "a"}]}, "binary": {"B": "YQ=="}}


def test_what_cannot_be_a_key_is_left_out(server):
    name = "violations"
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("p"),
                              "KeySchema": keys("p")})
    for label, value in VIOLATIONS.items():
        server.ok("PutItem", {"TableName": name, "Item": {"p": {"S": label}, "g": value}})
    fits = {"longest": {"S": "x" * 2048}, "good": {"S": "g"}}
    for label, value in fits.items():
        server.ok("PutItem", {"TableName": name, "Item": {"p": {"S": label}, "g": value}})
    server.ok("PutItem", {"TableName": name, "Item": {"p": {"S": "without"}}})
    server.ok("UpdateTable", change(name, create("g")))
    assert eventually(60, lambda: is_active(server, name))
    assert {each["p"]["S"] for each in entries(server, name)} == fits.keys()
    assert described(server, name)[1]["late"]["ItemCount"] == len(fits)
    # They stay as they are, and may be changed elsewhere; once they fit they are in.
    server.ok("UpdateItem", {"TableName": name, "Key": {"p": {"S": "empty"}}, "UpdateExpression": "SET v = :v",
                             "ExpressionAttributeValues": {":v": {"S": "x"}}})
    server.ok("UpdateItem", {"TableName": name, "Key": {"p": {"S": "null"}}, "UpdateExpression": "SET g = :g",
                             "ExpressionAttributeValues": {":g": {"S": "now"}}})
    server.ok("DeleteItem", {"TableName": name, "Key": {"p": {"S": "a set"}}})
    assert {each["p"]["S"] for each in entries(server, name)} == {*fits, "null"}
    # Another index of the same name takes up what fits its own key.
    server.ok("UpdateTable", change(name, delete("late")))
    server.ok("UpdateTable", change(name, create("g"), kind="N"))
    assert eventually(60, lambda: is_active(server, name))
    assert {each["p"]["S"] for each in entries(server, name)} == {"of another type"}
    server.ok("DeleteTable", {"TableName": name})


def test_one_index_comes_or_goes_at_a_time(server):
    name = "one-at-a-time"
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("pg"),
                              "KeySchema": keys("p"), "GlobalSecondaryIndexes": [index("g", name="one"), index("g", name="two")]})
    for actions in ([create("g", name="abc"), create("g", name="abd")], [create("g", name="abc"), delete("one")],
                    [delete("one"), delete("two")]):
        assert server.error("UpdateTable", change(name, *actions)) == LIMIT
    bounds = {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
    server.ok("UpdateTable", change(name, {"Update": {"IndexName": "one", **bounds}}, {"Update": {"IndexName": "two", **bounds}}))
    server.ok("UpdateTable", change(name, delete("one"), {"Update": {"IndexName": "two", **bounds}}))
    assert list(described(server, name)[1]) == ["two"]
    server.ok("DeleteTable", {"TableName": name})


def many(count, **projection):
    return [index("g", name=f"index-{n}", projection=projection or ALL) for n in range(count)]


def test_a_request_defines_the_keys_of_its_new_index(server):
    """AttributeDefinitions "must include the key element(s) of the new index" (UpdateTable), though the table knows them."""
    name = "defines"
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("pg"),
                              "KeySchema": keys("p"), "GlobalSecondaryIndexes": many(1)})
    assert server.error("UpdateTable", change(name, create("g"), attributes="x")) == (
        "ValidationException", "One or more parameter values were invalid: Some index key attributes are not defined in "
                               "AttributeDefinitions. Keys: [g], AttributeDefinitions: [x]")
    server.ok("UpdateTable", change(name, create("g"), kind="N"))  # what the table knows keeps its type
    assert eventually(60, lambda: is_active(server, name, "late"))
    assert server.ok("DescribeTable", {"TableName": name})["Table"]["AttributeDefinitions"] == definitions("gp")
    server.ok("DeleteTable", {"TableName": name})


def test_a_table_has_twenty_global_indexes_at_most(server):
    name = "twenty"
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("pg"),
                              "KeySchema": keys("p"), "GlobalSecondaryIndexes": many(19)})
    server.ok("UpdateTable", change(name, create("g", name="twentieth")))
    assert eventually(60, lambda: is_active(server, name, "twentieth"))
    assert server.error("UpdateTable", change(name, create("g", name="one-more"))) == (
        "LimitExceededException", "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20")
    server.ok("UpdateTable", change(name, delete("index-0")))
    server.ok("UpdateTable", change(name, create("g", name="one-more")))
    assert eventually(60, lambda: is_active(server, name, "one-more"))
    server.ok("DeleteTable", {"TableName": name})
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("pg"),
                              "KeySchema": keys("p"), "GlobalSecondaryIndexes": many(20)})
    server.ok("DeleteTable", {"TableName": name})


def test_a_table_has_five_local_indexes_at_most(server):
    name = "five"
    request = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("psg"), "KeySchema": keys("p", "s"),
               "LocalSecondaryIndexes": [index("p", "g", name=f"index-{n}") for n in range(5)]}
    server.ok("CreateTable", request)
    assert len(server.ok("DescribeTable", {"TableName": name})["Table"]["LocalSecondaryIndexes"]) == 5
    server.ok("DeleteTable", {"TableName": name})


def test_indexes_project_a_hundred_attributes_at_most(server):
    """Over all of a table's indexes, an attribute counted for each; the text is own."""
    name = "hundred"
    twenty = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"attribute{n}" for n in range(20)]}
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("psg"),
                              "KeySchema": keys("p", "s"), "GlobalSecondaryIndexes": many(4, **twenty),
                              "LocalSecondaryIndexes": [index("p", "g", name="local", projection={
                                  "ProjectionType": "INCLUDE", "NonKeyAttributes": twenty["NonKeyAttributes"][:19]})]})

    def one_more(count):
        return change(name, {"Create": index("g", name=f"with-{count}", projection={
            "ProjectionType": "INCLUDE", "NonKeyAttributes": twenty["NonKeyAttributes"][:count]})})
    code, text = server.error("UpdateTable", one_more(2))
    assert code == VALIDATION and text.endswith("exceeds the limit of 100")
    server.ok("UpdateTable", one_more(1))
    assert eventually(60, lambda: is_active(server, name, "with-1"))
    server.ok("DeleteTable", {"TableName": name})


def test_sizes_and_counts_follow_each_write(server):
    """In bytes of items; the 100 more that storage is billed with are not used by DescribeTable, as its section in the developer guide
    says."""
    name = "sizes"
    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("psgl"),
                              "KeySchema": keys("p", "s"),
                              "GlobalSecondaryIndexes": [index("g", name="keys", projection={"ProjectionType": "KEYS_ONLY"})],
                              "LocalSecondaryIndexes": [index("p", "l", name="everything")]})

    def seen():
        table = server.ok("DescribeTable", {"TableName": name})["Table"]
        [own], [local] = table["GlobalSecondaryIndexes"], table["LocalSecondaryIndexes"]
        return [(table["ItemCount"], table["TableSizeBytes"])] + [(each["ItemCount"], each["IndexSizeBytes"]) for each in (own, local)]

    def put(sort, **more):
        server.ok("PutItem", {"TableName": name, "Item": {"p": {"S": "a"}, "s": {"S": sort},
                                                          **{attribute: {"S": value} for attribute, value in more.items()}}})
    put("1", v="xyz")
    assert seen() == [(1, 8), (0, 0), (0, 0)]
    put("1", v="xyz", g="gg")
    assert seen() == [(1, 11), (1, 7), (0, 0)]
    put("2", g="g", l="l")
    assert seen() == [(2, 19), (2, 13), (1, 8)]
    put("2", g="g", l="longer")
    assert seen() == [(2, 24), (2, 13), (1, 13)]
    server.ok("DeleteItem", {"TableName": name, "Key": {"p": {"S": "a"}, "s": {"S": "1"}}})
    assert seen() == [(1, 13), (1, 6), (1, 13)]
    server.ok("DeleteTable", {"TableName": name})
