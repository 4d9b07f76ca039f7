"""Requests that must fail: (operation, body, exception, text), one row each.

In a body, "@" stands for the name of a table with the string key `pk` alone, "@s" for one with the
string keys `pk` and `sk`. Texts are AWS's, as it sent them to public test suites; rows where only
Millrace's own text could be written say `own`.
"""
VALIDATION = "ValidationException"
SERIALIZATION = "SerializationException"
NOT_FOUND = "ResourceNotFoundException"

KEY = {"pk": {"S": "a"}}
NAMES = {"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}
TWO_NAMES = {"AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in "ab"]}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}


def hash_range(first, second, first_type="HASH", second_type="RANGE"):
    return [{"AttributeName": first, "KeyType": first_type}, {"AttributeName": second, "KeyType": second_type}]


CREATE_TABLE = [
    ({}, "The parameter 'TableName' is required but was not present in the request"),
    ({"TableName": "abc", **NAMES},
     "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when "
     "BillingMode is PROVISIONED"),
    ({"TableName": "abc", **NAMES, **ON_DEMAND, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
     "BillingMode is PAY_PER_REQUEST"),
    ({"TableName": "abc", **NAMES, "ProvisionedThroughput": {"ReadCapacityUnits": 1000000000001, "WriteCapacityUnits": 1}},
     "Given value 1000000000001 for ReadCapacityUnits is out of bounds"),
    ({"TableName": "abc", **NAMES, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000000000001}},
     "Given value 1000000000001 for WriteCapacityUnits is out of bounds"),
    ({"TableName": "abc", **ON_DEMAND, "AttributeDefinitions": [], "KeySchema": NAMES["KeySchema"]},
     "Invalid KeySchema: Some index key attribute have no definition"),
    ({"TableName": "abc", **ON_DEMAND, "AttributeDefinitions": [{"AttributeName": "b", "AttributeType": "S"}],
      "KeySchema": NAMES["KeySchema"]},
     "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: "
     "[a], AttributeDefinitions: [b]"),
    ({"TableName": "abc", **ON_DEMAND, **NAMES, "KeySchema": hash_range("a", "a")},
     "Invalid KeySchema: Some index key attribute have no definition"),
    ({"TableName": "abc", **ON_DEMAND, **TWO_NAMES, "KeySchema": hash_range("a", "a")},
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
    ({"TableName": "abc", **ON_DEMAND, **TWO_NAMES, "KeySchema": hash_range("a", "b", "RANGE", "HASH")},
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ({"TableName": "abc", **ON_DEMAND, **TWO_NAMES, "KeySchema": hash_range("a", "b", "HASH", "HASH")},
     "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
    ({"TableName": "abc", **ON_DEMAND, **TWO_NAMES, "KeySchema": NAMES["KeySchema"]},
     "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of "
     "attributes defined in AttributeDefinitions"),
    ({"TableName": "abc", **ON_DEMAND, "KeySchema": NAMES["KeySchema"], "AttributeDefinitions": NAMES["AttributeDefinitions"] * 2},
     "Attribute Name is duplicated: a"),
    ({"TableName": "abc", **ON_DEMAND, **NAMES, "StreamSpecification": {"StreamEnabled": True}},
     "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required"),
    ({"TableName": "abc", **ON_DEMAND, **NAMES, "StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}},
     "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not be "
     "specified"),
]

UPDATE_TABLE = [
    ({"TableName": "@"},
     "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, "
     "ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
     "OnDemandThroughput, WarmThroughput or TableClass is required"),
    ({"TableName": "@", "StreamSpecification": {"StreamEnabled": True}},
     "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required"),
    ({"TableName": "@", "StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
     "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified"),
    ({"TableName": "@", "StreamSpecification": {}},
     "1 validation error detected: Value null at 'streamSpecification.streamEnabled' failed to satisfy constraint: Member "
     "must not be null"),
]

ROWS = [("CreateTable", body, VALIDATION, text) for body, text in CREATE_TABLE]
ROWS += [("UpdateTable", body, VALIDATION, text) for body, text in UPDATE_TABLE]
ROWS += [
    (operation, {"TableName": "no-such-table", **more}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found")
    for operation, more in (("DescribeTable", {}), ("DeleteTable", {}),
                            ("UpdateTable", {"StreamSpecification": {"StreamEnabled": False}}))
]
ROWS += [
    (operation, {"TableName": "no-such-table", **more}, NOT_FOUND, "Requested resource not found")
    for operation, more in (("GetItem", {"Key": KEY}), ("PutItem", {"Item": KEY}), ("DeleteItem", {"Key": KEY}),
                            ("UpdateItem", {"Key": KEY, "UpdateExpression": "REMOVE x"}), ("Scan", {}),
                            ("Query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}))
]
ROWS += [
    ("DeleteTable", {"TableName": "ab"}, VALIDATION,
     "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than "
     "or equal to 3"),
    ("ListTables", {"Limit": 0}, VALIDATION,
     "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or "
     "equal to 1"),
    ("ListTables", {"Limit": 101}, VALIDATION,
     "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or "
     "equal to 100"),

    # Keys.
    ("GetItem", {"TableName": "@", "Key": {}}, VALIDATION, "The provided key element does not match the schema"),
    ("GetItem", {"TableName": "@", "Key": {"pk": {"N": "1"}}}, VALIDATION, "The provided key element does not match the schema"),
    ("GetItem", {"TableName": "@", "Key": {"pk": {"S": "a"}, "x": {"S": "a"}}}, VALIDATION,
     "The provided key element does not match the schema"),
    ("GetItem", {"TableName": "@", "Key": {"pk": {"S": ""}}}, VALIDATION,
     "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
     "value. Key: pk"),
    ("PutItem", {"TableName": "@", "Item": {}}, VALIDATION,
     "One or more parameter values were invalid: Missing the key pk in the item"),
    ("PutItem", {"TableName": "@s", "Item": KEY}, VALIDATION,
     "One or more parameter values were invalid: Missing the key sk in the item"),
    ("PutItem", {"TableName": "@", "Item": {"pk": {"N": "1"}}}, VALIDATION,
     "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
    ("PutItem", {"TableName": "@", "Item": {"pk": {"S": ""}}}, VALIDATION,
     "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
     "value. Key: pk"),
    ("PutItem", {"TableName": "@", "Item": {"pk": {"S": "x" * 2049}}}, VALIDATION,
     "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ("PutItem", {"TableName": "@s", "Item": {"pk": {"S": "x"}, "sk": {"S": "x" * 1025}}}, VALIDATION,
     "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),

    # Values.
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {}}}, VALIDATION,
     "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"S": "a", "N": "1"}}}, VALIDATION,
     "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"N": "1x"}}}, VALIDATION,
     "The parameter cannot be converted to a numeric value: 1x"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"N": "1" * 39}}}, VALIDATION,
     "Attempting to store more than 38 significant digits in a Number"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"N": "1e126"}}}, VALIDATION,
     "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"N": "1e-131"}}}, VALIDATION,
     "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"SS": []}}}, VALIDATION,
     "One or more parameter values were invalid: An string set  may not be empty"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"SS": ["a", "a"]}}}, VALIDATION,
     "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"S": 1}}}, SERIALIZATION, "NUMBER_VALUE cannot be converted to String"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": "text"}}, SERIALIZATION, "Unexpected value type in payload"),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "x": {"B": "a"}}}, SERIALIZATION,
     "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
    # A wrong type anywhere comes before everything else.
    ("PutItem", {"Item": {"x": {"S": 1}}}, SERIALIZATION, "NUMBER_VALUE cannot be converted to String"),
    ("PutItem", {"TableName": "@", "Item": {"x": {}, "y": {"S": 1}}}, SERIALIZATION, "NUMBER_VALUE cannot be converted to String"),

    # Parameters that go together, or not.
    ("PutItem", {"TableName": "@", "Item": KEY, "ReturnValues": "ALL_NEW"}, VALIDATION, "ReturnValues can only be ALL_OLD or NONE"),
    ("DeleteItem", {"TableName": "@", "Key": KEY, "ReturnValues": "UPDATED_OLD"}, VALIDATION,
     "ReturnValues can only be ALL_OLD or NONE"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ReturnValues": "x"}, VALIDATION,
     "1 validation error detected: Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value "
     "set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"),
    ("PutItem", {"TableName": "@", "Item": KEY, "Expected": {}, "ConditionExpression": "attribute_exists(x)"}, VALIDATION,
     "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} "
     "Expression parameters: {ConditionExpression}"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ExpressionAttributeNames": {"#a": "a"}}, VALIDATION,
     "ExpressionAttributeNames can only be specified when using expressions"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ExpressionAttributeValues": {":a": {"S": "a"}}}, VALIDATION,
     "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"),
    ("UpdateItem", {"TableName": "@", "Key": KEY, "ExpressionAttributeValues": {":a": {"S": "a"}}}, VALIDATION,
     "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ConditionExpression": "a = :a", "ExpressionAttributeValues": {}}, VALIDATION,
     "ExpressionAttributeValues must not be empty"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ConditionExpression": "a = b", "ExpressionAttributeNames": {}}, VALIDATION,
     "ExpressionAttributeNames must not be empty"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ConditionExpression": "a = :a",
                 "ExpressionAttributeValues": {":a": {"N": "x"}}}, VALIDATION,
     "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a"),
    ("PutItem", {"TableName": "@", "Item": KEY, "ConditionExpression": "attribute_exists(#a)",
                 "ExpressionAttributeNames": {"#a": "a", "#b": "b"}}, VALIDATION,
     "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"),

    # Expressions, as far as the operation decides about them.
    ("PutItem", {"TableName": "no-such-table", "Item": KEY, "ConditionExpression": "a ="}, VALIDATION,
     'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'),
    ("PutItem", {"TableName": "@", "Item": KEY, "ConditionExpression": ""}, VALIDATION,
     "Invalid ConditionExpression: The expression can not be empty;"),
    ("UpdateItem", {"TableName": "@", "Key": KEY, "UpdateExpression": "SET pk = :v", "ExpressionAttributeValues": {":v": {"S": "b"}}},
     VALIDATION, "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    # ... which AWS says only once it has found the table and the key fits it.
    ("UpdateItem", {"TableName": "no-such-table", "Key": KEY, "UpdateExpression": "SET pk = :v",
                    "ExpressionAttributeValues": {":v": {"S": "b"}}}, NOT_FOUND, "Requested resource not found"),
    ("UpdateItem", {"TableName": "@", "Key": {"x": {"S": "a"}}, "UpdateExpression": "SET pk = :v",
                    "ExpressionAttributeValues": {":v": {"S": "b"}}}, VALIDATION, "The provided key element does not match the schema"),
    ("GetItem", {"TableName": "@", "Key": KEY, "ProjectionExpression": "a, a"}, VALIDATION,
     "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; "
     "path one: [a], path two: [a]"),

    # Query and Scan.
    ("Query", {"TableName": "@"}, VALIDATION,
     "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
    ("Query", {"TableName": "@s", "KeyConditionExpression": "sk = :v", "ExpressionAttributeValues": {":v": {"S": "b"}}}, VALIDATION,
     "Query condition missed key schema element: pk"),
    ("Query", {"TableName": "no-such-table", "KeyConditionExpression": "pk ="}, VALIDATION,
     'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "="'),
    ("Query", {"TableName": "@s", "KeyConditionExpression": "pk = :v", "FilterExpression": "sk = :v",
               "ExpressionAttributeValues": {":v": {"S": "b"}}}, VALIDATION,
     "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"),
    ("Query", {"TableName": "@", "KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": {":v": {"S": "b"}}, "Select": "x"},
     VALIDATION, "1 validation error detected: Value 'x' at 'select' failed to satisfy constraint: Member must satisfy enum "
     "value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"),
    ("Query", {"TableName": "@", "KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": {":v": {"S": "b"}},
               "ExclusiveStartKey": {"pk": {"S": "c"}}}, VALIDATION,
     "The provided starting key is outside query boundaries based on provided conditions"),
    ("Query", {"TableName": "@s", "KeyConditionExpression": "pk = :v AND sk > :v", "ExpressionAttributeValues": {":v": {"S": "b"}},
               "ExclusiveStartKey": {"pk": {"S": "b"}, "sk": {"S": "b"}}}, VALIDATION,
     "The provided starting key does not match the range key predicate"),
    ("Scan", {"TableName": "@", "ExclusiveStartKey": {"x": {"S": "c"}}}, VALIDATION,
     "The provided starting key is invalid: The provided key element does not match the schema"),
    ("Scan", {"TableName": "@", "Segment": 0}, VALIDATION,
     "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"),
    ("Scan", {"TableName": "@", "TotalSegments": 1}, VALIDATION,
     "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"),
    ("Scan", {"TableName": "@", "Segment": 5, "TotalSegments": 5}, VALIDATION,
     "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5 is not less than "
     "TotalSegments: 5"),
    ("Scan", {"TableName": "@", "Select": "COUNT", "ProjectionExpression": "a"}, VALIDATION,
     "Cannot specify the ProjectionExpression when choosing to get only the Count"),

    # own: what is not built yet is refused by name
    ("Woop", {}, "UnknownOperationException", ""),
    ("DynamoDB_20111205.GetItem", {}, "UnknownOperationException", ""),
]

# The parameters from before expressions. Texts of ConditionalOperator and of mixing, and those of Select: as AWS sent them
# to public suites that run against it and name the prefix of Query's.
def _condition(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


_A = {"S": "a"}
_INVALID = "One or more parameter values were invalid: "
_WITHOUT_FILTER = "ConditionalOperator cannot be used without Filter or Expected"
_ONE_ELEMENT = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
_MIXED = "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} " \
         "Expression parameters: {%s}"
_PK = {"pk": _condition("EQ", _A)}
_VALUES = {"ExpressionAttributeValues": {":v": _A}}

LEGACY = [
    ("Scan", {"ConditionalOperator": "AND"}, _WITHOUT_FILTER),
    ("Scan", {"ConditionalOperator": "AND", "ScanFilter": {}}, _WITHOUT_FILTER),
    ("Scan", {"ConditionalOperator": "OR", "AttributesToGet": ["a", "b"]}, _WITHOUT_FILTER),
    ("Scan", {"ConditionalOperator": "AND", "ScanFilter": {"a": _condition("EQ", _A)}}, _ONE_ELEMENT),
    ("Query", {"ConditionalOperator": "AND"}, _WITHOUT_FILTER),
    ("Query", {"ConditionalOperator": "AND", "KeyConditions": _PK}, _WITHOUT_FILTER),
    ("Query", {"ConditionalOperator": "AND", "KeyConditions": _PK, "QueryFilter": {"a": _condition("EQ", _A)}}, _ONE_ELEMENT),
    ("PutItem", {"Item": KEY, "ConditionalOperator": "AND"}, _WITHOUT_FILTER),
    ("PutItem", {"Item": KEY, "ConditionalOperator": "AND", "Expected": {"a": _condition("EQ", _A)}}, _ONE_ELEMENT),
    ("DeleteItem", {"Key": KEY, "ConditionalOperator": "AND"}, _WITHOUT_FILTER),
    ("UpdateItem", {"Key": KEY, "ConditionalOperator": "AND"}, _WITHOUT_FILTER),

    ("Scan", {"ConditionalOperator": "AND", "FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": _A, ":u": _A}},
     _MIXED % ("ConditionalOperator", "FilterExpression")),
    ("Scan", {"AttributesToGet": ["a"], "ScanFilter": _PK, "ConditionalOperator": "AND", "FilterExpression": "a = :v",
              "ProjectionExpression": "b", **_VALUES},
     _MIXED % ("AttributesToGet, ScanFilter, ConditionalOperator", "ProjectionExpression, FilterExpression")),
    ("Query", {"KeyConditions": _PK, "QueryFilter": _PK, "ConditionalOperator": "AND", "KeyConditionExpression": "pk = :v",
               "FilterExpression": "a = :v", "ProjectionExpression": "b", **_VALUES},
     _MIXED % ("QueryFilter, ConditionalOperator, KeyConditions", "ProjectionExpression, FilterExpression, KeyConditionExpression")),
    ("Query", {"KeyConditions": _PK, "QueryFilter": _PK, "FilterExpression": "a = :v", **_VALUES},
     _MIXED % ("QueryFilter", "FilterExpression")),
    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"a": {"Value": _A}}, "Expected": _PK, "ConditionalOperator": "AND",
                    "UpdateExpression": "SET a = :v", "ConditionExpression": "attribute_exists(pk)", **_VALUES},
     _MIXED % ("AttributeUpdates, Expected, ConditionalOperator", "UpdateExpression, ConditionExpression")),
    ("GetItem", {"Key": KEY, "AttributesToGet": ["a"], "ProjectionExpression": "a"},
     _MIXED % ("AttributesToGet", "ProjectionExpression")),
    ("Query", {"KeyConditions": _PK, "ProjectionExpression": "a", **_VALUES},
     "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null"),

    ("PutItem", {"Item": KEY, "Expected": {"a": {}}}, _INVALID + "Value must be provided when Exists is null for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"Exists": True}}},
     _INVALID + "Value must be provided when Exists is true for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"Exists": False, "Value": _A}}},
     _INVALID + "Value cannot be used when Exists is false for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"Value": _A, "AttributeValueList": [_A]}}},
     _INVALID + "Value and AttributeValueList cannot be used together for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"AttributeValueList": [_A]}}},
     _INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"Exists": True, "ComparisonOperator": "EQ", "Value": _A}}},
     _INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"ComparisonOperator": "EQ"}}},
     _INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"ComparisonOperator": "NULL", "Value": _A}}},
     _INVALID + "Invalid number of argument(s) for the NULL ComparisonOperator"),
    ("PutItem", {"Item": KEY, "Expected": {"a": _condition("IN", _A, {"N": "1"})}},
     _INVALID + "AttributeValues inside AttributeValueList must be of same type"),
    ("PutItem", {"Item": KEY, "Expected": {"a": _condition("BETWEEN", {"S": "b"}, _A)}},
     "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"),
    ("PutItem", {"Item": KEY, "Expected": {"a": {"Value": {"N": "x"}}}}, "The parameter cannot be converted to a numeric value: x"),

    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"a": {}}},
     _INVALID + "Only DELETE action is allowed when no attribute value is specified"),
    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"a": {"Action": "DELETE", "Value": _A}}},
     _INVALID + "DELETE action with value is not supported for the type S"),
    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"a": {"Action": "ADD", "Value": _A}}},
     _INVALID + "ADD action is not supported for the type S"),
    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"pk": {"Value": _A}}},
     _INVALID + "Cannot update attribute pk. This attribute is part of the key"),

    # DynamoDB Local's text; no item may have such a name.
    ("UpdateItem", {"Key": KEY, "AttributeUpdates": {"": {"Value": _A}}}, "Empty attribute name"),
    ("PutItem", {"Item": KEY, "Expected": {"": {"Exists": False}}}, "Empty attribute name"),
    ("Scan", {"ScanFilter": {"": _condition("EQ", _A)}}, "Empty attribute name"),
    ("Query", {"KeyConditions": _PK, "QueryFilter": {"": _condition("EQ", _A)}}, "Empty attribute name"),
    ("GetItem", {"Key": KEY, "AttributesToGet": ["a", ""]}, "Empty attribute name"),

    ("Scan", {"ScanFilter": {"a": _condition("EQ")}}, _INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator"),
    ("Scan", {"ScanFilter": {"a": _condition("LT", {"BOOL": True})}},
     _INVALID + "ComparisonOperator LT is not valid for BOOL AttributeValue type"),
    ("Scan", {"ScanFilter": {"a": {}}},
     "1 validation error detected: Value null at 'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: Member "
     "must not be null"),
    ("Query", {"KeyConditions": {}}, "Conditions can be of length 1 or 2 only"),
    ("Query", {"KeyConditions": {name: _condition("EQ", _A) for name in "abc"}}, "Conditions can be of length 1 or 2 only"),
    ("Query", {"KeyConditions": {"pk": _condition("NE", _A)}}, "Attempted conditional constraint is not an indexable operation"),
    ("Query", {"KeyConditions": {"pk": _condition("GT", _A)}}, "Query key condition not supported"),
    ("Query", {"KeyConditions": {"a": _condition("EQ", _A)}}, "Query condition missed key schema element: pk"),
    ("Query", {"KeyConditions": {"pk": _condition("EQ", {"N": "1"})}},
     _INVALID + "Condition parameter type does not match schema type"),
    ("Query", {"KeyConditions": _PK, "QueryFilter": _PK},
     "QueryFilter can only contain non-primary key attributes: Primary key attribute: pk"),
    ("GetItem", {"Key": KEY, "AttributesToGet": ["a", "b", "a"]}, _INVALID + "Duplicate value in attribute name: a"),

    ("Query", {"Select": "ALL_PROJECTED_ATTRIBUTES", "KeyConditions": _PK},
     "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
    ("Scan", {"Select": "ALL_PROJECTED_ATTRIBUTES"}, "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
    ("Query", {"Select": "SPECIFIC_ATTRIBUTES", "KeyConditions": _PK},
     "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get "
     "SPECIFIC_ATTRIBUTES"),
    ("Scan", {"Select": "SPECIFIC_ATTRIBUTES"},
     "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"),
    ("Query", {"Select": "COUNT", "KeyConditions": _PK, "AttributesToGet": ["a"]},
     "1 validation error detected: Cannot specify the AttributesToGet when choosing to get only the Count"),
    ("Scan", {"Select": "ALL_ATTRIBUTES", "AttributesToGet": ["a"]},
     "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES"),
    ("Scan", {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "a"},
     "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
]
ROWS += [(operation, {"TableName": "@", **body}, VALIDATION, text) for operation, body, text in LEGACY]
ROWS += [
    ("BatchGetItem", {"RequestItems": {"@": {"Keys": [KEY], "AttributesToGet": ["a", "a"]}}}, VALIDATION,
     _INVALID + "Duplicate value in attribute name: a"),
    ("BatchGetItem", {"RequestItems": {"@": {"Keys": [KEY], "AttributesToGet": ["a"], "ProjectionExpression": "a"}}}, VALIDATION,
     _MIXED % ("AttributesToGet", "ProjectionExpression")),
    ("BatchGetItem", {"RequestItems": {"no-such-table": {"Keys": [KEY, KEY]}}}, VALIDATION,
     "Provided list of item keys contains duplicates"),
]


# As real regions answered paritysuite/dynamodb-conformance, in the file of its tests/ that is named before the rows. Of a value
# nested a level deeper than an item's may be, the answer is that of eu-south-2 and me-central-1.
def deep(levels):
    """As many maps around a text."""
    return {"M": {"n": deep(levels - 1)}} if levels else {"S": "leaf"}


def _too_short(name, place):
    return f"Value '{name}' at '{place}' failed to satisfy constraint: Member must have length greater than or equal to 3"


def _indexes(local, globally):
    projected = {"Projection": {"ProjectionType": "ALL"}}
    return {"TableName": "abc", **ON_DEMAND, **TWO_NAMES, "KeySchema": hash_range("a", "b"),
            "LocalSecondaryIndexes": [{"IndexName": local, "KeySchema": hash_range("a", "c"), **projected}],
            "GlobalSecondaryIndexes": [{"IndexName": globally, "KeySchema": NAMES["KeySchema"], **projected}]}


def _transact(*actions, **more):
    return {"TransactItems": [{kind: {"TableName": "@", **members}} for kind, members in actions], **more}


_NESTED = ("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
_OF_VALUE = "ExpressionAttributeValues contains invalid value: %s for key :v"
_FAILED = "The conditional request failed"
_CANCELED = "Transaction cancelled, please refer cancellation reasons for specific reasons [%s]"
_UNUSED = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
_UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_HUGE = {"N": "1e2147483647"}
_BOGUS = ("Value 'BOGUS' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, "
          "TOTAL, NONE]")
_IS_DEEP = {"Key": {"pk": {"S": "none"}}, "ConditionExpression": "d = :v"}
_SET = {"Key": KEY, "UpdateExpression": "SET d = :v"}
_NO_TABLE_FIRST = ("Put", {"TableName": "no-such-table", "Item": KEY})
_DEEP_KEY = {"Key": {"pk": deep(100)}}
_LONG = "a = :v" + " AND a = :v" * 373

# validation-ordering/createTable.test.ts
ROWS += [
    ("CreateTable", _indexes(local, globally), VALIDATION, "2 validation errors detected: "
     + _too_short(globally, "globalSecondaryIndexes.1.member.indexName") + "; "
     + _too_short(local, "localSecondaryIndexes.1.member.indexName")) for local, globally in (("l1", "g1"), ("aa", "zz"))]
# validation-ordering/updateItem.test.ts
ROWS += [
    ("UpdateItem", {"TableName": "@", "Expected": {"a": {"Exists": False}, "b": {"Exists": False}}, "ConditionalOperator": "XOR",
                    "AttributeUpdates": {"x": {"Value": _A}}}, VALIDATION,
     "2 validation errors detected: Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum "
     "value set: [OR, AND]; Value null at 'key' failed to satisfy constraint: Member must not be null")]
# limits/nestingDepth.test.ts; that a value of 33 levels is refused is not confirmed.
ROWS += [(operation, {"TableName": "@", **body, **_IS_DEEP, "ExpressionAttributeValues": {":v": deep(levels)}}, error, text)
         for levels, error, text in ((32, "ConditionalCheckFailedException", _FAILED), (33, VALIDATION, _OF_VALUE % _NESTED))
         for operation, body in (("UpdateItem", {"UpdateExpression": "SET x = x"}), ("DeleteItem", {}))]
ROWS += [("UpdateItem", {"TableName": "@", **_SET, "ExpressionAttributeValues": {":v": deep(32)}}, VALIDATION, _NESTED)]
ROWS += [
    ("TransactWriteItems", _transact((kind, {**_IS_DEEP, **body, "ExpressionAttributeValues": {":v": deep(levels)}})), error, text)
    for levels, error, text in ((32, "TransactionCanceledException", _CANCELED % "ConditionalCheckFailed"),
                                (33, VALIDATION, _OF_VALUE % _NESTED))
    for kind, body in (("Update", {"UpdateExpression": "SET x = x"}), ("ConditionCheck", {}), ("Delete", {}))]
# validation-ordering/deepRequests.test.ts and transactions.test.ts
ROWS += [
    ("Scan", {"TableName": "@", "ConditionalOperator": "AND", "ScanFilter": {"a": _condition("EQ", deep(40))}}, VALIDATION, _NESTED),
    ("Scan", {"TableName": "@", "ConditionalOperator": "AND", "ScanFilter": {"a": _condition("EQ", deep(31))}}, VALIDATION,
     _ONE_ELEMENT),
    ("TransactWriteItems", _transact(("Put", {"Item": KEY}), ClientRequestToken="x" * 37, ReturnConsumedCapacity="BOGUS"), VALIDATION,
     f"2 validation errors detected: Value '{'x' * 37}' at 'clientRequestToken' failed to satisfy constraint: Member must have "
     "length less than or equal to 36; " + _BOGUS)]
ROWS += [
    ("TransactWriteItems", _transact(*actions), error, text) for actions, error, text in (
        ([_NO_TABLE_FIRST, ("ConditionCheck", {"Key": KEY, "ConditionExpression": "attribute_not_exists("})], VALIDATION,
         'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("'),
        ([_NO_TABLE_FIRST, ("ConditionCheck", {"Key": KEY, "ConditionExpression": "attribute_exists(pk)", **_VALUES})], VALIDATION,
         _UNUSED),
        ([("ConditionCheck", {"Key": KEY, "ConditionExpression": "attribute_exists(pk)", **_VALUES}), _NO_TABLE_FIRST], VALIDATION,
         _UNUSED),
        ([_NO_TABLE_FIRST, ("Put", {"Item": {"pk": {"N": "1"}}})], NOT_FOUND, "Requested resource not found"),
        ([("Delete", {**_DEEP_KEY, "ConditionExpression": "a = = b"})], VALIDATION,
         'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"'),
        ([("Delete", {**_DEEP_KEY, "ConditionExpression": _LONG, **_VALUES})], VALIDATION,
         "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4109"),
        ([("Delete", {"Key": {"pk": deep(40)}}), ("Put", {"Item": KEY, "ConditionExpression": "a = = b"})], VALIDATION, _NESTED),
        ([("Put", {"Item": {**KEY, "d": deep(32)}}), ("ConditionCheck", {"Key": KEY, "ConditionExpression": "attribute_exists("})],
         VALIDATION, _NESTED),
        ([("Put", {"Item": KEY, "ConditionExpression": "a = = b"}), ("Delete", _DEEP_KEY)], VALIDATION,
         'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"'))]
# error-messages/valueLayers.test.ts
ROWS += [
    ("BatchWriteItem", {"RequestItems": {"@": [{"PutRequest": {"Item": {**KEY, "n": _HUGE}}}]}}, VALIDATION, _UNDERFLOW),
    ("BatchWriteItem", {"RequestItems": {"@": [{"DeleteRequest": {"Key": {"pk": _HUGE}}}]}}, VALIDATION, _UNDERFLOW),
    ("BatchWriteItem", {"RequestItems": {"@": [{"PutRequest": {"Item": {**KEY, "n": {"N": "1e126"}}}}]}}, VALIDATION, _OVERFLOW),
    ("TransactWriteItems", _transact(("Put", {"Item": {**KEY, "n": {"M": {"l": {"L": [_HUGE]}}}}})), VALIDATION, _UNDERFLOW),
    ("TransactWriteItems", _transact(("Delete", {"Key": {"pk": _HUGE}})), VALIDATION, _UNDERFLOW),
    ("TransactWriteItems", _transact(("Update", {**_SET, "ExpressionAttributeValues": {":v": _HUGE}})), VALIDATION,
     _OF_VALUE % _UNDERFLOW),
    ("TransactGetItems", _transact(("Get", {"Key": {"pk": _HUGE}})), VALIDATION, _UNDERFLOW),
    ("PutItem", {"TableName": "@", "Item": {**KEY, "n": _HUGE}}, VALIDATION, _OVERFLOW)]
# error-messages/transactWriteItems.test.ts and transactGetItems.test.ts: the echo isn't cut. How it shows a value was not
# recorded.
ROWS += [
    (operation, _transact(*[(kind, {member: {"pk": {"S": str(n)}}}) for n in range(101)]), VALIDATION,
     "1 validation error detected: Value '[" + ", ".join(echo % n for n in range(101)) + "]' at 'transactItems' failed to satisfy "
     "constraint: Member must have length less than or equal to 100") for operation, kind, member, echo in (
         ("TransactWriteItems", "Put", "Item", "TransactWriteItem(conditionCheck=null, put=Put(item={pk={S=%s}}, tableName=rows-hash, "
          "conditionExpression=null, expressionAttributeNames=null, expressionAttributeValues=null, "
          "returnValuesOnConditionCheckFailure=null), delete=null, update=null)"),
         ("TransactGetItems", "Get", "Key", "TransactGetItem(get=Get(key={pk={S=%s}}, tableName=rows-hash, "
          "projectionExpression=null, expressionAttributeNames=null))"))]
