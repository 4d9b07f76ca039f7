"""The statements of AWS's developer guide, in the order of its pages, with what each does.

A row is (page, statement, parameters, what it returns). Returned is a list of items, "any" of a statement whose items are
compared by the rows after it, or an error as (exception, text). Items are written as boto3's resource has them.
"""
from decimal import Decimal

VALIDATION = "ValidationException"
BAND = {"Artist": "Acme Band", "SongTitle": "PartiQL Rocks"}
KEY = "WHERE Artist='Acme Band' AND SongTitle='PartiQL Rocks'"
GRAMMYS = {"Grammys": [2020, 2018]}
COUNT = (VALIDATION, "Number of parameters in request and statement don't match.")

# Music: Artist HASH, SongTitle RANGE. One after the other on one table.
MUSIC = [
    # Getting started with PartiQL: the steps of the AWS CLI, then the calls of the Java example.
    ("ql-gettingstarted", "INSERT INTO Music  \n\t VALUE  \n {'Artist':'Acme Band','SongTitle':'PartiQL Rocks'}", [], []),
    ("ql-gettingstarted", f"SELECT * FROM Music {KEY}", [], [BAND]),
    ("ql-gettingstarted", f"UPDATE Music SET AwardsWon=1 SET AwardDetail={{'Grammys':[2020, 2018]}} {KEY}", [], []),
    ("ql-gettingstarted", f"UPDATE Music SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016]) {KEY}", [], []),
    ("ql-gettingstarted", f"SELECT * FROM Music {KEY}", [], [{**BAND, "AwardsWon": 1, "AwardDetail": {"Grammys": [2020, 2018, 2016]}}]),
    ("ql-gettingstarted", f"UPDATE Music REMOVE AwardDetail.Grammys[2] {KEY}", [], []),
    ("ql-gettingstarted", f"UPDATE Music SET AwardDetail.BillBoard=[2020] {KEY}", [], []),
    ("ql-gettingstarted", f"UPDATE Music SET BandMembers =<<'member1', 'member2'>> {KEY}", [], []),
    ("ql-gettingstarted", f"UPDATE Music SET BandMembers =set_add(BandMembers, <<'newmember'>>) {KEY}", [], []),
    ("ql-gettingstarted", "SELECT * FROM Music  where Artist=? and SongTitle=?", ["Acme Band", "PartiQL Rocks"],
     [{**BAND, "AwardsWon": 1, "AwardDetail": {**GRAMMYS, "BillBoard": [2020]},
       "BandMembers": {"member1", "member2", "newmember"}}]),
    ("ql-gettingstarted", f"DELETE  FROM Music  {KEY}", [], []),
    ("ql-gettingstarted", "INSERT INTO Music value {'Artist':?,'SongTitle':?}", ["Acme Band", "PartiQL Rocks"], []),
    ("ql-gettingstarted", "UPDATE Music set AwardDetail={} where Artist=? and SongTitle=?", ["Acme Band", "PartiQL Rocks"], []),
    ("ql-gettingstarted", "UPDATE Music set AwardDetail.BillBoard=[2020] where Artist=? and SongTitle=?", ["Acme Band", "PartiQL Rocks"], []),
    ("ql-gettingstarted", "DELETE  FROM Music  where Artist=? and SongTitle=?", ["Acme Band", "PartiQL Rocks"], []),
    ("ql-gettingstarted", "SELECT * FROM Music", [], []),
    # Insert statements. The same key again is DuplicateItemException.
    ("ql-reference.insert", "INSERT INTO \"Music\" value {'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}", [], []),
    ("ql-reference.insert", "INSERT INTO \"Music\" value {'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}", [],
     ("DuplicateItemException", "Duplicate primary key exists in table")),
    # Update statements.
    ("ql-reference.update", f"UPDATE \"Music\" \nSET AwardsWon=1 \nSET AwardDetail={{'Grammys':[2020, 2018]}}  \n{KEY}\nRETURNING ALL OLD *",
     [], [BAND]),
    # The guide shows the two changed attributes alone here; its own sentence for ALL NEW * is "all of the attributes of the item".
    ("ql-reference.update", f"UPDATE \"Music\" \nSET AwardsWon=1 \nSET AwardDetail={{'Grammys':[2020, 2018]}}  \n{KEY}\nRETURNING ALL NEW *",
     [], [{**BAND, "AwardsWon": 1, "AwardDetail": GRAMMYS}]),
    ("ql-reference.update", f"UPDATE \"Music\" SET AwardsWon=2 {KEY} RETURNING MODIFIED OLD *", [], [{"AwardsWon": 1}]),
    ("ql-reference.update", f"UPDATE \"Music\" SET AwardsWon=1 {KEY} RETURNING MODIFIED NEW *", [], [{"AwardsWon": 1}]),
    ("ql-reference.update", f"UPDATE \"Music\" \nSET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016])  \n{KEY}", [], []),
    ("ql-reference.update", f"UPDATE \"Music\" \nREMOVE AwardDetail.Grammys[2]   \n{KEY} RETURNING ALL NEW *", [],
     [{**BAND, "AwardsWon": 1, "AwardDetail": GRAMMYS}]),
    ("ql-reference.update", f"UPDATE \"Music\" \nSET AwardDetail.BillBoard=[2020] \n{KEY}", [], []),
    ("ql-reference.update", f"UPDATE \"Music\" \nSET BandMembers =<<'member1', 'member2'>> \n{KEY}", [], []),
    ("ql-reference.update", f"UPDATE \"Music\" \nSET BandMembers =set_add(BandMembers, <<'newbandmember'>>) \n{KEY} RETURNING ALL NEW *", [],
     [{**BAND, "AwardsWon": 1, "AwardDetail": {**GRAMMYS, "BillBoard": [2020]},
       "BandMembers": {"member1", "member2", "newbandmember"}}]),
    # A WHERE clause that no item fulfils.
    ("ql-reference.update", "UPDATE \"Music\" SET a=1 WHERE Artist='Acme Band' AND SongTitle='Another'", [],
     ("ConditionalCheckFailedException", "The conditional request failed")),
    # Functions.
    ("ql-functions.attribute_type", "SELECT SongTitle FROM \"Music\" WHERE attribute_type(\"Artist\", 'S')", [], [{"SongTitle": "PartiQL Rocks"}]),
    ("ql-functions.attribute_type", "SELECT SongTitle FROM \"Music\" WHERE ATTRIBUTE_TYPE(\"Artist\", 'SS')", [], []),
    ("ql-functions.missing", "SELECT SongTitle FROM Music WHERE \"Awards\" IS MISSING", [], [{"SongTitle": "PartiQL Rocks"}]),
    ("ql-functions.missing", "SELECT SongTitle FROM Music WHERE \"Awards\" is missing", [], [{"SongTitle": "PartiQL Rocks"}]),
    ("ql-functions.missing", "SELECT SongTitle FROM Music WHERE \"AwardsWon\" IS NOT MISSING", [], [{"SongTitle": "PartiQL Rocks"}]),
    ("ql-functions.exists", "EXISTS(\n    SELECT * FROM \"Music\" \n    WHERE \"Artist\" = 'Acme Band' AND \"SongTitle\" = 'PartiQL Rocks')", [],
     (VALIDATION, "EXISTS can only be used in ExecuteTransaction write requests.")),
    # Delete statements. None with the key: success, nothing deleted. A condition that does not hold: not.
    ("ql-reference.delete", "DELETE FROM \"Music\" WHERE \"Artist\" = 'Acme Band' AND \"SongTitle\" = 'Nothing' RETURNING ALL OLD *", [], []),
    ("ql-reference.delete", f"DELETE FROM \"Music\" {KEY} AND AwardsWon > 5", [],
     ("ConditionalCheckFailedException", "The conditional request failed")),
    ("ql-reference.delete", f"UPDATE Music REMOVE AwardsWon REMOVE AwardDetail REMOVE BandMembers {KEY}", [], []),
    ("ql-reference.delete",
     "DELETE FROM \"Music\" WHERE \"Artist\" = 'Acme Band' AND \"SongTitle\" = 'PartiQL Rocks' RETURNING ALL OLD *", [], [BAND]),
    ("ql-reference.delete", "DELETE FROM \"Music\" WHERE \"Artist\" = 'Acme Band' AND \"SongTitle\" = 'PartiQL Rocks'", [], []),
    # From SQL to NoSQL.
    ("SQLtoNoSQL", "INSERT into Music value {'Artist': 'No One You Know', 'SongTitle': 'Call Me Today', 'AlbumTitle': 'Somewhat Famous', "
     "'Year' : 2015, 'Genre' : 'Country', 'Price': 2.14}", [], []),
    ("SQLtoNoSQL", "SELECT AlbumTitle, Year, Price\nFROM Music\nWHERE Artist='No One You Know' AND SongTitle = 'Call Me Today'", [],
     [{"AlbumTitle": "Somewhat Famous", "Year": 2015, "Price": Decimal("2.14")}]),
    ("SQLtoNoSQL", "SELECT Artist FROM Music WHERE Artist='No One You Know' AND begins_with(SongTitle, 'Call')", [], [{"Artist": "No One You Know"}]),
    ("SQLtoNoSQL", "SELECT Artist FROM Music WHERE Artist='No One You Know' AND Price < 1.00", [], []),
    ("SQLtoNoSQL", "UPDATE Music\nSET RecordLabel ='Global Records'\n"
     "WHERE Artist='No One You Know' AND SongTitle='Call Me Today' AND Price >= 2.00", [], []),
    ("SQLtoNoSQL", "UPDATE Music SET Plays = 0 WHERE Artist='No One You Know' AND SongTitle='Call Me Today' RETURNING MODIFIED NEW *", [],
     [{"Plays": 0}]),
    ("SQLtoNoSQL", "UPDATE Music SET Plays = Plays + 1 WHERE Artist='No One You Know' AND SongTitle='Call Me Today' RETURNING MODIFIED NEW *",
     [], [{"Plays": 1}]),
    ("SQLtoNoSQL", "DELETE FROM Music WHERE Artist='No One You Know' AND SongTitle='Call Me Today' AND attribute_exists(RecordLabel)", [], []),
]

