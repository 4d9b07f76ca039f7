"""Requests to GetItem, BatchGetItem and Query, and batches of a badly named table, that must fail: rows as in error_rows.py.

Recorded in 2026 in regions that AWS had changed by then, or in all of them: paritysuite/dynamodb-conformance, tests/tier3, the file
named at each group. What is not recorded says so.
"""
VALIDATION = "ValidationException"
KEY = {"pk": {"S": "a"}}
CAPACITY = ("Value 'BOGUS' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
            "[INDEXES, TOTAL, NONE]")
NAMES = ("at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or "
         "equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: "
         "[a-zA-Z0-9_.-]+]")
KEYS = "1 validation error detected: Value at 'RequestItems.%s.member.Keys' failed to satisfy constraint: Member must have length "
LIMIT = "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"
XOR = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"


def one(error):
    return "1 validation error detected: " + error


def condition(operator, *values):
    return {"ComparisonOperator": operator, **({"AttributeValueList": list(values)} if values else {})}


def query(**more):
    return {"TableName": "@", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}, **more}


def get(name, **more):
    return {"RequestItems": {name: {"Keys": [KEY]}}, **more}


def write(name, **more):
    return {"RequestItems": {name: [{"PutRequest": {"Item": KEY}}]}, **more}


SHOWN_GET = "Value '{\"%s\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}' " + NAMES
SHOWN_WRITE = "Value '{%s=[WriteRequest(putRequest=PutRequest(item={pk={S=a}}), deleteRequest=null)]}' " + NAMES

MEMBERS = [
    # error-messages/batchGetItem
    ("BatchGetItem", {"RequestItems": {"@": {"Keys": [{"pk": {"S": str(n)}} for n in range(101)]}}},
     KEYS % "rows-hash" + "less than or equal to 100"),
    ("BatchGetItem", {"RequestItems": {"@": {"Keys": []}}}, KEYS % "rows-hash" + "greater than or equal to 1"),
    ("BatchGetItem", get("bad!name"), one(SHOWN_GET % "bad!name")),
    # validation-ordering/batchOperations
    ("BatchGetItem", get("bad!name", ReturnConsumedCapacity="BOGUS"),
     "2 validation errors detected: " + SHOWN_GET % "bad!name" + "; " + CAPACITY),
    ("BatchWriteItem", write("bad!name", ReturnConsumedCapacity="BOGUS"), one(CAPACITY)),
    # error-messages/batchWriteItem; the regions print the item differently.
    ("BatchWriteItem", write("bad!name"), one(SHOWN_WRITE % "bad!name")),
    # Not recorded: what the text says of lengths.
    ("BatchGetItem", get("ab"), one(SHOWN_GET % "ab")),
    ("BatchWriteItem", write("ab"), one(SHOWN_WRITE % "ab")),
    ("BatchGetItem", get("a" * 256), one(SHOWN_GET % ("a" * 256))),
    ("BatchWriteItem", {"RequestItems": {"bad!": None}},
     one("Value null at 'requestItems.bad!.member' failed to satisfy constraint: Member must not be null")),
    ("BatchWriteItem", {"RequestItems": {"bad!": [None], "ab": []}},
     "2 validation errors detected: Value null at 'requestItems.bad!.member.1.member' failed to satisfy constraint: Member must not "
     "be null; Value '{bad!=[null], ab=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
     "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"),
    ("BatchGetItem", {"RequestItems": {"bad!": None}},
     "2 validation errors detected: Value '{\"bad!\":null}' " + NAMES + "; Value null at 'requestItems.bad!.member' failed to satisfy "
     "constraint: Member must not be null"),
    # error-messages/query; the words for the other members of Query are the older ones
    ("Query", query(Limit=0), LIMIT),
    ("Query", query(Limit=-1), LIMIT),
    # validation-ordering/query
    ("Query", {"TableName": "no-such-table", "KeyConditions": {"pk": condition("EQ", {"S": "a"})},
               "QueryFilter": {"b": condition("NULL"), "c": condition("NULL")}, "ConditionalOperator": "XOR", "Select": "BOGUS"}, XOR),
    # error-messages/queryKeyConditionOperands
    ("Query", {"TableName": "@s", "KeyConditionExpression": "pk = :p AND sk > :a AND sk < :b",
               "ExpressionAttributeValues": {":p": {"S": "q"}, ":a": {"S": "1"}, ":b": {"S": "5"}}},
     "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
]

# error-messages/valueLayers: what is wrong with a value, in the words that all three operations have for it.
_INVALID = "One or more parameter values were invalid: "
_NOT_NUMERIC = "The parameter cannot be converted to a numeric value: "
_OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
VALUES = [
    ({"N": "abc"}, _NOT_NUMERIC + "abc"), ({"N": ""}, _NOT_NUMERIC), ({"N": "1e126"}, _OVERFLOW), ({"N": "1e2147483647"}, _OVERFLOW),
    ({"SS": ["b", "a", "b"]}, _INVALID + 'Input collection ["a", "b", "b"] contains duplicates.'),
    ({"BS": ["/w==", "AA==", "AA=="]}, _INVALID + 'Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.'),
    ({"NS": ["2", "1", "2"]}, _INVALID + "Input collection contains duplicates."),
]


def _surfaces(value):
    yield "GetItem", {"TableName": "@", "Key": {"pk": value}}
    yield "BatchGetItem", {"RequestItems": {"@": {"Keys": [{"pk": value}]}}}
    yield "Query", query(ExpressionAttributeValues={":p": value})
    yield "Query", query(FilterExpression="n = :v", ExpressionAttributeValues={":p": {"S": "a"}, ":v": value})
    yield "Query", query(ExclusiveStartKey={"pk": value})
    keys = {"pk": condition("EQ", {"S": "a"})}
    yield "Query", {"TableName": "@", "KeyConditions": keys, "QueryFilter": {"s": condition("EQ", value)}}
    yield "Query", {"TableName": "@", "KeyConditions": {"pk": condition("EQ", value)}}  # not recorded


ROWS = [(operation, body, VALIDATION, text) for operation, body, text in MEMBERS]
ROWS += [(*surface, VALIDATION, text) for value, text in VALUES for surface in _surfaces(value)]
