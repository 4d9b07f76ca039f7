"""ExecuteTransaction: PartiQL statements that all happen, or none."""
import pytest

from partiql_calls import items

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
    assert reply["Responses"] == [{}, {}, {}, {}]
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
    assert transact(client, *many[:100])["Responses"] == [{}] * 100
    assert client.scan(TableName=name)["Count"] == 100


def test_the_token_of_a_transaction(client, server, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "0"}})
    count = f"UPDATE \"{name}\" SET n = n + 1 WHERE pk = 'a'"
    token = "t" * 36
    for units in ({"WriteCapacityUnits": 2.0}, {"ReadCapacityUnits": 2.0}):
        reply = transact(client, count, ClientRequestToken=token, ReturnConsumedCapacity="TOTAL")
        assert reply["Responses"] == [{}]
        assert reply["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 2.0, **units}]
    assert items(client, f'SELECT n FROM "{name}"') == [{"n": {"N": "1"}}]
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        transact(client, count, f"DELETE FROM \"{name}\" WHERE pk = 'b'", ClientRequestToken=token)
    for bad, constraint in (("t" * 37, "less than or equal to 36"), ("", "greater than or equal to 1")):
        error, text = server.error("ExecuteTransaction", {"TransactStatements": [{"Statement": count}], "ClientRequestToken": bad})
        assert error == VALIDATION and text.endswith("Member must have length " + constraint)
