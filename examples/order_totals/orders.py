#!/usr/bin/python3
"""Writes orders, and checks that the totals equal them.

    orders.py load [--orders N] [--seed N]    places orders, changes some, removes others
    orders.py check                           waits for the handler; exit status 1 if a total is wrong

The server is the one that MILLRACE_ENDPOINT names. A server that goes away is waited for, and the
same write made again: an order put twice is one order.
"""
import argparse
import os
import random
import sys
import time

import boto3
import botocore.config
import botocore.exceptions

CUSTOMERS = [f"customer-{number}" for number in range(20)]


def table(name):
    endpoint = os.environ.get("MILLRACE_ENDPOINT", "http://127.0.0.1:8000")
    return boto3.resource("dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="shop",
                          aws_secret_access_key="shop", config=botocore.config.Config(
                              retries={"total_max_attempts": 1})).Table(name)


def insist(write, **parameters):
    """Makes a write, again and again while nobody answers."""
    while True:
        try:
            return write(**parameters)
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
            time.sleep(0.1)


def load(count, seed):
    orders, dice = table("orders"), random.Random(seed)
    placed = []
    for number in range(count):
        action = dice.random()
        if placed and action < 0.1:
            insist(orders.delete_item, Key=placed.pop(dice.randrange(len(placed))))
            continue
        if placed and action < 0.2:
            key = dice.choice(placed)  # a change of mind
        else:
            key = {"customer": dice.choice(CUSTOMERS), "placed": number}
            placed.append(key)
        insist(orders.put_item, Item={**key, "cents": dice.randrange(100, 10000)})
    print(f"{len(placed)} orders are in the table after {count} writes")


def items(name):
    pages = table(name).meta.client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def totals_of(orders):
    totals = {}
    for order in orders:
        count, cents = totals.get(order["customer"], (0, 0))
        totals[order["customer"]] = (count + 1, cents + order["cents"])
    return totals


def kept_totals():
    return {item["customer"]: (item["orders"], item["cents"]) for item in items("totals") if item["orders"] != 0}


def check(deadline_s):
    expected, end = totals_of(items("orders")), time.monotonic() + deadline_s
    while kept_totals() != expected and time.monotonic() < end:
        time.sleep(0.1)
    kept = kept_totals()
    for customer in sorted(expected.keys() | kept.keys()):
        if kept.get(customer) != expected.get(customer):
            print(f"{customer}: the total is {kept.get(customer)}, the orders make {expected.get(customer)}")
    print("equal" if kept == expected else "DIFFERENT")
    return 0 if kept == expected else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load")
    loading.add_argument("--orders", type=int, default=2000)
    loading.add_argument("--seed", type=int, default=1)
    commands.add_parser("check").add_argument("--deadline", type=float, default=60, help="seconds to wait for the handler")
    arguments = parser.parse_args()
    if arguments.command == "check":
        return check(arguments.deadline)
    load(arguments.orders, arguments.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
