#!/usr/bin/python3
"""What the compiler does not check about the source: arrows, lengths, sleeps, heavy headers, format.

usage: tidy.py [--root DIR] [--tighten | --accept] [--no-format]

Prints each finding as `path:line: message`; exit status 1 if there is any. The rules are the
check_* functions below, each a few lines over a Tree. `--tighten` lowers the ratchet to what is there
now; `--accept` also admits what is new in it (the diff of ratchet.json is then reviewed like code).
A line that ends in `// tidy: REASON` is excused from the banned names, for that reason.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import functions

HERE = pathlib.Path(__file__).resolve().parent

# What each folder may include, besides itself. Two folders absent here, server and tests, may include all.
ARROWS = {
    "engine/base": [],
    "engine/model": ["engine/base"],
    "engine/json": ["engine/base", "engine/model"],
    "engine/expression": ["engine/base", "engine/model"],
    "engine/log": ["engine/base"],
    "engine": ["engine/base", "engine/model", "engine/expression", "engine/log"],
    "streams": ["engine", "engine/base", "engine/model", "engine/expression", "engine/log"],
    "sdk": ["engine/base", "engine/model", "engine/json"],
    "triggers": ["sdk", "streams", "engine", "engine/base", "engine/model", "engine/expression",
                 "engine/log"],
    "connectors": ["streams", "engine", "engine/base", "engine/model", "engine/json",
                   "engine/expression", "engine/log"],
    "examples": ["<millrace>"],
}
FREE = ["server", "tests"]
FOLDERS = list(ARROWS) + FREE
SOURCE_ROOTS = ["engine", "streams", "sdk", "triggers", "connectors", "server", "examples", "tests"]

# Costly to compile: only in the files that heavy_headers.txt names.
HEAVY = re.compile(
    r'#\s*include\s*[<"](boost/(?:asio|beast|process|url|filesystem)|simdjson\.h|rocksdb/|spdlog/|fmt/|zmq\.hpp|zmq\.h|openssl/|curl/|CLI/|'
    r'\S*_generated\.h)')

SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\btime\.sleep\b|setTimeout\(")
SHELL_SLEEP = re.compile(r"^\s*sleep\s+[\d$.]")
MAY_PAUSE = re.compile(r"^tests/support/eventually\.")

# pattern, what to use instead, folders where it is the implementation of that or harmless
BANNED = [
    (r"\bstd::(mt19937|random_device|rand)\b|\brand\(\)", "engine/base/random.h (seeded)",
     ["engine/base", "tests"]),
    (r"\bsystem_clock::now\b", "a Clock from engine/base/clock.h", ["engine/base", "tests"]),
    (r"(?<!static_)\bassert\s*\(", "CHECK of engine/base/check.h", []),
    (r"\[=[\],]", "captures by name", []),
    (r"\busing namespace std\b", "std:: spelled out", []),
    (r"\bstd::(views|format|source_location)\b", "what clang 14 parses too", []),
    (r"\bstd::endl\b", "'\\n'", []),
    (r"\bstd::regex\b", "hand-written matching (it recurses by input)", ["tests"]),
    (r"\b(TODO|FIXME|XXX)\b", "the work itself, or an issue", []),
]

MAX_FILE = 500
MAX_FUNCTION = 60
MAX_TEST = 120  # rows of data are not logic


class Tree:
    """The files of the project by path relative to the root, each as a list of lines."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        for top in SOURCE_ROOTS + ["scripts", "cmake"]:
            for path in sorted((root / top).rglob("*")):
                name = path.relative_to(root).as_posix()
                if path.suffix in (".cc", ".h", ".def", ".fbs", ".py", ".sh", ".mjs", ".js", ".txt",
                                   ".cmake") and path.is_file() and "node_modules" not in name:
                    self.files[name] = path.read_text(errors="replace").splitlines()

    def each(self, *suffixes):
        return ((p, lines) for p, lines in self.files.items() if p.endswith(suffixes))


def folder_of(path):
    """The folder of the architecture that a path belongs to, or None."""
    matches = [f for f in FOLDERS if path.startswith(f + "/")]
    return max(matches, key=len) if matches else None


def check_arrows(tree):
    include = re.compile(r'#\s*include\s*([<"])([^>"]+)[>"]')
    for path, lines in tree.each(".cc", ".h"):
        here = folder_of(path)
        if here not in ARROWS:
            continue
        for number, line in enumerate(lines, 1):
            match = include.match(line)
            if not match:
                continue
            public = match[1] == "<" and match[2].startswith("millrace/")
            there = "sdk" if public else folder_of(match[2]) if match[1] == '"' else None
            allowed = there in (None, here) or there in ARROWS[here]
            if public and "<millrace>" in ARROWS[here]:
                allowed = True
            if not allowed:
                yield path, number, f"{here} may not include {there}: {match[2]}"


def check_listed_in_cmake(tree):
    listed = set()
    for path, lines in tree.each("CMakeLists.txt"):
        base = pathlib.PurePosixPath(path).parent
        text = re.sub(r"\$\{(CMAKE_CURRENT_SOURCE_DIR)\}/", "", "\n".join(lines))
        for token in re.findall(r"[\w./${}-]+\.(?:cc|fbs)\b", text):
            if token.startswith("${PROJECT_SOURCE_DIR}/"):
                listed.add(token.split("/", 1)[1])
            else:
                listed.add((base / token).as_posix())
    for path, _ in tree.each(".cc", ".fbs"):
        if path not in listed:
            yield path, 1, "in no CMakeLists.txt"


