"""ExecuteStatement: PartiQL statements."""
import base64

import pytest

from partiql_calls import create_table, items, run

VALIDATION = "ValidationException"


def sks(reply):
    return [item["sk"]["S"] for item in reply["Items"]]


@pytest.fixture
def composite(client, make_table):
    """pk a and b, sk 1 to 5 each, n as sk."""
    name = make_table(sk="S")
    for pk in "ab":
        for sk in range(1, 6):
            client.put_item(TableName=name, Item={"pk": {"S": pk}, "sk": {"S": str(sk)}, "n": {"N": str(sk)}})
    return name


def test_the_life_of_an_item(client, make_table):
    name = make_table()
    assert run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'x', 'n': 1, 'm': {{'l': [1, 'a']}}, 's': <<'p', 'q'>>, 'it''s': null}}")["Items"] == []
    whole = {"pk": {"S": "x"}, "n": {"N": "1"}, "m": {"M": {"l": {"L": [{"N": "1"}, {"S": "a"}]}}}, "s": {"SS": ["p", "q"]},
             "it's": {"NULL": True}}
    assert items(client, f'SELECT * FROM "{name}" WHERE pk = ?', {"S": "x"}) == [whole]
    assert client.get_item(TableName=name, Key={"pk": {"S": "x"}})["Item"] == whole
    assert items(client, f'SELECT m.l[1], n, nope FROM "{name}" WHERE pk = \'x\'') == [{"l[1]": {"S": "a"}, "n": {"N": "1"}}]
    assert items(client, f"UPDATE \"{name}\" SET n = n + 4 SET m.x = ? REMOVE s WHERE pk = 'x' AND n = 1 RETURNING MODIFIED NEW *",
                 {"BOOL": True}) == [{"n": {"N": "5"}, "m": {"M": {"x": {"BOOL": True}}}}]
    assert items(client, f"UPDATE \"{name}\" REMOVE n WHERE pk = 'x' RETURNING MODIFIED NEW *") == []
    [old] = items(client, f"DELETE FROM \"{name}\" WHERE pk = 'x' RETURNING ALL OLD *")
    assert old["m"]["M"]["x"] == {"BOOL": True}
    assert items(client, f"DELETE FROM \"{name}\" WHERE pk = 'x' RETURNING ALL OLD *") == []
    assert items(client, f'SELECT * FROM "{name}"') == []


