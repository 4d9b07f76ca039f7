"""Requests on tables, tags and policies that must fail: (operation, body, exception, text), one row each.

"@" stands for the name of an on-demand table with the string key `pk`, "@p" for a provisioned one with 5 and 5 units,
"@arn" for the ARN of "@". Sources: the API reference of each operation; texts are AWS's, as public test suites and public
measurements of the service show them. Rows where only Millrace's own text could be written say `own`.
"""
VALIDATION = "ValidationException"
NOT_FOUND = "ResourceNotFoundException"
LIMIT = "LimitExceededException"
NO_POLICY = "PolicyNotFoundException"
DENIED = "AccessDeniedException"
NO_TABLE_TO_RECOVER = "TableNotFoundException"
INVALID = "One or more parameter values were invalid: "

HERE = "arn:aws:dynamodb:us-east-1:000000000000:table/"
OTHERS = "arn:aws:dynamodb:us-east-1:111111111111:table/"
ELSEWHERE = "arn:aws:dynamodb:eu-west-1:000000000000:table/"
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
    ({**NEW, "SSESpecification": {"KMSMasterKeyId": ""}}, VALIDATION,
     "1 validation error detected: Value '' at 'sSESpecification.kMSMasterKeyId' failed to satisfy constraint: Member must have "
     "length greater than or equal to 1"),
    ({**NEW, "StreamSpecification": {"StreamEnabled": True, "StreamViewType": ""}}, VALIDATION,
     "1 validation error detected: Value '' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must "
     "satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]"),
    ({**NEW, "AttributeDefinitions": [{}]}, VALIDATION,
     "2 validation errors detected: Value null at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: "
     "Member must not be null; Value null at 'attributeDefinitions.1.member.attributeName' failed to satisfy constraint: Member "
     "must not be null"),
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
    ("ListTagsOfResource", {"ResourceArn": OTHERS + "abc"}, DENIED, "Access is denied"),
    ("ListTagsOfResource", {"ResourceArn": HERE + "abc/stream/2026-11-21T00:00:00.000"}, NOT_FOUND,
     "Requested resource not found: ResourceArn: " + HERE + "abc/stream/2026-11-21T00:00:00.000 not found"),
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
] + [("TagResource", {"ResourceArn": "@arn", "Tags": [tag("k", value)]}, VALIDATION,
      "The Tag Value provided is invalid, Value: " + value)
     for value in ("100%", "a,b", "'", "(x)", "a&b", "a*b", "a;b", "a?b", "a|b", "a\\b", "<a>", "~a", "🔑", "“q”", "…", "€", "×")] + [
    ("TagResource", {"ResourceArn": "@arn", "Tags": [tag("🔑")]}, VALIDATION, "The Tag Key provided is invalid, Key: 🔑"),
    ("UntagResource", {"ResourceArn": "@arn", "TagKeys": [str(i) for i in range(51)]}, VALIDATION, TOO_MANY_TAGS),
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
UNBOUNDED = ("Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure "
             "least-privilege form of access")
POLICIES = [
    ("PutResourcePolicy", {"ResourceArn": "@", "Policy": policy(STATEMENT)}, VALIDATION,
     INVALID + "ARNs must start with 'arn:': @"),
    ("GetResourcePolicy", {"ResourceArn": HERE + "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("GetResourcePolicy", {"ResourceArn": OTHERS + "abc"}, VALIDATION,
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
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({})}, VALIDATION, DOCUMENT + "Missing required field Effect"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": "[]"}, VALIDATION, DOCUMENT + "This policy contains invalid Json"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": "null"}, VALIDATION,
     DOCUMENT + "This text appears not to be a policy"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": "{}"}, VALIDATION, DOCUMENT + "Syntax error at position (1,3)"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({**STATEMENT, "Principal": "*"})}, VALIDATION, UNBOUNDED),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({**STATEMENT, "Principal": {"AWS": "*"}})}, VALIDATION,
     UNBOUNDED),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy({**STATEMENT, "Sid": "s"}, {**STATEMENT, "Sid": "s"})},
     VALIDATION, DOCUMENT + "The Statement Ids in the policy are not unique"),
    ("PutResourcePolicy", {"ResourceArn": "@arn", "Policy": policy(STATEMENT).ljust(20481)}, VALIDATION,
     INVALID + "Maximum policy size of 20480 bytes exceeded"),
]

