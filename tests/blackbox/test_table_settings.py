"""What tables can be set to: capacity, class, tags, policies; and what is said of what isn't there yet."""
import calendar
import json
import re
import time

import pytest

import table_rows
from table_rows import HERE, NEW, STATEMENT, policy, tag, units
from unbuilt_rows import UNBUILT

ROWS = table_rows.ROWS + UNBUILT


@pytest.fixture(scope="module")
def names(shared_server):
    """The tables that rows call @ and @p, and the ARN @arn."""
    shared_server.ok("CreateTable", {**NEW, "TableName": "settings-on-demand"})
    shared_server.ok("CreateTable", {**NEW, "TableName": "settings-provisioned", "BillingMode": "PROVISIONED",
                                     "ProvisionedThroughput": units(5, 5)})
    return {"@": "settings-on-demand", "@p": "settings-provisioned", "@arn": HERE + "settings-on-demand"}


@pytest.mark.parametrize("operation, body, error, text", ROWS, ids=[f"{n:03}-{row[0]}" for n, row in enumerate(ROWS)])
def test_row(server, names, operation, body, error, text):
    request = json.dumps(body)
    if not text.endswith(": @"):  # a row about a bare name means it
        for placeholder, name in names.items():
            request = request.replace(f'"{placeholder}"', f'"{name}"')
    assert server.error(operation, request) == (error, text.replace("rows-hash", names["@"]))


ROOT = "arn:aws:iam::000000000000:root"


def canonical(**members):
    """STATEMENT's policy, with these members of it, as it is read."""
    statement = {"Sid": None, **STATEMENT, "Principal": {"AWS": ROOT}, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]},
                      separators=(",", ":"))


def described(server, name):
    return server.ok("DescribeTable", {"TableName": name})["Table"]


@pytest.fixture
def new_table(server, request):
    """new_table(**parameters): its name and the reply of CreateTable."""
    made = []

    def make(**parameters):
        name = f"{request.node.name.replace('[', '-').replace(']', '')}-{len(made)}"
        made.append(name)
        return name, server.ok("CreateTable", {**NEW, **parameters, "TableName": name})["TableDescription"]

    yield make
    for name in made:
        server.call("DeleteTable", {"TableName": name})


def test_provisioned_units_change(server, new_table):
    name, created = new_table(BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 5))
    assert "BillingModeSummary" not in created and "WarmThroughput" not in created
    assert described(server, name)["WarmThroughput"] == {
        "ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 5, "Status": "ACTIVE"}
    updated = server.ok("UpdateTable", {"TableName": name, "ProvisionedThroughput": units(4, 9)})["TableDescription"]
    # The reply has the units from before, and the time of the change.
    assert updated["TableStatus"] == "UPDATING"
    assert updated["ProvisionedThroughput"].items() >= {**units(5, 5), "NumberOfDecreasesToday": 0}.items()
    table = described(server, name)
    assert table["TableStatus"] == "ACTIVE"
    throughput = table["ProvisionedThroughput"]
    assert throughput.items() >= {**units(4, 9), "NumberOfDecreasesToday": 1}.items()
    assert throughput["LastIncreaseDateTime"] == throughput["LastDecreaseDateTime"]
    assert throughput["LastIncreaseDateTime"] == updated["ProvisionedThroughput"]["LastIncreaseDateTime"]
    assert table["WarmThroughput"]["WriteUnitsPerSecond"] == 9


def test_decreases_are_limited(server, new_table):
    name, _ = new_table(BillingMode="PROVISIONED", ProvisionedThroughput=units(10, 10))
    for read in (9, 8, 7, 6):
        server.ok("UpdateTable", {"TableName": name, "ProvisionedThroughput": units(read, 10)})
    error, text = server.error("UpdateTable", {"TableName": name, "ProvisionedThroughput": units(5, 10)})
    assert error == "LimitExceededException"
    assert text.startswith("Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day.")
    assert described(server, name)["ProvisionedThroughput"]["ReadCapacityUnits"] == 6


def test_billing_mode_changes_both_ways(server, new_table):
    name, created = new_table(BillingMode="PROVISIONED", ProvisionedThroughput=units(2, 3))
    updated = server.ok("UpdateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
                                        "OnDemandThroughput": {"MaxReadRequestUnits": 100}})["TableDescription"]
    assert updated["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    table = described(server, name)
    assert table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] >= created["CreationDateTime"]
    assert table["ProvisionedThroughput"] == {**units(0, 0), "NumberOfDecreasesToday": 0}
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 100}
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}

    server.ok("UpdateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST"})  # as it is: no error
    server.ok("UpdateTable", {"TableName": name, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)})
    table = described(server, name)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert "LastUpdateToPayPerRequestDateTime" in table["BillingModeSummary"]
    assert table["ProvisionedThroughput"] == {**units(1, 1), "NumberOfDecreasesToday": 0}
    assert "OnDemandThroughput" not in table
    assert table["WarmThroughput"]["ReadUnitsPerSecond"] == 12000


