"""Which of several errors comes first, and that no wrong JSON type ends in anything but the API's own 4xx.

Texts marked "recorded" were recorded from the service in 2026 (us-east-1); the service's regions differ in their wording.
"""
import json

import pytest

NAME = "validation"
KEY = {"pk": {"S": "a"}}
LENGTH = "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
RETURN_VALUES = ("Value 'INVALID' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
                 "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]")
CAPACITY = ("Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
            "[INDEXES, TOTAL, NONE]")
METRICS = ("Value 'INVALID' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value "
           "set: [SIZE, NONE]")


def together(*errors):
    return f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected: " + "; ".join(errors)


# (operation, request, text), all recorded.
RECORDED = [
    ("PutItem", {"Item": KEY}, together("Value null at 'tableName' failed to satisfy constraint: Member must not be null")),
    ("PutItem", {"TableName": "", "Item": {}}, together(LENGTH)),
    ("PutItem", {"TableName": "", "Item": {}, "ReturnValues": "INVALID"}, together(RETURN_VALUES, LENGTH)),
    ("PutItem", {"TableName": NAME, "Item": KEY, "ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID",
                 "ReturnItemCollectionMetrics": "INVALID"}, together(RETURN_VALUES, CAPACITY, METRICS)),
    ("DeleteItem", {"TableName": "", "Key": {}}, together(LENGTH)),
    ("DeleteItem", {"TableName": NAME, "Key": KEY, "ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID"},
     together(RETURN_VALUES, CAPACITY)),
    ("UpdateItem", {"TableName": "", "Key": {}}, together(LENGTH)),
    ("UpdateItem", {"TableName": NAME, "Key": KEY, "ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID"},
     together(CAPACITY, RETURN_VALUES)),
    ("PutItem", {"TableName": "bad table!@#", "Item": KEY},
     together("Value 'bad table!@#' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression "
              "pattern: [a-zA-Z0-9_.-]+")),
    ("PutItem", {"TableName": "a" * 256, "Item": KEY},
     together(f"Value '{'a' * 256}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal "
              "to 255")),
    ("PutItem", {"TableName": NAME, "Item": {**KEY, "x": {"NS": []}}},
     "One or more parameter values were invalid: An number set  may not be empty"),
    ("PutItem", {"TableName": NAME, "Item": {**KEY, "x": {"NULL": False}}},
     "One or more parameter values were invalid: Null attribute value types must have the value of true"),
    ("PutItem", {"TableName": NAME, "Item": KEY, "ConditionExpression": "((attribute_exists(pk)))"},
     "Invalid ConditionExpression: The expression has redundant parentheses;"),
    ("PutItem", {"TableName": NAME, "Item": KEY, "ConditionExpression": "contains(#d, #d)",
                 "ExpressionAttributeNames": {"#d": "data"}},
     "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or "
     "function; operator: contains, first operand: [data]"),
    ("UpdateItem", {"TableName": NAME, "Key": KEY, "UpdateExpression": "INVALID SYNTAX"},
     'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
    ("UpdateItem", {"TableName": NAME, "Key": KEY, "UpdateExpression": ""},
     "Invalid UpdateExpression: The expression can not be empty;"),
    ("UpdateItem", {"TableName": NAME, "Key": KEY, "UpdateExpression": "SET a = :v"},
     "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v"),
    ("UpdateItem", {"TableName": NAME, "Key": KEY, "UpdateExpression": "SET a = :v",
                    "ExpressionAttributeValues": {":v": {"S": "a"}, ":unused": {"S": "a"}}},
     "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}"),
    ("BatchGetItem", {"RequestItems": {}}, "The requestItems parameter is required for BatchGetItem"),
]


@pytest.fixture(scope="module")
def table(shared_server):
    shared_server.ok("CreateTable", {
        "TableName": NAME, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})


@pytest.mark.parametrize("operation, body, text", RECORDED, ids=[f"{n:02}-{row[0]}" for n, row in enumerate(RECORDED)])
def test_recorded(server, table, operation, body, text):
    assert server.error(operation, json.dumps(body)) == ("ValidationException", text)


ECHO_MAX = 256 * 1024  # bytes; own


@pytest.mark.parametrize("sent, shown", [
    ("x" * ECHO_MAX, "x" * ECHO_MAX), ("x" * (ECHO_MAX + 1), "x" * ECHO_MAX + "..."),
    ("x" + "\u00e9" * (ECHO_MAX // 2), "x" + "\u00e9" * (ECHO_MAX // 2 - 1) + "...")])
def test_what_is_refused_is_shown_whole_up_to_a_bound(server, table, sent, shown):
    body = {"TableName": NAME, "Item": KEY, "ReturnValues": sent}
    assert server.error("PutItem", json.dumps(body)) == ("ValidationException", together(RETURN_VALUES.replace("INVALID", shown)))


_NAMES = {"#a": "a"}
_VALUES = {":v": {"S": "a"}}
_CONDITION = {"ConditionExpression": "#a = :v", "ExpressionAttributeNames": _NAMES, "ExpressionAttributeValues": _VALUES}
_WRITE = {"TableName": NAME, "ReturnValues": "NONE", "ReturnConsumedCapacity": "TOTAL", **_CONDITION}
REQUESTS = [
    ("GetItem", {"TableName": NAME, "Key": KEY, "ConsistentRead": True, "ProjectionExpression": "a"}),
    ("PutItem", {**_WRITE, "Item": {**KEY, "l": {"L": [{"N": "1"}]}, "m": {"M": {"a": {"NULL": True}}}, "s": {"SS": ["a"]}}}),
    ("DeleteItem", {**_WRITE, "Key": KEY}),
    ("UpdateItem", {**_WRITE, "Key": KEY, "UpdateExpression": "SET b = :v"}),
    ("Query", {"TableName": NAME, "KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": _VALUES, "Limit": 1,
               "ScanIndexForward": True, "Select": "COUNT", "ExclusiveStartKey": KEY, "IndexName": "abc"}),
    ("Scan", {"TableName": NAME, "Limit": 1, "Segment": 0, "TotalSegments": 1, "ScanFilter": {
        "a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}}}),
    ("BatchGetItem", {"RequestItems": {NAME: {"Keys": [KEY], "ConsistentRead": True, "AttributesToGet": ["a"]}}}),
    ("BatchWriteItem", {"RequestItems": {NAME: [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": {"pk": {"S": "b"}}}}]}}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": NAME, "Key": KEY, "ProjectionExpression": "a"}}]}),
    ("TransactWriteItems", {"ClientRequestToken": "a", "TransactItems": [
        {"Put": {"TableName": NAME, "Item": KEY}}, {"Delete": {"TableName": NAME, "Key": {"pk": {"S": "b"}}}},
        {"Update": {"TableName": NAME, "Key": {"pk": {"S": "c"}}, "UpdateExpression": "REMOVE a"}},
        {"ConditionCheck": {"TableName": NAME, "Key": {"pk": {"S": "d"}}, **_CONDITION}}]}),
]
_MISSING = "no-such-table"
_ARN = f"arn:aws:dynamodb:us-east-1:000000000000:table/{_MISSING}"
_KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}]
_UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
_INDEX = {"IndexName": "abc", "KeySchema": _KEY_SCHEMA, "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
          "ProvisionedThroughput": _UNITS, "WarmThroughput": {"ReadUnitsPerSecond": 1}}
_STREAM = "DynamoDBStreams_20120810."
# On tables: none of them makes one, whatever is replaced, since no attribute is defined twice.
REQUESTS += [
    ("CreateTable", {"TableName": _MISSING, "KeySchema": _KEY_SCHEMA, "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PROVISIONED", "ProvisionedThroughput": _UNITS, "GlobalSecondaryIndexes": [_INDEX],
        "LocalSecondaryIndexes": [_INDEX], "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "SSESpecification": {"Enabled": False}, "Tags": [{"Key": "k", "Value": "v"}], "TableClass": "STANDARD",
        "WarmThroughput": {"ReadUnitsPerSecond": 1}, "OnDemandThroughput": {"MaxReadRequestUnits": 1}, "ResourcePolicy": "{}",
        "DeletionProtectionEnabled": False}),
    ("UpdateTable", {"TableName": _MISSING, "GlobalSecondaryIndexUpdates": [
        {"Create": _INDEX}, {"Update": {"IndexName": "abd", "ProvisionedThroughput": _UNITS}}, {"Delete": {"IndexName": "abe"}}],
        "BillingMode": "PROVISIONED", "ProvisionedThroughput": _UNITS, "ReplicaUpdates": [{"Create": {"RegionName": "us-west-2"}}]}),
    ("UpdateTimeToLive", {"TableName": _MISSING, "TimeToLiveSpecification": {"AttributeName": "a", "Enabled": True}}),
    ("TagResource", {"ResourceArn": _ARN, "Tags": [{"Key": "k", "Value": "v"}]}),
    ("UntagResource", {"ResourceArn": _ARN, "TagKeys": ["k"]}),
    ("PutResourcePolicy", {"ResourceArn": _ARN, "Policy": "{}", "ExpectedRevisionId": "1"}),
    ("UpdateContinuousBackups", {"TableName": _MISSING, "PointInTimeRecoverySpecification": {
        "PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 1}}),
    ("ListBackups", {"TableName": _MISSING, "Limit": 1, "TimeRangeLowerBound": 1, "TimeRangeUpperBound": 1.5, "BackupType": "ALL"}),
    ("RestoreTableToPointInTime", {"SourceTableName": _MISSING, "TargetTableName": "abc", "RestoreDateTime": 1,
                                   "GlobalSecondaryIndexOverride": [_INDEX]}),
    ("ExportTableToPointInTime", {"TableArn": _ARN, "S3Bucket": "bucket", "S3SseAlgorithm": "AES256",
                                  "IncrementalExportSpecification": {"ExportFromTime": 1}, "ExportType": "INCREMENTAL_EXPORT"}),
    ("UpdateContributorInsights", {"TableName": _MISSING, "IndexName": "abc", "ContributorInsightsAction": "ENABLE"}),
    ("UpdateGlobalTable", {"GlobalTableName": "abc", "ReplicaUpdates": [{"Create": {"RegionName": "us-west-2"}}]}),
    ("UpdateKinesisStreamingDestination", {"TableName": _MISSING, "StreamArn": "a" * 37, "UpdateKinesisStreamingConfiguration": {
        "ApproximateCreationDateTimePrecision": "MICROSECOND"}}),
    (_STREAM + "ListStreams", {"TableName": _MISSING, "Limit": 1, "ExclusiveStartStreamArn": _ARN + "/stream/x"}),
    (_STREAM + "DescribeStream", {"StreamArn": _ARN + "/stream/x", "Limit": 1, "ExclusiveStartShardId": "s" * 28,
                                  "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": "s" * 28}}),
    (_STREAM + "GetShardIterator", {"StreamArn": _ARN + "/stream/x", "ShardId": "s" * 28, "ShardIteratorType": "LATEST",
                                    "SequenceNumber": "1" * 21}),
    (_STREAM + "GetRecords", {"ShardIterator": "x", "Limit": 1}),
]
WRONG = [None, True, 1, -1.5, 10**30, 1e300, "", "text", [], [None], [[]], [1], {}, {"a": None}, {"a": {"a": {}}}]


def replaced(value):
    """`value` with each thing in it, at any depth, replaced by each of WRONG."""
    yield from WRONG
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        for other in replaced(child):
            copy = value.copy()
            copy[key] = other
            yield copy


@pytest.mark.parametrize("operation, request_body", REQUESTS, ids=[row[0] for row in REQUESTS])
def test_wrong_types_are_answered_by_the_api(server, table, operation, request_body):
    for body in replaced(request_body):
        status, _, reply = server.call(operation, json.dumps(body))
        assert status in (200, 400), (body, reply)
        if status == 400:
            assert reply["__type"].partition("#")[2].endswith("Exception"), (body, reply)