def test_writes_whose_condition_fails(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "x"}, "name": {"S": "alpha"}})
    assert server.error("ExecuteStatement", {"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk': 'x'}}"}) == (
        "DuplicateItemException", "Duplicate primary key exists in table")
    failed = ("ConditionalCheckFailedException", "The conditional request failed")
    for statement in (f"UPDATE \"{name}\" SET a = 1 WHERE pk = 'none'",
                      f"UPDATE \"{name}\" SET a = 1 WHERE pk = 'x' AND \"name\" = 'beta'",
                      f"DELETE FROM \"{name}\" WHERE pk = 'x' AND NOT begins_with(\"name\", 'al')"):
        assert server.error("ExecuteStatement", {"Statement": statement}) == failed
        _, _, reply = server.call("ExecuteStatement", {
            "Statement": statement, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
        assert reply.get("Item") == (None if "none" in statement else {"pk": {"S": "x"}, "name": {"S": "alpha"}})
    # No such item: nothing to delete, whatever else is asked.
    assert items(client, f"DELETE FROM \"{name}\" WHERE pk = 'none' AND \"name\" = 'x'") == []
    assert client.scan(TableName=name)["Items"] == [{"pk": {"S": "x"}, "name": {"S": "alpha"}}]


def test_reads_pages_by_key_and_by_scan(client, composite):
    assert sks(run(client, f"SELECT sk FROM \"{composite}\" WHERE pk = 'a' AND sk > '2'")) == ["3", "4", "5"]
    assert sks(run(client, f"SELECT sk FROM \"{composite}\" WHERE pk = 'a' AND n BETWEEN 2 AND 3")) == ["2", "3"]
    assert sks(run(client, f"SELECT sk FROM \"{composite}\" WHERE pk = 'a' ORDER BY sk DESC")) == ["5", "4", "3", "2", "1"]
    assert len(items(client, f'SELECT * FROM "{composite}" WHERE n >= 4')) == 4
    statement = f"SELECT pk, sk FROM \"{composite}\" WHERE pk IN ['b', 'a'] AND sk < '5'"
    seen, more = [], {}
    while True:
        reply = run(client, statement, Limit=3, **more)
        assert len(reply["Items"]) <= 3
        seen += [item["pk"]["S"] + item["sk"]["S"] for item in reply["Items"]]
        if "NextToken" not in reply:
            break
        more = {"NextToken": reply["NextToken"]}
    assert seen == ["b1", "b2", "b3", "b4", "a1", "a2", "a3", "a4"]
    # Limit counts what is evaluated, before the filter.
    reply = run(client, f"SELECT * FROM \"{composite}\" WHERE pk = 'a' AND n = 3", Limit=2)
    assert reply["Items"] == [] and reply["LastEvaluatedKey"] == {"pk": {"S": "a"}, "sk": {"S": "2"}}
    scanned, token = 0, {}
    for _ in range(20):
        reply = run(client, f'SELECT * FROM "{composite}"', Limit=1, **token)
        scanned += len(reply["Items"])
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}
    assert scanned == 10


@pytest.mark.parametrize("where, expected", [
    ("pk = 'b' OR pk = 'a'", "b1 b2 b3 b4 b5 a1 a2 a3 a4 a5"),
    ("pk = 'a' AND sk IN ['4', '2', '9']", "a2 a4"),
    ("pk = 'a' AND (sk < '2' OR sk > '4') OR pk = 'b' AND sk = '3'", "a1 a5 b3"),
    ("pk = 'a' AND sk >= '4' OR pk = 'b' AND n < 2", "a4 a5 b1"),
    ("(pk = 'a' OR pk = 'b') AND sk < '3' ORDER BY pk DESC, sk ASC", "b1 b2 a1 a2"),
    ("pk IN ['a', 'b'] AND sk IN ['1', '3', '5'] ORDER BY pk ASC, sk DESC", "a5 a3 a1 b5 b3 b1"),
    # Recorded from the service: the union of branches that overlap.
    ("pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2'", "a2 a3 a4 a5"),
    ("pk = 'a' OR pk = 'a' AND NOT sk = '1'", "a1 a2 a3 a4 a5"),
    ("pk = 'a' AND sk > '3' AND sk < '2'", ""),
])
def test_branches_are_read_one_after_the_other(client, composite, where, expected):
    statement = f'SELECT pk, sk FROM "{composite}" WHERE {where}'
    for limit in (None, 1, 2, 3):
        seen, more, calls = [], {} if limit is None else {"Limit": limit}, 0
        while True:
            reply = run(client, statement, **more)
            assert limit is None or len(reply["Items"]) <= limit
            seen += [item["pk"]["S"] + item["sk"]["S"] for item in reply["Items"]]
            calls += 1
            if "NextToken" not in reply:
                break
            more["NextToken"] = reply["NextToken"]
            assert calls < 30
        assert seen == expected.split(), limit


def test_branches_read_their_keys_alone(client, make_table):
    name = make_table(sk="S")
    for pk in "abc":
        for sk in "12":
            client.put_item(TableName=name, Item={"pk": {"S": pk}, "sk": {"S": sk}, "text": {"S": "x" * 40000}})

    def units(where):
        reply = run(client, f'SELECT sk FROM "{name}" WHERE {where}', ReturnConsumedCapacity="TOTAL")
        return reply["ConsumedCapacity"]["CapacityUnits"]

    one = units("pk = 'a' AND sk = '1'")
    assert units("pk = 'a' AND sk = '1' OR pk = 'b' AND sk = '2'") == 2 * one
    assert units("pk = 'a' AND sk IN ['1', '2']") == 2 * one
    assert units("pk = 'a' AND sk = '1' OR sk = '2'") > 5 * one  # a scan


# "PartiQL operators": results of IN come in pages of up to 10 items, at most 50 keys.
def test_in_reads_pages_of_ten(client, server, make_table):
    name = make_table(sk="N")
    for i in range(13):
        client.put_item(TableName=name, Item={"pk": {"S": f"{i:02}"}, "sk": {"N": "1"}, "n": {"N": "1"}})
        client.put_item(TableName=name, Item={"pk": {"S": "many"}, "sk": {"N": str(i)}, "n": {"N": "1"}})

    def pages(where, *parameters, **more):
        sizes = []
        while True:
            reply = run(client, f'SELECT * FROM "{name}" WHERE {where}', *parameters, **more)
            sizes.append(len(reply["Items"]))
            if "NextToken" not in reply:
                return sizes
            more["NextToken"] = reply["NextToken"]

    listed = [f"'{i:02}'" for i in range(50)]
    assert pages(f"pk IN [{', '.join(listed[:10])}]") in ([10], [10, 0])
    assert pages(f"pk IN [{', '.join(listed[:11])}]") == [10, 1]
    assert pages(f"pk IN [{', '.join(listed)}]") == [10, 3]
    assert pages(f"pk IN [{', '.join(listed)}]", Limit=4) == [4, 4, 4, 1]
    assert pages(f"pk IN [{', '.join(listed)}]", Limit=100) == [10, 3]
    assert pages("pk IN ['many', 'none']") == [10, 3]
    assert pages("pk = 'many' AND sk IN [" + ", ".join(str(i) for i in range(13)) + "]") == [10, 3]
    # Not keys that IN names.
    assert pages("pk IN ['many']") == [13]
    assert pages("pk = 'many' AND n IN [1, 2]") == [13]
    assert pages(" OR ".join(f"pk = {pk}" for pk in listed[:13])) == [13]
    assert pages("n IN [" + ", ".join(str(i) for i in range(100)) + "]") == [26]
    assert server.error("ExecuteStatement", {"Statement": f'SELECT * FROM "{name}" WHERE pk IN [{", ".join(listed)}, \'x\']'}) == (
        VALIDATION, "Too many decomposed read operations for a given query.")
    assert server.error("ExecuteStatement", {"Statement": f'SELECT * FROM "{name}" WHERE n IN [{", ".join(str(i) for i in range(101))}]'}) == (
        VALIDATION, "The IN operator is provided with too many operands; number of operands: 101")


# Observed of the service, beyond the guide.
@pytest.mark.parametrize("change, expected", [
    ("a + b", 13), ("100 - a", 90), ("a + 1 + 2", 13), ("(a + 1) - 2", 9), ("a + -4", 6), ("a - (b - (1 + 1))", 9), ("((a)) - - 1", 11),
])
def test_arithmetic(client, make_table, change, expected):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "x"}, "a": {"N": "10"}, "b": {"N": "3"}})
    assert items(client, f"UPDATE \"{name}\" SET c = {change} WHERE pk = 'x' RETURNING MODIFIED NEW *") == [{"c": {"N": str(expected)}}]