def test_switches_to_on_demand_are_limited(server, new_table):
    name, _ = new_table()  # made on-demand: no switch

    def switch(mode):
        return {"TableName": name, "BillingMode": mode, **({"ProvisionedThroughput": units(1, 1)} if mode == "PROVISIONED" else {})}

    for _ in range(4):
        server.ok("UpdateTable", switch("PROVISIONED"))
        server.ok("UpdateTable", switch("PAY_PER_REQUEST"))
    last = described(server, name)["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"]
    server.ok("UpdateTable", switch("PROVISIONED"))
    error, text = server.error("UpdateTable", switch("PAY_PER_REQUEST"))
    assert error == "LimitExceededException"
    told = re.fullmatch(r"Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day\(s\)\. "
                        r"Last update at (\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4})\. "
                        r"Next update can be made at (\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4})", text)
    moments = [calendar.timegm(time.strptime(moment, "%a %b %d %H:%M:%S UTC %Y")) for moment in told.groups()]
    assert moments[0] == int(last) and moments[1] <= moments[0] + 24 * 3600
    assert described(server, name)["BillingModeSummary"]["BillingMode"] == "PROVISIONED"


def test_bounds_of_on_demand_come_and_go(server, new_table):
    name, created = new_table(OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 40000})
    assert created["OnDemandThroughput"] == {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 40000}

    def change(**bounds):
        reply = server.ok("UpdateTable", {"TableName": name, "OnDemandThroughput": bounds})["TableDescription"]
        assert reply["TableStatus"] == "ACTIVE"
        return described(server, name).get("OnDemandThroughput")

    assert change(MaxReadRequestUnits=7) == {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 40000}
    assert change(MaxWriteRequestUnits=-1) == {"MaxReadRequestUnits": 7}
    assert change(MaxReadRequestUnits=-1) is None


