#!/usr/bin/python3
"""The driver behind ./bench: measures the rows of the speed table and says which hold.

usage: bench.py [--json FILE] [--rows REGEX] [--rounds N] [--seconds N] [--list]

Sides of one group are loaded by turns (round 1 of each, round 2 of each..., every other round in
reverse: what a server does once its load has ended slows the one that comes next), and a row holds
medians over the rounds. A row is {name, ours, rival, ratio, target, ok, unit} and what else was seen
(cpu_us: server processor time a request). Where there is a rival, `target` is the ratio to reach;
otherwise it is the number to reach or to stay below (`better` says which). Exit status 1 if a row
that was asked for could not be measured; a missed target is a result, not a failure.
"""
import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys

import in_process
import pipelines
import sides
from rows import missing_row, row
from sides import BenchError

STORE_ITEMS = 1_000_000  # of 1 KB: 1 GB
START_REPEATS = 5
BLOCK_CACHE_MB = 256  # millrace serve's default

# name, workload, side, rival's workload, rival's side, ratio to reach
LOADS = [
    ("GetItem against dynoxide in memory", "get", "millrace", "get", "dynoxide memory", 2.2),
    ("GetItem against the floor", "get", "millrace", "get", "floor", 0.55),
    ("Query of 10 items against dynoxide in memory", "query", "millrace", "query", "dynoxide memory", 2.5),
    ("PutItem sync against dynoxide on a file", "put", "millrace", "put", "dynoxide file", 5.0),
    ("UpdateItem sync against our PutItem", "update", "millrace", "put", "millrace", 0.8),
    ("one hot key, 64 writers, against our PutItem", "hot", "millrace", "put", "millrace", 0.5),
    ("PutItem sync with one GSI against without", "put", "millrace gsi", "put", "millrace", 0.6),
    ("TransactWrite of 4 items sync against dynoxide on a file", "transact", "millrace", "transact", "dynoxide file", 3.0),
]
GROUPS = [("get",), ("query",), ("put", "update", "hot"), ("transact",)]
# With --baseline: our own rows against an earlier build, in the same rounds.
BASELINE_LOADS = [(f"{what} against the baseline", workload, "millrace", workload, "baseline", 0.95)
                  for what, workload in (("GetItem", "get"), ("Query of 10 items", "query"), ("PutItem sync", "put"),
                                         ("UpdateItem sync", "update"), ("one hot key", "hot"))]


class Servers:
    """The sides, each started and filled when first asked for."""

    def __init__(self, baseline=None):
        self.running = {}
        self.baseline = baseline

    def get(self, name):
        if name not in self.running:
            self.running[name] = self._start(name)
        return self.running[name]

    def _start(self, name):
        if name == "floor":
            return sides.start_floor(sides.get_reply_bytes(self.get("millrace")))
        ours = name in ("millrace", "millrace gsi", "baseline")
        if ours:
            server = sides.start_millrace(sides.fresh_directory(name), name, "--durability", "sync",
                                          binary=self.baseline if name == "baseline" else None)
        else:
            data = sides.fresh_directory("dynoxide") if name == "dynoxide file" else None
            server = sides.start_dynoxide(data, name)
        sides.create_and_fill(server, "NEW_AND_OLD_IMAGES" if ours else "")
        if name == "millrace gsi":
            sides.add_index(server)
        return server

    def stop(self):
        for server in self.running.values():
            server.stop()
        self.running = {}
        for name in ("millrace", "millrace gsi", "baseline", "dynoxide"):
            sides.remove_directory(name)


def measure_loads(names, options):
    servers = Servers(options.baseline)
    try:
        for group in GROUPS:
            wanted = [load for load in LOADS + BASELINE_LOADS if load[0] in names and load[1] in group]
            yield from measure_group(wanted, servers, options)
    finally:
        servers.stop()


def measure_group(loads, servers, options):
    """The rows of a group, from rounds in which every side has its turn."""
    runs = list(dict.fromkeys(run for _, *pair, _ in loads for run in (tuple(pair[:2]), tuple(pair[2:]))))
    results, failed = {run: [] for run in runs}, {}
    for number in range(-1, options.rounds):  # the first one warms up
        for workload, side in runs if number % 2 == 0 else runs[::-1]:
            if side in failed:
                continue
            try:
                result = sides.load(servers.get(side), workload, 2 if number < 0 else options.seconds)
                if number >= 0:
                    results[workload, side].append(result)
                    print(f"  round {number + 1}: {side} {workload}: {result['req_per_s']} req/s, p50 "
                          f"{result['p50_us']} us, p99 {result['p99_us']} us, cpu {result['cpu_us']:.1f} us/request",
                          file=sys.stderr)
            except (BenchError, OSError, subprocess.CalledProcessError) as error:
                failed[side] = error
    for name, workload, side, rival_workload, rival_side, target in loads:
        broken = failed.get(side) or failed.get(rival_side)
        if broken:
            yield missing_row(name, target, broken)
            continue
        ours, rival = (medians(results[run]) for run in ((workload, side), (rival_workload, rival_side)))
        yield row(name, ours["req_per_s"], target, "req/s", rival=rival["req_per_s"], p50_us=ours["p50_us"],
                  p99_us=ours["p99_us"], cpu_us=round(ours["cpu_us"], 1), rival_cpu_us=round(rival["cpu_us"], 1))