def test_a_token_is_good_for_its_statement_alone(client, server, make_table, composite):
    statement = f'SELECT * FROM "{composite}" WHERE pk = ?'
    parameters = [{"S": "a"}]
    token = run(client, statement, *parameters, Limit=1)["NextToken"]
    body = {"Statement": statement, "Parameters": parameters, "NextToken": token}
    assert len(server.ok("ExecuteStatement", body)["Items"]) == 4
    mismatch = (VALIDATION, "NextToken does not match request")
    assert server.error("ExecuteStatement", {**body, "Parameters": [{"S": "b"}]}) == mismatch
    assert server.error("ExecuteStatement", {**body, "Statement": statement + " AND n = 1"}) == mismatch
    raw = bytearray(base64.b64decode(token))
    for at in range(len(raw)):
        raw[at] ^= 1
        changed = base64.b64encode(raw).decode()
        assert server.error("ExecuteStatement", {**body, "NextToken": changed}) == (VALIDATION, "Invalid NextToken")
        raw[at] ^= 1
    for bad in ("x", "AAAA", base64.b64encode(raw[:-1]).decode(), base64.b64encode(b"x" * 100).decode()):
        assert server.error("ExecuteStatement", {**body, "NextToken": bad}) == (VALIDATION, "Invalid NextToken")
    for length, constraint in ((0, "greater than or equal to 1"), (32769, "less than or equal to 32768")):
        text = server.error("ExecuteStatement", {**body, "NextToken": "x" * length})[1]
        assert text.endswith("Member must have length " + constraint), text
    # Recorded: another table's; and that neither Limit nor ConsistentRead has to stay.
    other = make_table(sk="S")
    assert server.error("ExecuteStatement", {**body, "Statement": statement.replace(composite, other), "NextToken": token}) == mismatch
    for more in ({"Limit": 2}, {"ConsistentRead": True, "Limit": 4}, {"ReturnConsumedCapacity": "TOTAL"}):
        assert sks(server.ok("ExecuteStatement", {**body, **more})) == ["2", "3", "4", "5"][:more.get("Limit", 4)]