def test_warm_throughput(server, new_table):
    name, created = new_table(WarmThroughput={"ReadUnitsPerSecond": 12001})
    assert created["WarmThroughput"] == {"ReadUnitsPerSecond": 12001, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}
    updated = server.ok("UpdateTable", {"TableName": name, "WarmThroughput": {"WriteUnitsPerSecond": 4001}})
    assert updated["TableDescription"]["TableStatus"] == "ACTIVE"
    assert updated["TableDescription"]["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12001, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}
    assert described(server, name)["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12001, "WriteUnitsPerSecond": 4001, "Status": "ACTIVE"}


def test_empty_throughputs_count_for_nothing(server, new_table):
    name, _ = new_table()
    for change in ({"WarmThroughput": {}, "DeletionProtectionEnabled": False}, {"WarmThroughput": {}, "TableClass": "STANDARD"},
                   {"OnDemandThroughput": {}, "BillingMode": "PAY_PER_REQUEST"}):
        server.ok("UpdateTable", {"TableName": name, **change})
    for nothing in ({"WarmThroughput": {}}, {"OnDemandThroughput": {}}):
        assert server.error("UpdateTable", {"TableName": name, **nothing})[1].startswith("At least one of")


def test_table_class(server, new_table):
    infrequent, created = new_table(TableClass="STANDARD_INFREQUENT_ACCESS")
    assert created["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    name, created = new_table()
    assert "TableClassSummary" not in created
    server.ok("UpdateTable", {"TableName": name, "TableClass": "STANDARD"})
    assert "TableClassSummary" not in described(server, name)
    server.ok("UpdateTable", {"TableName": name, "TableClass": "STANDARD_INFREQUENT_ACCESS"})
    summary = described(server, name)["TableClassSummary"]
    assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS" and summary["LastUpdateDateTime"] > 0
    server.ok("UpdateTable", {"TableName": name, "TableClass": "STANDARD"})
    assert server.error("UpdateTable", {"TableName": name, "TableClass": "STANDARD_INFREQUENT_ACCESS"}) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).")


def test_deletion_protection_is_a_change_of_its_own_and_at_once(server, new_table):
    name, _ = new_table()
    reply = server.ok("UpdateTable", {"TableName": name, "DeletionProtectionEnabled": True})["TableDescription"]
    assert reply["TableStatus"] == "ACTIVE" and reply["DeletionProtectionEnabled"]
    server.ok("UpdateTable", {"TableName": name, "DeletionProtectionEnabled": False})


def test_encryption_that_is_not_asked_for_is_no_matter(server, new_table):
    _, created = new_table(SSESpecification={"Enabled": False})
    assert "SSEDescription" not in created
    new_table(SSESpecification={})


def tags_of(server, name):
    return {t["Key"]: t["Value"] for t in server.ok("ListTagsOfResource", {"ResourceArn": HERE + name})["Tags"]}


def test_tags(server, new_table):
    name, _ = new_table(Tags=[tag("Env", ""), tag("env", "x")])
    arn = HERE + name
    assert tags_of(server, name) == {"Env": "", "env": "x"}
    status, _, body = server.call("TagResource", {"ResourceArn": arn, "Tags": [tag("env", "y"), tag("ключ", "зна чение")]})
    assert (status, body) == (200, "")
    assert tags_of(server, name) == {"Env": "", "env": "y", "ключ": "зна чение"}
    server.ok("UntagResource", {"ResourceArn": arn, "TagKeys": ["Env", "never-there"]})
    assert tags_of(server, name) == {"env": "y", "ключ": "зна чение"}
    # All of a request or nothing of it.
    assert server.error("TagResource", {"ResourceArn": arn, "Tags": [tag("good"), tag("bad#")]})[0] == "ValidationException"
    assert "good" not in tags_of(server, name)


def test_tags_at_their_edges(server, new_table):
    name, _ = new_table(Tags=[])
    arn = HERE + name
    server.ok("TagResource", {"ResourceArn": arn, "Tags": [tag("k" * 128, "v" * 256), tag("k +-=._:/@0", " ")]})
    server.ok("TagResource", {"ResourceArn": arn, "Tags": [tag(str(i)) for i in range(48)]})
    assert len(tags_of(server, name)) == 50
    full = "Number of Tags exceed the current limit for the provided ResourceArn"
    assert server.error("TagResource", {"ResourceArn": arn, "Tags": [tag("one more")]}) == ("ValidationException", full)
    server.ok("TagResource", {"ResourceArn": arn, "Tags": [tag("0", "new")]})  # of those that are there
    server.ok("UntagResource", {"ResourceArn": arn, "TagKeys": [str(i) for i in range(50)]})
    letters = "ключ café 表\u00a0\u3000"
    server.ok("TagResource", {"ResourceArn": arn, "Tags": [tag("letters", letters)]})
    assert tags_of(server, name)["letters"] == letters
    assert "NextToken" not in server.ok("ListTagsOfResource", {"ResourceArn": arn, "NextToken": "ignored"})


def test_policies(server, new_table):
    name, _ = new_table()
    arn = HERE + name
    none = ("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: " + arn)
    assert server.error("GetResourcePolicy", {"ResourceArn": arn}) == none
    assert server.ok("DeleteResourcePolicy", {"ResourceArn": arn}) == {}
    assert server.error("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(STATEMENT),
                                              "ExpectedRevisionId": "1"})[0] == "PolicyNotFoundException"
    first = server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(STATEMENT),
                                            "ExpectedRevisionId": "NO_POLICY"})["RevisionId"]
    assert server.ok("GetResourcePolicy", {"ResourceArn": arn}) == {"Policy": canonical(), "RevisionId": first}
    assert server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(STATEMENT)})["RevisionId"] == first
    other = policy({**STATEMENT, "Sid": "x"})
    assert server.error("PutResourcePolicy", {"ResourceArn": arn, "Policy": other, "ExpectedRevisionId": "NO_POLICY"}) == (
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested policy update expecting none to be present "
        f"for table {name}, but a policy exists with revision id {first}.")
    second = server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": other, "ExpectedRevisionId": first})["RevisionId"]
    assert int(second) > int(first)
    assert server.error("DeleteResourcePolicy", {"ResourceArn": arn, "ExpectedRevisionId": first}) == (
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id "
        f"{first}, but the policy associated to target table {name} has revision id {second}.")
    assert server.ok("DeleteResourcePolicy", {"ResourceArn": arn, "ExpectedRevisionId": second}) == {"RevisionId": second}
    assert server.error("GetResourcePolicy", {"ResourceArn": arn}) == none
    server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(STATEMENT).ljust(20480)})  # as large as it may be


