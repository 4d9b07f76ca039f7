"""ExecuteTransaction: PartiQL statements that all happen, or none."""
import pytest

from partiql_calls import create_table, items
from test_streams import arn_of, read_all

VALIDATION = "ValidationException"


def transact(client, *statements, **more):
    return client.execute_transaction(TransactStatements=[
        {"Statement": s} if isinstance(s, str) else s for s in statements], **more)


def transact_error(server, *statements):
    return server.error("ExecuteTransaction", {"TransactStatements": [{"Statement": s} for s in statements]})


def canceled(client, *statements, **more):
    """The reasons of a transaction that must be canceled."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as raised:
        transact(client, *statements, **more)
    return raised.value.response["CancellationReasons"]


def test_a_transaction_of_writes(client, make_table):
    one, two = make_table(), make_table(sk="S")
    client.put_item(TableName=one, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    client.put_item(TableName=two, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    reply = transact(client, {"Statement": f'INSERT INTO "{one}" VALUE {{\'pk\': ?}}', "Parameters": [{"S": "new"}]},
                     f"UPDATE \"{one}\" SET n = n + 1 WHERE pk = 'a' AND n = 1",
                     f"DELETE FROM \"{two}\" WHERE pk = 'a' AND sk = 'b'",
                     f"EXISTS(SELECT * FROM \"{two}\" WHERE pk = 'none' AND sk = 'x' AND n IS MISSING)",
                     ReturnConsumedCapacity="TOTAL")
    assert reply["Responses"] == []  # recorded: of reads alone there are responses
    assert reply["ConsumedCapacity"] == [{"TableName": one, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0},
                                         {"TableName": two, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}]
    assert sorted(client.scan(TableName=one)["Items"], key=lambda item: item["pk"]["S"]) == [
        {"pk": {"S": "a"}, "n": {"N": "2"}}, {"pk": {"S": "new"}}]
    assert client.scan(TableName=two)["Items"] == []


def test_a_transaction_of_reads(client, make_table):
    one, two = make_table(), make_table(sk="S")
    client.put_item(TableName=one, Item={"pk": {"S": "a"}, "n": {"N": "1"}, "m": {"M": {"x": {"S": "y"}}}})
    client.put_item(TableName=two, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    reply = transact(client, {"Statement": f'SELECT n, m.x FROM "{one}" WHERE pk = ?', "Parameters": [{"S": "a"}]},
                     f"SELECT * FROM \"{one}\" WHERE pk = 'none'",
                     f"SELECT * FROM \"{two}\" WHERE sk = 'b' AND pk = 'a'", ReturnConsumedCapacity="TOTAL")
    assert reply["Responses"] == [{"Item": {"n": {"N": "1"}, "x": {"S": "y"}}}, {},
                                  {"Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}}]
    assert reply["ConsumedCapacity"] == [{"TableName": one, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
                                         {"TableName": two, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]


def test_transactions_that_are_canceled(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    good = f"INSERT INTO \"{name}\" VALUE {{'pk': 'new'}}"
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    duplicate = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
    none = {"Code": "None"}
    assert canceled(client, good, f"INSERT INTO \"{name}\" VALUE {{'pk': 'a'}}") == [none, duplicate]
    assert canceled(client, f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'none'", good) == [failed, none]
    assert canceled(client, f"EXISTS(SELECT * FROM \"{name}\" WHERE pk = 'a' AND n = 2)", good) == [failed, none]

    def invalid(text):
        return [none, {"Code": "ValidationError", "Message": text}]

    assert canceled(client, good, f"DELETE FROM \"{name}\" WHERE n = 1") == invalid(
        "Where clause does not contain a mandatory equality on all key attributes")
    mismatch = "The provided key element does not match the schema"
    assert canceled(client, good, f"DELETE FROM \"{name}\" WHERE pk = 1") == invalid(mismatch)
    assert canceled(client, f"SELECT * FROM \"{name}\" WHERE pk = 'a'", f'SELECT * FROM "{name}" WHERE pk = 1') == invalid(mismatch)
    # What only the item tells.
    assert canceled(client, good, f"UPDATE \"{name}\" SET x[0] = 1 WHERE pk = 'a'") == invalid(
        "The document path provided in the update expression is invalid for update")
    body = {"TransactStatements": [{"Statement": f"DELETE FROM \"{name}\" WHERE pk = 'a' AND n = 2",
                                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]}
    _, _, reply = server.call("ExecuteTransaction", body)
    assert reply["CancellationReasons"] == [{**failed, "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}]
    assert client.scan(TableName=name)["Items"] == [{"pk": {"S": "a"}, "n": {"N": "1"}}]


@pytest.mark.parametrize("statement, text", [
    ("SELECT * FROM \"@\" WHERE", "Statement wasn't well formed, can't be processed: Unexpected term"),
    ("UPDATE \"@\" SET n = 1 WHERE pk = 'x' RETURNING ALL NEW *", "RETURNING clause is not supported in ExecuteTransaction."),
    ("SELECT * FROM \"@\" WHERE pk = 'a' AND n = 1",
     "Select statements within ExecuteTransaction must specify the primary key in the where clause."),
    ("SELECT * FROM \"@\"",
     "Select statements within ExecuteTransaction must specify the primary key in the where clause."),
    ("SELECT * FROM \"@\".\"i\" WHERE pk = 'a'", "Reads on indices are not supported within transactions."),
    ("DELETE FROM \"@\".\"i\" WHERE pk = 'a'", "This operation is not supported on an index"),
    ("EXISTS(SELECT * FROM \"@\".\"i\" WHERE pk = 'a' AND n = 1)", "Operations on indices are not supported in transactions"),
    ("EXISTS(SELECT * FROM \"@\" WHERE pk = 'a')", "EXISTS() must contain a single item read with additional condition"),
    ("SELECT * FROM \"@\" WHERE pk = ?", "Number of parameters in request and statement don't match."),
])
def test_statements_that_no_transaction_takes(server, make_table, statement, text):
    name = make_table()
    good = f"SELECT * FROM \"{name}\" WHERE pk = 'x'" if statement.startswith("SELECT") else f"DELETE FROM \"{name}\" WHERE pk = 'x'"
    assert transact_error(server, good, statement.replace("@", name)) == (
        VALIDATION, f"Validation failed in TransactStatements[1]: {text}")


def test_transactions_that_are_refused_whole(client, server, make_table):
    name = make_table()
    read, write = f"SELECT * FROM \"{name}\" WHERE pk = 'a'", f"DELETE FROM \"{name}\" WHERE pk = 'b'"
    assert transact_error(server, read, write) == (
        VALIDATION, "ExecuteTransaction API does not support both read and write operations in the same request.")
    twice = (VALIDATION, "Transaction request cannot include multiple operations on one item")
    assert transact_error(server, read, read) == twice
    assert transact_error(server, write, f"UPDATE \"{name}\" SET n = 1 WHERE pk = 'b'") == twice
    assert transact_error(server, read, "SELECT * FROM \"no-such-table\" WHERE pk = 'a'") == (
        "ResourceNotFoundException", "Requested resource not found")
    many = [f"INSERT INTO \"{name}\" VALUE {{'pk': '{i}'}}" for i in range(101)]
    assert transact_error(server, *many)[1].endswith("Member must have length less than or equal to 100")
    assert transact_error(server)[1].endswith("Member must have length greater than or equal to 1")
    assert client.scan(TableName=name)["Count"] == 0
    assert transact(client, *many[:100])["Responses"] == []
    assert client.scan(TableName=name)["Count"] == 100


def test_the_token_of_a_transaction(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "0"}})
    count = f"UPDATE \"{name}\" SET n = n + 1 WHERE pk = 'a'"
    token = "t" * 36
    for units in ({"WriteCapacityUnits": 2.0}, {"ReadCapacityUnits": 2.0}):
        reply = transact(client, count, ClientRequestToken=token, ReturnConsumedCapacity="TOTAL")
        assert reply["Responses"] == []
        assert reply["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 2.0, **units}]
    assert items(client, f'SELECT n FROM "{name}"') == [{"n": {"N": "1"}}]
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        transact(client, count, f"DELETE FROM \"{name}\" WHERE pk = 'b'", ClientRequestToken=token)
    for bad, constraint in (("t" * 37, "less than or equal to 36"), ("", "greater than or equal to 1")):
        error, text = server.error("ExecuteTransaction", {"TransactStatements": [{"Statement": count}], "ClientRequestToken": bad})
        assert error == VALIDATION and text.endswith("Member must have length " + constraint)


def count(name, amount=1):
    return f"UPDATE \"{name}\" SET n = n + {amount} WHERE pk = 'a'"


def test_a_token_survives_kill_9(own_server, new_client):
    own_server.start()
    client = new_client(own_server)
    create_table(client, "once")
    client.put_item(TableName="once", Item={"pk": {"S": "a"}, "n": {"N": "0"}})
    checked = ["EXISTS(SELECT * FROM once WHERE pk = 'b' AND n IS MISSING)", count("once")]
    transact(client, *checked, ClientRequestToken="once")
    # What was canceled may be tried again with its token.
    again = ["INSERT INTO once VALUE {'pk': 'c'}", "UPDATE once SET n = 1 WHERE pk = 'd'"]
    assert [r["Code"] for r in canceled(client, *again, ClientRequestToken="again")] == ["None", "ConditionalCheckFailed"]
    for _ in range(2):
        own_server.kill()
        own_server.start()
        client = new_client(own_server)
        transact(client, *checked, ClientRequestToken="once")
        assert items(client, "SELECT n FROM once WHERE pk = 'a'") == [{"n": {"N": "1"}}]
        with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
            transact(client, checked[0], count("once", 2), ClientRequestToken="once")
    # The other operation has tokens of its own.
    client.transact_write_items(ClientRequestToken="once", TransactItems=[{"Put": {"TableName": "once", "Item": {"pk": {"S": "d"}}}}])
    transact(client, *again, ClientRequestToken="again")
    assert items(client, "SELECT * FROM once WHERE pk = 'd'") == [{"pk": {"S": "d"}, "n": {"N": "1"}}]


def test_the_records_of_a_transaction(client, streams, make_table):
    name = make_table(view="NEW_AND_OLD_IMAGES")
    client.put_item(TableName=name, Item={"pk": {"S": "old"}, "n": {"N": "1"}})
    client.put_item(TableName=name, Item={"pk": {"S": "gone"}})
    transact(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'new'}}", f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'old'",
             f"DELETE FROM \"{name}\" WHERE pk = 'gone'", f"DELETE FROM \"{name}\" WHERE pk = 'none'",
             f"EXISTS(SELECT * FROM \"{name}\" WHERE pk = 'nobody' AND n IS MISSING)")
    canceled(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'never'}}", f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'none'")
    records = sorted(read_all(streams, arn_of(client, name)), key=lambda r: int(r["dynamodb"]["SequenceNumber"]))[2:]
    assert sorted((r["eventName"], r["dynamodb"]["Keys"]["pk"]["S"], r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage"))
                  for r in records) == [
        ("INSERT", "new", None, {"pk": {"S": "new"}}),
        ("MODIFY", "old", {"pk": {"S": "old"}, "n": {"N": "1"}}, {"pk": {"S": "old"}, "n": {"N": "2"}}),
        ("REMOVE", "gone", {"pk": {"S": "gone"}}, None)]
    assert not any("userIdentity" in record for record in records)
    commits = {int(record["dynamodb"]["SequenceNumber"][1:]) >> 24 for record in records}
    assert len(commits) == 1  # one commit of the log


def test_4_megabytes_and_not_one_byte_more(client, server, make_table):
    name = make_table()
    rest = 4 * 1024 * 1024 - 10 * 400 * 1024

    def inserts(last):
        sizes = [400 * 1024] * 10 + [last]
        return [{"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk': '{i:02}', 'v': ?}}", "Parameters": [{"S": "x" * (size - len("pk00v"))}]}
                for i, size in enumerate(sizes)]

    assert server.error("ExecuteTransaction", {"TransactStatements": inserts(rest + 1)}) == (
        VALIDATION, "Aggregate size of the items in the transaction exceeds the limit of 4 MB")
    assert items(client, f'SELECT pk FROM "{name}"') == []
    assert transact(client, *inserts(rest))["Responses"] == []
    reads = [f"SELECT pk FROM \"{name}\" WHERE pk = '{i:02}'" for i in range(11)]
    assert [r["Item"]["pk"]["S"] for r in transact(client, *reads)["Responses"]] == [f"{i:02}" for i in range(11)]
    client.put_item(TableName=name, Item={"pk": {"S": "more"}})
    assert transact_error(server, *reads, f"SELECT pk FROM \"{name}\" WHERE pk = 'more'") == (
        VALIDATION, "Aggregate size of the items in the transaction exceeds the limit of 4 MB")


def test_exists_is_a_write(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    check = f"EXISTS(SELECT * FROM \"{name}\" WHERE pk = 'a' AND n = 1)"
    assert transact(client, check)["Responses"] == []
    assert transact_error(server, check, f"SELECT * FROM \"{name}\" WHERE pk = 'b'")[1].startswith(
        "ExecuteTransaction API does not support both read and write operations")
    for other in (check, f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'a'", f"exists(select n from \"{name}\" where pk='a' and size(pk) < 5);"):
        assert transact_error(server, check, other) == (VALIDATION, "Transaction request cannot include multiple operations on one item")
    # Conditions of every kind, on an item and on none.
    for condition, holds in (("n IS MISSING", (False, True)), ("n IS NOT MISSING", (True, False)), ("n IS NUMERIC", (True, False)),
                             ("n BETWEEN 1 AND 2 AND NOT n IN [2, 3]", (True, False)), ("n <> 1", (False, True)),
                             ("attribute_not_exists(pk)", (False, True)), ("n = ?", (True, False))):
        for pk, expected in zip(("a", "none"), holds):
            statement = {"Statement": f"EXISTS(SELECT * FROM \"{name}\" WHERE pk = '{pk}' AND {condition})"}
            if "?" in condition:
                statement["Parameters"] = [{"N": "1"}]
            if expected:
                assert transact(client, statement)["Responses"] == []
            else:
                assert [r["Code"] for r in canceled(client, statement)] == ["ConditionalCheckFailed"], (condition, pk)
