"""What UpdateItem leaves and returns, row by row: (item before, expression, values, item after, UPDATED_OLD, UPDATED_NEW).

Rules are those of the developer guide (Expressions.UpdateExpressions) and of UpdateItem's reference (ReturnValues)."""
import pytest


def n(text):
    return {"N": text}


def s(text):
    return {"S": text}


def numbers(*texts):
    return {"L": [n(text) for text in texts]}


UPDATES = {
    "every operand sees the old item":
        ({"a": n("1"), "b": n("2")}, "SET a = b, b = a", {}, {"a": n("2"), "b": n("1")},
         {"a": n("1"), "b": n("2")}, {"a": n("2"), "b": n("1")}),
    "a removed attribute can still be read":
        ({"a": n("1")}, "REMOVE a SET b = a", {}, {"b": n("1")}, {"a": n("1")}, {"b": n("1")}),
    "setting past the end of a list appends":
        ({"l": numbers("1")}, "SET l[9] = :v", {":v": n("5")}, {"l": numbers("1", "5")}, None, None),
    "elements past the end append in index order":
        ({"l": numbers("1")}, "SET l[9] = :v, l[5] = :w", {":v": n("9"), ":w": n("5")}, {"l": numbers("1", "5", "9")}, None, None),
    "removed elements are those of the old list":
        ({"l": numbers("0", "1", "2", "3")}, "REMOVE l[0], l[2]", {}, {"l": numbers("1", "3")}, None, None),
    "removing past the end does nothing":
        ({"l": numbers("0")}, "REMOVE l[4]", {}, {"l": numbers("0")}, None, None),
    "removing what is missing does nothing":
        ({"a": n("1")}, "REMOVE b", {}, {"a": n("1")}, {}, {}),
    "a nested path returns its path only":
        ({"m": {"M": {"x": n("1"), "y": n("2")}}}, "SET m.x = :v", {":v": n("3")}, {"m": {"M": {"x": n("3"), "y": n("2")}}},
         {"m": {"M": {"x": n("1")}}}, {"m": {"M": {"x": n("3")}}}),
    "an element returns itself only":
        ({"l": numbers("0", "1", "2")}, "SET l[1] = :v", {":v": n("7")}, {"l": numbers("0", "7", "2")},
         {"l": numbers("1")}, {"l": numbers("7")}),
    "a removed member has no new value":
        ({"m": {"M": {"x": n("1"), "y": n("2")}}}, "REMOVE m.x", {}, {"m": {"M": {"y": n("2")}}},
         {"m": {"M": {"x": n("1")}}}, {}),
    "ADD makes a number":
        ({}, "ADD c :v", {":v": n("5.0")}, {"c": n("5")}, {}, {"c": n("5")}),
    "ADD makes a set":
        ({}, "ADD c :v", {":v": {"SS": ["x"]}}, {"c": {"SS": ["x"]}}, {}, {"c": {"SS": ["x"]}}),
    "DELETE down to empty removes the attribute":
        ({"c": {"SS": ["x", "y"]}}, "DELETE c :v", {":v": {"SS": ["x", "y", "z"]}}, {}, {"c": {"SS": ["x", "y"]}}, {}),
    "DELETE from a missing set does nothing":
        ({}, "DELETE c :v", {":v": {"SS": ["x"]}}, {}, {}, {}),
    "sets compare numbers by value":
        ({"c": {"NS": ["1", "2"]}}, "DELETE c :v", {":v": {"NS": ["1.00"]}}, {"c": {"NS": ["2"]}},
         {"c": {"NS": ["1", "2"]}}, {"c": {"NS": ["2"]}}),
    "if_not_exists nests in list_append":
        ({}, "SET l = list_append(if_not_exists(l, :e), :v)", {":e": {"L": []}, ":v": numbers("1")}, {"l": numbers("1")},
         {}, {"l": numbers("1")}),
    "if_not_exists in arithmetic":
        ({}, "SET c = if_not_exists(c, :z) - :v", {":z": n("0"), ":v": n("2.50")}, {"c": n("-2.5")}, {}, {"c": n("-2.5")}),
    "38 digits are exact":
        ({"c": n("99999999999999999999999999999999999998")}, "SET c = c + :v", {":v": n("1")},
         {"c": n("99999999999999999999999999999999999999")}, {"c": n("99999999999999999999999999999999999998")},
         {"c": n("99999999999999999999999999999999999999")}),
}


@pytest.mark.parametrize("row", UPDATES.values(), ids=UPDATES.keys())
@pytest.mark.parametrize("kind", ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_update_leaves_and_returns(server, make_table, row, kind):
    before, expression, values, after, updated_old, updated_new = row
    key = {"pk": s("p")}
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {**key, **before}})
    request = {"TableName": name, "Key": key, "UpdateExpression": expression, "ReturnValues": kind}
    if values:
        request["ExpressionAttributeValues"] = values
    reply = server.ok("UpdateItem", request)
    assert server.ok("GetItem", {"TableName": name, "Key": key})["Item"] == {**key, **after}
    expected = {"NONE": {}, "ALL_OLD": {**key, **before}, "ALL_NEW": {**key, **after},
                "UPDATED_OLD": updated_old, "UPDATED_NEW": updated_new}[kind]
    if expected is not None:
        assert reply.get("Attributes", {}) == expected


@pytest.mark.parametrize("written, read", [
    ("1.0", "1"), ("1E3", "1000"), ("-0", "0"), ("0.0", "0"), ("007", "7"), ("1.500", "1.5"), ("+3", "3"), (".5", "0.5"),
    ("1e125", "1" + "0" * 125), ("1e-130", "0." + "0" * 129 + "1"), ("-1.20E1", "-12"),
    ("0.00000000000000000000000000000000000001", "0." + "0" * 37 + "1"),
])
def test_numbers_are_normalised(server, make_table, written, read):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {"pk": s("p"), "v": n(written), "s": {"NS": [written]}}})
    item = server.ok("GetItem", {"TableName": name, "Key": {"pk": s("p")}})["Item"]
    assert item["v"] == n(read)
    assert item["s"] == {"NS": [read]}


