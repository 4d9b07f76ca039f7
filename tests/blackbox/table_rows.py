"""Requests on tables, tags and policies that must fail: (operation, body, exception, text), one row each.

"@" stands for the name of an on-demand table with the string key `pk`, "@p" for a provisioned one with 5 and 5 units,
"@arn" for the ARN of "@". Sources: the API reference of each operation; texts are AWS's, as public test suites and public
measurements of the service show them. Rows where only Millrace's own text could be written say `own`.
"""
VALIDATION = "ValidationException"
NOT_FOUND = "ResourceNotFoundException"
LIMIT = "LimitExceededException"
NO_POLICY = "PolicyNotFoundException"
INVALID = "One or more parameter values were invalid: "

HERE = "arn:aws:dynamodb:us-east-1:000000000000:table/"
NEW = {"TableName": "new-table", "BillingMode": "PAY_PER_REQUEST",
       "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
       "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}
PROVISIONED = {**NEW, "BillingMode": "PROVISIONED",
               "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10}}


def units(read, write):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def tag(key, value="v"):
    return {"Key": key, "Value": value}


QUOTA = ("The requested %s, 40001, is above the per table maximum for the account in us-east-1. Per table maximum: 40000. "
         "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")
TABLE_CLASS = ("Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
               "STANDARD_INFREQUENT_ACCESS].")
TOO_MANY_TAGS = "Number of Tags exceed the current limit for the provided ResourceArn"
OUT_OF_RANGE = INVALID + "Requested %s for OnDemandThroughput for table is outside of valid range"
NOT_ENCRYPTED = "Millrace does not support the parameter SSESpecification of %s with a KMS key yet: data at rest is not encrypted"

CREATE_TABLE = [
    ({**PROVISIONED, "ProvisionedThroughput": units(40001, 1)}, LIMIT, QUOTA % "ReadCapacityUnits"),
    ({**PROVISIONED, "ProvisionedThroughput": units(1, 40001)}, LIMIT, QUOTA % "WriteCapacityUnits"),
    ({**PROVISIONED, "OnDemandThroughput": {"MaxReadRequestUnits": 1}}, VALIDATION,
     INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."),
    ({**NEW, "OnDemandThroughput": {"MaxReadRequestUnits": 0}}, VALIDATION, OUT_OF_RANGE % "MaxReadRequestUnits"),
    ({**NEW, "OnDemandThroughput": {"MaxWriteRequestUnits": -1}}, VALIDATION, OUT_OF_RANGE % "MaxWriteRequestUnits"),
    ({**NEW, "WarmThroughput": {"ReadUnitsPerSecond": 11999}}, VALIDATION,
     INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand. See: "
     "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
     "#on-demand-capacity-mode-initial"),
    ({**PROVISIONED, "WarmThroughput": {"ReadUnitsPerSecond": 9}}, VALIDATION,
     INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than ReadCapacityUnits of "
     "ProvisionedThroughput"),
    ({**NEW, "TableClass": "CHEAP"}, VALIDATION, TABLE_CLASS),
    ({**NEW, "SSESpecification": {"Enabled": False, "SSEType": "KMS"}}, VALIDATION,
     INVALID + "SSEType can not be specified if Enabled is false"),
    ({**NEW, "SSESpecification": {"Enabled": False, "KMSMasterKeyId": "k"}}, VALIDATION,
     INVALID + "KMSMasterKeyId can not be specified if Enabled is false"),
    ({**NEW, "SSESpecification": {"Enabled": True, "KMSMasterKeyId": "k"}}, VALIDATION,
     INVALID + "SSEType KMS is required if KMSMasterKeyId is specified"),
    ({**NEW, "SSESpecification": {"Enabled": True, "SSEType": "AES256"}}, VALIDATION,
     INVALID + "SSEType AES256 is not supported"),
    # own
    ({**NEW, "SSESpecification": {"Enabled": True}}, VALIDATION, NOT_ENCRYPTED % "CreateTable"),
    ({**NEW, "GlobalTableSettingsReplicationMode": "ENABLED"}, VALIDATION,
     "Millrace does not support the parameter GlobalTableSettingsReplicationMode of CreateTable yet"),
    ({**NEW, "Tags": [tag("aws:x")]}, VALIDATION, "Tag Key cannot be prefixed with aws:, Key: aws:x"),
    ({**NEW, "Tags": [tag(str(i)) for i in range(51)]}, VALIDATION, TOO_MANY_TAGS),
    ({**NEW, "ResourcePolicy": "{not json"}, VALIDATION,
     INVALID + "Invalid policy document: This policy contains invalid Json"),
]

ONLY = INVALID + "%s must be the only operation in the request"
STREAM_ON = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def add_index(**more):
    return {"AttributeDefinitions": NEW["AttributeDefinitions"], "GlobalSecondaryIndexUpdates": [
        {"Create": {"IndexName": "abc", "KeySchema": NEW["KeySchema"], "Projection": {"ProjectionType": "ALL"}, **more}}]}


ADD_INDEX = add_index()
UPDATE_TABLE = [
    ({"TableName": "@", "AttributeDefinitions": NEW["AttributeDefinitions"]}, VALIDATION,
     "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, "
     "ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
     "OnDemandThroughput, WarmThroughput or TableClass is required"),
    # Which of two changes is named first, and that this comes before the table is looked for.
    ({"TableName": "no-such-table", "DeletionProtectionEnabled": True, "SSESpecification": {"Enabled": False}}, VALIDATION,
     ONLY % "Server-Side Encryption modification"),
    ({"TableName": "@", "DeletionProtectionEnabled": True, "TableClass": "STANDARD"}, VALIDATION,
     ONLY % "TableClass modification"),
    ({"TableName": "@", "DeletionProtectionEnabled": True, "WarmThroughput": {"ReadUnitsPerSecond": 1}}, VALIDATION,
     ONLY % "DeletionProtection modification"),
    ({"TableName": "@", "DeletionProtectionEnabled": True, "StreamSpecification": STREAM_ON}, VALIDATION,
     ONLY % "DeletionProtection modification"),
    ({"TableName": "@", "WarmThroughput": {"ReadUnitsPerSecond": 1}, "BillingMode": "PAY_PER_REQUEST"}, VALIDATION,
     ONLY % "WarmThroughput"),
    # Recorded from the service: these four.
    ({"TableName": "@", "WarmThroughput": {"ReadUnitsPerSecond": 1}, **ADD_INDEX}, VALIDATION,
     INVALID + "Create global secondary index cannot be specified when updating WarmThroughput"),
    ({"TableName": "@", "DeletionProtectionEnabled": True, **ADD_INDEX}, VALIDATION, ONLY % "DeletionProtection modification"),
    ({"TableName": "@p", **ADD_INDEX}, VALIDATION,
     INVALID + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: abc"),
    ({"TableName": "@", **add_index(ProvisionedThroughput=units(1, 1))}, VALIDATION,
     INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: abc when BillingMode is "
     "PAY_PER_REQUEST"),
    ({"TableName": "@", "OnDemandThroughput": {"MaxReadRequestUnits": 1}, "StreamSpecification": STREAM_ON}, VALIDATION,
     INVALID + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
    ({"TableName": "@p", "ProvisionedThroughput": units(6, 6), "StreamSpecification": STREAM_ON}, VALIDATION,
     INVALID + "You cannot modify stream status while updating table IOPS"),
    ({"TableName": "@p", "BillingMode": "PROVISIONED"}, VALIDATION,
     INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
    ({"TableName": "@", "ProvisionedThroughput": units(1, 1)}, VALIDATION,
     INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
    ({"TableName": "@p", "BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": units(1, 1)}, VALIDATION,
     INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
    ({"TableName": "@p", "ProvisionedThroughput": units(5, 5)}, VALIDATION,
     "The provisioned throughput for the table will not change. The requested value equals the current value. Current "
     "ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned "
     "for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and "
     "how to request higher limits."),
    ({"TableName": "@p", "ProvisionedThroughput": units(0, 0)}, VALIDATION,
     "2 validation errors detected: Value '0' at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: "
     "Member must have value greater than or equal to 1; Value '0' at 'provisionedThroughput.readCapacityUnits' failed to "
     "satisfy constraint: Member must have value greater than or equal to 1"),
    ({"TableName": "@p", "ProvisionedThroughput": {"ReadCapacityUnits": 4}}, VALIDATION,
     "1 validation error detected: Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: "
     "Member must not be null"),
    ({"TableName": "@p", "ProvisionedThroughput": units(1, 40001)}, LIMIT, QUOTA % "WriteCapacityUnits"),
    ({"TableName": "@p", "OnDemandThroughput": {"MaxReadRequestUnits": 1}}, VALIDATION,
     INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"),
    ({"TableName": "@", "OnDemandThroughput": {"MaxWriteRequestUnits": 0}}, VALIDATION, OUT_OF_RANGE % "MaxWriteRequestUnits"),
    ({"TableName": "@", "WarmThroughput": {"WriteUnitsPerSecond": 3999}}, VALIDATION,
     INVALID + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing "
     "WarmThroughput is not supported"),
    ({"TableName": "@", "TableClass": ""}, VALIDATION, TABLE_CLASS),
    ({"TableName": "@", "SSESpecification": {"Enabled": False}}, VALIDATION,
     INVALID + "Table is already encrypted by default"),
    # own
    ({"TableName": "@", "SSESpecification": {"Enabled": True, "SSEType": "KMS"}}, VALIDATION, NOT_ENCRYPTED % "UpdateTable"),
    ({"TableName": "@", "ReplicaUpdates": [{}]}, VALIDATION,
     "Millrace does not support the parameter ReplicaUpdates of UpdateTable yet"),
]

NO_TABLE = "Requested resource not found: ResourceArn: " + HERE + "no-such-table not found"
TAGS = [
    ("TagResource", {}, VALIDATION, "Invalid TableArn"),
    ("TagResource", {"ResourceArn": "@", "Tags": [tag("k")]}, VALIDATION, INVALID + "ARNs must start with 'arn:': @"),
    ("TagResource", {"ResourceArn": HERE + "no-such-table", "Tags": [tag("k")]}, NOT_FOUND, NO_TABLE),
    ("UntagResource", {"ResourceArn": HERE + "no-such-table", "TagKeys": ["k"]}, NOT_FOUND, NO_TABLE),
    ("ListTagsOfResource", {"ResourceArn": HERE + "no-such-table"}, NOT_FOUND, NO_TABLE),
    ("ListTagsOfResource", {"ResourceArn": HERE + "ab"}, VALIDATION,
     "Invalid TableArn: Invalid ResourceArn provided as input " + HERE + "ab"),
    ("ListTagsOfResource", {"ResourceArn": HERE.replace("us-east-1", "us-east-2") + "abc"}, VALIDATION,
     "Invalid TableArn: Invalid ResourceArn provided as input " + HERE.replace("us-east-1", "us-east-2") + "abc"),
    ("ListTagsOfResource", {"ResourceArn": HERE + "abc/index/i"}, VALIDATION,
     INVALID + "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + HERE + "abc/index/i"),
    ("ListTagsOfResource", {"ResourceArn": HERE + "abc/backup/1"}, VALIDATION,
     INVALID + "Provided Arn is not a DynamoDB resource arn: " + HERE + "abc/backup/1"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": []}, VALIDATION, "Atleast one Tag needs to be provided as Input."),
    ("UntagResource", {"ResourceArn": "@arn", "TagKeys": []}, VALIDATION, "Atleast one Tag Key needs to be provided as Input."),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("")]}, VALIDATION, "The Tag Key provided is invalid, Key: "),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("k" * 129)]}, VALIDATION,
     "The Tag Key provided is invalid, Key: " + "k" * 129),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("a#b")]}, VALIDATION, "The Tag Key provided is invalid, Key: a#b"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("k", "v" * 257)]}, VALIDATION,
     "The Tag Value provided is invalid, Value: " + "v" * 257),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("k", "a#b")]}, VALIDATION,
     "The Tag Value provided is invalid, Value: a#b"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [{"Key": "k"}]}, VALIDATION,
     "The Tag Value provided is invalid, Value: null"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("AWS:foo")]}, VALIDATION,
     "Tag Key cannot be prefixed with aws:, Key: AWS:foo"),
    ("UntagResource", {"ResourceArn": "@arn", "TagKeys": ["aws:foo"]}, VALIDATION,
     "Tag Key cannot be prefixed with aws:, Key: aws:foo"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("k"), tag("k")]}, VALIDATION,
     "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"),
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag(str(i)) for i in range(51)]}, VALIDATION, TOO_MANY_TAGS),
]

STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "dynamodb:GetItem", "Resource": "*"}


def policy(*statements):
    import json
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


DOCUMENT = INVALID + "Invalid policy document: "
POLICIES = [
    ("PutResourcePolicy", {"ResourceArn": "@", "Policy": policy(STATEMENT)}, VALIDATION,
     INVALID + "ARNs must start with 'arn:': @"),
    ("GetResourcePolicy", {"ResourceArn": HERE + "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("GetResourcePolicy", {"ResourceArn": HERE.replace(":000000000000:", ":111111111111:") + "abc"}, VALIDATION,
     "This action is only supported by accounts that match the resource owner’s account."),
    ("GetResourcePolicy", {"ResourceArn": HERE.replace("us-east-1", "us-east-2") + "abc"}, VALIDATION,
     INVALID + "Invalid resource Arn: " + HERE.replace("us-east-1", "us-east-2") + "abc"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": "{not json"}, VALIDATION,
     DOCUMENT + "This policy contains invalid Json"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": ""}, VALIDATION, DOCUMENT + "This policy contains invalid Json"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy()}, VALIDATION,
     DOCUMENT + "Could not parse the policy: Statement is empty!"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({"Effect": "Deny"})}, VALIDATION,
     DOCUMENT + "Missing required field Resource"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({**STATEMENT, "Sid": "s"}, {**STATEMENT, "Sid": "s"})},
     VALIDATION, DOCUMENT + "The Statement Ids in the policy are not unique"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy(STATEMENT).ljust(20481)}, VALIDATION,
     INVALID + "Maximum policy size of 20480 bytes exceeded"),
]

