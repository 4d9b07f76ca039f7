"""Every ComparisonOperator of ScanFilter answers as the expression that means the same, for every pair of types.

The reference of Condition says which types an operator takes; what it refuses is tested elsewhere, so those pairs are left out."""
import pytest

VALUES = {
    "string": {"S": "b"}, "longer string": {"S": "bc"}, "number": {"N": "10"}, "same number": {"N": "1E1"},
    "smaller number": {"N": "9"}, "binary": {"B": "gA=="}, "smaller binary": {"B": "fw=="}, "true": {"BOOL": True},
    "null": {"NULL": True}, "strings": {"SS": ["b", "c"]}, "numbers": {"NS": ["1", "10"]}, "binaries": {"BS": ["gA=="]},
    "list": {"L": [{"S": "b"}, {"N": "10"}]}, "map": {"M": {"b": {"S": "b"}}},
}
SCALARS = ("S", "N", "B")
ALL = SCALARS + ("BOOL", "NULL", "SS", "NS", "BS", "L", "M")
OPERATORS = {
    "EQ": ("a = :v", ALL), "LT": ("a < :v", SCALARS), "LE": ("a <= :v", SCALARS), "GT": ("a > :v", SCALARS),
    "GE": ("a >= :v", SCALARS), "BEGINS_WITH": ("begins_with(a, :v)", ("S", "B")), "CONTAINS": ("contains(a, :v)", SCALARS),
    "NE": ("a <> :v AND attribute_exists(a)", ALL), "NOT_CONTAINS": ("NOT contains(a, :v) AND attribute_exists(a)", SCALARS),
    "IN": ("a IN (:v)", SCALARS),
}


@pytest.fixture(scope="module")
def every_type(shared_server):
    name = "legacy-equals"
    shared_server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
                                     "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                                     "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
    for pk, value in VALUES.items():
        shared_server.ok("PutItem", {"TableName": name, "Item": {"pk": {"S": pk}, "a": value}})
    yield name
    shared_server.ok("DeleteTable", {"TableName": name})


def found(server, name, **filters):
    return {item["pk"]["S"] for item in server.ok("Scan", {"TableName": name, **filters})["Items"]}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_scan_filter_is_its_expression(server, every_type, operator):
    expression, types = OPERATORS[operator]
    compared = {}
    for pk, value in VALUES.items():
        if next(iter(value)) in types:
            legacy = found(server, every_type, ScanFilter={"a": {"ComparisonOperator": operator, "AttributeValueList": [value]}})
            modern = found(server, every_type, FilterExpression=expression, ExpressionAttributeValues={":v": value})
            compared[pk] = (legacy, modern)
    assert {pk: sorted(legacy) for pk, (legacy, _) in compared.items()} == \
        {pk: sorted(modern) for pk, (_, modern) in compared.items()}
    assert any(modern for _, modern in compared.values())


def test_presence_and_ranges(server, every_type):
    def legacy(operator, *values):
        condition = {"ComparisonOperator": operator, **({"AttributeValueList": list(values)} if values else {})}
        return found(server, every_type, ScanFilter={"a": condition})
    assert legacy("NOT_NULL") == set(VALUES)  # an attribute of type NULL is there
    assert legacy("NULL") == set()
    assert legacy("BETWEEN", {"N": "9.5"}, {"N": "10.0"}) == {"number", "same number"}
    assert legacy("BETWEEN", {"B": "gA=="}, {"B": "/w=="}) == {"binary"}
