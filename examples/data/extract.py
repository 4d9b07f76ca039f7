#!/usr/bin/python3
"""Makes flights-20k.csv.gz from flights-20k.json of npm's vega-datasets.

    npm pack vega-datasets@3.2.1 && tar xzf vega-datasets-3.2.1.tgz
    examples/data/extract.py package/data/flights-20k.json

The order of the flights is kept: the line number is part of their key. The archive carries no time stamp, so that the same input
gives the same bytes.
"""
import csv
import gzip
import io
import json
import pathlib
import sys

COLUMNS = ("date", "delay", "distance", "origin", "destination")


def main():
    flights = json.loads(pathlib.Path(sys.argv[1]).read_text())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([flight[column] for column in COLUMNS] for flight in flights)
    target = pathlib.Path(__file__).resolve().parent / "flights-20k.csv.gz"
    with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as archive:
        archive.write(text.getvalue().encode())
    print(f"{target.name}: {len(flights)} flights, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
