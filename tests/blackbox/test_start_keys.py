"""ExclusiveStartKey that fits neither the key nor the query.

Texts as the service sent them to architect/dynalite's suite (test/query.js, test/scan.js), whose table this is: the string key
`a` and `b`, the local index "local" of `c`, the global indexes "hash" of `c` and "range" of `c` and `d`.
"""
import json

import pytest

from index_rows import definitions, include, index, keys

NAME = "start-keys"
INVALID = "The provided starting key is invalid"
SCHEMA = "The provided key element does not match the schema"
BOTH = f"{INVALID}: {SCHEMA}"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
PREDICATE = "The provided starting key does not match the range key predicate"
ONE_ROW = "The query can return at most one row and cannot be restarted"
NOT_ALL = ("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index range "
           "because its projection type is not ALL")


def key(**values):
    """Attributes: a text is a string, a number a number, bytes are base64."""
    return {name: {"N": str(value)} if isinstance(value, int) else {"B": value.decode()} if isinstance(value, bytes) else {"S": value}
            for name, value in values.items()}


# (index, condition with the value "b" as :b, starting key, text)
QUERIES = [
    (None, "a = :b", key(a="a"), INVALID),
    (None, "a = :b", key(a="a", c=1), INVALID),
    (None, "a = :b", key(a="a", z="1"), INVALID),
    (None, "a = :b", key(a="a", b="1", c="1"), INVALID),
    (None, "a = :b", key(a="a", b=1), SCHEMA),
    (None, "a = :b", key(a="a", b=b"YQ=="), SCHEMA),
    (None, "a = :b", key(a="a", b="a"), OUTSIDE),
    (None, "a = :b AND b > :b", key(a="a", b="a"), PREDICATE),
    (None, "a = :b AND b > :b", key(a="b", b="a"), PREDICATE),
    (None, "a = :b AND b < :b", key(a="a", b="a"), ONE_ROW),
    (None, "a = :b AND c = :b", key(a="a", b="a"), "Query condition missed key schema element: b"),
    ("local", "a = :b", key(a="a"), INVALID),
    ("local", "a = :b", key(a="a", c=1), INVALID),
    ("local", "a = :b", key(a="a", b="1", c="1", d="1"), INVALID),
    ("local", "a = :b", key(a="a", b=1, c=1), SCHEMA),
    ("local", "a = :b", key(a="a", b="a", c=b"YQ=="), SCHEMA),
    ("local", "a = :b", key(a="1", b=1, c="a"), BOTH),
    ("local", "a = :b", key(a="a", b="a", c="a"), OUTSIDE),
    ("local", "a = :b AND c > :b", key(a="a", b="a", c="a"), PREDICATE),
    ("hash", "c = :b", key(x=1, y=1, c="a"), BOTH),
    ("hash", "c = :b", key(a="1", b=1, c="a"), BOTH),
    ("hash", "c = :b", key(x="1", y="1", c=1), SCHEMA),
    ("hash", "c = :b", key(a="a", b="a", c="a"), OUTSIDE),
    ("range", "c = :b", key(c="1"), INVALID),
    ("range", "c = :b", key(a=1, b=1, c="1"), INVALID),
    ("range", "c = :b", key(a=1, b=1, c="1", e=1), INVALID),
    ("range", "c = :b", key(a="1", b="1", c="1", d="1", e="1"), INVALID),
    ("range", "c = :b", key(a="1", b=1, c="a", d="a"), BOTH),
    ("range", "c = :b", key(a="a", b="a", c="a", d="a"), OUTSIDE),
    ("range", "c = :b AND d > :b", key(a="a", b="a", c="a", d="a"), PREDICATE),
    ("range", "c = :b AND d > :b", key(a="a", b="a", c="b", d="a"), PREDICATE),
    ("range", "c = :b AND d = :b", key(a="a", b="a", c="c", d="b"), ONE_ROW),
]
SCANS = [
    (None, key(a="a"), BOTH),
    (None, key(a="a", b=1), BOTH),
    (None, key(a="a", b="a", c="a"), BOTH),
    ("local", key(a="a", b="a"), INVALID),
    ("local", key(a="a", b="a", c=1), SCHEMA),
    ("local", key(a="a", b=1, c="a"), BOTH),
    ("range", key(a="a", b="a", c="a"), INVALID),
    ("range", key(a="a", b="a", c="a", d=1), SCHEMA),
    ("range", key(a="a", b=1, c="a", d="a"), BOTH),
]


@pytest.fixture(scope="module")
def table(shared_server):
    shared_server.ok("CreateTable", {
        "TableName": NAME, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions("abcd"), "KeySchema": keys("a", "b"),
        "LocalSecondaryIndexes": [index("a", "c", name="local")],
        "GlobalSecondaryIndexes": [index("c", name="hash"), index("c", "d", name="range", projection=include("e"))]})


