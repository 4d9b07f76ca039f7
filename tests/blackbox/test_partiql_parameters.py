"""Parameters of PartiQL statements: every type of value, and what is refused."""
import pytest

from partiql_calls import items, run

VALIDATION = "ValidationException"
NESTED = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
UNCONVERTIBLE = "The parameter cannot be converted to a numeric value"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
COUNT = "Number of parameters in request and statement don't match."


def deep(levels, leaf=None):
    value = leaf or {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


# Recorded of the service: a value, an equal one, and another.
@pytest.mark.parametrize("stored, equal, other", [
    ({"SS": ["a", "b", "c"]}, {"SS": ["c", "a", "b"]}, {"SS": ["a", "b"]}),
    ({"NS": ["1", "2"]}, {"NS": ["2.0", "1e0"]}, {"NS": ["1", "3"]}),
    ({"BS": [b"\x01", b"\x02"]}, {"BS": [b"\x02", b"\x01"]}, {"BS": [b"\x01"]}),
    ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
    ({"M": {"x": {"N": "1"}, "y": {"N": "2"}}}, {"M": {"y": {"N": "2"}, "x": {"N": "1.0"}}}, {"M": {"x": {"N": "1"}}}),
    ({"B": b"\x01\x02"}, {"B": b"\x01\x02"}, {"B": b"\x01"}),
    ({"NULL": True}, {"NULL": True}, {"BOOL": False}),
    ({"BOOL": True}, {"BOOL": True}, {"S": "true"}),
    ({"N": "10"}, {"N": "1e1"}, {"S": "10"}),
])
def test_values_of_every_type(client, make_table, stored, equal, other):
    name = make_table()
    run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': ?, 'v': ?}}", {"S": "a"}, stored)

    def found(condition, *parameters):
        return len(items(client, f"SELECT pk FROM \"{name}\" WHERE pk = ? AND {condition}", {"S": "a"}, *parameters)) == 1

    assert found("v = ?", equal) and not found("v = ?", other)
    assert found("v <> ?", other) and not found("v <> ?", equal)
    assert found("v IN [?, ?]", other, equal) and not found("v IN (?)", other)
    assert found("? = v", equal) and not found("NOT v = ?", equal)
    [changed] = items(client, f"UPDATE \"{name}\" SET v = ? WHERE pk = 'a' AND v = ? RETURNING MODIFIED NEW *", other, equal)
    assert found("v = ?", other) and list(changed) == ["v"]


@pytest.mark.parametrize("statement", [
    "SELECT * FROM \"@\" WHERE pk = 'a' AND n = ?", "INSERT INTO \"@\" VALUE {'pk': 'new', 'n': ?}",
    "UPDATE \"@\" SET n = ? WHERE pk = 'a'", "SELECT * FROM \"@\" WHERE pk = ?",
])
@pytest.mark.parametrize("parameter, text", [
    ({"N": "1e99999999999"}, UNCONVERTIBLE + ": 1e99999999999"), ({"N": "-1e-99999999999"}, UNCONVERTIBLE + ": -1e-99999999999"),
    ({"N": "1e2147483648"}, UNCONVERTIBLE + ": 1e2147483648"), ({"N": "1e-2147483648"}, UNCONVERTIBLE + ": 1e-2147483648"),
    ({"N": "1e2147483647"}, UNDERFLOW), ({"N": ""}, UNCONVERTIBLE), ({"N": "abc"}, UNCONVERTIBLE + ": abc"),
    ({"N": "1e126"}, OVERFLOW), ({"N": "1e-131"}, UNDERFLOW),
    ({"L": [{"N": "1"}, {"N": "1e99999999999"}]}, UNCONVERTIBLE + ": 1e99999999999"),
    ({"M": {"x": {"N": "1e99999999999"}}}, UNCONVERTIBLE + ": 1e99999999999"),
    ({"NS": ["1", "1e99999999999"]}, UNCONVERTIBLE + ": 1e99999999999"),
    ({"M": {"bad": {"N": "abc"}, "d": deep(40)}}, UNCONVERTIBLE + ": abc"), ({"M": {"d": deep(40), "bad": {"N": "abc"}}}, NESTED),
    ({"M": {"d": deep(100), "bad": {"N": "abc"}}}, NESTED), ({"L": [deep(40), {"N": "abc"}]}, NESTED),
    (deep(40, {"N": "abc"}), NESTED), (deep(100, {"N": "1e126"}), NESTED),
])
def test_parameters_that_are_no_values(server, make_table, statement, parameter, text):
    """Recorded; from every operation alike."""
    statement = {"Statement": statement.replace("@", make_table()), "Parameters": [parameter]}
    assert server.error("ExecuteStatement", statement) == (VALIDATION, text)
    assert server.error("ExecuteTransaction", {"TransactStatements": [statement]}) == (VALIDATION, text)
    assert server.ok("BatchExecuteStatement", {"Statements": [statement]})["Responses"] == [
        {"Error": {"Code": "ValidationError", "Message": text}}]


def test_the_first_problem_in_the_request_is_reported(server, make_table):
    statement = f"SELECT * FROM \"{make_table()}\" WHERE pk = 'a' AND x = ? AND y = ?"
    for parameters, text in (([deep(40), {"N": "abc"}], NESTED), ([{"N": "abc"}, deep(40)], UNCONVERTIBLE + ": abc")):
        assert server.error("ExecuteStatement", {"Statement": statement, "Parameters": parameters}) == (VALIDATION, text)


def test_as_many_parameters_as_question_marks(server, make_table):
    name = make_table()
    one = {"S": "a"}
    for statement, parameters in ((f"SELECT * FROM \"{name}\" WHERE pk = ?", [one, one]), (f"SELECT * FROM \"{name}\" WHERE pk = '?'", [one]),
                                  (f"SELECT * FROM \"{name}\" WHERE pk = ? AND a IN [?, ?]", [one, one]),
                                  (f"INSERT INTO \"{name}\" VALUE {{'pk': ?, 'b': ?}}", [one]), (f"DELETE FROM \"{name}\" WHERE pk = ?", [one] * 3)):
        assert server.error("ExecuteStatement", {"Statement": statement, "Parameters": parameters}) == (VALIDATION, COUNT)
    many = [{"N": str(i)} for i in range(100)]
    assert server.ok("ExecuteStatement", {"Statement": f"SELECT * FROM \"{name}\" WHERE a IN [{', '.join('?' * 100)}]", "Parameters": many})["Items"] == []
    mismatch = "Key attribute's data type should match its data type in table's schema: Key pk"
    assert server.error("ExecuteStatement", {"Statement": f"SELECT * FROM \"{name}\" WHERE pk = ?", "Parameters": [{"N": "1"}]}) == (
        VALIDATION, mismatch)


# Recorded: 400 KB to the byte, in the words of puts and of updates.
def test_the_size_of_items(client, server, make_table):
    name = make_table()
    full = 400 * 1024 - len("pkav")

    def insert(size):
        return {"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk': 'a', 'v': ?}}", "Parameters": [{"S": "x" * size}]}

    def update(size):
        return {"Statement": f"UPDATE \"{name}\" SET v = ? WHERE pk = 'a'", "Parameters": [{"S": "x" * size}]}

    assert server.error("ExecuteStatement", insert(full + 1)) == (VALIDATION, "Item size has exceeded the maximum allowed size")
    assert server.ok("ExecuteStatement", insert(full)) == {"Items": []}
    assert server.error("ExecuteStatement", update(full + 1)) == (VALIDATION, "Item size to update has exceeded the maximum allowed size")
    assert server.ok("ExecuteStatement", update(full)) == {"Items": []}


def test_an_index_with_several_key_attributes_is_not_read(client, server):
    """Recorded; newer than botocore here."""
    refused = "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."
    server.ok("CreateTable", {
        "TableName": "several-keys", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("id", "h1", "h2", "r1")],
        "GlobalSecondaryIndexes": [
            {"IndexName": index, "Projection": {"ProjectionType": "ALL"},
             "KeySchema": [{"AttributeName": n, "KeyType": "HASH" if n[0] == "h" else "RANGE"} for n in keys]}
            for index, keys in (("multi", ("h1", "h2", "r1")), ("single", ("h1", "r1")))]})
    try:
        run(client, "INSERT INTO \"several-keys\" VALUE {'id': 'i', 'h1': 'a', 'h2': 'x', 'r1': 'm'}")
        for where in ("WHERE h1 = 'a'", "WHERE h1 = 'a' AND h2 = 'x' ORDER BY r1 DESC", "WHERE h1 = 5", "WHERE id = 'i'", ""):
            assert server.error("ExecuteStatement", {"Statement": f'SELECT * FROM "several-keys"."multi" {where}'}) == (VALIDATION, refused)
        # A function in the select list comes after it, what is wrong with the syntax before.
        count = {"Statement": 'SELECT COUNT(*) FROM "several-keys"."multi"'}
        assert server.error("ExecuteStatement", count) == (VALIDATION, refused)
        assert server.ok("BatchExecuteStatement", {"Statements": [count]})["Responses"] == [
            {"Error": {"Code": "ValidationError", "Message": refused}}]
        for index, text in (("single", "Unexpected path component at 1:8:5"), ("none", "Unexpected path component at 1:8:5")):
            statement = f'SELECT COUNT(*) FROM "several-keys"."{index}"'
            assert server.error("ExecuteStatement", {"Statement": statement}) == (VALIDATION, text)
        assert server.error("ExecuteStatement", {"Statement": count["Statement"] + " WHERE"}) == (
            VALIDATION, "Statement wasn't well formed, can't be processed: Unexpected term")
        key = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
        replies = server.ok("BatchExecuteStatement", {"Statements": [{"Statement": s} for s in (
            "SELECT * FROM \"several-keys\".\"single\" WHERE h1 = 'a' AND r1 = 'm'",
            "SELECT * FROM \"several-keys\".\"multi\" WHERE h1 = 'a' AND h2 = 'x' AND r1 = 'm'", "SELECT id FROM \"several-keys\" WHERE id = 'i'")]})
        assert [r["Error"]["Message"] if "Error" in r else r["Item"] for r in replies["Responses"]] == [key, refused, {"id": {"S": "i"}}]
        assert len(items(client, "SELECT * FROM \"several-keys\".\"single\" WHERE h1 = 'a'")) == 1
    finally:
        client.delete_table(TableName="several-keys")