def medians(results):
    return {key: statistics.median(result[key] for result in results)
            for key in ("req_per_s", "p50_us", "p99_us", "cpu_us")}


START_ROWS = [("start of a 1 GB store after a clean stop", 150, "ms"),
              ("start of a 1 GB store after kill -9", 1000, "ms"),
              ("memory after the start", 80, "MB"),
              ("memory beyond the block cache, after reads", 80, "MB")]


def measure_start(names, options):
    """One store for all rows: filled once, then started again and again."""
    data = sides.fresh_directory("store")
    server = None
    try:
        print(f"  filling a store with {options.items} items", file=sys.stderr)
        server = sides.start_millrace(data, "store")
        sides.create_table(server, "bench", view="NEW_AND_OLD_IMAGES")
        sides.fill_by_batches(server, options.items)
        seen = {"clean": [], "killed": [], "memory": [], "memory killed": []}
        for _ in range(START_REPEATS):
            server.stop()
            server = sides.start_millrace(data, "store")
            seen["clean"].append(server.start_s * 1000)
            seen["memory"].append(server.resident_mb())
        for _ in range(START_REPEATS):
            sides.load(server, "put", 2, options.items)
            server.stop(signal.SIGKILL)
            server = sides.start_millrace(data, "store")
            seen["killed"].append(server.start_s * 1000)
            seen["memory killed"].append(server.resident_mb())
        sides.load(server, "get", 10, options.items)
        after_reads = server.resident_mb() - BLOCK_CACHE_MB
        values = [statistics.median(seen["clean"]), statistics.median(seen["killed"]),
                  max(statistics.median(seen["memory"]), statistics.median(seen["memory killed"])), after_reads]
        rows = [row(name, value, target, unit, better="lower")
                for (name, target, unit), value in zip(START_ROWS, values)]
    except (BenchError, OSError) as error:
        rows = [missing_row(name, target, error) for name, target, _ in START_ROWS]
    finally:
        if server:
            server.stop()
        sides.remove_directory("store")
    yield from (r for r in rows if r["name"] in names)


SUITES = [(measure_loads, [load[0] for load in LOADS]), (in_process.measure, in_process.ROWS),
          (pipelines.measure, pipelines.ROWS),
          (measure_start, [name for name, _, _ in START_ROWS])]


def print_row(r):
    if r.get("reason"):
        print(f"| {r['name']} | not measured: {r['reason']} | | | | |", flush=True)
        return
    rival = "" if r["rival"] is None else f"{r['rival']:,}"
    ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
    sign = "at most" if r["better"] == "lower" else "at least"
    cpu = f", {r['cpu_us']} us CPU" if "cpu_us" in r else ""
    print(f"| {r['name']} | {r['ours']:,} {r['unit']}{cpu} | {rival} | {ratio} | {sign} {r['target']:,} | "
          f"{'yes' if r['ok'] else 'NO'} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--rows", metavar="REGEX", default="", help="only rows whose name matches")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="of a round of one side")
    parser.add_argument("--items", type=int, default=STORE_ITEMS, help="in the store that is started")
    parser.add_argument("--list", action="store_true", help="the rows' names")
    parser.add_argument("--baseline", metavar="BINARY", help="an earlier millrace, to be measured beside this one")
    options = parser.parse_args()
    suites = SUITES + [(measure_loads, [load[0] for load in BASELINE_LOADS])] if options.baseline else SUITES
    chosen = [(suite, [name for name in names if re.search(options.rows, name)]) for suite, names in suites]
    if options.list:
        print("\n".join(name for _, names in chosen for name in names))
        return 0
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"The machine is busy (load {busy:.1f}): the numbers will be too low.", file=sys.stderr)
    print("| row | ours | rival | ratio | target | reached |\n|---|---|---|---|---|---|", flush=True)
    rows = []
    for suite, names in chosen:
        for r in suite(names, options) if names else []:
            rows.append(r)
            print_row(r)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows, file, indent=2)
            file.write("\n")
    return 1 if any("reason" in r for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