ORDERS = [{"OrderID": n, "Total": total, "Address": address} for n, total, address in (
    (1, 400, "7834 24th Ave, Kirkland"), (2, 500, "some address"), (3, 550, "some address"), (100, 600, "some address"),
    (200, 700, "x"), (300, 800, "x"))]


def orders(*ids):
    return [{"OrderID": o["OrderID"], "Total": o["Total"]} for i in ids for o in ORDERS if o["OrderID"] == i]


# Orders: OrderID HASH, a number. (statement, the OrderIDs in order; a set where the order is that of a scan)
SELECTS = [
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID = 100", [100]),
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID = 100 and Address='some address'", [100]),
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID = 100 or OrderID = 200", [100, 200]),
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID IN [100, 300, 234]", [100, 300]),
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID > 1", {2, 3, 100, 200, 300}),
    ("SELECT * \nFROM \"Orders\" \nWHERE Address='some address'", {2, 3, 100}),
    ("SELECT * \nFROM \"Orders\" \nWHERE OrderID = 100 OR Address='some address'", {2, 3, 100}),
    ("SELECT * FROM \"Orders\"", {1, 2, 3, 100, 200, 300}),
    ("SELECT OrderID, Total\nFROM \"Orders\"\nWHERE OrderID = 1", [1]),
    ("SELECT OrderID, Total\nFROM \"Orders\"\nWHERE OrderID = 1 OR OrderID = 2", [1, 2]),
    ("SELECT OrderID, Total\nFROM \"Orders\"\nWHERE OrderID IN [1, 2, 3] ORDER BY OrderID DESC", [3, 2, 1]),
    ("SELECT OrderID, Total \nFROM \"Orders\"\nWHERE Total > 500", {3, 100, 200, 300}),
    ("SELECT OrderID, Total \nFROM \"Orders\"\nWHERE Total IN [500, 600]", {2, 100}),
    ("SELECT OrderID, Total \nFROM \"Orders\" \nWHERE Total BETWEEN 500 AND 600", {2, 3, 100}),
    ("SELECT * FROM \"Orders\" WHERE \"OrderID\"=1 AND size(\"Address\") >20", [1]),
    ("SELECT * FROM \"Orders\" WHERE \"OrderID\"=1 AND SIZE(\"Address\") > 300", []),
    ("SELECT * FROM \"Orders\" WHERE \"OrderID\"=1 AND begins_with(\"Address\", '7834 24th')", [1]),
    ("SELECT * FROM \"Orders\" WHERE \"OrderID\"=1 AND contains(\"Address\", 'Kirkland')", [1]),
    ("SELECT * FROM Orders WHERE OrderID=2 AND contains(\"Address\", 'Kirkland')", []),
    # Operators: all comparisons and logical operators of the page, in either case.
    ("SELECT * FROM Orders WHERE OrderID <> 100 AND Total >= 600", {200, 300}),
    ("SELECT * FROM Orders WHERE OrderID != 100 and Total >= 600", {200, 300}),
    ("select * from Orders where not Total < 700", {200, 300}),
    ("SELECT * FROM Orders WHERE Total <= 500", {1, 2}),
    ("SELECT * FROM Orders WHERE NOT (Total BETWEEN 500 AND 700)", {1, 300}),
    ("SELECT * FROM Orders WHERE Address IS STRING AND Total IS NUMERIC AND Total IS NOT NULL AND Total <= 400", {1}),
    ("SELECT * FROM Orders WHERE Address IS NULL OR Address IS MISSING", set()),
]
