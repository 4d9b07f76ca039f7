"""boto3's resource interface, unmodified: tables as objects, conditions made of Key and Attr, batch writers, paginators, waiters."""
import decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key

NAME = "resource-orders"


@pytest.fixture
def resource(server):
    return boto3.resource("dynamodb", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="tester",
                          aws_secret_access_key="secret")


@pytest.fixture
def table(resource):
    made = resource.create_table(
        TableName=NAME, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in
                              [("customer", "S"), ("placed", "N"), ("state", "S"), ("total", "N")]],
        KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "placed", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-state", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
            {"AttributeName": "state", "KeyType": "HASH"}, {"AttributeName": "total", "KeyType": "RANGE"}]}],
        LocalSecondaryIndexes=[{"IndexName": "by-total", "Projection": {"ProjectionType": "KEYS_ONLY"}, "KeySchema": [
            {"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "total", "KeyType": "RANGE"}]}])
    made.meta.client.get_waiter("table_exists").wait(TableName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    yield made
    made.delete()
    made.meta.client.get_waiter("table_not_exists").wait(TableName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def test_a_session(resource, table):
    with table.batch_writer(overwrite_by_pkeys=["customer", "placed"]) as writer:
        for placed in range(60):  # more than one BatchWriteItem carries
            writer.put_item(Item={"customer": "ann", "placed": placed, "total": decimal.Decimal(placed) / 4,
                                  "state": "open" if placed % 3 == 0 else "paid"})
        writer.put_item(Item={"customer": "ann", "placed": 0, "total": 100, "state": "open"})  # in the place of the first

    found = table.query(KeyConditionExpression=Key("customer").eq("ann") & Key("placed").between(10, 12),
                        FilterExpression=Attr("state").eq("paid") | Attr("missing").exists())
    assert ([int(item["placed"]) for item in found["Items"]], found["ScannedCount"]) == ([10, 11], 3)

    # By hand, page after page, from the greatest total down.
    totals, start = [], {}
    while True:
        page = table.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("open") & Key("total").gt(1),
                           ScanIndexForward=False, Limit=7, **start)
        assert len(page["Items"]) <= 7
        totals += [item["total"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"customer", "placed", "state", "total"}
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert totals == [decimal.Decimal(100)] + [decimal.Decimal(placed) / 4 for placed in range(57, 5, -3)]

    local = table.query(IndexName="by-total", KeyConditionExpression=Key("customer").eq("ann") & Key("total").lt(1),
                        ConsistentRead=True)
    assert [int(item["placed"]) for item in local["Items"]] == [1, 2, 3]
    assert all(set(item) == {"customer", "placed", "total"} for item in local["Items"])

    pages = list(resource.meta.client.get_paginator("scan").paginate(TableName=NAME, PaginationConfig={"PageSize": 25}))
    assert sum(page["Count"] for page in pages) == 60 and [page["Count"] for page in pages][:2] == [25, 25]

    changed = table.update_item(Key={"customer": "ann", "placed": 1}, UpdateExpression="SET #s = :s",
                                ConditionExpression=Attr("total").lt(1) & ~Attr("state").eq("sent"),
                                ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":s": "sent"},
                                ReturnValues="ALL_NEW")
    assert changed["Attributes"]["state"] == "sent"
    with pytest.raises(resource.meta.client.exceptions.ConditionalCheckFailedException):
        table.delete_item(Key={"customer": "ann", "placed": 1}, ConditionExpression=Attr("state").is_in(["open", "paid"]))
    sent = table.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("sent"))
    assert [int(item["placed"]) for item in sent["Items"]] == [1]
