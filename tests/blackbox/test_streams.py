"""DynamoDB Streams through boto3."""
import datetime

import pytest

ALL_SHARDS = 4


def shards_of(streams, arn):
    return streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]


def read_shard(streams, arn, shard_id, iterator_type="TRIM_HORIZON", **more):
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=iterator_type, **more)["ShardIterator"]
    records = []
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        if not page["Records"] and page.get("NextShardIterator"):
            break
        records += page["Records"]
        iterator = page.get("NextShardIterator")
    return records


def read_all(streams, arn):
    return [record for shard in shards_of(streams, arn) for record in read_shard(streams, arn, shard["ShardId"])]


def arn_of(client, name):
    return client.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def change_one_item(client, name):
    """An insert, a modification and a removal."""
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"N": "1"}})
    client.update_item(TableName=name, Key={"pk": {"S": "a"}}, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"N": "2"}})
    client.delete_item(TableName=name, Key={"pk": {"S": "a"}})


ONE = {"pk": {"S": "a"}, "v": {"N": "1"}}
TWO = {"pk": {"S": "a"}, "v": {"N": "2"}}


@pytest.mark.parametrize("view, new_images, old_images", [
    ("KEYS_ONLY", [None, None, None], [None, None, None]),
    ("NEW_IMAGE", [ONE, TWO, None], [None, None, None]),
    ("OLD_IMAGE", [None, None, None], [None, ONE, TWO]),
    ("NEW_AND_OLD_IMAGES", [ONE, TWO, None], [None, ONE, TWO]),
])
def test_records_of_each_view(client, streams, make_table, view, new_images, old_images):
    name = make_table(view=view)
    change_one_item(client, name)
    records = read_all(streams, arn_of(client, name))
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    for record, new, old in zip(records, new_images, old_images):
        assert record["eventVersion"] == "1.1"
        assert record["eventSource"] == "aws:dynamodb"
        assert record["awsRegion"] == "us-east-1"
        assert "userIdentity" not in record
        change = record["dynamodb"]
        assert change["Keys"] == {"pk": {"S": "a"}}
        assert change["StreamViewType"] == view
        assert change.get("NewImage") == new
        assert change.get("OldImage") == old
        age = datetime.datetime.now(datetime.timezone.utc) - change["ApproximateCreationDateTime"]
        assert datetime.timedelta(seconds=-1) < age < datetime.timedelta(minutes=5)
        # pk a: 3 bytes; v and a digit: 1 + 2 bytes.
        assert change["SizeBytes"] == 3 + sum(6 for image in (new, old) if image)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    assert len({record["eventID"] for record in records}) == 3


def test_what_changes_nothing_makes_no_record(client, streams, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    for _ in range(2):
        client.put_item(TableName=name, Item=ONE)
    client.delete_item(TableName=name, Key={"pk": {"S": "nobody"}})
    client.update_item(TableName=name, Key={"pk": {"S": "a"}}, UpdateExpression="SET v = v")
    assert len(read_all(streams, arn_of(client, name))) == 1


def test_streams_are_listed_by_the_arn_of_their_table(server, client, make_table):
    name = make_table(view="KEYS_ONLY")
    make_table(view="KEYS_ONLY")
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    target = "DynamoDBStreams_20120810.ListStreams"
    for listed_as in (name, arn):
        assert [stream["TableName"] for stream in server.ok(target, {"TableName": listed_as})["Streams"]] == [name]
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    assert server.error(target, {"TableName": elsewhere}) == (
        "ValidationException", f"1 validation error detected: Invalid AWS region in '{elsewhere}'")
    status, _, reply = server.call(target, {"TableName": "a" * 256})
    assert (status, reply["__type"].split("#")[1]) == (400, "ValidationException")
    assert reply["message"].endswith("Member must have length less than or equal to 255")


def test_streams_are_listed_and_described(client, streams, make_table):
    name = make_table(sk="N", view="KEYS_ONLY")
    listed = streams.list_streams(TableName=name)["Streams"]
    assert [stream["TableName"] for stream in listed] == [name]
    arn = listed[0]["StreamArn"]
    assert arn == arn_of(client, name) and arn.endswith("/stream/" + listed[0]["StreamLabel"])
    stream = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert stream["StreamStatus"] == "ENABLED" and stream["StreamViewType"] == "KEYS_ONLY"
    assert [key["AttributeName"] for key in stream["KeySchema"]] == ["pk", "sk"]
    assert len(stream["Shards"]) == ALL_SHARDS
    assert all("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in stream["Shards"])
    first = streams.describe_stream(StreamArn=arn, Limit=3)["StreamDescription"]
    rest = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=first["LastEvaluatedShardId"])["StreamDescription"]
    assert first["Shards"] + rest["Shards"] == stream["Shards"]


def test_no_shard_has_children(server, client, make_table):
    """The shards of a stream are as many from its first day to its last, so a parent that nobody knows has none either."""
    arn = arn_of(client, make_table(view="KEYS_ONLY"))
    target = "DynamoDBStreams_20120810.DescribeStream"
    stream = server.ok(target, {"StreamArn": arn})["StreamDescription"]
    for parent in [shard["ShardId"] for shard in stream["Shards"]] + ["shardId-00000000000000000001-00000000"]:
        asked = {"StreamArn": arn, "Limit": 1, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": parent}}
        assert server.ok(target, asked)["StreamDescription"] == {**stream, "Shards": []}


def test_order_within_each_key(client, streams, make_table):
    name = make_table(view="NEW_IMAGE")
    for value in range(10):
        for pk in "abcdefgh":
            client.put_item(TableName=name, Item={"pk": {"S": pk}, "v": {"N": str(value)}})
    seen = {}
    for record in read_all(streams, arn_of(client, name)):
        image = record["dynamodb"]["NewImage"]
        seen.setdefault(image["pk"]["S"], []).append(int(image["v"]["N"]))
    assert seen == {pk: list(range(10)) for pk in "abcdefgh"}


def test_the_four_types_of_iterator(client, streams, make_table):
    name = make_table(view="NEW_IMAGE")
    arn = arn_of(client, name)
    for value in "123":
        client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"N": value}})
    shard_id = next(shard["ShardId"] for shard in shards_of(streams, arn) if read_shard(streams, arn, shard["ShardId"]))
    records = read_shard(streams, arn, shard_id)
    middle = records[1]["dynamodb"]["SequenceNumber"]
    latest = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="LATEST")["ShardIterator"]
    assert read_shard(streams, arn, shard_id, "AT_SEQUENCE_NUMBER", SequenceNumber=middle) == records[1:]
    assert read_shard(streams, arn, shard_id, "AFTER_SEQUENCE_NUMBER", SequenceNumber=middle) == records[2:]
    assert streams.get_records(ShardIterator=latest)["Records"] == []
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"N": "4"}})
    new = streams.get_records(ShardIterator=latest)["Records"]
    assert [record["dynamodb"]["NewImage"]["v"]["N"] for record in new] == ["4"]


