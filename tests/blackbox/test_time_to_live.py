"""UpdateTimeToLive, DescribeTimeToLive, and what becomes of items whose time is over."""
import time

import pytest

from eventually import eventually
from table_rows import VALIDATION


def turn_on(client, name, attribute="ends"):
    return client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute})


def test_items_end_with_a_record_of_the_service(client, streams, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    client.put_item(TableName=name, Item={"pk": {"S": "before"}, "ends": {"N": str(int(time.time()) - 10)}})
    reply = turn_on(client, name)
    assert reply["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ends"}
    assert eventually(30, lambda: client.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED", "AttributeName": "ends"})
    client.put_item(TableName=name, Item={"pk": {"S": "over"}, "ends": {"N": str(int(time.time()) - 10)}})
    client.put_item(TableName=name, Item={"pk": {"S": "text"}, "ends": {"S": str(int(time.time()) - 10)}})
    client.put_item(TableName=name, Item={"pk": {"S": "later"}, "ends": {"N": str(int(time.time()) + 1000)}})
    assert eventually(30, lambda: {i["pk"]["S"] for i in client.scan(TableName=name)["Items"]} == {"text", "later"})

    arn = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        records += streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    removed = [r for r in records if r["eventName"] == "REMOVE"]
    assert {r["dynamodb"]["Keys"]["pk"]["S"] for r in removed} == {"before", "over"}
    for record in removed:
        assert record["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
        assert "ends" in record["dynamodb"]["OldImage"]
    assert all("userIdentity" not in r for r in records if r["eventName"] != "REMOVE")


def test_changes_are_refused_in_awss_words(client, make_table, server):
    name = make_table()

    def refused(enabled, attribute):
        return server.error("UpdateTimeToLive", {
            "TableName": name, "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}})

    assert refused(False, "a") == (VALIDATION, "TimeToLive is already disabled")
    turn_on(client, name, "a")
    assert refused(True, "a") == (VALIDATION, "TimeToLive is already enabled")
    different = "TimeToLive is active on a different AttributeName: current AttributeName is a"
    assert refused(True, "b") == (VALIDATION, different)
    assert refused(False, "b") == (VALIDATION, different)
    assert refused(False, "a") == (
        VALIDATION, "Time to live has been modified multiple times within a fixed interval")


@pytest.mark.parametrize("length, fits", [(255, True), (256, False)])
def test_the_attributes_name_is_bounded(make_table, server, length, fits):
    name = make_table()
    status, _, reply = server.call("UpdateTimeToLive", {
        "TableName": name, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "a" * length}})
    assert (status == 200) == fits, reply


def test_it_goes_on_after_a_kill(own_server, new_client):
    client = new_client(own_server.start())
    client.create_table(TableName="kept", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    turn_on(client, "kept")
    client.put_item(TableName="kept", Item={"pk": {"S": "a"}, "ends": {"N": str(int(time.time()) + 1)}})
    own_server.kill()
    client = new_client(own_server.start())
    assert client.describe_time_to_live(TableName="kept")["TimeToLiveDescription"]["AttributeName"] == "ends"
    assert eventually(30, lambda: client.scan(TableName="kept")["Count"] == 0)
