"""Sizes at their edge and one byte past it: items of every type, names, keys, what stands for placeholders.

Sources: "Constraints" and "DynamoDB Item sizes and formats" in the developer guide; what a number counts is as a public suite
measured it on the service.
"""
import base64

import pytest

ITEM_SIZE_MAX = 400 * 1024
VALIDATION = "ValidationException"


def s(size):
    return {"S": "x" * size}


def b(size):
    return {"B": base64.b64encode(b"x" * size).decode()}


def nested(levels):
    return {"L": [nested(levels - 1)]} if levels else {"NULL": True}


# The value, and the bytes that it counts.
SIZES = {
    "a string": (s(7), 7), "no string": (s(0), 0), "a string of two-byte letters": ({"S": "\u00e9" * 5}, 10),
    "one of four-byte letters": ({"S": "\U0001f600"}, 4), "binary": (b(5), 5), "no binary": (b(0), 0),
    "true": ({"BOOL": True}, 1), "null": ({"NULL": True}, 1),
    "one digit": ({"N": "1"}, 2), "two digits": ({"N": "12"}, 2), "three digits": ({"N": "123"}, 3),
    "a negative number": ({"N": "-1"}, 3), "digits on both sides": ({"N": "3.14159"}, 5), "six digits": ({"N": "123456"}, 4),
    "zeros that don't count": ({"N": "0042.1200"}, 3), "a large exponent": ({"N": "1E125"}, 2), "38 digits": ({"N": "9" * 38}, 20),
    "a set of strings": ({"SS": ["a", "bcd"]}, 4), "of numbers": ({"NS": ["1", "-1"]}, 5), "of binary": ({"BS": ["YQ==", "YWI="]}, 3),
    "an empty list": ({"L": []}, 3), "a list": ({"L": [s(3), {"BOOL": False}]}, 3 + 3 + 1 + 2),
    "an empty map": ({"M": {}}, 3), "a map": ({"M": {"ab": s(3)}}, 3 + 2 + 3 + 1),
    "32 levels": (nested(31), 31 * (3 + 1) + 1),
}


@pytest.mark.parametrize("value, size", SIZES.values(), ids=SIZES)
def test_items_to_the_byte(server, make_table, value, size):
    name = make_table()
    rest = ITEM_SIZE_MAX - len("pk" "k") - len("v") - size - len("p")
    for write in ("PutItem", "UpdateItem"):
        for more in (0, 1):
            request = {"TableName": name}
            if write == "PutItem":
                request["Item"] = {"pk": s(1) | {"S": "k"}, "v": value, "p": s(rest + more)}
                text = "Item size has exceeded the maximum allowed size"
            else:
                request.update(Key={"pk": {"S": "k"}}, UpdateExpression="SET v = :v, p = :p",
                               ExpressionAttributeValues={":v": value, ":p": s(rest + more)})
                text = "Item size to update has exceeded the maximum allowed size"
            if more == 0:
                server.ok(write, request)
            else:
                assert server.error(write, request) == (VALIDATION, text)


@pytest.mark.parametrize("kind, value", [("S", s), ("B", b)])
def test_keys_at_their_length(server, make_table, kind, value):
    name = make_table(pk=kind, sk=kind)
    longest = {"pk": value(2048), "sk": value(1024)}
    server.ok("PutItem", {"TableName": name, "Item": longest})
    assert server.ok("GetItem", {"TableName": name, "Key": longest})["Item"] == longest
    query = {"TableName": name, "KeyConditionExpression": "pk = :p AND sk = :s",
             "ExpressionAttributeValues": {":p": longest["pk"], ":s": longest["sk"]}}
    assert server.ok("Query", query)["Items"] == [longest]
    hash_key = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    range_key = ("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 "
                 "bytes")
    for past, text in (({**longest, "pk": value(2049)}, hash_key), ({**longest, "sk": value(1025)}, range_key)):
        for operation, body in (("PutItem", {"Item": past}), ("GetItem", {"Key": past}), ("DeleteItem", {"Key": past}),
                                ("UpdateItem", {"Key": past})):
            assert server.error(operation, {"TableName": name, **body}) == (VALIDATION, text), operation


TOO_LARGE = "Attribute name is too large, must be less than 65536 bytes"


def test_names_at_their_length(server, make_table):
    name = make_table()
    key = {"pk": {"S": "k"}}

    def requests(attribute):
        condition = {"ComparisonOperator": "NOT_NULL"}
        yield "PutItem", {"Item": {**key, attribute: s(1)}}
        yield "PutItem", {"Item": {**key, attribute: s(1), "m": {"M": {attribute: s(1)}}}}
        yield "UpdateItem", {"Key": key, "AttributeUpdates": {attribute: {"Value": s(2)}}}
        yield "UpdateItem", {"Key": key, "AttributeUpdates": {}, "Expected": {attribute: condition}}
        yield "Scan", {"ScanFilter": {attribute: condition}}

    for operation, body in requests("n" * 65535):
        server.ok(operation, {"TableName": name, **body})
    assert server.ok("GetItem", {"TableName": name, "Key": key, "ProjectionExpression": "#n",
                                 "ExpressionAttributeNames": {"#n": "n" * 65535}})["Item"] == {"n" * 65535: s(2)}
    for operation, body in requests("n" * 65536):
        assert server.error(operation, {"TableName": name, **body}) == (VALIDATION, TOO_LARGE), operation


def test_what_stands_for_placeholders_at_its_size(server, make_table):
    """2 MB together: "Maximum length of all substitution variables in an expression"; the text is DynamoDB Local's."""
    name = make_table()
    half = 1024 * 1024 - len(":a")

    def request(more):
        return {"TableName": name, "Item": {"pk": {"S": "k"}}, "ConditionExpression": "x <> :a AND y <> :b",
                "ExpressionAttributeValues": {":a": s(half), ":b": s(half + more)}}

    server.ok("PutItem", request(0))
    assert server.error("PutItem", request(1)) == (VALIDATION, "ExpressionAttributeValues exceeds max size")


def test_operands_and_operators_at_their_number(server, make_table):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {"pk": {"S": "k"}, "a": {"N": "99"}}})

    def scan(expression, count):
        values = {f":{n}": {"N": str(n)} for n in range(count)}
        return {"TableName": name, "FilterExpression": expression, "ExpressionAttributeValues": values}

    def among(count):
        return scan(f"a IN ({', '.join(f':{n}' for n in range(count))})", count)

    def any_of(count):  # as many comparisons, and an OR between two
        return scan(" OR ".join(["a<:0"] * (count - 1) + ["a>:0"]), 1)

    assert server.ok("Scan", among(100))["Count"] == 1
    assert server.error("Scan", among(101)) == (
        VALIDATION, "Invalid FilterExpression: The IN operator is provided with too many operands; number of operands: 101")
    assert server.ok("Scan", any_of(150))["Count"] == 1  # 299 operators
    assert server.error("Scan", any_of(151)) == (
        VALIDATION, "Invalid FilterExpression: The expression contains too many operators; operator count: 301")
