"""What a global index may use of capacity: OnDemandThroughput, WarmThroughput and provisioned units, each its own.

Texts are AWS's, as public measurements of the service quote them; rows whose text could not be confirmed say `own`.
"""
import pytest

from index_rows import INVALID, VALIDATION, definitions, index, keys

LIMIT = "LimitExceededException"
INITIAL = (" is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
           "on-demand-capacity-mode.html#on-demand-capacity-mode-initial")
DECREASE = " is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
QUOTA = "Subscriber limit exceeded: Requested %s exceeds %s of the account in region us-east-1"
PER_INDEX = ("The requested %s for index abc, 40001, is above the per index maximum for the account in us-east-1. Per table "
             "maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")
ONLY_THESE = ("The only Updates for index: abc when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
              "WarmThroughput")


def units(read, write):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def bounds(read=None, write=None):
    return {"OnDemandThroughput": {name: value for name, value in (
        ("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)) if value is not None}}


def warm(read=None, write=None):
    return {"WarmThroughput": {name: value for name, value in (
        ("ReadUnitsPerSecond", read), ("WriteUnitsPerSecond", write)) if value is not None}}


def table(name, provisioned=None, **of_index):
    mode = {"BillingMode": "PAY_PER_REQUEST"}
    if provisioned:
        mode = {"ProvisionedThroughput": provisioned}
        of_index.setdefault("ProvisionedThroughput", provisioned)
    return {"TableName": name, "AttributeDefinitions": definitions("pg"), "KeySchema": keys("p"), **mode,
            "GlobalSecondaryIndexes": [{**index("g"), **of_index}]}


def update(**changes):
    return [{"Update": {"IndexName": "abc", **changes}}]


MAX = " for OnDemandThroughput for index : abc"
CREATE = [
    (None, bounds(0), VALIDATION, INVALID + "Requested MaxReadRequestUnits" + MAX + " is outside of valid range"),
    (None, bounds(-1), VALIDATION, INVALID + "Requested MaxReadRequestUnits" + MAX + " is outside of valid range"),
    (None, bounds(1, 0), VALIDATION, INVALID + "Requested MaxWriteRequestUnits" + MAX + " is outside of valid range"),
    (None, bounds(40001), LIMIT, QUOTA % ("MaxReadRequestUnits" + MAX, "TableMaxReadCapacityUnits")),
    (None, bounds(40000, 40001), LIMIT, QUOTA % ("MaxWriteRequestUnits" + MAX, "TableMaxWriteCapacityUnits")),
    # own: what follows "cannot be specified"
    (units(5, 5), bounds(1), VALIDATION, INVALID + "MaxReadRequestUnits for OnDemandThroughput for index: abc cannot be specified "
     "when table BillingMode is PROVISIONED."),
    (None, warm(11999), VALIDATION, INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for index abc" + INITIAL),
    # own: the same for writes
    (None, warm(12000, 3999), VALIDATION, INVALID + "Requested WriteUnitsPerSecond for WarmThroughput for index abc" + INITIAL),
    # own: as of the table
    (units(5, 5), warm(4), VALIDATION, INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for index abc is lower than "
     "ReadCapacityUnits of ProvisionedThroughput"),
    (None, warm(40001), LIMIT, QUOTA % ("ReadUnitsPerSecond for WarmThroughput for index abc", "TableMaxReadCapacityUnits")),
    (units(5, 5), {"ProvisionedThroughput": units(40001, 1)}, LIMIT, PER_INDEX % "ReadCapacityUnits"),
    (units(5, 5), {"ProvisionedThroughput": units(1, 40001)}, LIMIT, PER_INDEX % "WriteCapacityUnits"),
]


@pytest.mark.parametrize("provisioned, of_index, code, text", CREATE, ids=range(len(CREATE)))
def test_what_a_new_index_may_not_be_given(server, provisioned, of_index, code, text):
    assert server.error("CreateTable", table("never-made", provisioned, **of_index)) == (code, text)


# "@" is an on-demand table, "@p" one with 5 and 5 units, both with the index abc, which is like its table.
UPDATES = [
    # Before the table is looked for.
    ("no-such-table", update(**warm()), VALIDATION,
     INVALID + "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: abc"),
    ("@", update(), VALIDATION, INVALID + ONLY_THESE),
    ("@", update(**bounds()), VALIDATION, INVALID + ONLY_THESE),
    ("@", update(ProvisionedThroughput=units(1, 1)), VALIDATION, INVALID + ONLY_THESE),
    ("@", [{"Update": {"IndexName": "ghost", **bounds()}}], "ResourceNotFoundException",
     "Requested resource not found: Index ghost for table @"),
    ("@", update(**bounds(0)), VALIDATION, INVALID + "Requested MaxReadRequestUnits" + MAX + " is outside of valid range"),
    ("@", update(**bounds(-2)), VALIDATION, INVALID + "Requested MaxReadRequestUnits" + MAX + " is outside of valid range"),
    ("@", update(**bounds(40001)), LIMIT, QUOTA % ("MaxReadRequestUnits" + MAX, "TableMaxReadCapacityUnits")),
    ("@p", update(**bounds(10)), VALIDATION, INVALID + "MaxReadRequestUnits" + MAX + " cannot be specified when the table "
     "BillingMode is PROVISIONED"),
    ("@", update(**warm(100, 100)), VALIDATION, INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for index abc" + DECREASE),
    ("@", update(**warm(-1)), VALIDATION, INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for index abc" + DECREASE),
    ("@p", update(**warm(5, 4)), VALIDATION, INVALID + "Requested WriteUnitsPerSecond for WarmThroughput for index abc" + DECREASE),
    ("@", update(**warm(40001)), LIMIT,
     QUOTA % ("ReadUnitsPerSecond for WarmThroughput for index abc", "TableMaxReadCapacityUnits")),
    ("@p", update(ProvisionedThroughput=units(5, 40001)), LIMIT, PER_INDEX % "WriteCapacityUnits"),
]


@pytest.fixture(scope="module")
def tables(shared_server):
    shared_server.ok("CreateTable", table("plain-capacity"))
    shared_server.ok("CreateTable", table("provisioned-capacity", units(5, 5)))
    return {"@": "plain-capacity", "@p": "provisioned-capacity"}


@pytest.mark.parametrize("name, updates, code, text", UPDATES, ids=range(len(UPDATES)))
def test_what_an_index_may_not_be_changed_to(server, tables, name, updates, code, text):
    request = {"TableName": tables.get(name, name), "GlobalSecondaryIndexUpdates": updates}
    assert server.error("UpdateTable", request) == (code, text.replace("@", tables["@"]))


def index_in(described):
    [only] = described["GlobalSecondaryIndexes"]
    return only


def described(server, name):
    return index_in(server.ok("DescribeTable", {"TableName": name})["Table"])


def change(server, name, changes, **more):
    return server.ok("UpdateTable", {"TableName": name, "GlobalSecondaryIndexUpdates": changes, **more})["TableDescription"]


def test_bounds_of_on_demand(server):
    # An empty structure says nothing; bounds of an index are not held to the table's.
    made = server.ok("CreateTable", {**table("bounded", **bounds(), **warm()), **bounds(1000, 1000)})["TableDescription"]
    assert "OnDemandThroughput" not in index_in(made) and "WarmThroughput" not in index_in(made)
    changed = change(server, "bounded", update(**bounds(40000, 7)))
    assert (changed["TableStatus"], index_in(changed)["IndexStatus"]) == ("ACTIVE", "UPDATING")
    after = described(server, "bounded")
    assert (after["IndexStatus"], after["OnDemandThroughput"]) == ("ACTIVE", bounds(40000, 7)["OnDemandThroughput"])
    change(server, "bounded", update(**bounds(40000, 7)))  # the same again
    change(server, "bounded", update(**bounds(-1)))
    assert described(server, "bounded")["OnDemandThroughput"] == {"MaxWriteRequestUnits": 7}
    # They go with the mode.
    change(server, "bounded", update(ProvisionedThroughput=units(3, 3)), BillingMode="PROVISIONED", ProvisionedThroughput=units(1, 1))
    provisioned = described(server, "bounded")
    assert "OnDemandThroughput" not in provisioned
    assert provisioned["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    server.ok("DeleteTable", {"TableName": "bounded"})


def test_bounds_hold_an_index(server):
    """What the guide says of maximum throughput: requests beyond it are refused."""
    server.ok("CreateTable", table("held", **bounds(1, 1)))
    query = {"TableName": "held", "IndexName": "abc", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "a"}}}
    replies = (server.call("Query", query) for _ in range(1000))
    refused = next(body for status, _, body in replies if status != 200)
    assert refused["__type"].endswith("#ThrottlingException")
    assert refused["throttlingReasons"] == [{"reason": "IndexReadMaxOnDemandThroughputExceeded",
                                             "resource": "arn:aws:dynamodb:us-east-1:000000000000:table/held/index/abc"}]
    server.ok("DeleteTable", {"TableName": "held"})


def test_warm_throughput(server):
    server.ok("CreateTable", table("warm", **warm(13000)))
    assert described(server, "warm")["WarmThroughput"] == {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    change(server, "warm", update(**warm(13000, 4000)))  # the same again
    raised = change(server, "warm", update(**warm(write=4001)))
    # Recorded from the service: the old values, on their way; the index and the table are as they were.
    assert index_in(raised)["WarmThroughput"] == {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}
    assert (raised["TableStatus"], index_in(raised)["IndexStatus"]) == ("ACTIVE", "ACTIVE")
    assert described(server, "warm")["WarmThroughput"] == {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4001, "Status": "ACTIVE"}
    # As the developer guide's example has it, beside the table's own.
    change(server, "warm", update(**warm(13001)), **warm(12001, 4001))
    assert described(server, "warm")["WarmThroughput"]["ReadUnitsPerSecond"] == 13001
    assert server.error("UpdateTable", {"TableName": "warm", "GlobalSecondaryIndexUpdates": update(**bounds(5)), **warm(12002)}) == (
        VALIDATION, INVALID + "WarmThroughput must be the only operation in the request")
    server.ok("DeleteTable", {"TableName": "warm"})


def test_warm_throughput_follows_provisioned_units_and_never_drops(server):
    server.ok("CreateTable", table("follows", units(5, 5), ProvisionedThroughput=units(10, 20)))

    def seen():
        own = described(server, "follows")
        return [(own[part][read], own[part][write]) for part, read, write in (
            ("ProvisionedThroughput", "ReadCapacityUnits", "WriteCapacityUnits"),
            ("WarmThroughput", "ReadUnitsPerSecond", "WriteUnitsPerSecond"))]
    assert seen() == [(10, 20), (10, 20)]
    # Recorded from the service: the reply has the old units.
    changed = change(server, "follows", update(ProvisionedThroughput=units(1, 30)))
    assert index_in(changed)["ProvisionedThroughput"]["WriteCapacityUnits"] == 20
    assert seen() == [(1, 30), (10, 30)]
    server.ok("UpdateTable", {"TableName": "follows", "BillingMode": "PAY_PER_REQUEST"})
    assert seen() == [(0, 0), (12000, 4000)]
    # Units of an index only count as given when they are units.
    request = {"TableName": "follows", "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(5, 5)}
    assert server.error("UpdateTable", {**request, "GlobalSecondaryIndexUpdates": update(**warm(12001))}) == (
        VALIDATION, INVALID + "ProvisionedThroughput must be specified for index: abc")
    server.ok("UpdateTable", {**request, "GlobalSecondaryIndexUpdates": update(ProvisionedThroughput=units(7, 7))})
    assert seen() == [(7, 7), (12000, 4000)]
    server.ok("DeleteTable", {"TableName": "follows"})


def test_an_added_index(server):
    server.ok("CreateTable", {**table("added"), "GlobalSecondaryIndexes": [index("g", name="first")]})
    request = {"TableName": "added", "AttributeDefinitions": definitions("g"),
               "GlobalSecondaryIndexUpdates": [{"Create": {**index("g"), **bounds(5, 6), **warm(12001)}}]}
    made = server.ok("UpdateTable", request)["TableDescription"]["GlobalSecondaryIndexes"][1]
    assert made["OnDemandThroughput"] == bounds(5, 6)["OnDemandThroughput"]
    assert made["WarmThroughput"] == {"ReadUnitsPerSecond": 12001, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}


def test_capacity_outlives_the_server(own_server):
    own_server.start()
    own_server.ok("CreateTable", table("kept", **bounds(5), **warm(13000)))
    before = described(own_server, "kept")
    own_server.kill()
    own_server.start()
    assert described(own_server, "kept") == before
    assert before["OnDemandThroughput"] == {"MaxReadRequestUnits": 5}
