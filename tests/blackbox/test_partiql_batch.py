"""BatchExecuteStatement: up to 25 PartiQL statements, each on its own."""
from partiql_calls import items

VALIDATION = "ValidationException"


def batch(client, *statements):
    return client.batch_execute_statement(Statements=[
        {"Statement": s} if isinstance(s, str) else s for s in statements])["Responses"]


def test_batch_reads(client, make_table):
    one, two = make_table(), make_table(sk="S")
    client.put_item(TableName=one, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    client.put_item(TableName=two, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    no_key = {"Code": "ValidationError", "Message":
              "Select statements within BatchExecuteStatement must specify the primary key in the where clause."}
    assert batch(client, {"Statement": f'SELECT n FROM "{one}" WHERE pk = ?', "Parameters": [{"S": "a"}]},
                 f"SELECT * FROM \"{two}\" WHERE sk IN ['b'] AND pk = 'a'",
                 f"SELECT * FROM \"{one}\" WHERE pk = 'none'",
                 f"SELECT * FROM \"{two}\" WHERE pk = 'a'",
                 f"SELECT * FROM \"{one}\" WHERE pk = 'a' AND n = 1",
                 'SELECT * FROM "no-such-table" WHERE pk = 1',
                 f'SLECT * FROM "{one}"') == [
        {"TableName": one, "Item": {"n": {"N": "1"}}},
        {"TableName": two, "Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}},
        {"TableName": one},
        {"Error": no_key},
        {"Error": no_key},
        {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
        {"Error": {"Code": "ValidationError",
                   "Message": "Statement wasn't well formed, can't be processed: Expected data manipulation"}},
    ]


def test_batch_writes(client, server, make_table):
    name = make_table()
    for pk in "abc":
        client.put_item(TableName=name, Item={"pk": {"S": pk}, "n": {"N": "1"}})
    assert batch(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'new'}}",
                 f"INSERT INTO \"{name}\" VALUE {{'pk': 'a'}}",
                 f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'b' RETURNING MODIFIED OLD *",
                 f"UPDATE \"{name}\" REMOVE n WHERE pk = 'none'",
                 f"DELETE FROM \"{name}\" WHERE pk = 'c' RETURNING ALL OLD *",
                 f"DELETE FROM \"{name}\" WHERE pk = 'x' RETURNING ALL NEW *") == [
        {"TableName": name},
        {"TableName": name, "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}},
        {"TableName": name, "Item": {"n": {"N": "1"}}},
        {"TableName": name, "Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}},
        {"TableName": name, "Item": {"pk": {"S": "c"}, "n": {"N": "1"}}},
        {"Error": {"Code": "ValidationError", "Message": "Invalid returning clause: RETURNING ALL NEW *. "
                   "Only RETURNING ALL OLD * is allowed in DELETE statements."}},
    ]
    reply = server.ok("BatchExecuteStatement", {
        "Statements": [{"Statement": f"DELETE FROM \"{name}\" WHERE pk = 'b' AND n = 7",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}],
        "ReturnConsumedCapacity": "TOTAL"})
    assert reply["Responses"][0]["Error"] == {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed",
                                              "Item": {"pk": {"S": "b"}, "n": {"N": "2"}}}
    assert sorted(item["pk"]["S"] for item in client.scan(TableName=name)["Items"]) == ["a", "b", "new"]


def test_batches_that_are_refused_whole(client, server, make_table):
    name = make_table()
    read, write = f"SELECT * FROM \"{name}\" WHERE pk = 'a'", f"DELETE FROM \"{name}\" WHERE pk = 'b'"

    def error(*statements):
        return server.error("BatchExecuteStatement", {"Statements": [{"Statement": s} for s in statements]})

    assert error(read, write) == (VALIDATION, "Read and write requests together in the same batch is not supported.")
    duplicates = (VALIDATION, "Provided list of item keys contains duplicates")
    assert error(read, read) == duplicates
    assert error(write, f"UPDATE \"{name}\" SET n = 1 WHERE pk = 'b'") == duplicates
    many = [f"SELECT * FROM \"{name}\" WHERE pk = '{i}'" for i in range(26)]
    assert len(batch(client, *many[:25])) == 25
    assert error(*many)[1].endswith("Member must have length less than or equal to 25")
    assert error()[1].endswith("Member must have length greater than or equal to 1")


def test_a_member_alone_decides_on_its_read(client, server, make_table):
    name = make_table()
    for pk in "ab":
        client.put_item(TableName=name, Item={"pk": {"S": pk}})

    def units(*members):
        reply = server.ok("BatchExecuteStatement", {"ReturnConsumedCapacity": "TOTAL", "Statements": [
            {"Statement": f"SELECT * FROM \"{name}\" WHERE pk = '{pk}'", **more} for pk, more in members]})
        return reply["ConsumedCapacity"]

    consistent = {"ConsistentRead": True}
    assert units(("a", {})) == units(("a", {"ConsistentRead": False})) == [{"TableName": name, "CapacityUnits": 0.5}]
    assert units(("a", consistent)) == [{"TableName": name, "CapacityUnits": 1.0}]
    assert units(("a", consistent), ("b", {}), ("none", {})) == [{"TableName": name, "CapacityUnits": 2.0}]


# Recorded of the service: what failed counts for the whole alone, by the larger of the item there and that of the statement; a table
# without a success has no entry.
def test_capacity_with_failures(client, server, make_table):
    name, other = make_table(), make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "small"}})
    client.put_item(TableName=name, Item={"pk": {"S": "large"}, "v": {"S": "x" * 2500}})

    def consumed(*statements):
        reply = server.ok("BatchExecuteStatement", {"ReturnConsumedCapacity": "INDEXES", "Statements": [
            s if isinstance(s, dict) else {"Statement": s} for s in statements]})
        return reply.get("ConsumedCapacity")

    def entry(total, table):
        return {"TableName": name, "CapacityUnits": total, "Table": {"CapacityUnits": table}}

    success = f"INSERT INTO \"{name}\" VALUE {{'pk': '%s'}}"
    large = {"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk': 'small', 'v': ?}}", "Parameters": [{"S": "x" * 2500}]}
    assert consumed(success % "one", large) == [entry(4.0, 1.0)]
    assert consumed(success % "two", success % "large", success % "small", f"DELETE FROM \"{name}\" WHERE pk = 'one' AND n = 1",
                    f"UPDATE \"{name}\" SET n = 1 WHERE pk = 'none'") == [entry(7.0, 1.0)]
    assert consumed(success % "small", success % "large") is None
    assert consumed(f"INSERT INTO \"{other}\" VALUE {{'pk': 'x'}}", success % "small")[0]["TableName"] == other
    assert len(consumed(f"DELETE FROM \"{other}\" WHERE pk = 'x'", success % "small")) == 1
    # Refused before they run: nothing.
    assert consumed(success % "three", f"UPDATE \"{name}\" SET n = 1 WHERE n = 2", "nonsense") == [entry(1.0, 1.0)]
    # Tables in the order of the statements.
    both = consumed(f"DELETE FROM \"{other}\" WHERE pk = 'y'", success % "four")
    assert [e["TableName"] for e in both] == [other, name]


def test_members_that_return_nothing_or_may_not_be_there(client, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    # Recorded: an empty RETURNING leaves Item out.
    assert batch(client, f"UPDATE \"{name}\" REMOVE n WHERE pk = 'a' RETURNING MODIFIED NEW *") == [{"TableName": name}]
    assert batch(client, f"UPDATE \"{name}\" SET n = 2 WHERE pk = 'a' RETURNING ALL NEW *") == [
        {"TableName": name, "Item": {"pk": {"S": "a"}, "n": {"N": "2"}}}]
    [exists, index, update] = batch(
        client, f"EXISTS(SELECT * FROM \"{name}\" WHERE pk = 'a' AND n = 2)", f"DELETE FROM \"{name}\".\"by-g\" WHERE pk = 'a'",
        f"UPDATE \"{name}\" SET n[0] = 2 WHERE pk = 'a'")
    assert exists == {"Error": {"Code": "ValidationError", "Message": "EXISTS can only be used in ExecuteTransaction write requests."}}
    assert index == {"Error": {"Code": "ValidationError", "Message": "This operation is not supported on an index"}}
    assert update == {"TableName": name, "Error": {
        "Code": "ValidationError", "Message": "The document path provided in the update expression is invalid for update"}}
    assert items(client, f'SELECT * FROM "{name}"') == [{"pk": {"S": "a"}, "n": {"N": "2"}}]
