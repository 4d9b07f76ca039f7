"""The command line `millrace`, as a person types it."""
import json
import os
import pty
import signal
import socket
import subprocess
import termios
import threading

import pytest

from eventually import eventually


def test_status(millrace, make_table):
    name = make_table(view="NEW_IMAGE")
    text = millrace("status")
    assert "durability  sync" in text and "retention   1 d" in text
    row = next(line.split() for line in text.splitlines() if line.startswith(name + " "))
    assert row == [name, "0", "0", "bytes", "NEW_IMAGE"]
    view = json.loads(millrace("status", "--json"))
    assert view["Region"] == "us-east-1" and view["Functions"] == [] and view["EventSourceMappings"] == []
    assert name in [table["Table"]["TableName"] for table in view["Tables"]]


def test_status_is_watched_until_interrupted(binary, server):
    watching = subprocess.Popen([binary, "status", "--watch", "--interval", "1", "--json", "--endpoint", server.url],
                                stdout=subprocess.PIPE, text=True)
    try:
        looks = [json.loads(watching.stdout.readline()) for _ in range(2)]
        assert looks[0]["UptimeSeconds"] <= looks[1]["UptimeSeconds"]
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130
    finally:
        watching.kill()
        watching.stdout.close()


def test_status_is_watched_over_a_restart(binary, own_server):
    own_server.start()
    watching = subprocess.Popen([binary, "status", "--watch", "--interval", "1", "--json", "--endpoint", own_server.url],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert json.loads(watching.stdout.readline())["TableCount"] == 0
        own_server.kill()
        assert "no server answers" in watching.stderr.readline()
        own_server.listen = f"127.0.0.1:{own_server.port}"
        own_server.start()
        assert json.loads(watching.stdout.readline())["TableCount"] == 0
    finally:
        watching.kill()
        watching.communicate()


def test_table_list(millrace, client, make_table):
    name = make_table(view="KEYS_ONLY")
    client.put_item(TableName=name, Item={"pk": {"S": "a"}})
    row = next(line.split() for line in millrace("table", "list").splitlines() if line.startswith(name + " "))
    assert row == [name, "1", "3", "bytes", "KEYS_ONLY"]
    assert name in [table["Table"]["TableName"] for table in json.loads(millrace("table", "list", "--json"))]


def row_of(text, heading):
    """What `table describe` says behind a heading; None: there is no such row."""
    return next((line[len(heading):].strip() for line in text.splitlines() if line.startswith(heading + "  ")), None)


def test_a_table_is_made_with_all_its_settings(millrace, client):
    made = millrace("table", "create", "settled", "customer:S", "placed:N", "--gsi", "by_city=city:S+zip:N,placed:N/INCLUDE=total,name",
                    "--gsi", "by_total=total:N/KEYS_ONLY/READ=3", "--lsi", "by_name=name:S", "--read", "10", "--write", "5", "--tag", "team=orders",
                    "--tag", "stage=a=b", "--table-class", "STANDARD_INFREQUENT_ACCESS", "--ttl", "ends", "--deletion-protection",
                    "--stream", "KEYS_ONLY")
    assert "Made the table settled, its stream with KEYS_ONLY." in made and "when the time in ends" in made
    table = client.describe_table(TableName="settled")["Table"]
    assert {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]} == {
        "customer": "S", "placed": "N", "city": "S", "zip": "N", "total": "N", "name": "S"}
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"] + table["LocalSecondaryIndexes"]}
    assert [(key["AttributeName"], key["KeyType"]) for key in indexes["by_city"]["KeySchema"]] == [("city", "HASH"), ("zip", "HASH"), ("placed", "RANGE")]
    assert sorted(indexes["by_city"]["Projection"]["NonKeyAttributes"]) == ["name", "total"]
    assert indexes["by_city"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 10
    assert indexes["by_total"]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert indexes["by_total"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert indexes["by_total"]["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert [key["AttributeName"] for key in indexes["by_name"]["KeySchema"]] == ["customer", "name"]
    text = millrace("table", "describe", "settled")
    assert row_of(text, "billing") == "10 read and 5 write units a second"
    assert row_of(text, "class") == "STANDARD_INFREQUENT_ACCESS"
    assert row_of(text, "deletion protection") == "on"
    assert row_of(text, "time to live").startswith("ends (")
    assert row_of(text, "tags") == "stage=a=b, team=orders"


def test_a_table_is_changed(millrace, client, make_table):
    name = make_table()
    said = millrace("table", "update", name, "--ttl", "ends", "--tag", "a=1", "--tag", "b=2", "--stream", "NEW_IMAGE", "--deletion-protection",
                    "on", "--table-class", "STANDARD_INFREQUENT_ACCESS", "--read", "4", "--write", "3", "--gsi", "one=x:S", "--gsi", "two=y:N/READ=9")
    assert "4 read and 3 write units" in said and "its index two is being filled" in said.lower()
    assert eventually(30, lambda: row_of(millrace("table", "describe", name), "status") == "ACTIVE")
    text = millrace("table", "describe", name)
    assert row_of(text, "billing") == "4 read and 3 write units a second" and row_of(text, "stream") == "NEW_IMAGE"
    assert row_of(text, "tags") == "a=1, b=2" and row_of(text, "deletion protection") == "on"
    assert row_of(text, "time to live").startswith("ends (") and row_of(text, "class") == "STANDARD_INFREQUENT_ACCESS"
    units = {index["IndexName"]: index["ProvisionedThroughput"]["ReadCapacityUnits"]
             for index in client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]}
    assert units == {"one": 4, "two": 9}

    assert "first millrace table update " in millrace("table", "update", name, "--stream", "OLD_IMAGE", status=1)
    assert "already has" in millrace("table", "update", name, "--stream", "NEW_IMAGE", status=4)
    replies = millrace("table", "update", name, "--untag", "a", "--stream", "off", "--billing-mode", "PAY_PER_REQUEST", "--drop-gsi", "one", "--json")
    assert [list(json.loads(line)) for line in replies.splitlines() if line.strip()] == [["TableDescription"]] * 3
    assert eventually(30, lambda: row_of(millrace("table", "describe", name), "status") == "ACTIVE")
    text = millrace("table", "describe", name)
    assert row_of(text, "billing") == "on demand" and row_of(text, "stream") == "off" and row_of(text, "tags") == "b=2"
    assert row_of(text, "global index").startswith("two: y (N)")
    # The units of its index come back with the table's.
    millrace("table", "update", name, "--read", "6", "--write", "2")
    index = client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 6

    refused = millrace("table", "update", name, "--tag", "c=3", "--drop-gsi", "nothing", "--drop-gsi", "two", status=4)
    assert "nothing" in refused and "is done: Tagged it: 1." in refused and "What was to come after it is not done." in refused
    millrace("table", "update", name, "--deletion-protection", "off")


def test_units_of_one_index(millrace, client, make_table):
    name = make_table()

    def units():
        table = client.describe_table(TableName=name)["Table"]
        return {described.get("IndexName", "the table"):
                (described["ProvisionedThroughput"]["ReadCapacityUnits"], described["ProvisionedThroughput"]["WriteCapacityUnits"])
                for described in [table, *table["GlobalSecondaryIndexes"]]}
    millrace("table", "update", name, "--gsi", "one=x:S", "--gsi", "two=y:N")
    assert "is on demand" in millrace("table", "update", name, "--index", "one", "--read", "3", status=1)
    assert eventually(30, lambda: row_of(millrace("table", "describe", name), "status") == "ACTIVE")
    millrace("table", "update", name, "--read", "5", "--write", "5")
    assert "Its index one has 7 read and 6 write units a second." in millrace(
        "table", "update", name, "--index", "one", "--read", "7", "--write", "6")
    assert units() == {"the table": (5, 5), "one": (7, 6), "two": (5, 5)}
    # What isn't said stays, and other changes of the same command are of the table.
    said = millrace("table", "update", name, "--index", "two", "--write", "9", "--tag", "a=b", "--gsi", "three=z:S")
    assert "Its index two has 5 read and 9 write units a second." in said and "Tagged it: 1." in said
    assert eventually(30, lambda: row_of(millrace("table", "describe", name), "status") == "ACTIVE")
    assert units() == {"the table": (5, 5), "one": (7, 6), "two": (5, 9), "three": (5, 5)}
    text = millrace("table", "describe", name)
    assert "7 read and 6 write" in text, text
    for arguments, said in (
            (["--index", "one"], "add --read N, --write N or both"),
            (["--index", "on", "--read", "1"], f"{name} has no global index 'on'; it has one, two, three"),
            (["--index", "one", "--read", "1", "--billing-mode", "PROVISIONED"], "two commands")):
        assert said in millrace("table", "update", name, *arguments, status=1)
    assert "--index" in millrace("table", "update", "--help", endpoint=False)


@pytest.mark.parametrize("arguments, status, said", [
    (["update", "TABLE"], 1, "say what is to change"),
    (["update", "TABLE", "--read", "1"], 1, "both --read N and --write N"),
    (["update", "TABLE", "--billing-mode", "PAY_PER_REQUEST", "--read", "1"], 1, "has no units"),
    (["update", "TABLE", "--no-ttl"], 1, "time to live is off already"),
    (["update", "TABLE", "--gsi", "i=x:S,x:N"], 1, "x is said to be S and N"),
    (["update", "TABLE", "--deletion-protection", "yes"], 2, "is one of on, off"),
    (["update", "TABL", "--no-ttl"], 4, "not found"),
    (["create", "TABLE", "pk:S"], 4, "already exists"),
    (["create", "made", "pk:S", "--read", "1"], 1, "needs both --read N and --write N"),
    (["create", "made", "pk:S", "--billing-mode", "PROVISIONED"], 1, "needs both --read N and --write N"),
    (["create", "made", "pk:S", "--lsi", "i=x:S"], 4, ""),  # without a sort key of its own
    (["create", "made", "pk:S", "--gsi", "i=pk:N"], 1, "pk is said to be S and N"),
])
def test_settings_that_are_refused(millrace, client, make_table, arguments, status, said):
    name = make_table()
    arguments = [name if argument == "TABLE" else argument for argument in arguments]
    assert said in millrace("table", *arguments, status=status)
    assert "made" not in client.list_tables()["TableNames"]


def test_a_tables_indexes_and_settings(millrace, client):
    def index(name, *keys, projection="ALL"):
        return {"IndexName": name, "Projection": {"ProjectionType": projection},
                "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))]}

    client.create_table(
        TableName="described", BillingMode="PAY_PER_REQUEST", KeySchema=index("", "pk", "sk")["KeySchema"],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in (("pk", "S"), ("sk", "N"), ("by", "B"))],
        GlobalSecondaryIndexes=[index("global", "by", "sk")], LocalSecondaryIndexes=[index("local", "pk", "by", projection="KEYS_ONLY")])
    client.update_time_to_live(TableName="described", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    text = millrace("table", "describe", "described")
    assert row_of(text, "global index") == "global: by (B), sk (N), ALL, ACTIVE"
    assert row_of(text, "local index") == "local: pk (S), by (B), KEYS_ONLY"
    assert row_of(text, "time to live").startswith("ends (ENABL")
    assert row_of(millrace("table", "describe", "described", "--json"), "local index") is None
    client.delete_table(TableName="described")


def test_a_table_from_making_to_deleting(millrace, client):
    assert "Its stream is off" in millrace("table", "create", "orders", "customer:S", "placed:N")
    text = millrace("table", "describe", "orders")
    assert "customer (S), placed (N)" in text and row_of(text, "stream") == "off"
    assert row_of(text, "time to live") == "off" and row_of(text, "deletion protection") == "off"
    assert "NEW_IMAGE" in millrace("table", "stream", "orders", "NEW_IMAGE")
    assert client.describe_table(TableName="orders")["Table"]["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert "already has an enabled stream" in millrace("table", "stream", "orders", "KEYS_ONLY", status=4)
    millrace("table", "stream", "orders", "off")
    assert "say --yes" in millrace("table", "delete", "orders", status=1)
    assert json.loads(millrace("table", "describe", "orders", "--json"))["Table"]["TableName"] == "orders"
    millrace("table", "delete", "orders", "--yes")
    assert "ResourceNotFoundException" in millrace("table", "describe", "orders", status=4)


def test_a_name_that_is_not_there(millrace, make_table):
    name = make_table()
    text = millrace("table", "describe", name.replace("a", "e"), status=4)
    assert "ResourceNotFoundException" in text and f"Did you mean" in text and name in text
    assert "All tables: millrace table list" in millrace("history", "something-else", "k", status=4)
    error = json.loads(millrace("verify", "something-else", "--json", status=4))
    assert error["exitCode"] == 4 and error["error"].startswith("ResourceNotFoundException")


def test_history(millrace, client, make_table):
    name = make_table(sk="N")
    client.put_item(TableName=name, Item={"pk": {"S": "ATL"}, "sk": {"N": "7"}, "delay": {"N": "12"}})
    client.delete_item(TableName=name, Key={"pk": {"S": "ATL"}, "sk": {"N": "7"}})
    for key in (["ATL", "7"], ['{"pk": {"S": "ATL"}, "sk": {"N": "7"}}']):
        text = millrace("history", name, *key)
        assert "INSERT  pk=ATL sk=7  by tester" in text and "+ delay=12" in text and "REMOVE" in text
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


@pytest.mark.parametrize(("answer", "status", "said"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 4, "is no Millrace"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 4, "is no Millrace"),
    (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 4, "HTTP status 502"),
    (b"220 mail.example ESMTP\r\n", 3, "no server answers"),
    (b"", 3, "no server answers"),
])
def test_somebody_else_answers(millrace, answer, status, said):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer_once():
            with listener.accept()[0] as connection:
                connection.recv(65536)
                connection.sendall(answer)
        other = threading.Thread(target=answer_once)
        other.start()
        port = listener.getsockname()[1]
        assert said in millrace("table", "list", "--endpoint", f"http://127.0.0.1:{port}", endpoint=False, status=status)
        other.join(30)


def test_version_and_help(millrace):
    assert millrace("--version", endpoint=False).startswith("millrace 0.")
    assert "serve" in millrace("--help", endpoint=False)


def test_the_endpoint_of_the_environment(binary, server):
    done = subprocess.run([binary, "status"], env={**os.environ, "MILLRACE_ENDPOINT": server.url}, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0 and "durability" in done.stdout


def on_a_terminal(command, environment, columns=80):
    """What a command writes when all its streams are a terminal."""
    main, side = pty.openpty()
    termios.tcsetwinsize(side, (24, columns))
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env={**os.environ, **environment})
    os.close(side)
    text = b""
    try:
        while chunk := os.read(main, 65536):
            text += chunk
    except OSError:  # the terminal's other side was closed
        pass
    os.close(main)
    return process.wait(30), text.decode()


def test_colours_are_for_terminals(binary, server, make_table, millrace):
    make_table()
    command = [binary, "status", "--endpoint", server.url]
    assert "\x1b[1mTABLE" in on_a_terminal(command, {"TERM": "xterm", "NO_COLOR": ""})[1]
    assert "\x1b" not in on_a_terminal(command, {"TERM": "xterm", "NO_COLOR": "1"})[1]
    assert "\x1b" not in on_a_terminal(command, {"TERM": "dumb"})[1]
    assert "\x1b" not in millrace("status")


def test_a_reader_that_goes_away(binary, server):
    """`millrace ... | head` ends without a word."""
    script = f"{binary} status --watch --interval 1 --endpoint {server.url} 2>&1 >&3 | cat >&2"
    done = subprocess.run(["bash", "-c", f"{{ {script}; }} 3>&1 | head -1"], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("server") and done.stderr == ""


def complete(binary, *words, endpoint=""):
    """What bash offers for the last word."""
    script = """
        source <("$0" completion bash)
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _millrace 2>/dev/null
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", script, binary, binary, *words], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "MILLRACE_ENDPOINT": endpoint})
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes(binary, server, make_table, tmp_path):
    name = make_table()
    assert {"serve", "status", "table", "completion"} <= set(complete(binary, ""))
    assert complete(binary, "stat") == ["status"]
    assert complete(binary, "table", "de") == ["describe", "delete"]
    assert complete(binary, "serve", "--durability", "") == ["sync", "os"]
    assert "--batch-size" in complete(binary, "mapping", "create", "--b")
    (tmp_path / "a-directory").mkdir()
    assert complete(binary, "serve", "--data", f"{tmp_path}/a-") == [f"{tmp_path}/a-directory"]
    assert name in complete(binary, "table", "describe", "", endpoint=server.url)
    assert complete(binary, "table", "describe", "", endpoint="http://127.0.0.1:1") == []


def test_every_command_has_help_with_an_example(binary):
    """Walks the tree as the shell sees it."""
    waiting, walked = [[]], 0
    while waiting:
        path = waiting.pop()
        done = subprocess.run([binary, *path, "--help"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and done.stderr == "" and f"usage: millrace {' '.join(path)}".rstrip() in done.stdout, path
        walked += 1
        if "\ncommands:\n" not in done.stdout:
            assert "\nexample" in done.stdout and "\nnext: " in done.stdout, path
            continue
        children = complete(binary, *path, "")
        assert children, path
        waiting += [[*path, child] for child in children]
    assert walked > 15


def test_what_is_not_understood_is_json_too(millrace):
    for arguments in (["tail", "some", "--from", "yesterday"], ["table", "list", "--jsn"], ["table", "lst"], ["status", "--endpoint", "http://a/b"]):
        complaint = json.loads(millrace(*arguments, "--json", endpoint=False, status=2))
        assert complaint["exitCode"] == 2 and complaint["error"] and "usage" not in complaint["error"]