def body_of(index_name, start, **more):
    return {"TableName": NAME, "ExclusiveStartKey": start, **({"IndexName": index_name} if index_name else {}), **more}


def query(index_name, condition, start, **more):
    return body_of(index_name, start, KeyConditionExpression=condition, ExpressionAttributeValues={":b": {"S": "b"}}, **more)


@pytest.mark.parametrize("index_name, condition, start, text", QUERIES, ids=range(len(QUERIES)))
def test_query(server, table, index_name, condition, start, text):
    assert server.error("Query", json.dumps(query(index_name, condition, start))) == ("ValidationException", text)


@pytest.mark.parametrize("index_name, start, text", SCANS, ids=range(len(SCANS)))
def test_scan(server, table, index_name, start, text):
    assert server.error("Scan", json.dumps(body_of(index_name, start))) == ("ValidationException", text)


@pytest.mark.parametrize("condition, start, more, text", [
    ("c = :b", key(c="1"), {}, INVALID),
    ("c = :b", key(a="a", b="a", c="a", d="a"), {}, OUTSIDE),
    ("c = :b", key(a="a", b="a", c="b", d="a"), {"FilterExpression": "d = :b"},
     "Filter Expression can only contain non-primary key attributes: Primary key attribute: d"),
    ("c = :b", key(a="a", b="a", c="b", d="a"), {"FilterExpression": "a.b = :b"}, NOT_ALL),
    ("c = :b", key(a="a", b="a", c="b", d="a"), {}, NOT_ALL),
], ids=range(5))
def test_what_comes_before_select(server, table, condition, start, more, text):
    """ALL_ATTRIBUTES of an index without them is found after the starting key and the names of the filter, before its paths."""
    body = query("range", condition, start, Select="ALL_ATTRIBUTES", **more)
    assert server.error("Query", json.dumps(body)) == ("ValidationException", text)


@pytest.mark.parametrize("index_name, condition, start", [
    (None, "a = :b", key(a="b", b="a")),
    (None, "a = :b AND b <= :b", key(a="b", b="b")),
    ("local", "a = :b AND c = :b", key(a="b", b="a", c="b")),
    ("hash", "c = :b", key(a="a", b="a", c="b")),
    ("range", "c = :b AND d = :b", key(a="a", b="a", c="b", d="b")),
], ids=range(5))
def test_keys_of_no_item_are_places_all_the_same(server, table, index_name, condition, start):
    assert server.ok("Query", query(index_name, condition, start))["Items"] == []


@pytest.mark.parametrize("index_name, more, text", [
    ("none", {}, "The table does not have the specified index: none"),
    ("none", {"ConsistentRead": True}, "The table does not have the specified index: none"),
    ("range", {"ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
    (None, {"Select": "ALL_PROJECTED_ATTRIBUTES"}, "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
    (None, {"Select": "COUNT", "AttributesToGet": ["a"]}, "Cannot specify the AttributesToGet when choosing to get only the Count"),
    (None, {"Segment": 0},
     "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"),
    (None, {"Segment": 2, "TotalSegments": 2},
     "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2"),
    (None, {"FilterExpression": "c ="}, 'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "="'),
    (None, {"FilterExpression": "c = :b", "ExpressionAttributeValues": {":b": {"S": "b"}, ":c": {"S": "c"}}},
     "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}"),
    (None, {"FilterExpression": "a.b = c"}, BOTH),
    (None, {"ProjectionExpression": "c[1]"}, BOTH),
], ids=range(11))
def test_what_comes_before_a_scan_looks_where_to_start(server, table, index_name, more, text):
    """Two faults at once. The order is DynamoDB Local's or that of other servers that were compared with the service; unconfirmed."""
    assert server.error("Scan", body_of(index_name, key(z="1"), **more)) == ("ValidationException", text)


@pytest.mark.parametrize("start, text", [
    ({"a": {}, "b": {"S": "b"}}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ({"a": {"N": "x"}, "b": {"S": "b"}}, "The parameter cannot be converted to a numeric value: x"),
    ({"a": {"SS": []}, "b": {"S": "b"}}, "One or more parameter values were invalid: An string set  may not be empty"),
])
@pytest.mark.parametrize("more", [{}, {"Segment": 0}, {"FilterExpression": "c ="}, {"IndexName": "none"}])
def test_values_of_a_starting_key_come_first(server, table, start, text, more):
    assert server.error("Scan", body_of(None, start, **more)) == ("ValidationException", f"{INVALID}: {text}")
