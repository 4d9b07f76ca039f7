"""Every statement of the pages on PartiQL in AWS's developer guide."""
from decimal import Decimal

import boto3.dynamodb.types
import botocore.exceptions
import pytest

import partiql_guide_rows as guide
from partiql_calls import items, run

SERIALIZER = boto3.dynamodb.types.TypeSerializer()
DESERIALIZER = boto3.dynamodb.types.TypeDeserializer()


@pytest.fixture
def named(client):
    """named("Music", pk=..., sk=...): a table of that name, dropped afterwards."""
    made = []

    def make(name, pk, sk=None):
        keys = [(pk, "HASH")] + ([(sk, "RANGE")] if sk else [])
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                            AttributeDefinitions=[{"AttributeName": n.split(":")[0], "AttributeType": n.split(":")[1]} for n, _ in keys],
                            KeySchema=[{"AttributeName": n.split(":")[0], "KeyType": k} for n, k in keys])
        made.append(name)
        return name
    yield make
    for name in made:
        client.delete_table(TableName=name)


def plain(found):
    return [{name: DESERIALIZER.deserialize(value) for name, value in item.items()} for item in found]


def returned(client, statement, *parameters):
    try:
        return plain(items(client, statement, *(SERIALIZER.serialize(p) for p in parameters)))
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]


def test_the_music_table(client, named):
    named("Music", "Artist:S", "SongTitle:S")
    for page, statement, parameters, expected in guide.MUSIC:
        assert returned(client, statement, *parameters) == expected, f"{page}: {statement}"


def test_the_orders_table(client, named):
    named("Orders", "OrderID:N")
    for order in guide.ORDERS:
        run(client, "INSERT INTO Orders VALUE ?", SERIALIZER.serialize(order))
    for statement, expected in guide.SELECTS:
        found = [item["OrderID"] for item in returned(client, statement)]
        assert (set(found) if isinstance(expected, set) else found) == expected, statement
        assert len(found) == len(expected)


def test_the_watch_list(client, named):
    named("WatchList", "CustomerID:S", "MovieID:S")
    for movie, date in (("M1", "12/11/19"), ("M2", "12/20/19")):
        run(client, f"INSERT INTO WatchList VALUE {{'CustomerID': 'C1', 'MovieID': '{movie}', "
                    f"'Devices': {{'FireStick': {{'DateWatched': ['{date}', '12/30/19']}}}}}}")
    assert returned(client, "SELECT Devices.FireStick.DateWatched[0] \nFROM WatchList \nWHERE CustomerID= 'C1' AND MovieID= 'M1'") == [
        {"DateWatched[0]": "12/11/19"}]
    assert returned(client, "SELECT Devices \nFROM WatchList \nWHERE Devices.FireStick.DateWatched[0] >= '12/12/19'") == [
        {"Devices": {"FireStick": {"DateWatched": ["12/20/19", "12/30/19"]}}}]


def test_the_data_types(client, named):
    named("TypesTable", "primarykey:S")
    run(client, "INSERT INTO TypesTable value {'primarykey':'1', \n'NumberType':1,\n'MapType' : {'entryname1': 'value', 'entryname2': 4}, \n"
                "'ListType': [1,'stringval'], \n'NumberSetType':<<1,34,32,4.5>>, \n'StringSetType':<<'stringval','stringval2'>>\n}")
    item = {"primarykey": "1", "NumberType": 1, "MapType": {"entryname1": "value", "entryname2": 4}, "ListType": [1, "stringval"],
            "NumberSetType": {1, 34, 32, Decimal("4.5")}, "StringSetType": {"stringval", "stringval2"}}
    assert returned(client, "SELECT * FROM TypesTable") == [item]
    run(client, "UPDATE TypesTable \nSET NumberType=NumberType + 100 \nSET MapType.NewMapEntry=[2020, 'stringvalue', 2.4]\n"
                "SET ListType = LIST_APPEND(ListType, [4, <<'string1', 'string2'>>])\n"
                "SET NumberSetType= SET_ADD(NumberSetType, <<345, 48.4>>)\n"
                "SET StringSetType = SET_ADD(StringSetType, <<'stringsetvalue1', 'stringsetvalue2'>>)\nWHERE primarykey='1'")
    item["NumberType"] = 101
    item["MapType"]["NewMapEntry"] = [2020, "stringvalue", Decimal("2.4")]
    item["ListType"] += [4, {"string1", "string2"}]
    item["NumberSetType"] |= {345, Decimal("48.4")}
    item["StringSetType"] |= {"stringsetvalue1", "stringsetvalue2"}
    assert returned(client, "SELECT * FROM TypesTable") == [item]
    run(client, "UPDATE TypesTable \nSET NumberType=NumberType - 1\nREMOVE ListType[1]\nREMOVE MapType.NewMapEntry\n"
                "SET NumberSetType = SET_DELETE( NumberSetType, <<345>>)\n"
                "SET StringSetType = SET_DELETE( StringSetType, <<'stringsetvalue1'>>)\nWHERE primarykey='1'")
    item["NumberType"] = 100
    del item["ListType"][1]
    del item["MapType"]["NewMapEntry"]
    item["NumberSetType"].remove(345)
    item["StringSetType"].remove("stringsetvalue1")
    assert returned(client, "SELECT * FROM TypesTable") == [item]