KINESIS = "arn:aws:kinesis:us-east-1:000000000000:stream/x"
NOT_IN_STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "
SHORT_NAME = "TableName must be at least 3 characters long and at most 255 characters long"
OLD_GLOBAL_TABLES = (
    INVALID + "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version "
    "2019.11.21, instead of version 2017.11.29 (Legacy).")


def missing(path):
    return f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"


LATER = [
    ("DescribeContributorInsights", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("DescribeKinesisStreamingDestination", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("DescribeTableReplicaAutoScaling", {"TableName": "@"}, NOT_FOUND, "Global table with name: 'rows-hash' does not exist."),
    ("DescribeGlobalTable", {"GlobalTableName": "abc"}, "GlobalTableNotFoundException",
     "Global table with name: 'abc' does not exist."),
    ("DescribeGlobalTable", {"GlobalTableName": ""}, VALIDATION, SHORT_NAME),
    ("DescribeGlobalTableSettings", {"GlobalTableName": "abc"}, "GlobalTableNotFoundException",
     "Global table with name: 'abc' does not exist."),
    ("UpdateGlobalTableSettings", {"GlobalTableName": "abc", "GlobalTableBillingMode": "PAY_PER_REQUEST"},
     "GlobalTableNotFoundException", "Global table with name: 'abc' does not exist."),
    ("UpdateGlobalTableSettings", {"GlobalTableName": "abc", "ReplicaSettingsUpdate": [{}]}, VALIDATION,
     missing("replicaSettingsUpdate.1.member.regionName")),
    ("CreateGlobalTable", {"GlobalTableName": "abc", "ReplicationGroup": []}, VALIDATION, OLD_GLOBAL_TABLES),
    ("UpdateGlobalTable", {"GlobalTableName": "abc", "ReplicaUpdates": [{"Create": {"RegionName": "us-west-2"}}]}, VALIDATION,
     OLD_GLOBAL_TABLES),
    ("UpdateGlobalTable", {"GlobalTableName": "abc", "ReplicaUpdates": [{"Delete": {"RegionName": "us-west-2"}}]},
     "GlobalTableNotFoundException", "Global table with name: 'abc' does not exist."),
    ("UpdateGlobalTable", {"GlobalTableName": "abc", "ReplicaUpdates": [{}]}, VALIDATION,
     "One or more parameter values were invalid"),
    ("DescribeTableReplicaAutoScaling", {"TableName": "no-such-table"}, NOT_FOUND,
     "Global table with name: 'no-such-table' does not exist."),
    ("UpdateTableReplicaAutoScaling", {"TableName": "@"}, NOT_FOUND, "Global table with name: 'rows-hash' does not exist."),
    ("DescribeContributorInsights", {"TableName": "@", "IndexName": "none"}, NOT_FOUND,
     "Requested resource not found: Index: none not found for table: rows-hash"),
    ("DescribeContributorInsights", {"TableName": "@", "IndexName": ""}, VALIDATION, SHORT_NAME.replace("Table", "Index")),
    ("UpdateContributorInsights", {"TableName": "@", "ContributorInsightsAction": "", "ContributorInsightsMode": ""}, VALIDATION,
     "2 validation errors detected: Value '' at 'contributorInsightsAction' failed to satisfy constraint: Member must satisfy "
     "enum value set: [ENABLE, DISABLE]; Value '' at 'contributorInsightsMode' failed to satisfy constraint: Member must satisfy "
     "enum value set: [THROTTLED_KEYS, ACCESSED_AND_THROTTLED_KEYS]"),
    ("DisableKinesisStreamingDestination", {"TableName": "@", "StreamArn": KINESIS}, VALIDATION, NOT_IN_STATE +
     "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."),
    ("UpdateKinesisStreamingDestination", {"TableName": "@", "StreamArn": KINESIS}, VALIDATION,
     "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or "
     "contain only null values"),
    ("UpdateKinesisStreamingDestination", {"TableName": "@", "StreamArn": KINESIS, "UpdateKinesisStreamingConfiguration": {
        "ApproximateCreationDateTimePrecision": "SECOND"}}, VALIDATION,
     "1 validation error detected: Value 'SECOND' at 'updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision' "
     "failed to satisfy constraint: Member must satisfy enum value set: [MILLISECOND, MICROSECOND]"),
    ("UpdateKinesisStreamingDestination", {"TableName": "@", "StreamArn": KINESIS, "UpdateKinesisStreamingConfiguration": {
        "ApproximateCreationDateTimePrecision": "MICROSECOND"}}, VALIDATION, NOT_IN_STATE +
     f"No streaming destination with streamArn: {KINESIS} found for table with tableName: rows-hash"),
    ("EnableKinesisStreamingDestination", {"TableName": "no-such-table", "StreamArn": KINESIS}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
    ("EnableKinesisStreamingDestination", {"TableName": "@", "StreamArn": ""}, VALIDATION,
     "1 validation error detected: Value '' at 'streamArn' failed to satisfy constraint: Member must have length greater than or "
     "equal to 37"),
    # own
    ("UpdateContributorInsights", {"TableName": "@", "ContributorInsightsAction": "ENABLE"}, VALIDATION,
     "Millrace does not support the value ENABLE of the parameter ContributorInsightsAction of UpdateContributorInsights yet"),
]

REQUEST = "Invalid Request: "
PITR_OFF = ("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table 'rows-hash'")
RESTORE = {"SourceTableName": "@", "TargetTableName": "abc", "UseLatestRestorableTime": True}
EXPORT = {"TableArn": "@arn", "S3Bucket": "bucket"}
PERIOD = "Value '%s' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: Member must have value "

IMPORT = {"S3BucketSource": {"S3Bucket": "bucket"}, "InputFormat": "CSV",
          "TableCreationParameters": NEW}
FAILED = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy "


def imports(**options):
    return {**IMPORT, "InputFormatOptions": {"Csv": options}}


def recovery(**members):
    return {"TableName": "@", "PointInTimeRecoverySpecification": members}


RECOVERY = [
    ("DescribeContinuousBackups", {"TableName": "no-such-table"}, NO_TABLE_TO_RECOVER, "Table not found: no-such-table"),
    ("UpdateContinuousBackups", recovery(), VALIDATION,
     missing("pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled")),
    ("UpdateContinuousBackups", recovery(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=0), VALIDATION,
     "1 validation error detected: " + PERIOD % 0 + "greater than or equal to 1"),
    ("UpdateContinuousBackups", recovery(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=36), VALIDATION,
     "1 validation error detected: " + PERIOD % 36 + "less than or equal to 35"),
    ("UpdateContinuousBackups", recovery(PointInTimeRecoveryEnabled=False, RecoveryPeriodInDays=35), VALIDATION,
     REQUEST + "Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."),
    ("CreateBackup", {"TableName": "no-such-table", "BackupName": "abc"}, NO_TABLE_TO_RECOVER, "Table not found: no-such-table"),
    ("CreateBackup", {"TableName": "@", "BackupName": ""}, VALIDATION,
     "2 validation errors detected: Value '' at 'backupName' failed to satisfy constraint: Member must satisfy regular "
     "expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'backupName' failed to satisfy constraint: Member must have length greater "
     "than or equal to 3"),
    ("ListBackups", {"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1}, VALIDATION,
     INVALID + "Time range lower bound must be less than or equal to upper bound"),
    ("ListBackups", {"ExclusiveStartBackupArn": ELSEWHERE + "abc/backup/01"}, VALIDATION,
     REQUEST + "The supplied ExclusiveStartBackupArn does not match the region"),
    ("ListBackups", {"Limit": 101}, VALIDATION, "1 validation error detected: Value '101' at 'limit' failed to satisfy "
     "constraint: Member must have value less than or equal to 100"),
] + [(operation, {"BackupArn": arn, **more}, error, text) for operation, more in (
    ("DescribeBackup", {}), ("DeleteBackup", {}), ("RestoreTableFromBackup", {"TargetTableName": "abc"})) for arn, error, text in (
    (HERE + "abc/backup/01", "BackupNotFoundException", "Backup not found: " + HERE + "abc/backup/01"),
    (ELSEWHERE + "abc/backup/01", "BackupNotFoundException", "Backup not found: " + ELSEWHERE + "abc/backup/01"),
    (OTHERS + "abc/backup/01", DENIED, "Access is denied"),
    (HERE.replace(":aws:", ":aws-cn:") + "abc/backup/01", VALIDATION, REQUEST + "BackupArn is not valid"),
    (HERE + "abc", VALIDATION, "Invalid Backup ARN"), ("", VALIDATION, "Invalid Backup ARN"))] + [
    ("RestoreTableFromBackup", {"TargetTableName": "ab", "BackupArn": HERE + "abc/backup/01"}, VALIDATION, SHORT_NAME),
    ("RestoreTableFromBackup", {"TargetTableName": "abc", "BackupArn": "", "BillingModeOverride": "BOGUS"}, VALIDATION,
     "1 validation error detected: Value 'BOGUS' at 'billingModeOverride' failed to satisfy constraint: Member must satisfy enum "
     "value set: [PROVISIONED, PAY_PER_REQUEST]"),
    ("RestoreTableToPointInTime", RESTORE, *PITR_OFF),
    ("RestoreTableToPointInTime", {**RESTORE, "TargetTableName": "@"}, *PITR_OFF),  # before the target is looked at
    ("RestoreTableToPointInTime", {**RESTORE, "SourceTableName": "no-such-table"}, NO_TABLE_TO_RECOVER,
     "Table not found: no-such-table"),
    ("RestoreTableToPointInTime", {**RESTORE, "SourceTableName": None}, VALIDATION,
     "The parameter 'TableName' is required but was not present in the request"),
    ("RestoreTableToPointInTime", {**RESTORE, "SourceTableArn": "@arn"}, VALIDATION,
     REQUEST + "Must provide exactly one of: sourceTableArn, sourceTableName"),
    ("RestoreTableToPointInTime", {**RESTORE, "UseLatestRestorableTime": False}, VALIDATION,
     REQUEST + "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"),
    ("RestoreTableToPointInTime", {**RESTORE, "RestoreDateTime": 1}, VALIDATION,
     REQUEST + "Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please "
     "specify either RestoreDateTime time or UseLatestRestorableTime"),
] + [("RestoreTableToPointInTime", {**RESTORE, "SourceTableName": None, "SourceTableArn": arn}, error, text)
     for arn, error, text in (
    ("@arn", *PITR_OFF),
    (HERE + "no-such-table", NO_TABLE_TO_RECOVER, "Table not found"),
    ("no-arn", VALIDATION, INVALID + "sourceTableArn is not a valid ARN"),
    (ELSEWHERE + "abc", VALIDATION, REQUEST + "sseSpecificationOverride must be provided for cross-region restores"),
    (OTHERS + "abc", VALIDATION, "This action is only supported by accounts that match the resource owner’s account."))] + [
    ("ExportTableToPointInTime", EXPORT, *PITR_OFF),
    ("ExportTableToPointInTime", {**EXPORT, "S3Bucket": ""}, VALIDATION,
     "1 validation error detected: Value '' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression "
     "pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$"),
    ("ExportTableToPointInTime", {**EXPORT, "S3SseKmsKeyId": "k"}, VALIDATION,
     REQUEST + "KMS Key Id is not supported for this encryption type"),
    ("ExportTableToPointInTime", {**EXPORT, "IncrementalExportSpecification": {}}, VALIDATION,
     REQUEST + "Export Type expected to be Incremental Export when incremental export specification is provided"),
    ("ExportTableToPointInTime", {**EXPORT, "ExportType": "FULL_EXPORT", "IncrementalExportSpecification": {}}, VALIDATION,
     REQUEST + "When Export Type is Full Export , Incremental Export Specification should not be provided"),
    ("ExportTableToPointInTime", {**EXPORT, "ExportType": "INCREMENTAL_EXPORT"}, VALIDATION,
     REQUEST + "Incremental Export Specification expected when export type is set as Incremental Export"),
    ("ExportTableToPointInTime", {**EXPORT, "ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {}}, VALIDATION,
     REQUEST + "ExportFromTime must be provided in IncrementalExportSpecification"),
] + [("ExportTableToPointInTime", {**EXPORT, "TableArn": arn}, error, text) for arn, error, text in (
    ("", VALIDATION, "Invalid TableArn: Invalid Table ARN"),
    ("no-arn", VALIDATION, INVALID + "tableArn is not a valid ARN"),
    (HERE + "abc/index/i", VALIDATION, REQUEST + "Table ARN is invalid."),
    (OTHERS + "abc", DENIED, "Access is denied"),
    (ELSEWHERE + "abc", NO_TABLE_TO_RECOVER, "Table not found: " + ELSEWHERE + "abc"),
    (HERE + "no-such-table", NO_TABLE_TO_RECOVER, "Table not found: " + HERE + "no-such-table"))] + [
    ("DescribeExport", {"ExportArn": HERE + "abc/export/01"}, "ExportNotFoundException",
     "Export not found: Export not found: " + HERE + "abc/export/01"),
    ("DescribeExport", {"ExportArn": ELSEWHERE + "abc/export/01"}, "ExportNotFoundException",
     "Export not found: Invalid export arn"),
    ("DescribeExport", {"ExportArn": OTHERS + "abc/export/01"}, DENIED, "Access is denied"),
    ("DescribeExport", {"ExportArn": HERE + "abc/import/01"}, VALIDATION, "Invalid Export ARN"),
    ("DescribeImport", {"ImportArn": HERE + "abc/import/01"}, "ImportNotFoundException",
     "Import not found: " + HERE + "abc/import/01"),
    ("DescribeImport", {"ImportArn": HERE + "x/import/01658528578619-c4d4e311"}, VALIDATION, "Invalid Import ARN"),
    ("ListExports", {"NextToken": "x"}, VALIDATION, REQUEST + "Provided nextToken is invalid: x"),
    ("ListImports", {"NextToken": "0" * 112}, VALIDATION, REQUEST + "Provided nextToken is invalid: " + "0" * 112),
    ("ListImports", {"NextToken": "0" * 113, "PageSize": 26}, VALIDATION,
     "2 validation errors detected: Value '26' at 'pageSize' failed to satisfy constraint: Member must have value less than or "
     f"equal to 25; Value '{'0' * 113}' at 'nextToken' failed to satisfy constraint: Member must satisfy regular expression "
     "pattern: ([0-9a-f]{16})+"),
    ("ImportTable", {}, VALIDATION, "3 validation errors detected: " + "; ".join(
        f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
        for member in ("s3BucketSource", "inputFormat", "tableCreationParameters"))),
    ("ImportTable", {**IMPORT, "S3BucketSource": {}, "TableCreationParameters": {}}, VALIDATION, "4 validation errors detected: " + "; ".join(
        f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
        for member in ("s3BucketSource.s3Bucket", "tableCreationParameters.tableName", "tableCreationParameters.attributeDefinitions",
                       "tableCreationParameters.keySchema"))),
    ("ImportTable", {**IMPORT, "S3BucketSource": {"S3Bucket": "-"}}, VALIDATION,
     FAILED % ("-", "s3BucketSource.s3Bucket") + r"regular expression pattern: ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$"),
    ("ImportTable", {**IMPORT, "S3BucketSource": {"S3Bucket": "bucket", "S3BucketOwner": "1"}}, VALIDATION,
     FAILED % ("1", "s3BucketSource.s3BucketOwner") + "regular expression pattern: [0-9]{12}"),
    ("ImportTable", {**IMPORT, "S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": "p" * 1025}}, VALIDATION,
     f"1 validation error detected: Value '{'p' * 1025}' at 's3BucketSource.s3KeyPrefix' failed to satisfy constraint: Member must have "
     "length less than or equal to 1024"),
    ("ImportTable", {**IMPORT, "InputFormat": "XML"}, VALIDATION,
     FAILED % ("XML", "inputFormat") + "enum value set: [DYNAMODB_JSON, ION, CSV]"),
    ("ImportTable", {**IMPORT, "InputCompressionType": "LZ4"}, VALIDATION,
     FAILED % ("LZ4", "inputCompressionType") + "enum value set: [GZIP, ZSTD, NONE]"),
    ("ImportTable", {**IMPORT, "ClientToken": "$"}, VALIDATION, FAILED % ("$", "clientToken") + r"regular expression pattern: ^[^\$]+$"),
    ("ImportTable", imports(Delimiter="."), VALIDATION,
     FAILED % (".", "inputFormatOptions.csv.delimiter") + r"regular expression pattern: [,;:|\t ]"),
    ("ImportTable", imports(HeaderList=["a,b"]), VALIDATION,
     FAILED % ("a,b", "inputFormatOptions.csv.headerList.1.member") + r"regular expression pattern: [\x20-\x21\x23-\x2B\x2D-\x7E]*"),
    ("ImportTable", imports(HeaderList=[]), VALIDATION,
     "1 validation error detected: Value '[]' at 'inputFormatOptions.csv.headerList' failed to satisfy constraint: Member must have "
     "length greater than or equal to 1"),
    ("ImportTable", {**IMPORT, "TableCreationParameters": {**NEW, "TableName": "ab", "BillingMode": "FREE"}}, VALIDATION,
     "2 validation errors detected: Value 'ab' at 'tableCreationParameters.tableName' failed to satisfy constraint: Member must have "
     "length greater than or equal to 3; Value 'FREE' at 'tableCreationParameters.billingMode' failed to satisfy constraint: Member "
     "must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"),
    # own
    ("ImportTable", imports(Delimiter="\t", HeaderList=["a" * 65536] + ["b"] * 254), VALIDATION,
     "Millrace does not support the operation ImportTable yet"),
    ("UpdateContinuousBackups", recovery(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=35), VALIDATION,
     "Millrace does not support the value true of the parameter PointInTimeRecoveryEnabled of UpdateContinuousBackups yet"),
]

# An ARN in place of a name, wherever one is taken.
FORMAT = ("1 validation error detected: Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:"
          "resourceType/resourceName', where Resource name must have length less than or equal to 255, Resource name must have "
          "length greater than or equal to 3, Resource name must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
ARNS = [(operation, {**more, "TableName": arn}, error, text) for operation, more in (
    ("DescribeTable", {}), ("CreateTable", NEW), ("DeleteTable", {}), ("DescribeTimeToLive", {}), ("DescribeContinuousBackups", {}),
    ("GetItem", {"Key": {"a": {"S": "a"}}})) for arn, error, text in (
    (ELSEWHERE + "abc", VALIDATION, f"1 validation error detected: Invalid AWS region in '{ELSEWHERE}abc'"),
    (HERE.replace(":aws:", ":aws-cn:") + "abc", VALIDATION,
     f"1 validation error detected: Invalid AWS partition in '{HERE.replace(':aws:', ':aws-cn:')}abc'"),
    (HERE.replace("table/", "import/") + "abc", VALIDATION,
     f"1 validation error detected: Invalid resource type in '{HERE.replace('table/', 'import/')}abc'"),
    (OTHERS + "abc", DENIED, "Access is denied"), (HERE + "abc/index/i", VALIDATION, FORMAT), ("arn:x", VALIDATION, FORMAT))]

LENGTH = "Value '%s' at 'tableName' failed to satisfy constraint: Member must have length "
NAMES = [(operation, {**more, "TableName": name}, VALIDATION, text) for operation, more in (
    ("DescribeTable", {}), ("CreateTable", NEW), ("UpdateTable", {"WarmThroughput": {}}), ("DescribeTimeToLive", {}))
    for name, text in (
    ("ab", "1 validation error detected: " + LENGTH % "ab" + "greater than or equal to 3"),
    ("a" * 256, "1 validation error detected: " + LENGTH % ("a" * 256) + "less than or equal to 255"),
    ("", "2 validation errors detected: " + LENGTH % "" + "greater than or equal to 3; Value '' at 'tableName' failed to satisfy "
     "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    (None, "The parameter 'TableName' is required but was not present in the request"))]

TTL = [
    ("UpdateTimeToLive", {"TableName": "@", "TimeToLiveSpecification": {"AttributeName": "", "Enabled": True}}, VALIDATION,
     "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must "
     "have length greater than or equal to 1"),
    ("UpdateTimeToLive", {"TableName": "@", "TimeToLiveSpecification": {"AttributeName": "a"}}, VALIDATION,
     missing("timeToLiveSpecification.enabled")),
    ("UpdateTimeToLive", {"TableName": "no-such-table", "TimeToLiveSpecification": {"AttributeName": "a", "Enabled": True}},
     NOT_FOUND, "Requested resource not found: Table: no-such-table not found"),
    ("DescribeTimeToLive", {"TableName": "no-such-table"}, NOT_FOUND,
     "Requested resource not found: Table: no-such-table not found"),
]

ROWS = [("CreateTable", *row) for row in CREATE_TABLE] + [("UpdateTable", *row) for row in UPDATE_TABLE]
ROWS += TAGS + POLICIES + LATER + RECOVERY + ARNS + NAMES + TTL
