"""CDC to files, by the command line and a real server: kill -9 at each point of a file's making, and the files equal the log."""
import gzip
import hashlib
import json
import subprocess
import threading
import time

import pytest

from eventually import eventually
from test_durability import TABLE, write_until
from test_streams import read_all


@pytest.fixture
def cdc(binary, own_server):
    """cdc("list", ...): runs `millrace cdc`; its output, parsed with --json."""
    def run(*arguments, status=0):
        command = [str(binary), "cdc", *arguments, "--endpoint", own_server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        if status:
            return done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout
    return run


def lines_of(directory):
    """Every record of the files that the manifest lists, in order. Checks what the manifest says of each file."""
    records = []
    manifest = (directory / "manifest.jsonl").read_text().splitlines()
    for line in map(json.loads, manifest):
        if line["type"] != "file":
            continue
        data = (directory / line["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (line["bytes"], line["sha256"])
        text = gzip.decompress(data)
        assert len(text) == line["uncompressedBytes"] and text.count(b"\n") == line["records"]
        records += map(json.loads, text.splitlines())
    return records


def drained(cdc, name="p"):
    """Nothing of the table waits any more."""
    def done():
        pipeline = cdc("describe", name, "--json")
        assert pipeline["Gaps"] == 0 and "LastGap" not in pipeline
        return pipeline["Lag"]["Records"] == 0
    return eventually(60, done)


def sequence(record):
    return record["shard"], int(record["dynamodb"]["SequenceNumber"])


def check_equal_to_stream(new_client, server, directory):
    """The files' records are the stream's, once each, in order; and so are the images."""
    client, streams = new_client(server), new_client(server, "dynamodbstreams")
    arn = client.describe_table(TableName="counters")["Table"]["LatestStreamArn"]
    of_stream = {}
    for record in read_all(streams, arn):
        of_stream[int(record["dynamodb"]["SequenceNumber"])] = record
    records = lines_of(directory)
    in_files = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert len(in_files) == len(set(in_files)), "a record is there twice"
    assert set(in_files) == set(of_stream), "a record is missing"
    for shard in range(4):
        own = [sequence(record) for record in records if record["shard"] == shard]
        assert own == sorted(own)
    for record in records:
        other = of_stream[int(record["dynamodb"]["SequenceNumber"])]
        assert record["eventID"] == other["eventID"] and record["eventName"] == other["eventName"]
        for image in ("Keys", "NewImage", "OldImage"):
            assert record["dynamodb"].get(image) == other["dynamodb"].get(image)
        assert record["tableName"] == "counters" and record["principal"] == "tester"


def folded(directory):
    items = {}
    for record in lines_of(directory):
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        if record["op"] == "d":
            items.pop(key, None)
        else:
            items[key] = record["dynamodb"]["NewImage"]
    return items


POINTS = ["cdc.file.write", "cdc.sealed", "cdc.intended", "cdc.renamed", "cdc.published", "cdc.manifest.torn",
          "cdc.manifest.written", "cdc.manifested", "cdc.committed"]


@pytest.mark.parametrize("point", POINTS)
def test_death_at_each_point_of_a_file(own_server, new_client, cdc, tmp_path, point):
    directory = tmp_path / "files"
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    cdc("create", "p", "--table", "counters", "--to", str(directory), "--roll-seconds", "1", "--roll-bytes", "20000")
    assert own_server.stop() == 0
    items = {}
    for passages in (1, 3):
        own_server.environment = {"MILLRACE_FAULT": f"{point}:{passages}"}
        own_server.start()
        writers = write_until(own_server, items, lambda _: None)
        items = {writer.key: writer.acknowledged + 1 for writer in writers}
        own_server.environment = {}
        own_server.start()
        items = {item["pk"]["S"]: int(item["v"]["N"])
                 for item in new_client(own_server).scan(TableName="counters", ConsistentRead=True)["Items"]}
        assert drained(cdc)
        check_equal_to_stream(new_client, own_server, directory)
        assert "once, in order" in cdc("verify", "p")
        assert own_server.stop() == 0


def test_kill_9_at_any_time_under_load_with_a_snapshot(own_server, new_client, cdc, tmp_path):
    directory = tmp_path / "files"
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    for i in range(200):
        own_server.ok("PutItem", {"TableName": "counters", "Item": {"pk": {"S": f"old-{i}"}, "v": {"N": "1"}}})
    cdc("create", "p", "--table", "counters", "--to", str(directory), "--snapshot", "--roll-seconds", "1",
        "--roll-bytes", "20000")
    items = {}
    for wanted in (20, 150, 400):
        def kill(writers, wanted=wanted):
            assert eventually(60, lambda: sum(writer.counted for writer in writers) > wanted)
            own_server.process.kill()
        write_until(own_server, items, kill)
        own_server.start()
        scanned = new_client(own_server).scan(TableName="counters", ConsistentRead=True)["Items"]
        items = {item["pk"]["S"]: int(item["v"]["N"]) for item in scanned}
        assert drained(cdc)
        assert folded(directory) == {item["pk"]["S"]: item for item in scanned}
        report = cdc("verify", "p", "--json")
        assert report["Intact"] and report["SnapshotRecords"] >= 200, report
    assert "once, in order" in cdc("verify", str(directory) + "/")
    assert own_server.stop() == 0


def test_from_creation_to_deletion(own_server, cdc, tmp_path):
    directory = tmp_path / "files"
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    assert cdc("list").strip() == "There are no pipelines. Make one: millrace cdc create --help"
    cdc("create", "p", "--table", "counters", "--to", str(directory), "--roll-seconds", "1")
    assert "ResourceConflictException" in cdc("create", "p", "--table", "counters", "--to", str(tmp_path / "x"), status=4)

    def put(n):
        own_server.ok("PutItem", {"TableName": "counters", "Item": {"pk": {"S": "k"}, "v": {"N": str(n)}}})

    put(1)
    assert drained(cdc)
    cdc("pause", "p")
    put(2)
    paused = cdc("describe", "p", "--json")
    assert (paused["State"], paused["Lag"]["Records"]) == ("PAUSED", 1)
    cdc("resume", "p")
    assert drained(cdc)
    cdc("update", "p", "--roll-bytes", "5000000")
    assert cdc("describe", "p", "--json")["RollBytes"] == 5000000
    assert cdc("list", "--json")["Pipelines"][0]["Files"] == 2
    assert [record["dynamodb"]["NewImage"]["v"]["N"] for record in lines_of(directory)] == ["1", "2"]
    # A table made again is another one.
    own_server.ok("DeleteTable", {"TableName": "counters"})
    own_server.ok("CreateTable", TABLE)
    put(3)
    assert eventually(30, lambda: cdc("describe", "p", "--json")["State"] == "ENDED")
    assert len(lines_of(directory)) == 2
    cdc("delete", "p")
    assert "ResourceNotFoundException" in cdc("describe", "p", status=4)
    assert len(lines_of(directory)) == 2
    # What the files lack is found.
    name = next(path for path in sorted(directory.iterdir()) if path.name.endswith(".gz"))
    data = bytearray(name.read_bytes())
    data[len(data) // 2] ^= 4
    name.write_bytes(data)
    assert "problem" in cdc("verify", str(directory) + "/", status=1)
    assert own_server.stop() == 0


def test_what_is_refused_says_what_to_do(own_server, cdc, tmp_path):
    own_server.start()
    table = {**TABLE, "StreamSpecification": {"StreamEnabled": False}}
    own_server.ok("CreateTable", table)
    text = cdc("create", "p", "--table", "counters", "--to", str(tmp_path / "f"), "--view", "OLD_IMAGE", status=4)
    assert "aws dynamodb update-table --table-name counters --stream-specification" in text
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("x")
    assert "is not empty" in cdc("create", "p", "--table", "counters", "--to", str(tmp_path / "used"), status=4)
    assert "ResourceNotFoundException" in cdc("create", "p", "--table", "nobody", "--to", str(tmp_path / "f"), status=4)
    assert "RollSeconds must be between" in cdc("create", "p", "--table", "counters", "--to", str(tmp_path / "f"),
                                                "--roll-seconds", "0", status=4)
    for path in (b"not-utf8-\xff", ""):
        assert "--to is not the path" in cdc("create", "p", "--table", "counters", "--to", path, status=1)
    cdc("create", "p", "--table", "counters", "--to", str(tmp_path / "own"))
    (tmp_path / "link").symlink_to("own")
    assert "is that of the pipeline p" in cdc("create", "q", "--table", "counters", "--to", str(tmp_path / "link"), status=4)
    assert "nothing to change" in cdc("update", "p", status=1)
    assert "manifest" in cdc("verify", str(tmp_path) + "/", status=1)
    name, _ = own_server.error("Millrace_20261121.CreatePipeline", {"PipelineName": "p"})
    assert name == "ValidationException"
    assert own_server.stop() == 0


def test_a_snapshot_that_was_not_finished_is_said(own_server, cdc, tmp_path):
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    own_server.ok("PutItem", {"TableName": "counters", "Item": {"pk": {"S": "k"}}})
    own_server.ok("Millrace_20261121.CreatePipeline", {"PipelineName": "p", "TableName": "counters", "Snapshot": True,
                                                       "Directory": str(tmp_path / "f"), "Paused": True})
    own_server.ok("DeleteTable", {"TableName": "counters"})
    cdc("resume", "p")
    assert eventually(30, lambda: cdc("describe", "p", "--json")["State"] == "ENDED")
    assert cdc("verify", "p", "--json")["SnapshotComplete"] is False
    for what in ("p", str(tmp_path / "f")):
        assert "before the snapshot was complete: items are missing" in cdc("verify", what)
    assert own_server.stop() == 0


@pytest.mark.parametrize("table", ["t" * 255, ".hid.den"])
def test_any_tables_files_can_be_made_and_found(own_server, cdc, tmp_path, table):
    own_server.start()
    own_server.ok("CreateTable", {**TABLE, "TableName": table})
    cdc("create", "p", "--table", table, "--to", str(tmp_path / "f"), "--roll-seconds", "1", "--snapshot")
    own_server.ok("PutItem", {"TableName": table, "Item": {"pk": {"S": "k"}}})
    assert drained(cdc)
    assert "Every record is there once" in cdc("verify", "p")
    found = subprocess.run(f"cat {tmp_path}/f/*.jsonl.gz | gzip -d", shell=True, capture_output=True, check=True).stdout
    assert [json.loads(line)["tableName"] for line in found.splitlines()] == [table]
    assert own_server.stop() == 0


def test_a_disk_that_is_full_for_a_while(own_server, new_client, cdc, small_disk):
    directory = small_disk / "files"
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    cdc("create", "p", "--table", "counters", "--to", str(directory), "--roll-seconds", "1")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 290_000)
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            n += 1
            own_server.ok("PutItem", {"TableName": "counters",
                                      "Item": {"pk": {"S": f"k{n % 50}"}, "v": {"N": str(n)}, "x": {"S": f"{n:0300}"}}})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        retrying = eventually(60, lambda: cdc("describe", "p", "--json")["FailedAttempts"] >= 2 and cdc("describe", "p", "--json"))
        assert retrying["State"] == "RETRYING" and "No space left" in retrying["LastError"]
        assert "No space left" in cdc("describe", "p")
    finally:
        stop.set()
        writer.join()
    ballast.unlink()
    cdc("resume", "p")
    assert drained(cdc)
    check_equal_to_stream(new_client, own_server, directory)
    assert "once, in order" in cdc("verify", "p")
    assert own_server.stop() == 0


def test_a_line_names_the_service_when_an_items_time_is_over(own_server, cdc, tmp_path):
    directory = tmp_path / "files"
    own_server.start()
    own_server.ok("CreateTable", TABLE)
    cdc("create", "p", "--table", "counters", "--to", str(directory), "--roll-seconds", "1")
    own_server.ok("UpdateTimeToLive", {"TableName": "counters",
                                       "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}})
    for key in ("by time", "by hand"):
        ends = {"ends": {"N": str(int(time.time()) - 10)}} if key == "by time" else {}
        own_server.ok("PutItem", {"TableName": "counters", "Item": {"pk": {"S": key}, **ends}})
    own_server.ok("DeleteItem", {"TableName": "counters", "Key": {"pk": {"S": "by hand"}}})

    def removed():
        if not (directory / "manifest.jsonl").exists():
            return None
        lines = {r["dynamodb"]["Keys"]["pk"]["S"]: r for r in lines_of(directory) if r["op"] == "d"}
        return lines if len(lines) == 2 else None
    lines = eventually(60, removed)
    assert lines["by time"]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert "userIdentity" not in lines["by hand"]
