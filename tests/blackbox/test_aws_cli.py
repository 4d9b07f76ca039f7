"""The unmodified AWS CLI: only the endpoint is changed."""
import json
import os
import shutil
import subprocess

import pytest

from eventually import eventually

AWS = "/usr/bin/aws" if os.path.exists("/usr/bin/aws") else shutil.which("aws")


@pytest.fixture
def aws(server, tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "cli", "AWS_SECRET_ACCESS_KEY": "x",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"}

    def run(service, *arguments, fails=False):
        done = subprocess.run([AWS, "--endpoint-url", server.url, "--output", "json", service, *arguments],
                              capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stderr if fails else json.loads(done.stdout or "null")
    return run


def test_a_session(aws):
    created = aws("dynamodb", "create-table", "--table-name", "cli-music", "--billing-mode", "PAY_PER_REQUEST",
                  "--attribute-definitions", "AttributeName=Artist,AttributeType=S", "AttributeName=Song,AttributeType=S",
                  "--key-schema", "AttributeName=Artist,KeyType=HASH", "AttributeName=Song,KeyType=RANGE",
                  "--stream-specification", "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES")
    assert created["TableDescription"]["TableStatus"] == "CREATING"
    aws("dynamodb", "wait", "table-exists", "--table-name", "cli-music")
    aws("dynamodb", "put-item", "--table-name", "cli-music", "--item",
        '{"Artist": {"S": "No One You Know"}, "Song": {"S": "Call Me Today"}, "Awards": {"N": "1"}}')
    updated = aws("dynamodb", "update-item", "--table-name", "cli-music", "--return-values", "ALL_NEW", "--key",
                  '{"Artist": {"S": "No One You Know"}, "Song": {"S": "Call Me Today"}}', "--update-expression",
                  "ADD Awards :one", "--expression-attribute-values", '{":one": {"N": "1"}}')
    assert updated["Attributes"]["Awards"] == {"N": "2"}
    found = aws("dynamodb", "query", "--table-name", "cli-music", "--key-condition-expression", "Artist = :a",
                "--expression-attribute-values", '{":a": {"S": "No One You Know"}}')
    assert found["Count"] == 1
    failed = aws("dynamodb", "put-item", "--table-name", "cli-music", "--item",
                 '{"Artist": {"S": "No One You Know"}, "Song": {"S": "Call Me Today"}}', "--condition-expression",
                 "attribute_not_exists(Artist)", fails=True)
    assert "(ConditionalCheckFailedException) when calling the PutItem operation: The conditional request failed" in failed
    arn = aws("dynamodbstreams", "list-streams", "--table-name", "cli-music")["Streams"][0]["StreamArn"]
    shards = aws("dynamodbstreams", "describe-stream", "--stream-arn", arn)["StreamDescription"]["Shards"]
    events = []
    for shard in shards:
        iterator = aws("dynamodbstreams", "get-shard-iterator", "--stream-arn", arn, "--shard-id", shard["ShardId"],
                       "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
        events += [record["eventName"] for record in
                   aws("dynamodbstreams", "get-records", "--shard-iterator", iterator)["Records"]]
        if events:  # one item's records are all in one shard; each command takes a second
            break
    assert events == ["INSERT", "MODIFY"]
    assert "cli-music" in aws("dynamodb", "list-tables")["TableNames"]
    aws("dynamodb", "delete-table", "--table-name", "cli-music")
    aws("dynamodb", "wait", "table-not-exists", "--table-name", "cli-music")


def test_indexes_transactions_tags_and_time_to_live(aws):
    name = "cli-orders"
    table = ["--table-name", name]
    created = aws("dynamodb", "create-table", *table, "--billing-mode", "PAY_PER_REQUEST",
                  "--attribute-definitions", "AttributeName=pk,AttributeType=S",
                  "--key-schema", "AttributeName=pk,KeyType=HASH", "--tags", "Key=team,Value=mill")
    arn = created["TableDescription"]["TableArn"]
    assert eventually(30, lambda: aws("dynamodb", "describe-table", *table)["Table"]["TableStatus"] == "ACTIVE")
    aws("dynamodb", "transact-write-items", "--transact-items", json.dumps(
        [{"Put": {"TableName": name, "Item": {"pk": {"S": key}, "state": {"S": "open"}}}} for key in "abcde"]))
    failed = aws("dynamodb", "transact-write-items", "--transact-items", json.dumps([
        {"Delete": {"TableName": name, "Key": {"pk": {"S": "a"}}}},
        {"ConditionCheck": {"TableName": name, "Key": {"pk": {"S": "b"}}, "ConditionExpression": "attribute_not_exists(pk)"}}]),
        fails=True)
    assert "(TransactionCanceledException)" in failed and "[None, ConditionalCheckFailed]" in failed

    aws("dynamodb", "update-table", *table, "--attribute-definitions", "AttributeName=state,AttributeType=S",
        "--global-secondary-index-updates", json.dumps([{"Create": {
            "IndexName": "by-state", "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}}]))

    def index_is_active():
        indexes = aws("dynamodb", "describe-table", *table)["Table"].get("GlobalSecondaryIndexes", [])
        return [index["IndexStatus"] for index in indexes] == ["ACTIVE"]
    assert eventually(60, index_is_active)
    found = aws("dynamodb", "query", *table, "--index-name", "by-state", "--key-condition-expression", "#s = :s",
                "--expression-attribute-names", '{"#s": "state"}', "--expression-attribute-values", '{":s": {"S": "open"}}',
                "--page-size", "2")  # the CLI asks for page after page
    assert sorted(item["pk"]["S"] for item in found["Items"]) == list("abcde")

    aws("dynamodb", "tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=test")
    aws("dynamodb", "untag-resource", "--resource-arn", arn, "--tag-keys", "team")
    assert aws("dynamodb", "list-tags-of-resource", "--resource-arn", arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    aws("dynamodb", "update-time-to-live", *table, "--time-to-live-specification", "Enabled=true,AttributeName=ends")
    described = aws("dynamodb", "describe-time-to-live", *table)["TimeToLiveDescription"]
    assert described["AttributeName"] == "ends" and described["TimeToLiveStatus"] in ("ENABLING", "ENABLED")
    aws("dynamodb", "delete-table", *table)