# "PartiQL data types": the type in the statement, and as it is stored.
@pytest.mark.parametrize("literal, value, type_name", [
    ("TRUE", {"BOOL": True}, "BOOLEAN"),
    ("false", {"BOOL": False}, "boolean"),
    ("NULL", {"NULL": True}, "NULL"),
    ("null", {"NULL": True}, "null"),
    ("[1, 'a', [TRUE]]", {"L": [{"N": "1"}, {"S": "a"}, {"L": [{"BOOL": True}]}]}, "LIST"),
    ("[]", {"L": []}, "list"),
    ("{'a' : 1, 'b' : {'c' : null}}", {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"NULL": True}}}}}, "STRUCT"),
    ("{}", {"M": {}}, "TUPLE"),
    ("1", {"N": "1"}, "NUMERIC"),
    ("1.0", {"N": "1"}, "NUMERIC"),
    ("1e0", {"N": "1"}, "NUMERIC"),
    ("-12.50E+2", {"N": "-1250"}, "NUMERIC"),
    ("1.2345678901234567890123456789012345678", {"N": "1.2345678901234567890123456789012345678"}, "NUMERIC"),
    ("<<1, 2.5>>", {"NS": ["1", "2.5"]}, None),
    ("<<'a', 'b'>>", {"SS": ["a", "b"]}, None),
    ("'it''s'", {"S": "it's"}, "STRING"),
    ("''", {"S": ""}, "STRING"),
    ("?", {"B": b"\x00\xff"}, "BLOB"),
])
def test_literals_and_their_types(client, make_table, literal, value, type_name):
    name = make_table()
    run(client, f"INSERT INTO \"{name}\" VALUE {{'pk': 'a', 'v': {literal}}}", *([value] if literal == "?" else []))
    assert returned(client, f"SELECT v FROM \"{name}\" WHERE pk = 'a'") == [{"v": DESERIALIZER.deserialize(value)}]
    for name_of_type in ("NULL", "BOOLEAN", "BLOB", "STRING", "NUMERIC", "STRUCT", "TUPLE", "LIST"):
        same = type_name is not None and (type_name.upper() == name_of_type or {type_name.upper(), name_of_type} == {"STRUCT", "TUPLE"})
        assert len(items(client, f"SELECT * FROM \"{name}\" WHERE v IS {name_of_type}")) == same
        assert len(items(client, f"SELECT * FROM \"{name}\" WHERE v IS NOT {name_of_type}")) == (not same)
    assert len(items(client, f'SELECT * FROM "{name}" WHERE v IS NOT MISSING')) == 1


