"""What the log knows: the history of an item, and the table rebuilt from it; and the server's status."""
import time


def history(server, name, key, **more):
    records, request = [], {"TableName": name, "Key": key, **more}
    while True:
        page = server.ok("Millrace_20261121.GetItemHistory", request)
        records += page["Records"]
        if "NextToken" not in page:
            return records, page
        request["NextToken"] = page["NextToken"]


def test_every_version_of_an_item(server, client, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    key = {"pk": {"S": "a"}}
    before = time.time()
    for value in "123":
        client.put_item(TableName=name, Item={**key, "v": {"N": value}})
    client.put_item(TableName=name, Item={"pk": {"S": "beside"}})
    client.delete_item(TableName=name, Key=key)
    records, page = history(server, name, key)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "MODIFY", "REMOVE"]
    assert [record["dynamodb"].get("NewImage", {}).get("v") for record in records] == [{"N": "1"}, {"N": "2"}, {"N": "3"}, None]
    assert [record["dynamodb"].get("OldImage", {}).get("v") for record in records] == [None, {"N": "1"}, {"N": "2"}, {"N": "3"}]
    assert {record["principal"] for record in records} == {"tester"}
    assert len({record["requestId"] for record in records}) == 4
    times = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
    assert times == sorted(times) and before - 1 < times[0] < time.time() + 1
    assert page["BeginningTrimmed"] is False
    # In pages of one.
    assert history(server, name, key, Limit=1)[0] == records


def test_history_needs_no_stream(server, client, make_table):
    name = make_table(sk="N")
    key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    client.put_item(TableName=name, Item=key)
    assert len(history(server, name, key)[0]) == 1
    assert history(server, name, {"pk": {"S": "a"}, "sk": {"N": "2"}})[0] == []


def test_a_table_equals_its_log(server, client, make_table):
    name = make_table()
    for i in range(60):
        client.put_item(TableName=name, Item={"pk": {"S": str(i % 40)}, "v": {"N": str(i)}})
    for i in range(10):
        client.delete_item(TableName=name, Key={"pk": {"S": str(i)}})
    report = server.ok("Millrace_20261121.VerifyTable", {"TableName": name})
    assert report["Equal"] is True and report["Chain"]["Intact"] is True
    assert report["Records"] == report["Chain"]["Records"] == 70
    assert report["LiveItems"] == report["RebuiltItems"] == 30
    assert report["Differences"] == 0 and "FirstDifference" not in report


def test_status(server, client, make_table):
    make_table()
    status = server.ok("Millrace_20261121.Status", {})
    assert status["Region"] == "us-east-1" and status["Durability"] == "sync"
    assert status["TableCount"] >= 1 and status["AppliedLsn"] >= 1
    assert status["Log"]["LastLsn"] >= status["AppliedLsn"] >= status["Log"]["FirstLsn"]


def test_errors(server, make_table):
    name = make_table()
    target = "Millrace_20261121."
    assert server.error(target + "VerifyTable", {"TableName": "no-such-table"}) == (
        "ResourceNotFoundException", "Requested resource not found: Table: no-such-table not found")
    assert server.error(target + "GetItemHistory", {"TableName": name, "Key": {}}) == (
        "ValidationException", "The provided key element does not match the schema")
    assert server.error(target + "GetItemHistory", {"TableName": name, "Key": {"pk": {"S": "a"}}, "NextToken": "x"}) == (
        "ValidationException", "Invalid NextToken")
