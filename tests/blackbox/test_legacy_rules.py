"""Which values the parameters from before expressions take: every ComparisonOperator with every number and type of values, every
action of AttributeUpdates on every type. Sources: Condition, ExpectedAttributeValue and AttributeValueUpdate in the API reference;
where that leaves the text open, DynamoDB Local's."""
import pytest

INVALID = "One or more parameter values were invalid: "
VALUES = {"S": {"S": "a"}, "N": {"N": "1"}, "B": {"B": "YQ=="}, "BOOL": {"BOOL": True}, "NULL": {"NULL": True}, "SS": {"SS": ["a"]},
          "NS": {"NS": ["1"]}, "BS": {"BS": ["YQ=="]}, "L": {"L": [{"N": "1"}]}, "M": {"M": {}}}
SCALARS = ("S", "N", "B")
SINGLE = SCALARS + ("BOOL", "NULL")  # what a list may hold too
# How many values, and of which types.
OPERATORS = {
    "EQ": ([1], VALUES), "NE": ([1], VALUES), "LT": ([1], SCALARS), "LE": ([1], SCALARS), "GT": ([1], SCALARS), "GE": ([1], SCALARS),
    "IN": ([1, 2, 3], SCALARS), "BETWEEN": ([2], SCALARS), "NULL": ([0], ()), "NOT_NULL": ([0], ()), "CONTAINS": ([1], SINGLE),
    "NOT_CONTAINS": ([1], SINGLE), "BEGINS_WITH": ([1], ("S", "B")),
}
KEY = {"pk": {"S": "k"}}


@pytest.fixture(scope="module")
def table(shared_server):
    name = "legacy-rules"
    shared_server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
                                     "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                                     "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
    yield name
    shared_server.ok("DeleteTable", {"TableName": name})


def answers(server, table, condition):
    """What Scan, Query and PutItem say to it: nothing, or the text of their error."""
    equals = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["pk"]]}}
    for operation, body in (("Scan", {"ScanFilter": {"a": condition}}), ("PutItem", {"Item": KEY, "Expected": {"a": condition}}),
                            ("Query", {"KeyConditions": equals, "QueryFilter": {"a": condition}})):
        status, _, reply = server.call(operation, {"TableName": table, **body})
        fine = status == 200 or reply["__type"].endswith("#ConditionalCheckFailedException")
        yield operation, "" if fine else reply["message"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_how_many_values(server, table, operator):
    counts, types = OPERATORS[operator]
    value = VALUES[next(iter(types), "S")]
    for count in range(4):
        condition = {"ComparisonOperator": operator, **({"AttributeValueList": [value] * count} if count else {})}
        for operation, text in answers(server, table, condition):
            expected = "" if count in counts else f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator"
            if expected and count == 0 and operation == "PutItem":
                expected = f"{INVALID}Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: a"
            assert text == expected, (operation, count)


@pytest.mark.parametrize("operator", [operator for operator, (_, types) in OPERATORS.items() if types])
def test_of_which_types(server, table, operator):
    counts, types = OPERATORS[operator]
    for kind, value in VALUES.items():
        condition = {"ComparisonOperator": operator, "AttributeValueList": [value] * counts[-1]}
        for operation, text in answers(server, table, condition):
            assert text == ("" if kind in types else
                            f"{INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"), (operation, kind)


MISMATCH = "Type mismatch for attribute to update"
SETS = ("SS", "NS", "BS")


def after(action, kind, old):
    """The attribute that was of type `old`, None: not there, once `action` was applied with a value of `kind`; or the error."""
    if action == "PUT":
        return VALUES[kind] if kind else f"{INVALID}Only DELETE action is allowed when no attribute value is specified"
    if action == "DELETE":
        if kind and kind not in SETS:
            return f"{INVALID}DELETE action with value is not supported for the type {kind}"
        return MISMATCH if kind and old not in (kind, None) else None  # the set's only element
    if not kind:
        return f"{INVALID}Only DELETE action is allowed when no attribute value is specified"
    if kind not in ("N", "L", *SETS):
        return f"{INVALID}ADD action is not supported for the type {kind}"
    if old not in (kind, None):
        return MISMATCH
    doubled = {"N": {"N": "2"}, "L": {"L": [{"N": "1"}, {"N": "1"}]}}
    return doubled.get(kind, VALUES[kind]) if old else VALUES[kind]


@pytest.mark.parametrize("action", ["PUT", "ADD", "DELETE"])
@pytest.mark.parametrize("kind", [*VALUES, None])
def test_actions_on_every_type(server, table, action, kind):
    for old in (*VALUES, None):
        server.ok("PutItem", {"TableName": table, "Item": {**KEY, **({"a": VALUES[old]} if old else {})}})
        update = {"Action": action, **({"Value": VALUES[kind]} if kind else {})}
        request = {"TableName": table, "Key": KEY, "AttributeUpdates": {"a": update}, "ReturnValues": "ALL_NEW"}
        expected = after(action, kind, old)
        if isinstance(expected, str):
            assert server.error("UpdateItem", request) == ("ValidationException", expected), old
        else:
            assert server.ok("UpdateItem", request)["Attributes"].get("a") == expected, old