def check_sleeps(tree):
    """C++ never sleeps; nor do tests in any language."""
    for path, lines in tree.each(".cc", ".h", ".py", ".mjs", ".js", ".sh"):
        scripted = not path.endswith((".cc", ".h"))
        if MAY_PAUSE.match(path) or scripted and not path.startswith("tests/"):
            continue
        pattern = SHELL_SLEEP if path.endswith(".sh") else SLEEP
        for number, line in enumerate(lines, 1):
            if pattern.search(strip_comment(line)):
                yield path, number, "sleeps; wait for an event, or in a test use Eventually"


def check_heavy_headers(tree):
    allowed, used = read_heavy_list(tree), set()
    for path, lines in tree.each(".cc", ".h"):
        for number, line in enumerate(lines, 1):
            match = HEAVY.match(line)
            if not match:
                continue
            header = "_generated.h" if match[1].endswith("_generated.h") else match[1]
            if (path, header) not in allowed | used:
                yield path, number, f"heavy header {header} in a file that heavy_headers.txt does not name"
            used.add((path, header))
    for entry in sorted(allowed - used):
        yield "tests/tidy/heavy_headers.txt", 1, f"stale entry: {entry[0]} {entry[1]}"


def read_heavy_list(tree):
    """(path, header) of each line `path header header...`."""
    entries = set()
    for line in tree.files.get("tests/tidy/heavy_headers.txt", []):
        path, *headers = line.split("#")[0].split() or [""]
        entries.update((path, header) for header in headers)
    return entries


def check_banned_names(tree):
    for path, lines in tree.each(".cc", ".h"):
        for number, line in enumerate(lines, 1):
            if "// tidy:" in line:
                continue
            for pattern, instead, exempt in BANNED:
                match = re.search(pattern, line if "TODO" in pattern else strip_comment(line))
                if match and folder_of(path) not in exempt:
                    yield path, number, f"{match[0]}: use {instead}"


def strip_comment(line):
    """Without a trailing // or # comment and without the contents of strings."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.sub(r"(//|(^|\s)#(?!\s*include)).*", "", line)


def check_headers_have_guards(tree):
    for path, lines in tree.each(".h"):
        if "#pragma once" not in lines[:40]:
            yield path, 1, "no #pragma once"


def check_readmes(tree):
    for folder in FOLDERS + ["connectors"]:
        if (tree.root / folder).is_dir() and not (tree.root / folder / "README.md").is_file():
            yield f"{folder}/README.md", 1, "missing: one short README a folder"


def measure(tree):
    """What the ratchet holds: files and functions over their limits, and every function's length."""
    files = {path: len(lines) for path, lines in tree.each(".cc", ".h", ".py", ".sh", ".mjs", ".js")
             if len(lines) > MAX_FILE}
    lengths = {}
    for path, lines in tree.each(".cc", ".h"):
        for function in functions.find(lines):
            key = f"{path}:{function.name}"
            lengths[key] = max(lengths.get(key, (0, 0)), (function.length, function.line))
    over = {key: length for key, (length, _) in lengths.items() if length > limit_of(key)}
    return {"files": files, "functions": over}, lengths


def limit_of(key):
    """How long a function may be."""
    return MAX_TEST if key.startswith("tests/") else MAX_FUNCTION


def check_lengths(tree):
    limits, (now, lengths) = read_ratchet(tree), measure(tree)
    for kind in ("files", "functions"):
        for key, length in now[kind].items():
            most = limits[kind].get(key, MAX_FILE if kind == "files" else limit_of(key))
            path, name = key.split(":", 1) if kind == "functions" else (key, "file")
            line = lengths[key][1] if kind == "functions" else 1
            if length > most:
                yield path, line, f"{name}: {length} lines, at most {most}"
        for key, most in limits[kind].items():
            if now[kind].get(key, 0) < most:
                yield "tests/tidy/ratchet.json", 1, f"{key} has shrunk: run tests/tidy/tidy.py --tighten"


def read_ratchet(tree):
    path = tree.root / "tests/tidy/ratchet.json"
    return json.loads(path.read_text()) if path.exists() else {"files": {}, "functions": {}}


def write_ratchet(tree, accept):
    old, (now, _) = read_ratchet(tree), measure(tree)
    kept = {kind: {key: length if accept else min(length, old[kind][key])
                   for key, length in sorted(now[kind].items()) if accept or key in old[kind]}
            for kind in ("files", "functions")}
    (tree.root / "tests/tidy/ratchet.json").write_text(json.dumps(kept, indent=2) + "\n")


def check_format(tree):
    if not shutil.which("clang-format"):
        yield ".clang-format", 1, "clang-format is not installed: the format was not checked"
        return
    paths = [path for path, _ in tree.each(".cc", ".h")]
    for start in range(0, len(paths), 100):
        result = subprocess.run(["clang-format", "--dry-run", "--ferror-limit=1", "-Werror",
                                 *paths[start:start + 100]], cwd=tree.root, capture_output=True, text=True)
        for path, line in re.findall(r"^(\S+?):(\d+):\d+: error: ", result.stderr, re.M):
            yield path, int(line), "not formatted: run clang-format -i"


CHECKS = [check_arrows, check_listed_in_cmake, check_sleeps, check_heavy_headers, check_banned_names,
          check_headers_have_guards, check_readmes, check_lengths, check_format]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
    parser.add_argument("--tighten", action="store_true")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--no-format", action="store_true")
    options = parser.parse_args()
    tree = Tree(options.root.resolve())
    if options.tighten or options.accept:
        write_ratchet(tree, options.accept)
    checks = [c for c in CHECKS if not (options.no_format and c is check_format)]
    findings = [finding for check in checks for finding in check(tree)]
    for path, line, message in findings:
        print(f"{path}:{line}: {message}")
    print(f"tidy: {len(tree.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
