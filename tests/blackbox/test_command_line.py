"""The command line `millrace`, as a person types it."""
import json
import subprocess

import pytest


@pytest.fixture
def millrace(binary, server):
    def run(*arguments, endpoint=True, status=0):
        command = [str(binary), *arguments] + (["--endpoint", server.url] if endpoint else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout
    return run


def test_status(millrace):
    assert "durability  sync" in millrace("status")
    assert json.loads(millrace("status", "--json"))["Region"] == "us-east-1"


def test_table_list(millrace, client, make_table):
    name = make_table(view="KEYS_ONLY")
    client.put_item(TableName=name, Item={"pk": {"S": "a"}})
    row = next(line.split() for line in millrace("table", "list").splitlines() if line.startswith(name + " "))
    assert row == [name, "1", "3", "bytes", "KEYS_ONLY"]
    assert name in [table["Table"]["TableName"] for table in json.loads(millrace("table", "list", "--json"))]


def test_history(millrace, client, make_table):
    name = make_table(sk="N")
    client.put_item(TableName=name, Item={"pk": {"S": "ATL"}, "sk": {"N": "7"}, "delay": {"N": "12"}})
    client.delete_item(TableName=name, Key={"pk": {"S": "ATL"}, "sk": {"N": "7"}})
    for key in (["ATL", "7"], ['{"pk": {"S": "ATL"}, "sk": {"N": "7"}}']):
        text = millrace("history", name, *key)
        assert "INSERT  by tester" in text and "delay=12" in text and "REMOVE" in text
    assert len(json.loads(millrace("history", name, "ATL", "7", "--json"))["Records"]) == 2
    assert "no record" in millrace("history", name, "ATL", "8")
    assert f"the key of {name} has 2 values: pk sk" in millrace("history", name, "ATL", status=1)


def test_verify(millrace, client, make_table):
    name = make_table()
    client.put_item(TableName=name, Item={"pk": {"S": "a"}})
    assert "The table equals what its log produces." in millrace("verify", name)
    assert json.loads(millrace("verify", name, "--json"))["Equal"] is True
    assert "ResourceNotFoundException" in millrace("verify", "no-such-table", status=4)


@pytest.mark.parametrize("arguments", [[], ["woop"], ["table"], ["history", "t"], ["serve"], ["serve", "--data", "x", "--durability", "no"]])
def test_what_is_not_understood(millrace, arguments):
    assert millrace(*arguments, endpoint=False, status=2)


def test_nobody_answers(millrace):
    text = millrace("status", "--endpoint", "http://127.0.0.1:1", endpoint=False, status=3)
    assert "no server answers at 127.0.0.1:1" in text and "millrace serve" in text


def test_version_and_help(millrace):
    assert millrace("--version", endpoint=False).startswith("millrace 0.")
    assert "serve" in millrace("--help", endpoint=False)
