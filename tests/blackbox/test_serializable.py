"""Transactions of many clients while the server is killed again and again: money is neither made nor lost, and what
the clients saw and did fits into one order."""
import collections
import http.client
import json
import random
import threading

from eventually import eventually
from history_check import faults_of_balances, faults_of_order
from millrace_server import AUTHORIZATION

SEED = 20261121
FIELDS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20261121T000000Z", "Authorization": AUTHORIZATION}
TABLES = ("bank", "graph")
ACCOUNTS, EACH, NODES = 8, 100, 5
CLIENTS = 8


class Canceled(Exception):
    pass


class Client(threading.Thread):
    """Works until the server is gone."""

    def __init__(self, server, number, life):
        super().__init__()
        self.random = random.Random(f"{SEED} {life} {number}")
        self.name_of_transactions = f"{life}-{number}-"
        self.sequence = 0
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.moved = 0
        self.sums = 0
        self.done = []     # (what was read: {node: version}, nodes of which the next version was made)
        self.unknown = []  # (request, read, written) of those whose answer died with the server
        self.error = None

    def call(self, operation, body):
        self.connection.request("POST", "/", json.dumps(body), {**FIELDS, "X-Amz-Target": "DynamoDB_20120810." + operation})
        response = self.connection.getresponse()
        reply = json.loads(response.read())
        if response.status == 200:
            return reply
        if response.status == 400 and "TransactionCanceledException" in reply["__type"]:
            raise Canceled
        raise ConnectionError(reply)  # it is going down

    def get(self, table, keys):
        reply = self.call("TransactGetItems", {"TransactItems": [
            {"Get": {"TableName": table, "Key": {"pk": {"S": str(key)}}}} for key in keys]})
        return {key: int(item["Item"]["n"]["N"]) if "Item" in item else 0 for key, item in zip(keys, reply["Responses"])}

    def write(self, actions, read=None, written=None):
        self.sequence += 1
        token = self.name_of_transactions + str(self.sequence)
        return self.send({"TransactItems": actions, "ClientRequestToken": token}, read, written)

    def send(self, request, read=None, written=None):
        """True when it is done; by its token, it is done once however often it is sent."""
        try:
            self.call("TransactWriteItems", request)
        except Canceled:
            return False
        except (OSError, http.client.HTTPException):
            self.unknown.append((request, read, written))
            raise
        if read is not None:
            self.done.append((read, written))
        return True

    def add(self, account, amount, condition=None):
        values = {":x": {"N": str(amount)}}
        update = {"TableName": "bank", "Key": {"pk": {"S": str(account)}}, "UpdateExpression": "ADD n :x"}
        if condition:
            update["ConditionExpression"] = condition
            values[":least"] = {"N": str(-amount)}
        return {"Update": {**update, "ExpressionAttributeValues": values}}

    def move_money(self):
        one, other = self.random.sample(range(ACCOUNTS), 2)
        amount = self.random.randint(1, EACH)
        self.moved += self.write([self.add(one, -amount, "n >= :least"), self.add(other, amount)])

    def look_at_all_money(self):
        balances = self.get("bank", range(ACCOUNTS))
        assert faults_of_balances(balances, ACCOUNTS * EACH) == []
        self.sums += 1

    def work_on_the_graph(self):
        """Reads some nodes, then makes the next version of some of them while the others are as they were read."""
        nodes = self.random.sample(range(NODES), self.random.randint(2, 3))
        read = self.get("graph", nodes)
        written = {node for node in nodes if self.random.random() < 0.5}
        actions = []
        for node, version in read.items():
            members = {"TableName": "graph", "Key": {"pk": {"S": str(node)}},
                       "ConditionExpression": "n = :n" if version else "attribute_not_exists(n)"}
            values = {":n": {"N": str(version)}} if version else {}
            if node in written:
                members["UpdateExpression"] = "SET n = :m"
                values[":m"] = {"N": str(version + 1)}
            if values:
                members["ExpressionAttributeValues"] = values
            actions.append({"Update" if node in written else "ConditionCheck": members})
        self.write(actions, read, written)

    def run(self):
        try:
            while True:
                self.random.choice([self.move_money, self.look_at_all_money, self.work_on_the_graph,
                                    self.work_on_the_graph])()
        except (OSError, http.client.HTTPException):
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.error = error
        finally:
            self.connection.close()


def test_money_and_order_survive_kill_9(own_server, new_client):
    own_server.start()
    client = new_client(own_server)
    for name in TABLES:
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    for account in range(ACCOUNTS):
        client.put_item(TableName="bank", Item={"pk": {"S": str(account)}, "n": {"N": str(EACH)}})
    done = []
    for life in range(3):
        clients = [Client(own_server, number, life) for number in range(CLIENTS)]
        for one in clients:
            one.start()
        assert eventually(60, lambda: any(one.error for one in clients) or all(
            one.moved >= 5 and one.sums >= 5 and len(one.done) >= 10 for one in clients))
        own_server.kill()
        for one in clients:
            one.join(60)
            assert not one.is_alive()
            assert one.error is None, repr(one.error)
        own_server.start()
        for one in clients:  # what died on the way is asked for again
            one.connection = http.client.HTTPConnection("127.0.0.1", own_server.port, timeout=30)
            for request, read, written in one.unknown:
                one.send(request, read, written)
            one.look_at_all_money()
            one.connection.close()
            done += one.done
    versions = collections.Counter(node for _, written in done for node in written)
    last = Client(own_server, 0, "last")
    assert last.get("graph", range(NODES)) == {node: versions[node] for node in range(NODES)}
    last.connection.close()
    assert faults_of_order(done) == []
