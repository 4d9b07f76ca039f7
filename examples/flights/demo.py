#!/usr/bin/python3
"""The main job of Millrace, shown on real flights.

    demo.py --endpoint http://127.0.0.1:8000 --build-dir build/release

Loads about 20,000 flights through the DynamoDB API with an unmodified boto3. Every write travels: table `flights`, change log,
ZeroMQ, the handler `airport_delays` in its sandboxed process, whose statistics land in the table `airports` exactly once; and a
pipeline writes it to gzip files. Then three equalities are checked: the statistics equal those computed straight from the input; each
table, rebuilt from the change log alone, equals the live one; the records in the files are those of the stream, once each. At the end
it asks the log an audit question. Exit status 0 when all three hold.

Running it again replaces its own tables, function, mapping and pipeline, and nothing else. The files of each run stay, in a folder of
their own below --files.
"""
import argparse
import concurrent.futures
import csv
import datetime
import gzip
import json
import pathlib
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "flights-20k.csv.gz"
FLIGHTS, AIRPORTS, FUNCTION, PIPELINE = "flights", "airports", "airport_delays", "flights_to_files"
BATCH = 25  # items a BatchWriteItem
HANDLER_DEADLINE_S = 120
FILES_DEADLINE_S = 60


class Millrace:
    """Millrace's own operations: the same wire form as DynamoDB's, under a target of their own."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def call(self, operation, **body):
        request = urllib.request.Request(self.endpoint, json.dumps(body).encode(), {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "Millrace_20261121." + operation,
            "X-Amz-Date": "20261121T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=demo/20261121/us-east-1/dynamodb/aws4_request, "
                             "SignedHeaders=host, Signature=" + "0" * 64,
        })
        try:
            with urllib.request.urlopen(request, timeout=300) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            reply = json.load(error)
            raise RuntimeError(f"{operation}: {reply.get('__type')}: {reply.get('message')}") from None


def read_flights():
    opener = gzip.open if DATA.suffix == ".gz" else open
    with opener(DATA, "rt", newline="") as lines:
        return list(csv.DictReader(lines))


def expected_statistics(flights):
    statistics = {}
    for flight in flights:
        delay = int(flight["delay"])
        count, total, maximum = statistics.get(flight["origin"], (0, 0, None))
        statistics[flight["origin"]] = (count + 1, total + delay, delay if maximum is None else max(maximum, delay))
    return statistics


def remove_what_an_earlier_run_made(client, millrace):
    for mapping in millrace.call("ListEventSourceMappings", FunctionName=FUNCTION)["EventSourceMappings"]:
        millrace.call("DeleteEventSourceMapping", UUID=mapping["UUID"])
    if PIPELINE in {pipeline["PipelineName"] for pipeline in millrace.call("ListPipelines")["Pipelines"]}:
        millrace.call("DeletePipeline", PipelineName=PIPELINE)
    names = {function["FunctionName"] for function in millrace.call("ListFunctions")["Functions"]}
    if FUNCTION in names:
        millrace.call("DeleteFunction", FunctionName=FUNCTION)
    for table in (FLIGHTS, AIRPORTS):
        try:
            client.delete_table(TableName=table)
        except client.exceptions.ResourceNotFoundException:
            pass


def create(client, name, keys, stream=None):
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": stream} if stream else {"StreamEnabled": False})
    return client.describe_table(TableName=name)["Table"]


def item_of(line, flight):
    return {"pk": {"S": flight["origin"]}, "sk": {"S": f"{flight['date']}#{line:05d}"},
            "date": {"S": flight["date"]}, "delay": {"N": flight["delay"]},
            "distance": {"N": flight["distance"]}, "destination": {"S": flight["destination"]}}


def load(client, flights):
    def put(items):
        while items:
            reply = client.batch_write_item(RequestItems={FLIGHTS: items})
            items = reply["UnprocessedItems"].get(FLIGHTS)

    requests = [{"PutRequest": {"Item": item_of(line, flight)}} for line, flight in enumerate(flights, 1)]
    batches = [requests[start:start + BATCH] for start in range(0, len(requests), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in pool.map(put, batches):
            pass


def scan(client, table):
    return [item for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]


def statistics_in(client):
    return {item["pk"]["S"]: tuple(int(item[name]["N"]) for name in ("count", "sum", "maximum"))
            for item in scan(client, AIRPORTS)}


def wait_for_handler(client, flights, started):
    """Until every flight is counted."""
    while True:
        counted = sum(count for count, _, _ in statistics_in(client).values())
        if counted >= flights or time.monotonic() - started > HANDLER_DEADLINE_S:
            return counted
        time.sleep(0.05)


def wait_for_files(millrace, started):
    """Until every record is in a finished file."""
    while True:
        pipeline = millrace.call("DescribePipeline", PipelineName=PIPELINE)
        if pipeline["Lag"]["Records"] == 0 or time.monotonic() - started > FILES_DEADLINE_S:
            return pipeline
        time.sleep(0.05)


def essence(record):
    change = record["dynamodb"]
    return (change["SequenceNumber"], record["eventName"], change["Keys"], change.get("NewImage"), change.get("OldImage"))


def records_in_files(directory):
    """Of the files that the manifest names."""
    for line in (directory / "manifest.jsonl").read_text(encoding="utf-8").split("\n")[:-1]:
        entry = json.loads(line)
        if entry["type"] == "file":
            with gzip.open(directory / entry["name"], "rt", encoding="utf-8") as lines:
                yield from (essence(json.loads(record)) for record in lines)


def records_in_stream(streams, arn):
    shards, last = [], {}
    while True:
        page = streams.describe_stream(StreamArn=arn, **last)["StreamDescription"]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            break
        last = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    for shard in shards:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"],
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            yield from map(essence, page["Records"])
            iterator = page.get("NextShardIterator") if page["Records"] else None


def compare_files_with_log(streams, arn, millrace, directory):
    """Read twice, independently: here over the Streams API, and by the server from the log itself."""
    in_files, in_stream = list(records_in_files(directory)), list(records_in_stream(streams, arn))
    key = lambda record: record[0]  # noqa: E731
    same = sorted(in_files, key=key) == sorted(in_stream, key=key) and len({key(record) for record in in_files}) == len(in_files)
    report = millrace.call("VerifyPipeline", PipelineName=PIPELINE)
    same = same and report["Intact"]
    print(f"  {'equal' if same else 'DIFFERENT'}: {len(in_files):,} records in {report['Files']} files, and {len(in_stream):,} of the "
          f"table's stream, once each")
    for problem in report["Problems"]:
        print("    " + problem)
    return same


def show_audit(millrace, airport):
    records, token = [], {}
    while True:
        page = millrace.call("GetItemHistory", TableName=AIRPORTS, Key={"pk": {"S": airport}}, **token)
        records += page["Records"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    print(f"\nThe log also knows how it came to be. Which flights raised {airport}'s maximum delay, and when?\n")
    maximum = None
    for record in records:
        image = record["dynamodb"].get("NewImage")
        if image is None or (maximum is not None and int(image["maximum"]["N"]) <= maximum):
            continue
        maximum = int(image["maximum"]["N"])
        when = datetime.datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], datetime.timezone.utc)
        print(f"  {when:%H:%M:%S.%f}"[:-3] + f"  {maximum:5d} min  flight {image['max_flight']['S']}")
    print(f"\n  from {len(records)} recorded versions of one item")


def main():
    parser = argparse.ArgumentParser(description="Millrace's main job on real flights.")
    parser.add_argument("--endpoint", default="http://127.0.0.1:8000")
    parser.add_argument("--files", default=None, help="where the pipeline writes; by default a temporary directory")
    parser.add_argument("--build-dir", default="build/release", help="where the handler airport_delays was built")
    arguments = parser.parse_args()
    account = {"endpoint_url": arguments.endpoint, "region_name": "us-east-1", "aws_access_key_id": "demo",
               "aws_secret_access_key": "demo"}
    client, streams = boto3.client("dynamodb", **account), boto3.client("dynamodbstreams", **account)
    millrace = Millrace(arguments.endpoint)
    flights = read_flights()
    expected = expected_statistics(flights)

    remove_what_an_earlier_run_made(client, millrace)
    stream = create(client, FLIGHTS, ("pk", "sk"), "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
    create(client, AIRPORTS, ("pk",), "NEW_AND_OLD_IMAGES")
    binary = (pathlib.Path(arguments.build_dir) / FUNCTION).resolve()
    millrace.call("CreateFunction", FunctionName=FUNCTION, Code={"Path": str(binary)}, Timeout=10)
    millrace.call("CreateEventSourceMapping", FunctionName=FUNCTION, EventSourceArn=stream, BatchSize=100,
                  StartingPosition="TRIM_HORIZON")
    directory = pathlib.Path(arguments.files or tempfile.mkdtemp(prefix="millrace-flights.")).resolve()
    directory /= f"flights-{datetime.datetime.now():%Y%m%d-%H%M%S.%f}"
    millrace.call("CreatePipeline", PipelineName=PIPELINE, TableName=FLIGHTS, Directory=str(directory), RollSeconds=1)
    print(f"Made the tables {FLIGHTS} and {AIRPORTS}, the function {FUNCTION} with its event source mapping,\n"
          f"and a pipeline from {FLIGHTS} to files in {directory}.")

    started = time.monotonic()
    load(client, flights)
    loaded = time.monotonic()
    print(f"Loaded {len(flights):,} flights with boto3 in {loaded - started:.1f} s "
          f"({len(flights) / (loaded - started):,.0f} a second).")
    counted = wait_for_handler(client, len(flights), loaded)
    print(f"The handler has counted {counted:,} flights at {len(expected)} airports, "
          f"{max(0.0, time.monotonic() - loaded):.1f} s after the last write.\n")

    actual = statistics_in(client)
    equal = actual == expected
    print(f"  {'equal' if equal else 'DIFFERENT'}: the statistics of {len(actual)} airports and those computed from the input")
    for airport in [name for name in expected if actual.get(name) != expected[name]][:5]:
        print(f"    {airport}: is {actual.get(airport)}, should be {expected[airport]}")
    for table in (FLIGHTS, AIRPORTS):
        report = millrace.call("VerifyTable", TableName=table)
        same = report["Equal"] and report["Chain"]["Intact"]
        equal = equal and same
        print(f"  {'equal' if same else 'DIFFERENT'}: table {table}, {report['LiveItems']:,} items, and its rebuild from "
              f"{report['Records']:,} records of the log")
        if not same:
            print("    " + json.dumps(report.get("FirstDifference") or report["Chain"]))

    wait_for_files(millrace, time.monotonic())
    equal = compare_files_with_log(streams, stream, millrace, directory) and equal

    print("\n  airport  flights  mean delay  maximum")
    for airport, (count, total, maximum) in sorted(actual.items(), key=lambda row: -row[1][0])[:5]:
        print(f"  {airport:7}  {count:7,}  {total / count:6.1f} min  {maximum:3} min")
    show_audit(millrace, "ATL")
    return 0 if equal else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
