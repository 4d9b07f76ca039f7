#!/usr/bin/python3
"""Hands on the events of an outbox's files, each once.

    ship.py DIRECTORY SHIPPED

DIRECTORY is a pipeline's; SHIPPED gets, for each of its files that has events, a file of the same
name with the events alone, one JSON object a line, in order. Run it as often as you like: what has been
shipped is left alone, and a file appears whole or not at all.
"""
import gzip
import json
import os
import pathlib
import sys


def finished_files(directory):
    """Those that the manifest names; a last line without an end is still being written."""
    manifest = directory / "manifest.jsonl"
    lines = manifest.read_text(encoding="utf-8").split("\n")[:-1] if manifest.exists() else []
    return [entry["name"] for entry in map(json.loads, lines) if entry["type"] == "file"]


def events_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as records:
        for record in map(json.loads, records):
            if record["eventName"] == "INSERT":  # removing an event from the outbox is housekeeping
                image = record["dynamodb"]["NewImage"]
                yield {"topic": image["topic"]["S"], "id": image["id"]["S"], "body": json.loads(image["body"]["S"])}


def ship(source, target):
    events = list(events_of(source))
    if not events:
        return 0
    unfinished = target.with_name(f".{target.name}.tmp")
    with open(unfinished, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(event) + "\n" for event in events)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(target)
    return len(events)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    directory, shipped = map(pathlib.Path, sys.argv[1:])
    shipped.mkdir(parents=True, exist_ok=True)
    count = 0
    for name in finished_files(directory):
        target = shipped / name.removesuffix(".gz")
        if not target.exists():
            count += ship(directory / name, target)
    print(f"shipped {count} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
