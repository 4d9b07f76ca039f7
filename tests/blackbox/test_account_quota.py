"""The units that an account may provision with all its tables and global indexes, as DescribeLimits tells them."""
import threading

from table_rows import NEW, units

TABLE, ACCOUNT = 40000, 80000  # the developer guide's "Throughput default quotas"


def above(which, total):  # the text was not seen in public
    return ("LimitExceededException",
            f"Subscriber limit exceeded: The requested {which} would bring all tables and global secondary indexes of the account "
            f"to {total}, above the per account maximum. Per account maximum: {ACCOUNT}. Refer to the Amazon DynamoDB Developer "
            "Guide for current limits and how to request higher limits.")


def provisioned(name, read, write, **more):
    return {**NEW, "TableName": name, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(read, write), **more}


def index(name, read, write):
    return {"IndexName": name, "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": units(read, write)}


def grow(server, name, read, write):
    return server.ok("UpdateTable", {"TableName": name, "ProvisionedThroughput": units(read, write)})


def test_the_account_is_full(own_server):
    server = own_server.start()
    limits = server.ok("DescribeLimits", {})
    assert (limits["AccountMaxReadCapacityUnits"], limits["AccountMaxWriteCapacityUnits"]) == (ACCOUNT, ACCOUNT)

    server.ok("CreateTable", provisioned("one", TABLE - 7, 1, GlobalSecondaryIndexes=[index("by-a", 7, TABLE)]))
    server.ok("CreateTable", provisioned("two", TABLE - 1, TABLE - 2))
    # 79,999 of both; on-demand tables count for nothing.
    server.ok("CreateTable", {**NEW, "TableName": "free"})
    assert server.error("CreateTable", provisioned("three", 2, 1)) == above("ReadCapacityUnits", ACCOUNT + 1)
    assert server.error("CreateTable", provisioned("three", 1, 2)) == above("WriteCapacityUnits", ACCOUNT + 1)
    assert server.error("DescribeTable", {"TableName": "three"})[0] == "ResourceNotFoundException"
    server.ok("CreateTable", provisioned("three", 1, 1))

    # An update, an index more, a switch of the mode: all of them count.
    assert server.error("UpdateTable", {"TableName": "two", "ProvisionedThroughput": units(TABLE, TABLE - 2)}) == above(
        "ReadCapacityUnits", ACCOUNT + 1)
    assert server.error("UpdateTable", {
        "TableName": "three", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": index("more", 1, 1)}]}) == above("ReadCapacityUnits", ACCOUNT + 1)
    assert server.error("UpdateTable", {
        "TableName": "one", "GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": "by-a", "ProvisionedThroughput": units(8, TABLE)}}]}) == above("ReadCapacityUnits", ACCOUNT + 1)
    assert server.error("UpdateTable", {"TableName": "free", "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}) == above(
        "ReadCapacityUnits", ACCOUNT + 1)
    assert server.ok("DescribeTable", {"TableName": "free"})["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    # The table's own quota is the earlier error.
    assert "per table maximum" in server.error("CreateTable", provisioned("four", TABLE + 1, 1))[1]

    # What becomes less or goes makes room, and the sum is the same after a restart.
    grow(server, "two", TABLE - 2, TABLE - 2)
    server.kill()
    server.start()
    assert server.error("UpdateTable", {"TableName": "three", "ProvisionedThroughput": units(3, 1)}) == above(
        "ReadCapacityUnits", ACCOUNT + 1)
    grow(server, "three", 2, 1)
    server.ok("DeleteTable", {"TableName": "one"})
    server.ok("CreateTable", provisioned("one", TABLE, TABLE))


def test_tables_made_at_once_do_not_pass_it(own_server):
    server = own_server.start()
    server.ok("CreateTable", provisioned("first", TABLE, 1))
    answers = []

    def make(number):
        answers.append(server.call("CreateTable", provisioned(f"next-{number}", TABLE // 4, 1))[0])

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 4 + [400] * 4