# (what is put, what is read): as measured on the service.
CANONICAL_POLICIES = [
    (policy(STATEMENT).replace(", ", ",\n\t "), canonical()),
    (policy(dict(reversed(STATEMENT.items()))), canonical()),
    (json.dumps({"Version": "2012-10-17", "Statement": STATEMENT}), canonical()),
    (policy({**STATEMENT, "Action": ["dynamodb:GetItem"], "Resource": ["*"]}), canonical()),
    (policy({**STATEMENT, "Effect": "allow", "Principal": {"AWS": ["000000000000", ROOT]}}), canonical()),
    (json.dumps({"Statement": [STATEMENT]}), canonical().replace("2012", "2008")),
    (policy({**STATEMENT, "Action": ["dynamodb:Query", "dynamodb:getitem", "dynamodb:Query"]}),
     canonical(Action=["dynamodb:Query", "dynamodb:getitem", "dynamodb:Query"])),
    (policy({**STATEMENT, "Condition": {"StringEquals": {"aws:PrincipalAccount": ["000000000000"], "a": ["b", "c"]}}}),
     canonical(Condition={"StringEquals": {"aws:PrincipalAccount": "000000000000", "a": ["b", "c"]}})),
    (policy({**STATEMENT, "Effect": "Deny", "Principal": "*"}), canonical(Effect="Deny", Principal="*")),
    (policy({**STATEMENT, "Other": 1}), policy({**STATEMENT, "Other": 1})),  # own: kept as it was put
]


@pytest.mark.parametrize("put, read", CANONICAL_POLICIES, ids=range(len(CANONICAL_POLICIES)))
def test_policies_have_a_canonical_form(server, new_table, put, read):
    name, _ = new_table()
    arn = HERE + name
    revision = server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": put})["RevisionId"]
    assert server.ok("GetResourcePolicy", {"ResourceArn": arn})["Policy"] == read
    for again in (put, read, json.dumps(json.loads(read), indent=2)):
        if "Other" in put and again != put:
            continue
        assert server.ok("PutResourcePolicy", {"ResourceArn": arn, "Policy": again})["RevisionId"] == revision


