"""Ranges of sort keys of each type, in tables, local and global indexes, both directions and any page size, against
Python's own order. Sources: KeyConditionExpression in Query's reference ("begins_with ... cannot be used with numbers";
"numbers in numeric order, strings in order of UTF-8 bytes", binaries as unsigned bytes)."""
import base64
import decimal

import pytest

from index_rows import ALL


def binary(*byte_values):
    return base64.b64encode(bytes(byte_values)).decode()


VALUES = {
    "S": [" ", "A", "a", "a\u0000", "ab", "ab\u00ff", "abc", "b", "\u007f", "\u00e9", "\uffff", "\U0001f600"],
    "N": ["-1" + "0" * 125, "-100", "-99.5", "-1", "-0.5", "-0." + "0" * 129 + "1", "0", "0." + "0" * 129 + "1", "0.5", "1",
          "1." + "0" * 36 + "1", "9", "10", "100", "9" * 38, "1" + "0" * 125],
    "B": [binary(*each) for each in ((0,), (0, 0), (0, 1), (1,), (127,), (127, 255), (128,), (255,), (255, 0), (255, 255))],
}
PREFIXES = {"S": ["a", "ab", "\u00e9", "\U0001f600", "c", "\uffff"],
            "B": [binary(0), binary(255), binary(255, 255), binary(127), binary(9)]}


def plain(kind, text):
    if kind == "N":
        return decimal.Decimal(text)
    return base64.b64decode(text) if kind == "B" else text.encode()


ORDERED = {kind: sorted(texts, key=lambda text, kind=kind: plain(kind, text)) for kind, texts in VALUES.items()}


@pytest.fixture(scope="module", params=["S", "N", "B"])
def ladder(request, shared_server):
    """(type, table): its sort key, a local and a global index's sort key are of the type and have the same value."""
    kind = request.param
    name = f"key-ranges-{kind}"

    def schema(hash_key, range_key):
        return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]
    shared_server.ok("CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": schema("pk", "sk"),
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in
                                 (("pk", "S"), ("sk", kind), ("local", kind), ("global", kind))],
        "LocalSecondaryIndexes": [{"IndexName": "by-local", "KeySchema": schema("pk", "local"), "Projection": ALL}],
        "GlobalSecondaryIndexes": [{"IndexName": "by-global", "KeySchema": schema("pk", "global"), "Projection": ALL}]})
    for text in ORDERED[kind][::2] + ORDERED[kind][1::2]:
        value = {kind: text}
        for pk in ("p", "p2", "o"):  # neighbours that no range may reach
            shared_server.ok("PutItem", {"TableName": name, "Item": {
                "pk": {"S": pk}, "sk": value, "local": value, "global": value}})
    yield kind, name
    shared_server.ok("DeleteTable", {"TableName": name})


def conditions(kind):
    texts = ORDERED[kind]
    picked = [texts[0], texts[len(texts) // 2], texts[-2], texts[-1]]
    for text in picked:
        v = plain(kind, text)
        yield "{k} = :a", [text], lambda x, v=v: x == v
        yield "{k} < :a", [text], lambda x, v=v: x < v
        yield "{k} <= :a", [text], lambda x, v=v: x <= v
        yield "{k} > :a", [text], lambda x, v=v: x > v
        yield "{k} >= :a", [text], lambda x, v=v: x >= v
    for low, high in ((0, -1), (1, -2), (3, 3), (2, 6)):
        a, b = plain(kind, texts[low]), plain(kind, texts[high])
        yield "{k} BETWEEN :a AND :b", [texts[low], texts[high]], lambda x, a=a, b=b: a <= x <= b
    for text in PREFIXES.get(kind, ()):
        v = plain(kind, text)
        yield "begins_with({k}, :a)", [text], lambda x, v=v: x.startswith(v)


@pytest.mark.parametrize("key, index", [("sk", None), ("local", "by-local"), ("global", "by-global")])
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [None, 1, 3])
def test_ranges_of_every_key_type(server, ladder, key, index, forward, limit):
    kind, name = ladder
    differing = []
    for condition, values, holds in conditions(kind):
        query = {"TableName": name, "KeyConditionExpression": "pk = :p AND " + condition.format(k="#k"),
                 "ExpressionAttributeNames": {"#k": key}, "ScanIndexForward": forward, **({"Limit": limit} if limit else {}),
                 "ExpressionAttributeValues": {":p": {"S": "p"}, **{f":{n}": {kind: v} for n, v in zip("ab", values)}},
                 **({"IndexName": index} if index else {})}
        expected = [text for text in ORDERED[kind] if holds(plain(kind, text))][::1 if forward else -1]
        found = []
        while True:
            page = server.ok("Query", query)
            found += [item[key][kind] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        if found != expected:
            differing.append((condition, values, found, expected))
    assert not differing


@pytest.mark.parametrize("index", [None, "by-local", "by-global"])
@pytest.mark.parametrize("segments", [1, 3, 64])
def test_segments_of_tables_and_indexes_cover_each_item_once(server, ladder, index, segments):
    kind, name = ladder
    found = []
    for segment in range(segments):
        scan = {"TableName": name, "Segment": segment, "TotalSegments": segments, "Limit": 4, **({"IndexName": index} if index else {})}
        while True:
            page = server.ok("Scan", scan)
            found += [(item["pk"]["S"], item["sk"][kind]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            scan["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert sorted(found) == sorted((pk, text) for pk in ("p", "p2", "o") for text in ORDERED[kind])