def test_tokens_survive_a_restart(own_server, new_client):
    own_server.start()
    client = new_client(own_server)
    create_table(client, "tokens")
    for pk in "abc":
        run(client, f"INSERT INTO tokens VALUE {{'pk': '{pk}'}}")
    first = run(client, "SELECT * FROM tokens", Limit=2)
    own_server.stop()
    own_server.start()
    rest = run(new_client(own_server), "SELECT * FROM tokens", NextToken=first["NextToken"])
    assert sorted(item["pk"]["S"] for item in first["Items"] + rest["Items"]) == ["a", "b", "c"]


def test_capacity(client, make_table):
    name = make_table()
    run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'a', 'text': ?}}", {"S": "x" * 4000})
    run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'b', 'text': ?}}", {"S": "x" * 4000})

    def units(statement, **more):
        reply = run(client, statement, ReturnConsumedCapacity="TOTAL", **more)
        assert reply["ConsumedCapacity"]["TableName"] == name
        return reply["ConsumedCapacity"]["CapacityUnits"]

    assert units(f"SELECT pk FROM \"{name}\" WHERE pk = 'a'") == 0.5
    assert units(f"SELECT pk FROM \"{name}\" WHERE pk = 'a'", ConsistentRead=True) == 1
    assert units(f"SELECT pk FROM \"{name}\" WHERE pk IN ['a', 'b']") == 1
    assert units(f"UPDATE \"{name}\" SET n = 1 WHERE pk = 'a'") == 4
    assert units(f"DELETE FROM \"{name}\" WHERE pk = 'none'") == 1


@pytest.mark.parametrize("statement, error, text", [
    ("SLECT * FROM t", VALIDATION, "Statement wasn't well formed, can't be processed: Expected data manipulation"),
    # Recorded: what is wrong with the statement comes before its table.
    ("SELECT * FROM \"no-such-table\" WHERE pk = 'a' AND n < true", VALIDATION,
     "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
    ("SELECT * FROM \"\" WHERE pk = 'a'", VALIDATION, "Path component cannot be an empty string"),
    # As filters of the other operations have it; not confirmed of statements.
    ("SELECT * FROM \"@\" WHERE pk.x = 'a'", VALIDATION,
     "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"),
    ("SELECT * FROM \"@\" WHERE pk = 'a' AND size(pk[0]) > 1", VALIDATION,
     "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"),
    ("UPDATE \"@\" SET s = set_add(s, <<1>>) WHERE pk = 'there'", VALIDATION, "An operand in the update expression has an incorrect data type"),
    ("FROM \"@\" SET c = 1", VALIDATION, "Where clause does not contain a mandatory equality on all key attributes"),
    ("UPDATE \"@\" SET c = 1 WHERE pk = 'a' AND pk = 'b'", VALIDATION,
     "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"),
    ('SELECT * FROM "no-such-table" WHERE pk = 1', "ResourceNotFoundException", "Requested resource not found"),
    ('FROM "no-such-table" WHERE pk = 1 SET c = 1', "ResourceNotFoundException", "Requested resource not found"),
    ('SELECT * FROM "@"."no-such-index" WHERE pk = 1', VALIDATION, "The table does not have the specified index"),
    ("DELETE FROM \"@\".\"i\" WHERE pk = 'a'", VALIDATION, "This operation is not supported on an index"),
    ('SELECT * FROM "@" WHERE pk = 1', VALIDATION,
     "Key attribute's data type should match its data type in table's schema: Key pk"),
    ("DELETE FROM \"@\" WHERE \"name\" = 'alpha'", VALIDATION,
     "Where clause does not contain a mandatory equality on all key attributes"),
    ("EXISTS(SELECT * FROM \"@\" WHERE pk = 'x1' AND Awards IS MISSING)", VALIDATION,
     "EXISTS can only be used in ExecuteTransaction write requests."),
    ("UPDATE \"@\" SET newlist[0] = 'x' WHERE pk = 'there'", VALIDATION,
     "The document path provided in the update expression is invalid for update"),
    ("SELECT * FROM \"@\" WHERE pk = ?", VALIDATION, "Number of parameters in request and statement don't match."),
])
def test_errors(client, server, make_table, statement, error, text):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "there"}, "s": {"SS": ["a"]}})
    assert server.error("ExecuteStatement", {"Statement": statement.replace("@", name)}) == (error, text)


