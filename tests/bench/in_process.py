"""Rows of the programs that measure a database of their own, without a server: triggers, CDC."""
from rows import missing_row, row, run_program
from sides import BenchError


def latency_rows(seen):  # the bound stands on what the disk does: fdatasync of as many bytes
    for percentile, allowance in (("p50", 180), ("p99", 1000)):
        sync = seen[f"fdatasync_{percentile}"]
        yield row(f"commit to handler, {percentile}", seen[f"commit_to_handler_{percentile}"],
                  round(sync + allowance, 1), "us", better="lower", rival=sync, rival_is="fdatasync",
                  from_call=seen[f"call_to_handler_{percentile}"])


def single_row(name, figure, target, unit, better="higher"):
    return lambda seen: [row(name, seen[figure], target, unit, better=better)]


# rows, program, part of it (--only), how its figures become the rows
PARTS = [
    (["commit to handler, p50", "commit to handler, p99"], "bench_triggers", "latency", latency_rows),
    (["backlog of 1 KB records to one handler"], "bench_triggers", "backlog",
     single_row("backlog of 1 KB records to one handler", "backlog_records_per_second", 250_000, "records/s")),
    (["backlog of 1 KB records to 4 lanes in 2 processes"], "bench_triggers", "lanes",
     single_row("backlog of 1 KB records to 4 lanes in 2 processes", "lanes_records_per_second", 400_000,
                "records/s")),
    (["one exactly-once write for each record"], "bench_triggers", "effects",
     single_row("one exactly-once write for each record", "effects_records_per_second", 25_000, "records/s")),
    (["spawn to entry of the handler"], "bench_triggers", "spawn",
     single_row("spawn to entry of the handler", "spawn_to_entry", 20, "ms", better="lower")),
    (["CDC to gzip files, backlog, for each core"], "bench_cdc", "backlog",
     single_row("CDC to gzip files, backlog, for each core", "cdc_backlog_records_per_cpu_second", 80_000,
                "records/s")),
    (["CDC to gzip files, lag at 10,000 writes/s"], "bench_cdc", "lag",
     single_row("CDC to gzip files, lag at 10,000 writes/s", "cdc_lag_max", 2, "s", better="lower")),
]
ROWS = [name for names, *_ in PARTS for name in names]


def measure(names, _):
    for part_names, program, part, rows_of in PARTS:
        wanted = [name for name in part_names if name in names]
        if not wanted:
            continue
        try:
            made = {r["name"]: r for r in rows_of(run_program(program, "--only", part))}
            yield from (made[name] for name in wanted)
        except (BenchError, KeyError) as error:
            yield from (missing_row(name, None, error) for name in wanted)
