"""CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable through boto3."""
import re

import pytest


def test_a_table_from_creation_to_deletion(client):
    created = client.create_table(
        TableName="life", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                              {"AttributeName": "sk", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"},
                   {"AttributeName": "sk", "KeyType": "RANGE"}])["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["TableArn"] == "arn:aws:dynamodb:us-east-1:000000000000:table/life"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created["TableId"])
    assert created["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert created["ProvisionedThroughput"]["ReadCapacityUnits"] == 0

    described = client.describe_table(TableName="life")["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"},
                                      {"AttributeName": "sk", "KeyType": "RANGE"}]
    assert described["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"},
                                                 {"AttributeName": "sk", "AttributeType": "N"}]
    assert described["CreationDateTime"] == created["CreationDateTime"]
    assert described["ItemCount"] == 0 and described["TableSizeBytes"] == 0
    assert "StreamSpecification" not in described and "LatestStreamArn" not in described

    client.put_item(TableName="life", Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    described = client.describe_table(TableName="life")["Table"]
    assert described["ItemCount"] == 1
    assert described["TableSizeBytes"] == 7  # pk a sk and a number of one digit: 2 + 1 + 2 + 2

    assert client.delete_table(TableName="life")["TableDescription"]["TableStatus"] == "DELETING"
    with pytest.raises(client.exceptions.ResourceNotFoundException) as error:
        client.describe_table(TableName="life")
    assert error.value.response["Error"]["Message"] == (
        "Requested resource not found: Table: life not found")


def test_waiters_find_the_table_at_once(client, make_table):
    name = make_table()
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def test_a_name_is_taken_only_once(client, make_table):
    name = make_table()
    with pytest.raises(client.exceptions.ResourceInUseException) as error:
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    assert error.value.response["Error"]["Message"] == f"Table already exists: {name}"


def test_a_table_made_again_has_nothing_of_the_old_one(client, make_table, server):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}})
    old = client.describe_table(TableName=name)["Table"]
    client.delete_table(TableName=name)
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    assert client.describe_table(TableName=name)["Table"]["TableId"] != old["TableId"]
    assert "Item" not in client.get_item(TableName=name, Key={"pk": {"S": "a"}})


def test_provisioned_throughput_is_shown(client):
    client.create_table(TableName="provisioned",
                        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7},
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "B"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    table = client.describe_table(TableName="provisioned")["Table"]
    assert table["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    assert "BillingModeSummary" not in table
    client.delete_table(TableName="provisioned")


def test_tables_are_listed_in_pages(own_server, new_client):
    client = new_client(own_server.start())
    names = sorted(f"page-{i:03}" for i in range(101))
    for name in names:
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    first = client.list_tables()
    assert first["TableNames"] == names[:100]
    assert first["LastEvaluatedTableName"] == names[99]
    rest = client.list_tables(ExclusiveStartTableName=names[99])
    assert rest["TableNames"] == names[100:] and "LastEvaluatedTableName" not in rest
    assert client.list_tables(Limit=1)["TableNames"] == names[:1]
    # One that does not exist is a place to start, too.
    assert client.list_tables(ExclusiveStartTableName="page-050x", Limit=1)["TableNames"] == ["page-051"]
    pages = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 7})
    assert [name for page in pages for name in page["TableNames"]] == names


def test_streams_are_turned_on_and_off(client, make_table):
    name = make_table()
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    updated = client.update_table(TableName=name, StreamSpecification=on)["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    assert updated["StreamSpecification"] == on
    first = client.describe_table(TableName=name)["Table"]
    assert first["LatestStreamArn"] == f"{first['TableArn']}/stream/{first['LatestStreamLabel']}"

    def refused(specification):
        with pytest.raises(client.exceptions.ClientError) as error:
            client.update_table(TableName=name, StreamSpecification=specification)
        assert error.value.response["Error"]["Code"] == "ValidationException"
        return error.value.response["Error"]["Message"]

    assert refused(on) == f"Table already has an enabled stream: TableName: {name}"
    client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    off = client.describe_table(TableName=name)["Table"]
    assert "StreamSpecification" not in off
    assert off["LatestStreamArn"] == first["LatestStreamArn"]  # lingers
    assert refused({"StreamEnabled": False}) == f"Table has no stream to disable: TableName: {name}"
    client.update_table(TableName=name, StreamSpecification=on)
    assert client.describe_table(TableName=name)["Table"]["LatestStreamArn"] != first["LatestStreamArn"]


def test_arns_stand_for_names(client, make_table, server):
    name = make_table()
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    server.ok("PutItem", {"TableName": arn, "Item": {"pk": {"S": "a"}}})
    assert server.ok("GetItem", {"TableName": arn, "Key": {"pk": {"S": "a"}}})["Item"] == {"pk": {"S": "a"}}
    assert server.ok("DescribeTable", {"TableName": arn})["Table"]["TableName"] == name


def test_deletion_protection_is_set_at_creation_and_later(server):
    name = "protected"

    def protected():
        return server.ok("DescribeTable", {"TableName": name})["Table"]["DeletionProtectionEnabled"]

    server.ok("CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": True,
                              "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                              "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
    assert protected()
    assert server.error("DeleteTable", {"TableName": name}) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
    server.ok("UpdateTable", {"TableName": name, "DeletionProtectionEnabled": False})
    assert not protected()
    server.ok("DeleteTable", {"TableName": name})
