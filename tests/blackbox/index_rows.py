"""Requests about secondary indexes that must fail: (body or (operation, body), exception, text), one row each.

Texts are AWS's, as it sent them to public test suites and as public measurements of the service quote them; rows whose
text could not be confirmed say `own`.
"""
VALIDATION = "ValidationException"
INVALID = "One or more parameter values were invalid: "


def definitions(names, kind="S"):
    return [{"AttributeName": name, "AttributeType": kind} for name in names]


def keys(*pairs):
    """keys("a", "b") is a HASH and b RANGE; keys("a:HASH", "b:HASH") says it."""
    schema = []
    for number, pair in enumerate(pairs):
        name, _, kind = pair.partition(":")
        schema.append({"AttributeName": name, "KeyType": kind or ("HASH" if number == 0 else "RANGE")})
    return schema


ALL = {"ProjectionType": "ALL"}


def index(*pairs, name="abc", projection=None):
    return {"IndexName": name, "KeySchema": keys(*pairs), "Projection": ALL if projection is None else projection}


def table(names, *pairs, **more):
    return {"TableName": "never-made", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions(names),
            "KeySchema": keys(*pairs), **more}


def globals_of(*indexes):
    return {"GlobalSecondaryIndexes": list(indexes)}


def locals_of(*indexes):
    return {"LocalSecondaryIndexes": list(indexes)}


def include(*names):
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}


HUNDRED = [f"attribute{n}" for n in range(101)]