def test_sizes_at_their_edge_and_one_past(client, server, make_table):
    name = make_table()
    head, tail = f"SELECT * FROM \"{name}\" WHERE pk = '", "'"
    statement = head + "x" * (8192 - len(head) - len(tail)) + tail
    assert server.error("ExecuteStatement", {"Statement": statement})[1].startswith("One or more parameter values were invalid: Size of hashkey")
    statement = f"SELECT * FROM \"{name}\" WHERE a = '" + "x" * (8192 - len(head)) + tail
    assert len(statement) == 8192 and items(client, statement) == []
    error, text = server.error("ExecuteStatement", {"Statement": statement + " "})
    assert error == VALIDATION
    assert text.endswith("at 'statement' failed to satisfy constraint: Member must have length less than or equal to 8192")
    for body, constraint in (({"Statement": ""}, "length greater than or equal to 1"),
                             ({"Statement": "SELECT * FROM t", "Parameters": []}, "length greater than or equal to 1"),
                             ({"Statement": "SELECT * FROM t", "Limit": 0}, "value greater than or equal to 1")):
        error, text = server.error("ExecuteStatement", body)
        assert error == VALIDATION and text.endswith("failed to satisfy constraint: Member must have " + constraint), text
    # Parameters are read before the statement.
    assert server.error("ExecuteStatement", {"Statement": "nonsense", "Parameters": [{"NULL": False}]})[1].startswith(
        "One or more parameter values were invalid: Null attribute value types must have the value of true")


def test_deep_nesting_is_an_error(server, make_table):
    name = make_table()
    for body in ("(" * 8000, f'SELECT * FROM "{name}" WHERE ' + "(" * 8000, f'SELECT * FROM "{name}" WHERE a = ' + "[" * 8000,
                 f'SELECT * FROM "{name}" WHERE ' + "NOT " * 2000):
        assert server.error("ExecuteStatement", {"Statement": body})[0] == VALIDATION


def test_statements_make_records(client, streams, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'a', 'n': 1}}")
    run(client, f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'a'")
    run(client, f"DELETE FROM \"{name}\" WHERE pk = 'a'")
    arn = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    events = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        events += [r["eventName"] for r in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]]
    assert events == ["INSERT", "MODIFY", "REMOVE"]


@pytest.fixture
def indexed(client):
    """pk, sk; a global index on g that projects p beside the keys; a local one on l, keys only."""
    name = "partiql-indexed"
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("pk", "S"), ("sk", "S"), ("g", "S"), ("l", "N"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["p"]}}],
        LocalSecondaryIndexes=[{"IndexName": "by-l", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                                                                  {"AttributeName": "l", "KeyType": "RANGE"}],
                                "Projection": {"ProjectionType": "KEYS_ONLY"}}])
    for i in range(6):
        run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'a', 'sk': '{i}', 'g': ?, 'l': {9 - i}, 'p': {i}, 'q': {i}}}",
            {"S": "even" if i % 2 == 0 else "odd"})
    yield name
    client.delete_table(TableName=name)


def test_reads_of_indexes(client, indexed):
    by_g, by_l = f'"{indexed}"."by-g"', f'"{indexed}"."by-l"'
    assert items(client, f"SELECT * FROM {by_g} WHERE g = 'odd' AND p > 4") == [
        {"pk": {"S": "a"}, "sk": {"S": "5"}, "g": {"S": "odd"}, "p": {"N": "5"}}]
    assert [i["p"]["N"] for i in items(client, f"SELECT p FROM {by_g} WHERE g IN ['odd', 'even']")] == list("135024")
    assert [i["l"]["N"] for i in items(client, f"SELECT l FROM {by_l} WHERE pk = 'a' AND l BETWEEN 5 AND 7 ORDER BY l DESC")] == list("765")
    # A local index fetches what it does not project.
    assert items(client, f"SELECT q FROM {by_l} WHERE pk = 'a' AND l = 9", ConsistentRead=True) == [{"q": {"N": "0"}}]
    seen, more = [], {}
    while True:
        reply = run(client, f"SELECT p FROM {by_g} WHERE g IN ['odd', 'even']", Limit=2, **more)
        seen += [item["p"]["N"] for item in reply["Items"]]
        if "NextToken" not in reply:
            break
        if "LastEvaluatedKey" in reply:
            assert sorted(reply["LastEvaluatedKey"]) == ["g", "pk", "sk"]
        more = {"NextToken": reply["NextToken"]}
    assert seen == list("135024")


