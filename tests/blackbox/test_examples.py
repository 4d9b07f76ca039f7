"""Each folder of examples, as its README says to use it."""
import json
import os
import pathlib
import signal
import subprocess

import pytest
from conftest import ROOT, boto_client
from eventually import eventually

EXAMPLES = ROOT / "examples"


@pytest.fixture
def run(binary, own_server):
    """run("order_totals/setup.sh", ...): stdout of a script of the examples that ends well."""
    def environment():
        return {**os.environ, "PATH": f"{binary.parent}:{os.environ['PATH']}", "MILLRACE_ENDPOINT": own_server.url}

    def run_script(script, *arguments, status=0):
        done = subprocess.run([EXAMPLES / script, *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env=environment())
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    run_script.environment = environment
    return run_script


def built(binary, name):
    path = pathlib.Path(os.environ.get("MILLRACE_BUILD_DIR", binary.parent)) / name
    assert path.exists(), f"{path} is not there: build the target {name}"
    return path


def restart_after_kill(server):
    """kill -9, then the same server on the same port and data."""
    server.listen = f"127.0.0.1:{server.port}"
    server.process.send_signal(signal.SIGKILL)
    server.wait()
    server.start()


def test_order_totals_equal_the_orders_after_kill_9(binary, own_server, run):
    own_server.start()
    run("order_totals/setup.sh", built(binary, "order_totals"))
    client = boto_client(own_server)
    with subprocess.Popen([EXAMPLES / "order_totals/orders.py", "load", "--orders", "600"], stdout=subprocess.PIPE, text=True,
                          env=run.environment()) as loading:
        for _ in range(3):
            applied = own_server.ok("Millrace_20261121.Status", {})["AppliedLsn"]
            # Killed while writes and their totals are under way.
            assert eventually(60, lambda: own_server.ok("Millrace_20261121.Status", {})["AppliedLsn"] > applied + 100)
            assert loading.poll() is None
            restart_after_kill(own_server)
        assert "600 writes" in loading.stdout.read()
    assert run("order_totals/orders.py", "check") == "equal\n"
    # And a wrong total is found.
    client.update_item(TableName="totals", Key={"customer": {"S": "customer-1"}}, UpdateExpression="ADD cents :one",
                       ExpressionAttributeValues={":one": {"N": "1"}})
    assert "DIFFERENT" in run("order_totals/orders.py", "check", "--deadline", "0", status=1)


def test_audit_of_an_item(own_server, run):
    own_server.start()
    client = boto_client(own_server)
    client.create_table(TableName="orders", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    for value in range(4):
        client.put_item(TableName="orders", Item={"pk": {"S": "a"}, "value": {"N": str(value)}})
    client.delete_item(TableName="orders", Key={"pk": {"S": "a"}})
    text = run("audit_item/audit.sh", "orders", "a")
    assert text.startswith("5 changes, the first at 2") and "5 tester" in text
    assert "value=3" in text and "REMOVE" in text and "value=1" not in text
    assert "no change of this item" in run("audit_item/audit.sh", "orders", "b", status=1)
    run("audit_item/audit.sh", "orders", status=2)
    run("audit_item/audit.sh", "no-such-table", "a", status=4)


def test_fan_out(binary, own_server, run):
    own_server.start()
    run("fan_out/setup.sh", built(binary, "fan_out"))
    client = boto_client(own_server)
    for sent in range(30):
        client.put_item(TableName="messages", Item={
            "room": {"S": f"room-{sent % 2}"}, "sent": {"N": str(sent)}, "author": {"S": "ada"}, "text": {"S": f"text {sent}"},
            "mentions": {"SS": ["bob", "eve"] if sent % 3 == 0 else ["bob"]}})

    def inbox(person):
        return [item["text"]["S"] for item in client.query(
            TableName="inboxes", KeyConditionExpression="person = :p", ConsistentRead=True,
            ExpressionAttributeValues={":p": {"S": person}})["Items"]]

    assert eventually(60, lambda: len(inbox("bob")) == 30)
    assert sorted(inbox("eve")) == sorted(f"text {sent}" for sent in range(0, 30, 3))
    assert [text for text in inbox("bob") if int(text.split()[1]) % 2 == 1] == [f"text {sent}" for sent in range(1, 30, 2)]
    room = client.get_item(TableName="rooms", Key={"room": {"S": "room-1"}}, ConsistentRead=True)["Item"]
    assert room["messages"] == {"N": "15"} and room["last"] == {"S": "text 29"}
    author = client.get_item(TableName="authors", Key={"author": {"S": "ada"}}, ConsistentRead=True)["Item"]
    assert author["messages"] == {"N": "30"}


def written_to_files(server, pipeline):
    """Is every change of the pipeline's table in a finished file?"""
    state = server.ok("Millrace_20261121.DescribePipeline", {"PipelineName": pipeline})
    return state["Lag"]["Records"] == 0 and state["SnapshotState"] != "RUNNING"


def test_outbox_to_files(own_server, run, tmp_path):
    own_server.start()
    files, shipped = tmp_path / "files", tmp_path / "shipped"
    run("outbox_to_files/setup.sh", files)
    expected = []
    for number in range(60):
        client = boto_client(own_server)
        event = {"topic": "orders", "id": f"{number:03d}", "body": {"number": number}}
        client.put_item(TableName="outbox", Item={"topic": {"S": event["topic"]}, "id": {"S": event["id"]},
                                                  "body": {"S": json.dumps(event["body"])}})
        expected.append(event)
        if number % 20 == 10:
            client.delete_item(TableName="outbox", Key={"topic": {"S": "orders"}, "id": {"S": event["id"]}})
            run("outbox_to_files/ship.py", files, shipped)
            restart_after_kill(own_server)
    assert eventually(60, lambda: written_to_files(own_server, "outbox"))
    run("outbox_to_files/ship.py", files, shipped)
    assert run("outbox_to_files/ship.py", files, shipped) == "shipped 0 events\n"
    lines = [line for path in sorted(shipped.iterdir()) for line in path.read_text().splitlines()]
    assert [json.loads(line) for line in lines] == expected
    run("outbox_to_files/ship.py", status=2)


def test_duckdb_reads_what_the_table_holds(own_server, run, tmp_path):
    folder = EXAMPLES / "cdc_duckdb"
    assert (folder / "node_modules").exists(), f"run scripts/npm_ci.sh {folder} first"
    own_server.start()
    run("cdc_duckdb/setup.sh", tmp_path / "files")
    run("order_totals/orders.py", "load", "--orders", "300")
    assert eventually(60, lambda: written_to_files(own_server, "orders"))
    expected = {}
    for page in boto_client(own_server).get_paginator("scan").paginate(TableName="orders", ConsistentRead=True):
        for item in page["Items"]:
            total = expected.setdefault(item["customer"]["S"], {"orders": 0, "cents": 0})
            total["orders"] += 1
            total["cents"] += int(item["cents"]["N"])
    done = subprocess.run(["node", "query.mjs", tmp_path / "files"], cwd=folder, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["byCustomer"] == expected
    assert found["cents"] == sum(total["cents"] for total in expected.values()) > 0