def test_a_stream_has_a_policy_of_its_own(server, new_table):
    name, _ = new_table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
                        ResourcePolicy=policy(STATEMENT))
    stream = described(server, name)["LatestStreamArn"]
    assert server.error("GetResourcePolicy", {"ResourceArn": stream})[0] == "PolicyNotFoundException"
    server.ok("PutResourcePolicy", {"ResourceArn": stream, "Policy": policy({**STATEMENT, "Sid": "s"})})
    assert server.ok("GetResourcePolicy", {"ResourceArn": stream})["Policy"] == canonical(Sid="s")
    assert server.ok("GetResourcePolicy", {"ResourceArn": HERE + name})["Policy"] == canonical()
    assert server.error("GetResourcePolicy", {"ResourceArn": stream[:-3] + "000"})[0] == "ResourceNotFoundException"


def test_a_table_of_the_same_name_has_nothing_of_the_old_one(server, new_table):
    name, _ = new_table(Tags=[tag("k")], ResourcePolicy=policy(STATEMENT), TableClass="STANDARD_INFREQUENT_ACCESS")
    server.ok("DeleteTable", {"TableName": name})
    server.ok("CreateTable", {**NEW, "TableName": name})
    assert tags_of(server, name) == {}
    assert server.error("GetResourcePolicy", {"ResourceArn": HERE + name})[0] == "PolicyNotFoundException"
    assert "TableClassSummary" not in described(server, name)


def test_everything_outlives_a_kill(own_server):
    server = own_server.start()
    server.ok("CreateTable", {**NEW, "TableName": "kept", "Tags": [tag("k")], "ResourcePolicy": policy(STATEMENT),
                              "OnDemandThroughput": {"MaxReadRequestUnits": 9},
                              "WarmThroughput": {"ReadUnitsPerSecond": 13000}})
    server.ok("UpdateTable", {"TableName": "kept", "TableClass": "STANDARD_INFREQUENT_ACCESS"})
    before = described(server, "kept")
    policy_before = server.ok("GetResourcePolicy", {"ResourceArn": HERE + "kept"})
    server.kill()
    server.start()
    assert described(server, "kept") == before
    assert tags_of(server, "kept") == {"k": "v"}
    assert server.ok("GetResourcePolicy", {"ResourceArn": HERE + "kept"}) == policy_before


def test_account(server):
    assert server.ok("DescribeLimits", {}) == {
        "AccountMaxReadCapacityUnits": 80000, "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000, "TableMaxWriteCapacityUnits": 40000}
    assert server.ok("DescribeEndpoints", {}) == {
        "Endpoints": [{"Address": f"127.0.0.1:{server.port}", "CachePeriodInMinutes": 1440}]}


def test_what_is_not_there_is_said_to_be_off_or_none(server, names):
    name = names["@"]
    off = {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "DISABLED",
                                            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}}
    assert server.ok("DescribeContinuousBackups", {"TableName": name}) == off
    assert server.ok("UpdateContinuousBackups", {
        "TableName": names["@arn"], "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}) == off
    insights = {"TableName": name, "ContributorInsightsStatus": "DISABLED"}
    assert server.ok("DescribeContributorInsights", {"TableName": name}) == insights
    assert server.ok("UpdateContributorInsights", {"TableName": name, "ContributorInsightsAction": "DISABLE"}) == insights
    assert server.ok("DescribeKinesisStreamingDestination", {"TableName": name}) == {
        "TableName": name, "KinesisDataStreamDestinations": []}
    assert server.ok("DescribeTimeToLive", {"TableName": name}) == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    assert server.ok("ListBackups", {}) == {"BackupSummaries": []}
    assert server.ok("ListExports", {}) == {"ExportSummaries": []}
    assert server.ok("ListImports", {}) == {"ImportSummaryList": []}
    assert server.ok("ListGlobalTables", {}) == {"GlobalTables": []}
    assert server.ok("ListContributorInsights", {}) == {"ContributorInsightsSummaries": []}


def test_every_operation_of_the_model_is_known(server, client):
    """Each is there, or refused by name: none is an unknown operation."""
    for operation in client.meta.service_model.operation_names:
        status, _, reply = server.call(operation, {})
        assert status == 200 or "UnknownOperation" not in reply["__type"], operation