def test_binary_sort_keys_are_unsigned(server, make_table):
    name = make_table(sk="B")
    texts = ["AA==", "AAA=", "fw==", "gA==", "/w=="]  # 00, 0000, 7f, 80, ff
    for text in reversed(texts):
        server.ok("PutItem", {"TableName": name, "Item": {"pk": s("p"), "sk": {"B": text}}})
    query = {"TableName": name, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": s("p")}}
    assert [item["sk"]["B"] for item in server.ok("Query", query)["Items"]] == texts
    query.update(ScanIndexForward=False, Limit=2)
    seen = []
    while True:
        reply = server.ok("Query", query)
        seen += [item["sk"]["B"] for item in reply["Items"]]
        if "LastEvaluatedKey" not in reply:
            break
        query["ExclusiveStartKey"] = reply["LastEvaluatedKey"]
    assert seen == texts[::-1]


def test_a_page_that_ends_at_its_limit_has_a_cursor(server, make_table):
    name = make_table(sk="N")
    for i in range(3):
        server.ok("PutItem", {"TableName": name, "Item": {"pk": s("p"), "sk": n(str(i))}})
    query = {"TableName": name, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": s("p")}, "Limit": 3}
    reply = server.ok("Query", query)
    assert reply["Count"] == 3 and reply["LastEvaluatedKey"] == {"pk": s("p"), "sk": n("2")}
    last = server.ok("Query", {**query, "ExclusiveStartKey": reply["LastEvaluatedKey"]})
    assert last["Items"] == [] and "LastEvaluatedKey" not in last
    assert "LastEvaluatedKey" not in server.ok("Query", {**query, "Limit": 4})


CONDITIONS = [
    ("a = :v", {"a": n("1.0")}, n("1"), True), ("a = :v", {"a": n("1")}, s("1"), False),
    ("a <> :v", {"a": n("1")}, s("1"), True), ("a <> :v", {}, s("1"), True), ("a < :v", {"a": n("1")}, s("2"), False),
    ("NOT a < :v", {"a": n("1")}, s("2"), True), ("a < :v", {}, n("2"), False),
    ("size(a) = :v", {"a": {"B": "AAEC"}}, n("3"), True),
    ("size(a) = :v", {"a": s("\u00e9\U0001d11e")}, n("3"), True),  # UTF-16 units: ExtendDB's pull request 67 ran it on the service
    ("size(a) = :v", {"a": numbers("1", "2")}, n("2"), True), ("size(a) = :v", {"a": {"SS": ["x"]}}, n("1"), True),
    ("size(a) = :v", {"a": {"M": {"x": n("1")}}}, n("1"), True), ("size(a) = :v", {"a": n("12")}, n("2"), False),
    ("contains(a, :v)", {"a": s("abc")}, s("bc"), True), ("contains(a, :v)", {"a": {"NS": ["1"]}}, n("1.0"), True),
    ("contains(a, :v)", {"a": numbers("1")}, n("1"), True), ("contains(a, :v)", {"a": numbers("1")}, s("1"), False),
    ("contains(a, :v)", {"a": n("123")}, n("2"), False), ("contains(a, :v)", {"a": {"B": "AAEC"}}, {"B": "AQ=="}, True),
    ("begins_with(a, :v)", {"a": {"B": "AAEC"}}, {"B": "AAE="}, True), ("begins_with(a, :v)", {"a": n("1")}, s("1"), False),
    ("a IN (:v)", {"a": {"SS": ["x", "y"]}}, {"SS": ["y", "x"]}, True), ("a = :v", {"a": {"NULL": True}}, {"NULL": True}, True),
    ("NOT a = :v OR a = :v", {"a": n("1")}, n("1"), True), ("NOT (a = :v OR a = :v)", {"a": n("1")}, n("1"), False),
]


@pytest.mark.parametrize("expression, item, value, holds", CONDITIONS)
def test_conditions_hold(server, make_table, expression, item, value, holds):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {"pk": s("p"), **item}})
    reply = server.ok("Scan", {"TableName": name, "FilterExpression": expression, "ExpressionAttributeValues": {":v": value}})
    assert (reply["Count"], reply["ScannedCount"]) == (int(holds), 1)


@pytest.mark.parametrize("projection, expected", [
    ("m.x[2], m.x[0]", {"m": {"M": {"x": numbers("0", "2")}}}),
    ("m.x[1].q, m.y", {"m": {"M": {"x": {"L": [{"M": {"q": n("5")}}]}, "y": n("1")}}}),
    ("m.x[1].w, m.x[1].q", {"m": {"M": {"x": {"L": [{"M": {"q": n("5"), "w": n("6")}}]}}}}),
    ("#d", {"a.b": n("1")}), ("m.zz", {}), ("m.x[7]", {}),
])
def test_projected_paths_merge(server, make_table, projection, expected):
    name = make_table()
    document = {"M": {"x": {"L": [n("0"), {"M": {"q": n("5"), "w": n("6")}}, n("2")]}, "y": n("1")}}
    server.ok("PutItem", {"TableName": name, "Item": {"pk": s("p"), "a.b": n("1"), "m": document}})
    request = {"TableName": name, "Key": {"pk": s("p")}, "ProjectionExpression": projection}
    if "#d" in projection:
        request["ExpressionAttributeNames"] = {"#d": "a.b"}
    assert server.ok("GetItem", request)["Item"] == expected
