"""What every suite of ./bench is made of: rows, and the programs that measure inside one process."""
import json
import subprocess

import sides
from sides import BUILD, BenchError


def row(name, ours, target, unit, better="higher", rival=None, **more):
    ours_r, rival_r = round(ours, 1), None if rival is None else round(rival, 1)
    ratio = None if not rival else round(ours / rival, 3)
    if rival is not None and better == "higher":
        ok = ours / rival >= target
    else:
        ok = ours >= target if better == "higher" else ours <= target
    return {"name": name, "ours": ours_r, "rival": rival_r, "ratio": ratio, "target": target, "ok": ok,
            "unit": unit, "better": better, **more}


def missing_row(name, target, reason):
    return {"name": name, "ours": None, "rival": None, "ratio": None, "target": target, "ok": False,
            "reason": str(reason)}


def run_program(name, *arguments, data=True):
    """{name: value} of the lines that a measuring program of the build prints."""
    binary = BUILD / name
    if not binary.exists():
        raise BenchError(f"build/release/{name} is not built")
    scratch = ["--data", sides.fresh_directory(name)] if data else []
    try:
        done = subprocess.run([binary, *arguments, *scratch], capture_output=True, text=True, timeout=1200)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{name} {' '.join(arguments)} did not end within 20 minutes") from None
    finally:
        if data:
            sides.remove_directory(name)
    if done.returncode != 0:
        raise BenchError(f"{name} {' '.join(arguments)}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["name"]: line["value"] for line in lines}