# Recorded from the service. The index does not project q.
@pytest.mark.parametrize("where, expected", [
    ("(g = 'even' AND q = 0) OR g = 'odd'", "135"),
    ("q = 1", ""),
    ("NOT q = 1 AND p < 2", "01"),
    ("q IS MISSING AND p < 2", "01"),
])
def test_filters_on_what_an_index_lacks(client, indexed, where, expected):
    found = items(client, f'SELECT sk FROM "{indexed}"."by-g" WHERE {where}')
    assert sorted(item["sk"]["S"] for item in found) == list(expected)


def test_capacity_of_indexes(client, indexed):
    def capacity(statement, **more):
        return run(client, statement, ReturnConsumedCapacity="INDEXES", **more)["ConsumedCapacity"]

    by_g = capacity(f'SELECT p FROM "{indexed}"."by-g" WHERE g = \'odd\'')
    assert by_g["CapacityUnits"] == 0.5 and by_g["GlobalSecondaryIndexes"] == {"by-g": {"CapacityUnits": 0.5}}
    by_l = capacity(f'SELECT q FROM "{indexed}"."by-l" WHERE pk = \'a\' AND l = 9')
    assert by_l["CapacityUnits"] == 1 and by_l["LocalSecondaryIndexes"] == {"by-l": {"CapacityUnits": 0.5}}
    write = capacity(f"INSERT INTO \"{indexed}\" VALUE {{'pk': 'b', 'sk': '1', 'g': 'x'}}")
    assert write["CapacityUnits"] == 2 and write["GlobalSecondaryIndexes"] == {"by-g": {"CapacityUnits": 1.0}}
    [batched] = client.batch_execute_statement(
        Statements=[{"Statement": f"DELETE FROM \"{indexed}\" WHERE pk = 'b' AND sk = '1'"}],
        ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert batched["CapacityUnits"] == 2 and batched["Table"] == {"CapacityUnits": 1.0}


@pytest.mark.parametrize("statement, more, text", [
    ("SELECT pk FROM \"@\".\"by-g\" WHERE g = 'y' AND q = 1", {},
     "One or more parameter values were invalid: Secondary index by-g does not project one or more filter attributes: [q]"),
    ("SELECT pk FROM \"@\".\"by-g\" WHERE g IN ['y', 'z'] AND NOT begins_with(q, 'x')", {},
     "One or more parameter values were invalid: Secondary index by-g does not project one or more filter attributes: [q]"),
    ("SELECT pk FROM \"@\".\"by-l\" WHERE pk = 'a' AND l BETWEEN 1 AND 2 AND q IS MISSING", {},
     "One or more parameter values were invalid: Secondary index by-l does not project one or more filter attributes: [q]"),
    ("SELECT * FROM \"@\".\"none\" WHERE g = 'y'", {"ConsistentRead": True}, "The table does not have the specified index"),
    ("SELECT pk FROM \"@\".\"by-l\" WHERE pk = 'y' AND q = 1", {},
     "One or more parameter values were invalid: Secondary index by-l does not project one or more filter attributes: [q]"),
    ("SELECT q FROM \"@\".\"by-g\" WHERE g = 'y'", {},
     "One or more parameter values were invalid: Global secondary index by-g does not project [q]"),
    ("SELECT p FROM \"@\".\"by-g\" WHERE g = 'y'", {"ConsistentRead": True},
     "Strongly consistent read is not supported on Global Secondary Indexes"),
    ("SELECT p FROM \"@\".\"@\" WHERE g = 'y'", {}, "The table does not have the specified index"),
    ("SELECT p FROM \"@\".\"by-g\" WHERE g = 1", {},
     "Key attribute's data type should match its data type in table's schema: Key g"),
])
def test_errors_of_indexes(server, indexed, statement, more, text):
    assert server.error("ExecuteStatement", {"Statement": statement.replace("@", indexed), **more}) == (VALIDATION, text)