def test_pages_of_limited_size(client, streams, make_table):
    name = make_table(view="NEW_IMAGE")
    arn = arn_of(client, name)
    for value in range(10):
        client.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"N": str(value)}})
    shard_id = next(shard["ShardId"] for shard in shards_of(streams, arn) if read_shard(streams, arn, shard["ShardId"]))
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    sizes = []
    while len(sizes) < 4:
        page = streams.get_records(ShardIterator=iterator, Limit=3)
        sizes.append(len(page["Records"]))
        iterator = page["NextShardIterator"]
    assert sizes == [3, 3, 3, 1]


def test_a_closed_stream_stays_readable_to_its_end(client, streams, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    old = arn_of(client, name)
    client.put_item(TableName=name, Item={"pk": {"S": "before"}})
    client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    client.put_item(TableName=name, Item={"pk": {"S": "between"}})
    client.update_table(TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    new = arn_of(client, name)
    client.put_item(TableName=name, Item={"pk": {"S": "after"}})

    assert old != new
    closed = streams.describe_stream(StreamArn=old)["StreamDescription"]
    assert closed["StreamStatus"] == "DISABLED"
    assert all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in closed["Shards"])

    def keys(arn):
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in read_all(streams, arn)]

    assert keys(old) == ["before"] and keys(new) == ["after"]
    assert {stream["StreamArn"] for stream in streams.list_streams(TableName=name)["Streams"]} == {old, new}
    # A closed shard read to its end has no next iterator.
    for shard in closed["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=old, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        pages = 0
        while iterator:
            iterator = streams.get_records(ShardIterator=iterator).get("NextShardIterator")
            pages += 1
            assert pages < 10


@pytest.mark.parametrize("target, body, error, text", [
    ("DescribeStream", {"StreamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000"},
     "ResourceNotFoundException", None),
    ("DescribeStream", {"StreamArn": "x" * 36}, "ValidationException",
     "1 validation error detected: Value '" + "x" * 36 + "' at 'streamArn' failed to satisfy constraint: Member must have "
     "length greater than or equal to 37"),
    ("DescribeStream", {}, "ValidationException",
     "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null"),
    ("DescribeStream", {"StreamArn": "x" * 37, "ShardFilter": {"Type": "ALL", "ShardId": "y" * 28}}, "ValidationException",
     "1 validation error detected: Value 'ALL' at 'shardFilter.type' failed to satisfy constraint: Member must satisfy enum "
     "value set: [CHILD_SHARDS]"),
    ("DescribeStream", {"StreamArn": "x" * 37, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": "y" * 27}},
     "ValidationException",
     "1 validation error detected: Value '" + "y" * 27 + "' at 'shardFilter.shardId' failed to satisfy constraint: Member must "
     "have length greater than or equal to 28"),
    ("DescribeStream", {"StreamArn": "x" * 37, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": "y" * 66}},
     "ValidationException",
     "1 validation error detected: Value '" + "y" * 66 + "' at 'shardFilter.shardId' failed to satisfy constraint: Member must "
     "have length less than or equal to 65"),
    # Millrace's own texts.
    ("DescribeStream", {"StreamArn": "x" * 37, "ShardFilter": {"Type": "CHILD_SHARDS"}}, "ValidationException",
     "ShardFilter requires ShardId"),
    ("DescribeStream", {"StreamArn": "x" * 37, "ShardFilter": {"ShardId": "y" * 28}}, "ValidationException",
     "ShardFilter requires Type"),
    ("GetRecords", {"ShardIterator": "nonsense"}, "ValidationException", None),
    ("GetRecords", {"ShardIterator": "x", "Limit": 1001}, "ValidationException",
     "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or "
     "equal to 1000"),
    ("GetShardIterator", {"StreamArn": "x" * 37, "ShardId": "y" * 28, "ShardIteratorType": "AT_TIMESTAMP"},
     "ValidationException",
     "1 validation error detected: Value 'AT_TIMESTAMP' at 'shardIteratorType' failed to satisfy constraint: Member must "
     "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"),
])
def test_errors(server, target, body, error, text):
    found, message = server.error("DynamoDBStreams_20120810." + target, body)
    assert found == error, message
    if text:
        assert message == text
