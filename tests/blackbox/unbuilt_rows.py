"""What the service model of November 2026 (@aws-sdk/client-dynamodb 3.1162.0) has and Millrace does not: refused by name.

Rows as in table_rows.py, all of them own: no answer of the service says that it has not got something.
"""
from table_rows import EXPORT, HERE, IMPORT, KINESIS, NEW, RESTORE, VALIDATION

VECTORS = [{"IndexName": "vix", "VectorAttribute": {"AttributeName": "v"}, "Dimensions": 3, "DistanceFunction": "COSINE",
            "Projection": {"ProjectionType": "ALL"}}]
BACKUP = {"TargetTableName": "abc", "BackupArn": HERE + "abc/backup/01"}

MEMBERS = [
    ("CreateTable", "GlobalTableSettingsReplicationMode", {**NEW, "GlobalTableSettingsReplicationMode": "ENABLED"}),
    ("UpdateTable", "ReplicaUpdates", {"TableName": "@", "ReplicaUpdates": [{}]}),
    ("CreateTable", "VectorIndexes", {**NEW, "VectorIndexes": VECTORS}),
    ("UpdateTable", "VectorIndexUpdates", {"TableName": "@", "VectorIndexUpdates": [{"Create": VECTORS[0]}]}),
    ("UpdateTable", "DisassociationProtectionEnabled", {"TableName": "@", "DisassociationProtectionEnabled": False}),
    ("RestoreTableToPointInTime", "VectorIndexOverride", {**RESTORE, "VectorIndexOverride": VECTORS}),
    ("RestoreTableFromBackup", "VectorIndexOverride", {**BACKUP, "VectorIndexOverride": VECTORS}),
    ("ExportTableToPointInTime", "FilterSpecification", {**EXPORT, "FilterSpecification": {"FilterExpression": "a = b"}}),
    ("ImportTable", "VectorIndexes", {**IMPORT, "TableCreationParameters": {**NEW, "VectorIndexes": VECTORS}}),
]
OPERATIONS = [
    ("EnableKinesisStreamingDestination", {"TableName": "@", "StreamArn": KINESIS}), ("ImportTable", IMPORT),
    ("CreateBackup", {"TableName": "@", "BackupName": "abc"}),
    # Described no further.
    ("SearchVectors", {}), ("StartBulkPutItems", {}), ("DescribeBulkOperation", {}), ("ListBulkOperations", {}),
    ("CancelBulkOperation", {}),
]

UNBUILT = [(operation, body, VALIDATION, f"Millrace does not support the parameter {parameter} of {operation} yet")
           for operation, parameter, body in MEMBERS]
UNBUILT += [(operation, body, VALIDATION, f"Millrace does not support the operation {operation} yet")
            for operation, body in OPERATIONS]
