#!/usr/bin/python3
"""Makes flights-20k.csv.gz from npm's vega-datasets. The result is checked in; this says where it came from.

    extract.py [OUTPUT]      needs npm and a network; the output is the same bytes every time
"""
import csv
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "vega-datasets@3.2.1"
MEMBER = "package/data/flights-20k.json"
GIT_SHA1 = "20c920b46db4f664bed3e1420b8348527cd7c41e"  # as the package's datapackage.json states it
COLUMNS = ["date", "delay", "distance", "origin", "destination"]
HERE = pathlib.Path(__file__).resolve().parent


def fetch():
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        (archive,) = pathlib.Path(directory).glob("*.tgz")
        with tarfile.open(archive) as tar:
            return tar.extractfile(MEMBER).read()


def main():
    output = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "flights-20k.csv.gz")
    source = fetch()
    if hashlib.sha1(b"blob %d\0" % len(source) + source).hexdigest() != GIT_SHA1:
        sys.exit(f"{MEMBER} is not the file that this script was written for")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(json.loads(source))
    # No name and no time in the gzip header, so that the same input gives the same bytes.
    output.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    print(f"{output}: {text.getvalue().count(chr(10)) - 1} flights")


if __name__ == "__main__":
    main()