CREATE_TABLE = [
    (table("a", "a", GlobalSecondaryIndexes=[]), INVALID + "List of GlobalSecondaryIndexes is empty"),
    (table("a", "a", LocalSecondaryIndexes=[]), INVALID + "List of LocalSecondaryIndexes is empty"),
    (table("ab", "a", **globals_of(index("c"))),
     INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [c], AttributeDefinitions: [a, b]"),
    (table("abc", "a", **globals_of(index("b"))),
     INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]"),
    # Recorded from the service: the order of names.
    (table(["pk", "sk", "a", "b", "c"], "pk", "sk", **globals_of(index("a"))),
     INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [sk, a, b, pk, c], keys used: [a, sk, pk]"),
    (table(["my-hash", "my-string", "my-int"], "my-hash", **globals_of(index("my-string"))),
     INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [my-string, my-int, my-hash], keys used: [my-hash, "
     "my-string]"),
    (table(["pk", "sk"], "pk", "sk", **globals_of(index("q"))),
     INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [q], AttributeDefinitions: [sk, pk]"),
    # What is not used is found before any other fault.
    (table("abc", "a", **globals_of(index("b", projection={}))),
     INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]"),
    (table("ab", "a", **globals_of(index("b", "b"))),
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
    (table("ab", "a", **globals_of(index("b:RANGE", "a:HASH"))),
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    (table("ab", "a", **globals_of(index("b:RANGE"))), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    (table("abcdef", "a", **globals_of(index(*(f"{name}:HASH" for name in "bcdef")))),
     INVALID + "The KeySchema exceeds the maximum allowed number of HASH key attributes"),
    (table("abcdef", "a", **globals_of(index("a", *(f"{name}:RANGE" for name in "bcdef")))),
     INVALID + "The KeySchema exceeds the maximum allowed number of RANGE key attributes"),
    (table("abc", "a", **globals_of(index("a:HASH", "b:RANGE", "c:HASH"))),
     INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"),
    (table("ab", "a", **globals_of(index("a:HASH", "b:HASH", "b:RANGE"))),
     "The KeySchema contains multiple key attributes with the same name"),
    (table("ab", "a", **globals_of(index("b", projection={}))), INVALID + "Unknown ProjectionType: null"),
    (table("ab", "a", **globals_of(index("b", projection={"ProjectionType": "INCLUDE"}))),
     INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    (table("ab", "a", **globals_of(index("b", projection={"ProjectionType": "ALL", "NonKeyAttributes": ["x"]}))),
     INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified"),
    (table("ab", "a", **globals_of(index("b", projection={"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["x"]}))),
     INVALID + "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified"),
    (table("ab", "a", **globals_of(index("b", projection=include("x", "x")))),
     INVALID + "Duplicate element in NonKeyAttributes: x"),
    (table("ab", "a", **globals_of(index("b"), index("b"))), INVALID + "Duplicate index name: abc"),
    (table("abc", "a", "b", **globals_of(index("c")), **locals_of(index("a", "c"))), INVALID + "Duplicate index name: abc"),
    (table("ab", "a", **globals_of(*(index("b", name=f"index{n}") for n in range(21)))),
     INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20"),
    (table("ab", "a", **globals_of({**index("b"), "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})),
     INVALID + "ProvisionedThroughput should not be specified for index: abc when BillingMode is PAY_PER_REQUEST"),
    ({**table("ab", "a", **globals_of(index("b"))), "BillingMode": "PROVISIONED",
      "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     INVALID + "ProvisionedThroughput is not specified for index: abc"),
    ({**table("ab", "a", **globals_of({**index("b"), "ProvisionedThroughput": {"ReadCapacityUnits": 1,
                                                                               "WriteCapacityUnits": 1000000000001}})),
      "BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index abc"),
    # own
    (table("ab", "a", **globals_of(*(index("b", name=f"index{n}", projection=include(*HUNDRED[n * 20:n * 20 + 20]))
                                     for n in range(6)))),
     INVALID + "Total number of NonKeyAttributes across all indexes exceeds the limit of 100"),
    (table("ab", "a", **locals_of(index("a", "b"))),
     INVALID + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
    (table("abc", "a", "b", **locals_of(index("c", "b"))),
     INVALID + "Index KeySchema does not have the same leading hash key as table KeySchema for index: abc. index hash key: c, "
     "table hash key: a"),
    (table("ab", "a", "b", **locals_of(index("a"))), INVALID + "Index KeySchema does not have a range key for index: abc"),
    (table("abc", "a", "b", **locals_of(*(index("a", "c", name=f"index{n}") for n in range(6)))),
     INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
    (table("abc", "a", "b", **locals_of(index("a", "b", "c"))),
     "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, "
     "keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'localSecondaryIndexes.1.member.keySchema' failed "
     "to satisfy constraint: Member must have length less than or equal to 2"),
    (table("ab", "a", **globals_of({"IndexName": "abc", "KeySchema": keys("b")})),
     "1 validation error detected: Value null at 'globalSecondaryIndexes.1.member.projection' failed to satisfy constraint: "
     "Member must not be null"),
]

# On the table `indexed`: pk S, sk S, a global index "global" of g S and n N that projects keys, an index "local" of n.
READS = [
    ("Query", {"IndexName": "none", "KeyConditionExpression": "g = :g"}, "The table does not have the specified index: none"),
    ("Scan", {"IndexName": "none"}, "The table does not have the specified index: none"),
    ("Query", {"IndexName": "global", "ConsistentRead": True, "KeyConditionExpression": "g = :g"},
     "Consistent reads are not supported on global secondary indexes"),
    ("Scan", {"IndexName": "global", "ConsistentRead": True},
     "Consistent reads are not supported on global secondary indexes"),
    ("Query", {"IndexName": "global", "Select": "ALL_ATTRIBUTES", "KeyConditionExpression": "g = :g"},
     INVALID + "Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is "
     "not ALL"),
    ("Scan", {"IndexName": "global", "Select": "ALL_ATTRIBUTES"},
     INVALID + "Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is "
     "not ALL"),
    ("Scan", {"IndexName": "global", "ProjectionExpression": "pk, v, w"},
     INVALID + "Global secondary index global does not project [v, w]"),
    ("Query", {"IndexName": "global", "KeyConditionExpression": "pk = :g"}, "Query condition missed key schema element: g"),
    ("Query", {"IndexName": "global", "KeyConditionExpression": "g = :g", "FilterExpression": "n = :g"},
     "Filter Expression can only contain non-primary key attributes: Primary key attribute: n"),
    ("Scan", {"IndexName": "global", "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "a"}}},
     "The provided starting key is invalid"),
    ("Scan", {"IndexName": "global", "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "a"}, "g": {"S": "a"},
                                                           "n": {"N": "1"}, "x": {"S": "a"}}},
     "The provided starting key is invalid"),
    ("Scan", {"IndexName": "global", "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "a"}, "g": {"N": "1"}, "n": {"N": "1"}}},
     "The provided key element does not match the schema"),
    ("Scan", {"IndexName": "global", "ExclusiveStartKey": {"pk": {"N": "1"}, "sk": {"S": "a"}, "g": {"S": "a"}, "n": {"N": "1"}}},
     "The provided starting key is invalid: The provided key element does not match the schema"),
    ("Query", {"IndexName": "global", "KeyConditionExpression": "g = :g",
               "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "a"}, "g": {"S": "other"}, "n": {"N": "1"}}},
     "The provided starting key is outside query boundaries based on provided conditions"),
]

UPDATES = [
    ([], "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
         "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
         "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"),
    ([{}], INVALID + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                     "GlobalSecondaryIndexUpdate.Delete must not be null"),
    ([{"Delete": {"IndexName": "global"}, "Create": index("x")}],
     INVALID + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"),
    ([{"Delete": {"IndexName": "abc"}}, {"Create": index("x")}],
     INVALID + "Only one global secondary index update per index is allowed simultaneously. Index: abc"),
    ([{"Create": index("x")}], INVALID + "AttributeDefinitions is not specified for index: abc"),
    ([{"Create": index("g", name="global")}], "Attempting to create an index which already exists"),
    # Recorded from the service.
    ([{"Update": {"IndexName": "global", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}],
     INVALID + "The only Updates for index: global when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
     "WarmThroughput"),
    ([{"Delete": {"IndexName": "local"}}], "Cannot delete an index that is not a GlobalSecondaryIndex: local"),
]
