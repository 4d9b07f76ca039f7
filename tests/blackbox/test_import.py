"""`millrace import`: real files, the real program, real servers."""
import gzip
import json
import re
import signal
import subprocess

import pytest

from eventually import eventually
from valve import Valve


@pytest.fixture
def importer(binary, server, tmp_path):
    def run(text, *arguments, name="input.jsonl", status=0, stdin=None):
        path = tmp_path / name
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        files = ["-"] if stdin is not None else [str(path)]
        done = subprocess.run([str(binary), "import", *files, *arguments, "--endpoint", server.url],
                              capture_output=True, input=stdin, timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        assert not list(tmp_path.glob("*.import*")) or status
        return done.stdout.decode() + done.stderr.decode()
    return run


def items_of(client, table):
    items = []
    for page in client.get_paginator("scan").paginate(TableName=table):
        items += page["Items"]
    return sorted(items, key=lambda item: list(item["pk"].values())[0])


def test_dynamodb_json(importer, client, make_table):
    table = make_table()
    wanted = [{"pk": {"S": "a"}, "n": {"N": "1.5"}, "l": {"L": [{"NULL": True}]}, "ns": {"NS": ["1", "2"]}},
              {"pk": {"S": "b\u00e9"}, "m": {"M": {"x": {"BOOL": True}}}, "s": {"SS": ["x"]}}]
    text = json.dumps({"Item": wanted[0]}) + "\n" + json.dumps(wanted[1]) + "\n"
    assert "2 items written" in importer(text, "--table", table, "--format", "dynamodb-json")
    assert items_of(client, table) == wanted


def test_plain_json_and_create(importer, client):
    rows = [{"id": i, "name": f"n{i}", "big": 12345678901234567890123456789, "none": None, "tags": ["a"]} for i in range(60)]
    text = "\n".join(json.dumps(row) for row in rows)
    importer(text, "--table", "import-created", "--format", "jsonl", "--create", "id:N", "--types", "tags:SS", "--skip-nulls")
    assert client.get_item(TableName="import-created", Key={"id": {"N": "7"}})["Item"] == {
        "id": {"N": "7"}, "name": {"S": "n7"}, "big": {"N": "12345678901234567890123456789"}, "tags": {"SS": ["a"]}}
    assert client.scan(TableName="import-created", Select="COUNT")["Count"] == 60
    importer(text, "--table", "import-created", "--format", "jsonl", "--create", "id:N")  # it is there: that is fine
    assert "its key is not" in importer(text, "--table", "import-created", "--format", "jsonl", "--create", "id:S", status=1)
    client.delete_table(TableName="import-created")


def test_csv(importer, client, make_table):
    table = make_table(sk="N")
    text = b'\xef\xbb\xbfpk,sk,note,delay\r\nATL,1,"a ""b"",\r\nc",12\r\n\r\nBOS,2,,\r\nCLT,3,"",-1\r\n'
    importer(text, "--table", table, "--types", "delay:N", name="x.csv")
    assert items_of(client, table) == [
        {"pk": {"S": "ATL"}, "sk": {"N": "1"}, "note": {"S": 'a "b",\r\nc'}, "delay": {"N": "12"}},
        {"pk": {"S": "BOS"}, "sk": {"N": "2"}},
        {"pk": {"S": "CLT"}, "sk": {"N": "3"}, "note": {"S": ""}, "delay": {"N": "-1"}}]


def test_csv_options(importer, client, make_table):
    table = make_table()
    importer("a;1;\nb;;x\n", "--table", table, "--format", "csv", "--columns", "pk,n,s", "--delimiter", ";",
             "--types", "n:S", "--types", "n:N", "--empty", "null", name="x.txt")
    assert items_of(client, table) == [{"pk": {"S": "a"}, "n": {"N": "1"}, "s": {"NULL": True}},
                                       {"pk": {"S": "b"}, "n": {"NULL": True}, "s": {"S": "x"}}]
    assert "no column has the name of the key attribute 'pk'" in importer("a,b\n1,2\n", "--table", table, name="x.csv", status=1)


@pytest.mark.parametrize("text, reason", [
    (b"rubbish\n", "not valid JSON"),
    (b"[1]\n", "not a JSON object"),
    (b'{"pk": "x"\n', "not valid JSON"),
    (b'{"pk": "\xff"}\n', "not valid UTF-8"),
    (b'{"q": "x"}\n', "Missing the key pk in the item"),
    (b'{"pk": ""}\n', "empty string value"),
    (b'{"pk": ["x"]}\n', "an array can't be of type S"),
    (b'{"pk": "x", "n": 1e400}\n', "Number overflow"),
    (b'{"pk": "x", "a": ' + b"[" * 40 + b"]" * 40 + b"}\n", "Nesting Levels have exceeded"),
    (b'{"pk": "x", "a": "' + b"y" * 500_000 + b'"}\n', "Item size has exceeded"),
    (b'{"pk": "x", "a": "' + b"y" * 9_000_000 + b'"}\n', "longer than 8 MB"),
    (b"\0\0\0\n", "not valid JSON"),
], ids=lambda value: value[:20].decode(errors="replace") if isinstance(value, bytes) else "")
def test_bad_lines(importer, client, make_table, text, reason):
    table = make_table()
    said = importer(b'{"pk": "a"}\n' + text + b'{"pk": "b"}\r\n', "--table", table, "--format", "jsonl", status=1)
    assert re.search(r"input\.jsonl:2: .*" + re.escape(reason), said), said
    assert "1 line was not imported" in said and "2 items written" in said
    assert [item["pk"]["S"] for item in items_of(client, table)] == ["a", "b"]


def test_many_bad_lines(importer, client, make_table, tmp_path):
    table = make_table()
    text = "".join('{"pk": "%d"}\nbad\n' % i for i in range(100))
    errors = tmp_path / "errors.txt"
    said = importer(text, "--table", table, "--format", "jsonl", "--errors", str(errors), status=1)
    assert said.count("not valid JSON") == 20 and "100 lines were not imported" in said
    lines = errors.read_text().splitlines()
    assert len(lines) == 100 and ":200: not valid JSON" in lines[-1]
    assert client.scan(TableName=table, Select="COUNT")["Count"] == 100
    summary = json.loads(importer(text, "--table", table, "--format", "jsonl", "--json", status=1).splitlines()[0])
    assert summary == {"table": table, "complete": True, "records": 200, "written": 100, "superseded": 0, "bad": 100, "retries": 0}
    assert "more than 3 lines are bad" in importer(text, "--table", table, "--format", "jsonl", "--max-bad", "3", status=1)
    # A list that is not whole says so.
    assert "not all of them are in /dev/full: No space left" in importer(
        "rubbish\n", "--table", table, "--format", "jsonl", "--errors", "/dev/full", name="other.jsonl", status=1)


def test_the_last_of_a_key_wins(importer, client, make_table):
    table = make_table()
    text = "".join(json.dumps({"pk": str(i % 70), "n": i}) + "\n" for i in range(7000))
    importer(text, "--table", table, "--format", "jsonl")
    assert {int(i["pk"]["S"]): int(i["n"]["N"]) for i in items_of(client, table)} == {k: 6930 + k for k in range(70)}


def test_gzip_and_stdin(importer, client, make_table):
    table = make_table()
    packed = gzip.compress(b'{"pk": "a"}\n') + gzip.compress(b'{"pk": "b"}\n')
    importer(packed, "--table", table, "--format", "jsonl")
    importer(None, "--table", table, "--format", "jsonl", stdin=b'{"pk": "c"}')
    importer(None, "--table", table, stdin=gzip.compress(b'{"Item": {"pk": {"S": "d"}}}'))
    importer(b"pk\ne\n", "--table", table, name="unpacked-on-the-way.csv.gz")  # as browsers do
    importer(b"", "--table", table, name="empty.csv.gz")
    assert [item["pk"]["S"] for item in items_of(client, table)] == ["a", "b", "c", "d", "e"]
    whole = gzip.compress(b"".join(b'{"pk": "%d"}\n' % i for i in range(9000)))
    said = importer(whole[:len(whole) // 2], "--table", table, "--format", "jsonl", status=1)
    assert "cut off" in said


def test_what_is_refused(importer, make_table, tmp_path):
    table = make_table()
    importer("", "--table", table, "--format", "jsonl")
    importer("", "--table", table, name="empty.csv")
    assert "--format" in importer('{"pk": {"S": "a"}}\n', "--table", table, status=1)
    assert "UTF-16" in importer('{"pk": "a"}\n'.encode("utf-16"), "--table", table, "--format", "jsonl", status=1)
    assert "No such file" in importer(None, "--table", table, "--format", "jsonl", name="not-there", status=1)
    assert "is a directory" in importer(None, "--table", table, "--format", "jsonl", name=".", status=1)
    assert "not found" in importer('{"pk": "a"}\n', "--table", "no-such-table", "--format", "jsonl", status=4)
    assert "NAME:TYPE" in importer("", "--table", table, "--format", "jsonl", "--types", "a:X", status=1)
    other = tmp_path / "not-a-state"
    other.write_text("hello")
    assert "not the state of an import" in importer("", "--table", table, "--format", "jsonl", "--resume-file", str(other), status=1)


@pytest.mark.parametrize("text, name, arguments, reason", [
    (None, "not-there.jsonl", ["--format", "jsonl"], "No such file"),
    (None, ".", ["--format", "jsonl"], "is a directory"),
    (b"\x1f\x8brubbish that is no gzip", "x.jsonl", ["--format", "jsonl"], "the gzip data are damaged"),
    (gzip.compress(b'{"pk": "a"}\n')[:10], "x.jsonl.gz", ["--format", "jsonl"], "cut off"),
    (b"hello\n", "x.txt", [], "--format"),
    (b' [{"pk": "a"},\n{"pk": "b"}]', "x.json", [], "jq -c '.[]'"),
    (b"a,b\n1,2\n", "x.csv", [], "no column has the name of the key attribute 'pk': they are a, b;"),
    ('{"pk": "a"}\n'.encode("utf-16"), "x.jsonl", ["--format", "jsonl"], "UTF-16"),
    (b"pk,a\r1,2\r3,4\r", "x.csv", [], "tr '\\r' '\\n'"),
    (b"pk\na\n", "x.csv", ["--resume-file", "/proc/none/x"], "--no-resume"),
])
def test_no_table_is_made_for_files_that_cannot_be_read(importer, client, tmp_path, text, name, arguments, reason):
    command = ["--table", "import-unmade", "--create", "pk:S", *arguments]
    assert reason in importer(text, *command, name=name, status=1)
    if name != ".":  # and not for the good one before it either
        assert reason in importer("pk\na\n", str(tmp_path / name), *command, name="first.csv", status=1)
    assert "import-unmade" not in client.list_tables()["TableNames"]
    assert not list(tmp_path.glob("*.import*"))


def test_a_state_that_cannot_be_kept_is_told_first(importer, client, make_table, small_disk):
    table = make_table()
    subprocess.run(["dd", "if=/dev/zero", f"of={small_disk}/filler", "bs=4k"], check=False, capture_output=True)
    said = importer("pk\na\n", "--table", table, "--resume-file", str(small_disk / "x"), name="x.csv", status=1)
    assert "No space left" in said and "--no-resume" in said
    assert items_of(client, table) == [] and [path.name for path in small_disk.iterdir()] == ["filler"]


@pytest.mark.parametrize("option", ["--errors", "--resume-file"])
def test_an_input_is_never_written_to(importer, make_table, tmp_path, option):
    (tmp_path / "link").symlink_to("input.jsonl")
    said = importer('{"pk": "a"}\n', "--table", make_table(), "--restart", option, str(tmp_path / "link"), status=1)
    assert option + " names" in said
    assert (tmp_path / "input.jsonl").read_text() == '{"pk": "a"}\n'


def test_a_pipe_is_looked_into_before_the_table_is_made(importer, binary, server, client):
    command = ["--table", "import-piped", "--create", "pk:S"]
    assert "--format" in importer(None, *command, stdin=b"hello\n", status=1)
    assert "import-piped" not in client.list_tables()["TableNames"]
    importer(None, *command, stdin=b'{"Item": {"pk": {"S": "a"}}}\n')
    substituted = subprocess.run(
        ["bash", "-c", f"{binary} import <(echo pk; echo b) --format csv --table import-piped --create pk:S --endpoint {server.url}"],
        capture_output=True, text=True, timeout=60, check=False)
    assert substituted.returncode == 0, substituted.stderr
    assert [item["pk"]["S"] for item in items_of(client, "import-piped")] == ["a", "b"]
    client.delete_table(TableName="import-piped")


def lines_of(count):
    """Many keys, some of them several times, each line of about 200 bytes; and what the table must hold in the end."""
    wanted = {}
    lines = []
    for i in range(count):
        key = str(i * 7919 % (count * 3 // 4))
        wanted[key] = i
        lines.append(json.dumps({"Item": {"pk": {"S": key}, "n": {"N": str(i)}, "pad": {"S": "x" * 150}}}))
    return "\n".join(lines) + "\n", wanted


def start_import(binary, url, path, table, *arguments):
    return subprocess.Popen([str(binary), "import", str(path), "--table", table, "--endpoint", url, *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_items(client, table, count):
    assert eventually(30, lambda: client.scan(TableName=table, Select="COUNT", Limit=count)["Count"] >= count)


def end_import(how, binary, server, path, table):
    """Ends an import that has sent 100 KB of it, and can't send more. Its exit code and what it said."""
    valve = Valve(server.port, 100_000)
    try:
        process = start_import(binary, valve.url, path, table, "--connections", "4")
        assert valve.full.wait(30)
        process.send_signal(how)
    finally:
        valve.cut()
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_import_goes_on(binary, server, client, make_table, tmp_path, how):
    table = make_table()
    text, wanted = lines_of(12_000)
    path = tmp_path / "input.json"
    path.write_text(text)
    for _ in range(3):
        code, errors = end_import(how, binary, server, path, table)
        if how == signal.SIGINT:
            assert code == 130 and "goes on where it was" in errors
    process = start_import(binary, server.url, path, table)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, said + errors
    if how == signal.SIGINT:
        assert "going on at line" in errors
    assert {i["pk"]["S"]: int(i["n"]["N"]) for i in items_of(client, table)} == wanted
    assert not (tmp_path / f"input.json.{table}.import").exists()


def test_a_changed_file_is_not_gone_on_with(binary, server, client, make_table, tmp_path):
    table = make_table()
    text, _ = lines_of(12_000)
    path = tmp_path / "input.json"
    path.write_text(text)
    assert end_import(signal.SIGINT, binary, server, path, table)[0] == 130
    path.write_text('{"Item": {"pk": {"S": "other"}}}\n')
    process = start_import(binary, server.url, path, table)
    assert "has changed" in process.communicate(timeout=30)[1] and process.returncode == 1
    process = start_import(binary, server.url, path, table, "--restart")
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Item" in client.get_item(TableName=table, Key={"pk": {"S": "other"}})


def test_a_killed_server(binary, own_server, new_client, tmp_path):
    own_server.start()
    own_server.listen = f"127.0.0.1:{own_server.port}"
    client = new_client(own_server)
    client.create_table(TableName="items", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    text, wanted = lines_of(8_000)
    path = tmp_path / "input.json"
    path.write_text(text)
    process = start_import(binary, own_server.url, path, "items")
    for round_number in range(2):
        wait_for_items(client, "items", 500 * (round_number + 1))
        own_server.kill()
        own_server.start()
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, said + errors
    assert {i["pk"]["S"]: int(i["n"]["N"]) for i in items_of(client, "items")} == wanted


def test_a_server_that_stays_away(binary, own_server, new_client, tmp_path):
    own_server.start()
    client = new_client(own_server)
    client.create_table(TableName="items", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    text, _ = lines_of(8_000)
    path = tmp_path / "input.json"
    path.write_text(text)
    process = start_import(binary, own_server.url, path, "items", "--patience", "1")
    wait_for_items(client, "items", 100)
    own_server.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3 and "nothing could be written" in errors and "goes on where it was" in errors
