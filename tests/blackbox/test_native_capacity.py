"""What writes consume, told by the native protocol's client (tests/integration/native/native_writes.cc) and by boto3 for the
same requests to a table of the same shape: the figures are the same, and those of the developer guide."""
import json
import os
import pathlib
import subprocess

import pytest
from botocore.exceptions import ClientError

from conftest import boto_client
from index_rows import definitions, include, index, keys
from millrace_server import Server

FAILED = "ConditionalCheckFailedException: The conditional request failed"
EXCEEDED = ("ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was exceeded. "
            "Consider increasing your provisioning level with the UpdateTable API.")


class Native:
    def __init__(self, binary, endpoint):
        program = pathlib.Path(os.environ.get("MILLRACE_BUILD_DIR", binary.parent)) / "tests" / "native_writes"
        assert program.exists(), f"{program} is not there: build the target native_writes"
        self.process = subprocess.Popen([program, endpoint], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, operation, request):
        print(operation, json.dumps(request), sep="\t", file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "native_writes ended"
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0


class Http:
    METHODS = {"PutItem": "put_item", "UpdateItem": "update_item", "DeleteItem": "delete_item", "BatchWriteItem": "batch_write_item"}

    def __init__(self, server):
        self.client = boto_client(server)

    def ask(self, operation, request):
        try:
            reply = getattr(self.client, self.METHODS[operation])(**request, ReturnConsumedCapacity="INDEXES")
        except ClientError as error:
            assert "ConsumedCapacity" not in error.response
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return reply["ConsumedCapacity"]


@pytest.fixture(scope="module")
def both(binary, tmp_path_factory):
    """Both ways to one server."""
    server = Server(binary, tmp_path_factory.mktemp("native-capacity") / "data").start()
    native = Native(binary, f"ipc://{server.data}/native.sock")
    yield server, {"native": native, "http": Http(server)}
    native.end()
    server.stop()


def make_tables(server):
    """For each way two tables: one with a global index of all attributes, one of some, and a local one; and a plain one."""
    for way in ("native", "http"):
        server.ok("CreateTable", {
            "TableName": f"indexed-{way}", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": definitions(["pk", "sk", "city", "ride_day"]), "KeySchema": keys("pk", "sk"),
            "GlobalSecondaryIndexes": [index("city", name="by_city"), index("ride_day", name="by_day", projection=include("fare"))],
            "LocalSecondaryIndexes": [index("pk", "ride_day", name="days", projection={"ProjectionType": "KEYS_ONLY"})]})
        server.ok("CreateTable", {"TableName": f"plain-{way}", "BillingMode": "PAY_PER_REQUEST",
                                  "AttributeDefinitions": definitions(["pk"]), "KeySchema": keys("pk")})


def item(pk, size=0, **texts):
    return {"pk": {"S": pk}, **{name: {"S": text} for name, text in texts.items()}, **({"pad": {"S": "x" * size}} if size else {})}


def put(pk, size=0, **texts):
    return "PutItem", {"TableName": "indexed", "Item": item(pk, size, sk="1", **texts)}


def update(expression, condition=None, **values):
    return "UpdateItem", {"TableName": "indexed", "Key": item("a", sk="1"), "UpdateExpression": expression,
                          **({"ConditionExpression": condition} if condition else {}),
                          **({"ExpressionAttributeValues": {f":{name}": {"S": text} for name, text in values.items()}} if values else {})}


def units(table, **indexes):
    return table, indexes


CITY, DAY, DAYS = "by_city", "by_day", "days"
BATCH = {
    "indexed": [{"PutRequest": {"Item": item("b", 1500, sk="1", city="Oslo")}}, {"PutRequest": {"Item": item("c", sk="1", city="Rome")}},
                {"DeleteRequest": {"Key": item("none", sk="1")}}],
    "plain": [{"PutRequest": {"Item": item("a", 3000)}}, {"DeleteRequest": {"Key": item("none")}}]}
ROWS = [  # the rule, the request, units of the table and of the indexes that changed; or the error
    ("an item in no index", put("plain", 1500), units(2)),
    ("in all indexes, each with what it holds", put("a", 2500, city="Oslo", ride_day="Mon", fare="9"),
     units(3, by_city=3, by_day=1, days=1)),
    ("the same again changes none", put("a", 2500, city="Oslo", ride_day="Mon", fare="9"), units(3)),
    ("an attribute that one of them holds", update("SET note = :n", n="x"), units(3, by_city=3)),
    ("and that two hold", update("SET fare = :f", f="8"), units(3, by_city=3, by_day=1)),
    ("a changed key: a removal and a new entry", update("SET city = :c", c="Rome"), units(3, by_city=6)),
    ("a changed key of two indexes", update("SET ride_day = :d", d="Tue"), units(3, by_city=3, by_day=2, days=2)),
    ("a key that goes", update("REMOVE city"), units(3, by_city=3)),
    ("and comes back", update("SET city = :c", c="Oslo"), units(3, by_city=3)),
    ("a condition that holds", update("SET note = :n", "city = :c", n="y", c="Oslo"), units(3, by_city=3)),
    ("a condition that fails", update("SET note = :n", "city = :c", n="z", c="Rome"), FAILED),
    ("a failed condition of a put", ("PutItem", {**put("a")[1], "ConditionExpression": "attribute_not_exists(pk)"}), FAILED),
    ("of a delete", ("DeleteItem", {"TableName": "indexed", "Key": item("a", sk="1"), "ConditionExpression": "attribute_exists(absent)"}),
     FAILED),
    ("the larger of before and after", put("a", 100, city="Oslo", ride_day="Tue", fare="8"), units(3, by_city=3)),
    ("the deleted item and its entries", ("DeleteItem", {"TableName": "indexed", "Key": item("a", sk="1")}),
     units(1, by_city=1, by_day=1, days=1)),
    ("an item that does not exist", ("DeleteItem", {"TableName": "indexed", "Key": item("a", sk="1")}), units(1)),
    ("a batch, table by table", ("BatchWriteItem", {"RequestItems": BATCH}), [units(4, by_city=3), units(4)]),
    ("and again", ("BatchWriteItem", {"RequestItems": BATCH}), [units(4), units(4)]),
    ("a batch that is refused", ("BatchWriteItem", {"RequestItems": {"plain": BATCH["plain"][1:] * 2}}),
     "ValidationException: Provided list of item keys contains duplicates"),
]


def consumed(table, figures):
    own, indexes = figures
    parts = {"Table": {"CapacityUnits": own}}
    for member, names in (("LocalSecondaryIndexes", [DAYS]), ("GlobalSecondaryIndexes", [CITY, DAY])):
        found = {name: {"CapacityUnits": indexes[name]} for name in names if name in indexes}
        parts.update({member: found} if found else {})
    return {"TableName": table, "CapacityUnits": own + sum(indexes.values()), **parts}


def on(way, request):
    """The request, at the tables of that way."""
    if "RequestItems" in request:
        return {"RequestItems": {f"{table}-{way}": writes for table, writes in request["RequestItems"].items()}}
    return {**request, "TableName": f"{request['TableName']}-{way}"}


def expected(way, wanted):
    if isinstance(wanted, list):
        return [consumed(f"{table}-{way}", figures) for table, figures in zip(("indexed", "plain"), wanted)]
    return wanted if isinstance(wanted, str) else consumed(f"indexed-{way}", wanted)


def test_the_client_tells_what_boto3_does(both):
    server, ways = both
    make_tables(server)
    for rule, (operation, request), wanted in ROWS:
        for way, client in ways.items():
            assert client.ask(operation, on(way, request)) == expected(way, wanted), f"{rule}, {way}"


def test_a_failed_condition_consumes_though_its_error_does_not_say_so(both):
    """A new table of one unit a second holds 300; the item takes 70, and so does each condition that fails on it."""
    server, ways = both
    for way, client in ways.items():
        server.ok("CreateTable", {"TableName": f"slow-{way}", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
                                  "AttributeDefinitions": definitions(["pk"]), "KeySchema": keys("pk")})
        large = {"TableName": f"slow-{way}", "Item": item("a", 70 * 1024 - 100)}
        assert client.ask("PutItem", large)["CapacityUnits"] == 70
        once = {**large, "ConditionExpression": "attribute_not_exists(pk)"}
        answers = [client.ask("PutItem", once) for _ in range(5)]
        assert answers == [FAILED] * 4 + [EXCEEDED], way