LATER = [
    ("DescribeContinuousBackups", {"TableName": "no-such-table"}, "TableNotFoundException", "Table not found: no-such-table"),
    ("DescribeContributorInsights", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("DescribeKinesisStreamingDestination", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("DescribeTableReplicaAutoScaling", {"TableName": "@"}, NOT_FOUND, "Global table with name: 'rows-hash' does not exist."),
    ("DescribeBackup", {"BackupArn": HERE + "abc/backup/01"}, "BackupNotFoundException",
     "Backup not found: " + HERE + "abc/backup/01"),
    ("DescribeExport", {"ExportArn": HERE + "abc/export/01"}, "ExportNotFoundException",
     "Export not found: " + HERE + "abc/export/01"),
    ("DescribeImport", {"ImportArn": HERE + "abc/import/01"}, "ImportNotFoundException",
     "Import not found: " + HERE + "abc/import/01"),
    ("DescribeGlobalTable", {"GlobalTableName": "abc"}, "GlobalTableNotFoundException",
     "Global table with name: 'abc' does not exist."),
    ("DisableKinesisStreamingDestination", {"TableName": "@", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/x"},
     VALIDATION, "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be "
     "ACTIVE to perform DISABLE operation."),
    # own
    ("UpdateContinuousBackups", {"TableName": "@", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
     VALIDATION, "Millrace does not support the value true of the parameter PointInTimeRecoveryEnabled of "
     "UpdateContinuousBackups yet"),
    ("UpdateContributorInsights", {"TableName": "@", "ContributorInsightsAction": "ENABLE"}, VALIDATION,
     "Millrace does not support the value ENABLE of the parameter ContributorInsightsAction of UpdateContributorInsights yet"),
] + [(operation, {}, VALIDATION, f"Millrace does not support the operation {operation} yet") for operation in (
    "CreateBackup", "CreateGlobalTable", "EnableKinesisStreamingDestination", "ExportTableToPointInTime", "ImportTable",
    "RestoreTableFromBackup", "RestoreTableToPointInTime", "SearchVectors", "UpdateGlobalTable", "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination", "UpdateTableReplicaAutoScaling")]

TTL = [
    ("UpdateTimeToLive", {"TableName": "ab", "TimeToLiveSpecification": {"AttributeName": "a", "Enabled": True}}, VALIDATION,
     "TableName must be at least 3 characters long and at most 255 characters long"),
    ("UpdateTimeToLive", {"TableName": "@", "TimeToLiveSpecification": {"AttributeName": "", "Enabled": True}}, VALIDATION,
     "TimeToLiveSpecification.AttributeName must be non empty"),
    ("UpdateTimeToLive", {"TableName": "no-such-table", "TimeToLiveSpecification": {"AttributeName": "a", "Enabled": True}},
     NOT_FOUND, "Requested resource not found: Table: no-such-table not found"),
    ("DescribeTimeToLive", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
]

ROWS = [("CreateTable", *row) for row in CREATE_TABLE] + [("UpdateTable", *row) for row in UPDATE_TABLE]
ROWS += TAGS + POLICIES + LATER + TTL
