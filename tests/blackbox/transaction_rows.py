"""TransactWriteItems and TransactGetItems that must fail: the action, and what it says; one row each.

"@" stands for the name of a table with the string key `pk` alone. The texts of the rows are
DynamoDB's, as it sent them to public test suites; those that say `own` have not been seen.
"""
from error_rows import deep

KEY = {"pk": {"S": "a"}}
EXISTS = "attribute_exists(pk)"
CANCELED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
EMPTY_KEY = ("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
             "string value. Key: pk")
MISMATCH = "The provided key element does not match the schema"
UNUSED = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
V = {":v": {"S": "x"}}


def put(item, **more):
    return {"Put": {"TableName": "@", "Item": item, **more}}


def update(key=None, expression="SET x = :v", values=None, **more):
    return {"Update": {"TableName": "@", "Key": KEY if key is None else key, "UpdateExpression": expression,
                       "ExpressionAttributeValues": V if values is None else values, **more}}


def delete(key=None, **more):
    return {"Delete": {"TableName": "@", "Key": KEY if key is None else key, **more}}


def check(key=None, condition=EXISTS, **more):
    return {"ConditionCheck": {"TableName": "@", "Key": KEY if key is None else key, "ConditionExpression": condition,
                               **more}}


def null_at(member):
    return (f"1 validation error detected: Value null at 'transactItems.1.member.{member}' failed to satisfy constraint: "
            "Member must not be null")


def bad_name(member):
    return (f"1 validation error detected: Value 'bad!name' at 'transactItems.1.member.{member}.tableName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")


# (action, text of the ValidationException)
INVALID_WRITES = [
    ({}, "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"),
    ({**put(KEY), **delete()}, "TransactItems can only contain one of Check, Put, Update or Delete"),
    ({"Put": {"TableName": "@"}}, null_at("put.item")),
    ({"Put": {"Item": KEY}}, null_at("put.tableName")),
    ({"Delete": {"TableName": "@"}}, null_at("delete.key")),
    ({"Update": {"TableName": "@", "Key": KEY}}, null_at("update.updateExpression")),
    ({"ConditionCheck": {"TableName": "@", "Key": KEY}}, null_at("conditionCheck.conditionExpression")),
    ({"Put": {"TableName": "bad!name", "Item": KEY}}, bad_name("put")),
    ({"Delete": {"TableName": "bad!name", "Key": KEY}}, bad_name("delete")),
    (put(KEY, ConditionExpression=""), "Invalid ConditionExpression: The expression can not be empty;"),
    (delete(ConditionExpression=""), "Invalid ConditionExpression: The expression can not be empty;"),
    (check(condition=""), "Invalid ConditionExpression: The expression can not be empty;"),
    (check(condition="attribute_not_exists("), 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("'),
    (put(KEY, ConditionExpression=EXISTS, ExpressionAttributeValues=V), UNUSED),
    (update(values={":v": {"S": "x"}, ":w": {"S": "x"}}), UNUSED.replace(":v", ":w")),
    (delete(ConditionExpression=EXISTS, ExpressionAttributeValues=V), UNUSED),
    (check(ExpressionAttributeValues=V), UNUSED),
    (update(expression="SET x = :gone", values=V),
     "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :gone"),
    (put({"pk": {"S": ""}}), EMPTY_KEY),
    (update({"pk": {"S": ""}}), EMPTY_KEY),
    (delete({"pk": {"S": ""}}), EMPTY_KEY),
    (check({"pk": {"S": ""}}), EMPTY_KEY),
    (put({"pk": {"S": "a"}, "v": {"S": "x" * (400 * 1024)}}), "Item size has exceeded the maximum allowed size"),
]

# (action, text of its reason, a ValidationError)
CANCELED_WRITES = [
    (put({"pk": {"N": "5"}}), "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
    (put({"pk": {"L": []}}), "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: L"),
    (put({"x": {"S": "a"}}), "One or more parameter values were invalid: Missing the key pk in the item"),
    (update({"pk": {"N": "5"}}), MISMATCH),
    (update({}), MISMATCH),
    (update({"pk": {"S": "a"}, "x": {"S": "a"}}), MISMATCH),
    (delete({"pk": {"N": "5"}}), MISMATCH),
    (delete({"pk": {"L": [{"S": "x"}]}}), MISMATCH),
    (check({"pk": {"N": "5"}}), MISMATCH),
    (update(expression="SET x = y", values={"unused": None}),
     "The provided expression refers to an attribute that does not exist in the item"),
    (update(expression="SET n = s + :v", values={":v": {"N": "1"}}),
     "An operand in the update expression has an incorrect data type"),
    (update(expression="SET a.b.c = :v"), "The document path provided in the update expression is invalid for update"),
    (update(expression="SET v = :v", values={":v": {"S": "x" * (400 * 1024)}}),
     "Item size to update has exceeded the maximum allowed size"),
    # As eu-south-2 and me-central-1 answered paritysuite/dynamodb-conformance, limits/nestingDepth.test.ts.
    (update(expression="SET d = :v", values={":v": deep(32)}),
     "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"),
    # own: that this is a reason, and not the request's own error
    (update(expression="SET pk = :v"),
     "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
]
