"""Rows of a whole server with clients of ours: the native client, import, and writes beside their followers."""
import json
import pathlib
import statistics
import subprocess
import time

import sides
from rows import missing_row, row, run_program
from sides import BUILD, BenchError, eventually

IMPORT_ITEMS = 400_000  # of 1 KB
KEEP_UP_S = 2  # what may be behind when the load ends

NATIVE_ONE = "native client, GetItem one at a time, p50"
NATIVE_MANY = "native client, GetItem with 64 in flight"
IMPORT = "import of DynamoDB JSON"
BUSY = "PutItem while a CDC pipeline and a mapping keep up, against PutItem alone"
ROWS = [NATIVE_ONE, NATIVE_MANY, IMPORT, BUSY]


def millrace(server, *arguments):
    done = subprocess.run([BUILD / "millrace", *arguments, "--endpoint", server.url], capture_output=True, text=True,
                          timeout=600)
    if done.returncode != 0:
        raise BenchError(f"millrace {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def native_rows(options):
    data = sides.fresh_directory("native")
    endpoint = f"ipc://{data}/native.sock"
    server = sides.start_millrace(data, "native", "--native", endpoint)
    try:
        sides.create_table(server, "bench", keys=("pk",))
        one, many = [], []
        for _ in range(options.rounds):
            seen = run_program("bench_client", endpoint, "--seconds", str(options.seconds), data=False)
            one.append(seen["client_get_p50"])
            many.append(seen["client_get_in_flight_64"])
        yield row(NATIVE_ONE, statistics.median(one), 100, "us", better="lower")
        yield row(NATIVE_MANY, statistics.median(many), 150_000, "req/s")
    finally:
        server.stop()
        sides.remove_directory("native")


def import_rows(_):
    data = sides.fresh_directory("import")
    source = pathlib.Path(data) / "items.json"
    with open(source, "w") as file:
        for i in range(IMPORT_ITEMS):
            item = {"pk": {"S": f"p{i % 1000}"}, "sk": {"S": f"s{i}"}, "payload": {"S": "x" * 960}, "n": {"N": str(i)}}
            file.write(json.dumps({"Item": item}) + "\n")
    server = sides.start_millrace(pathlib.Path(data) / "store", "import")
    try:
        sides.create_table(server, "imported")
        started = time.monotonic()
        millrace(server, "import", source, "--table", "imported", "--format", "dynamodb-json")
        yield row(IMPORT, IMPORT_ITEMS / (time.monotonic() - started), 40_000, "items/s")
    finally:
        server.stop()
        sides.remove_directory("import")


def busy_rows(options):
    """The same table and load with nobody following, and with both."""
    alone, busy = (sides.start_millrace(sides.fresh_directory(name), name) for name in ("alone", "busy"))
    try:
        for server in (alone, busy):
            sides.create_and_fill(server, "NEW_AND_OLD_IMAGES")
        files = sides.fresh_directory("busy files")
        millrace(busy, "cdc", "create", "bench", "--table", "bench", "--to", files, "--roll-seconds", "1")
        millrace(busy, "function", "create", "noop", BUILD / "bench_trigger_handler", "--env", "MODE=noop")
        millrace(busy, "mapping", "create", "noop", "bench", "--batch-size", "1000")
        rates = {"alone": [], "busy": []}
        for number in range(-1, options.rounds):  # the first one warms up
            for name, server in (("alone", alone), ("busy", busy)):
                result = sides.load(server, "put", options.seconds)
                if number >= 0:
                    rates[name].append(result["req_per_s"])
            if not eventually(KEEP_UP_S, lambda: caught_up(busy)):
                raise BenchError(f"the followers were more than {KEEP_UP_S} s behind when the load ended")
        yield row(BUSY, statistics.median(rates["busy"]), 0.6, "req/s", rival=statistics.median(rates["alone"]))
    finally:
        for server in (alone, busy):
            server.stop()
        for name in ("alone", "busy", "busy files"):
            sides.remove_directory(name)


def caught_up(server):
    pipeline = json.loads(millrace(server, "cdc", "describe", "bench", "--json"))
    mappings = json.loads(millrace(server, "mapping", "list", "--json"))["EventSourceMappings"]
    return is_even(pipeline) and all(is_even(mapping) for mapping in mappings)


def is_even(description):
    """No shard of it has a record left."""
    return all(shard.get("LagRecords", 0) == 0 and shard.get("LagMillis", 0) < 1000 * KEEP_UP_S
               for shard in description.get("Shards", []))


def measure(names, options):
    for wanted, rows_of in (([NATIVE_ONE, NATIVE_MANY], native_rows), ([IMPORT], import_rows), ([BUSY], busy_rows)):
        chosen = [name for name in wanted if name in names]
        if not chosen:
            continue
        try:
            made = {r["name"]: r for r in rows_of(options)}
            yield from (made[name] for name in chosen)
        except (BenchError, OSError, KeyError, subprocess.SubprocessError) as error:
            yield from (missing_row(name, None, error) for name in chosen)