def test_an_index_is_read_by_two_quoted_names(client):
    client.create_table(
        TableName="TableName", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "Genre")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "Index-Name", "KeySchema": [{"AttributeName": "Genre", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    try:
        run(client, "INSERT INTO \"TableName\" VALUE {'pk': 'a', 'Genre': 'Rock', 'order': 1}")
        for statement in ("SELECT * \nFROM \"TableName\".\"Index-Name\"", "SELECT * FROM TableName.\"Index-Name\" WHERE \"Genre\" = 'Rock'",
                          "SELECT pk, Genre, \"order\" FROM \"TableName\".\"Index-Name\" WHERE \"order\" = 1"):
            assert returned(client, statement) == [{"pk": "a", "Genre": "Rock", "order": 1}], statement
    finally:
        client.delete_table(TableName="TableName")


def call(send, statements):
    try:
        return send(statements)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]


def test_the_transaction(client, named):
    named("Music", "Artist:S", "SongTitle:S")
    check = {"Statement": "EXISTS(SELECT * FROM \"Music\" where Artist='No One You Know' and SongTitle='Call Me Today' and Awards is  MISSING)"}
    insert = {"Statement": "INSERT INTO Music value {'Artist':?,'SongTitle':?}", "Parameters": [{"S": "Acme Band"}, {"S": "Best Song"}]}
    update = {"Statement": "UPDATE \"Music\" SET AwardsWon=1 SET AwardDetail={'Grammys':[2020, 2018]}  "
                           "where Artist='Acme Band' and SongTitle='PartiQL Rocks'"}
    # As the guide has it a "?" is in quotes, and so no parameter.
    quoted = {**insert, "Statement": "INSERT INTO Music value {'Artist':?,'SongTitle':'?'}"}
    assert call(lambda s: client.execute_transaction(TransactStatements=s), [check, quoted, update]) == (
        guide.VALIDATION, "Validation failed in TransactStatements[1]: " + guide.COUNT[1])
    with pytest.raises(client.exceptions.TransactionCanceledException) as raised:
        client.execute_transaction(TransactStatements=[check, insert, update])
    assert [r["Code"] for r in raised.value.response["CancellationReasons"]] == ["None", "None", "ConditionalCheckFailed"]
    run(client, "INSERT INTO Music value {'Artist':'Acme Band','SongTitle':'PartiQL Rocks'}")
    assert client.execute_transaction(TransactStatements=[check, insert, update])["Responses"] == []
    assert sorted(returned(client, "SELECT * FROM Music"), key=lambda item: item["SongTitle"]) == [
        {"Artist": "Acme Band", "SongTitle": "Best Song"}, {**guide.BAND, "AwardsWon": 1, "AwardDetail": guide.GRAMMYS}]


def test_the_batch(client, named):
    named("Music", "Artist:S", "SongTitle:S")

    def batch(*statements):
        return client.batch_execute_statement(Statements=[{"Statement": s} for s in statements])["Responses"]

    assert batch("INSERT INTO Music value {'Artist':'?','SongTitle':'?'}",
                 "UPDATE Music SET AwardsWon=1 SET AwardDetail={'Grammys':[2020, 2018]} where Artist='Acme Band' and SongTitle='PartiQL Rocks'") == [
        {"TableName": "Music"},
        {"TableName": "Music", "Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}]
    assert batch("INSERT INTO Music value {'Artist':'Acme Band','SongTitle':'PartiQL Rocks','AwardDetail':{}}",
                 "DELETE FROM Music WHERE Artist='?' AND SongTitle='?'") == [{"TableName": "Music"}] * 2
    assert batch("UPDATE Music set AwardDetail.BillBoard=[2020] where Artist='Acme Band' and SongTitle='PartiQL Rocks'") == [{"TableName": "Music"}]
    assert returned(client, "SELECT * FROM Music") == [{**guide.BAND, "AwardDetail": {"BillBoard": [2020]}}]


# (type, value, size). The guide's page on SIZE says "size in bytes" and sends the reader to the function of conditions for what it
# takes. There DynamoDB counts the UTF-16 units of a string, confirmed by a client (ExtendDB, pull request 67), not its bytes.
SIZES = [("S", "abc", 3), ("S", "", 0), ("S", "\u00e9", 1), ("S", "\u4e2d", 1), ("S", "\U0001d11e", 2), ("S", "\u00e9\U0001d11e", 3),
         ("B", b"", 0), ("B", b"\x00\xff\x80", 3), ("SS", ["long", "longer"], 2), ("NS", ["1", "2", "3"], 3), ("BS", [b"abcd"], 1),
         ("L", [], 0), ("L", [{"S": "long"}, {"L": [{"N": "1"}]}], 2), ("M", {}, 0), ("M", {"long name": {"M": {"x": {"N": "1"}}}}, 1)]


def test_the_size_of_each_type(client, make_table):
    name = make_table()
    for i, (kind, value, _) in enumerate(SIZES):
        client.put_item(TableName=name, Item={"pk": {"S": str(i)}, "a": {kind: value}})
    for kind, value in (("N", "12"), ("BOOL", True), ("NULL", True)):  # have none
        client.put_item(TableName=name, Item={"pk": {"S": kind}, "a": {kind: value}})
    for size in range(8):
        expected = {str(i) for i, row in enumerate(SIZES) if row[2] == size}
        for statement in (f'SELECT pk FROM "{name}" WHERE size(a) = {size}', f'SELECT pk FROM "{name}" WHERE SIZE("a") BETWEEN {size} AND {size}'):
            assert {item["pk"]["S"] for item in items(client, statement)} == expected, statement
        scanned = client.scan(TableName=name, FilterExpression="size(a) = :n", ExpressionAttributeValues={":n": {"N": str(size)}})
        assert {item["pk"]["S"] for item in scanned["Items"]} == expected
