#!/usr/bin/python3
"""Each rule of tidy.py fires on a planted fault, and only there."""
import pathlib
import tempfile
import unittest

import functions
import tidy

HEADER = "#pragma once\n"

# rule, files, what is found: (path, line)
ROWS = [
    ("arrow that points up", tidy.check_arrows,
     {"engine/model/a.cc": '#include "engine/base/b.h"\n#include "engine/json/c.h"\n'},
     [("engine/model/a.cc", 2)]),
    ("arrow into a neighbour's sub-folder", tidy.check_arrows,
     {"engine/log/a.h": '#include "engine/table.h"\n'}, [("engine/log/a.h", 1)]),
    ("an example that looks behind the SDK", tidy.check_arrows,
     {"examples/x/a.cc": '#include <millrace/handler.h>\n#include "sdk/link.h"\n'}, [("examples/x/a.cc", 2)]),
    ("the server includes all", tidy.check_arrows,
     {"server/a.cc": '#include "engine/json/c.h"\n#include "triggers/t.h"\n'}, []),
    ("a file in no CMakeLists.txt", tidy.check_listed_in_cmake,
     {"streams/CMakeLists.txt": "f(streams\n  SOURCES a.cc sub/b.cc)", "streams/a.cc": "", "streams/sub/b.cc": "",
      "streams/c.cc": ""}, [("streams/c.cc", 1)]),
    ("a sleep in C++ and in a test", tidy.check_sleeps,
     {"engine/a.cc": "// sleep(1) is refused\nstd::this_thread::sleep_for(x);\n",
      "tests/b.py": "import time\ntime.sleep(1)\n", "tests/c.sh": "sleep 1\n",
      "tests/support/eventually.h": "std::this_thread::sleep_for(x);\n", "scripts/d.py": "time.sleep(1)\n"},
     [("engine/a.cc", 2), ("tests/b.py", 2), ("tests/c.sh", 1)]),
    ("a heavy header in a file not named", tidy.check_heavy_headers,
     {"tests/tidy/heavy_headers.txt": "# why\nengine/a.cc rocksdb/\n",
      "engine/a.cc": "#include <rocksdb/db.h>\n#include <rocksdb/env.h>\n",
      "engine/b.h": "#include <vector>\n#include <zmq.hpp>\n"}, [("engine/b.h", 2)]),
    ("a stale entry of the list", tidy.check_heavy_headers,
     {"tests/tidy/heavy_headers.txt": "engine/a.cc rocksdb/\n", "engine/a.cc": "int a;\n"},
     [("tests/tidy/heavy_headers.txt", 1)]),
    ("banned names", tidy.check_banned_names,
     {"engine/a.cc": 'auto t = std::chrono::system_clock::now();\nauto s = "assert(x)";\nassert(x);\n'
                     "static_assert(x);\nauto f = [=] {};\nstd::regex r;  // tidy: bounded input\n",
      "engine/base/clock.cc": "system_clock::now();\n"},
     [("engine/a.cc", 1), ("engine/a.cc", 3), ("engine/a.cc", 5)]),
    ("a header without its guard", tidy.check_headers_have_guards,
     {"engine/a.h": HEADER, "engine/b.h": "int b;\n"}, [("engine/b.h", 1)]),
    ("a folder without its README", tidy.check_readmes,
     {"streams/README.md": "x", "sdk/a.h": HEADER}, [("sdk/README.md", 1)]),
    ("a file one line too long", tidy.check_lengths,
     {"sdk/a.cc": "\n" * tidy.MAX_FILE, "sdk/b.cc": "\n" * (tidy.MAX_FILE + 1)}, [("sdk/b.cc", 1)]),
    ("a function one line too long", tidy.check_lengths,
     {"sdk/a.cc": "void A() {\n" + "x();\n" * (tidy.MAX_FUNCTION - 2) + "}\n"
                  "void B() {\n" + "x();\n" * (tidy.MAX_FUNCTION - 1) + "}\n"},
     [("sdk/a.cc", tidy.MAX_FUNCTION + 1)]),
    ("a ratchet that is kept, and one that has shrunk", tidy.check_lengths,
     {"tests/tidy/ratchet.json": '{"files": {"sdk/a.cc": 600, "sdk/b.cc": 600}, "functions": {}}',
      "sdk/a.cc": "\n" * 600, "sdk/b.cc": "\n" * 550}, [("tests/tidy/ratchet.json", 1)]),
    ("a file not formatted", tidy.check_format,
     {".clang-format": "BasedOnStyle: Google\n", "sdk/a.cc": "int  a;\n", "sdk/b.cc": "int b;\n"},
     [("sdk/a.cc", 1)]),
]

SOURCE = '''
namespace a {
struct Options { int x = 0; };
constexpr int kTable[] = {1, 2};
// void Commented() {
Thing::Thing(int x)
    : x_{x}, y_(x) {
  Log("}{");
}
const char* Text() { return R"(})"; }
class Reader final : public Base {
 public:
  bool Next() override {
    auto f = [this](int i) { return i; };
    return f(1'000) && '}';
  }
};
TEST(ReaderTest, Reads) {
}
template <typename T>
Result<T> Read(
    const std::map<int, T>& from) {
  return from;
}
}  // namespace a
'''


class TidyTest(unittest.TestCase):
    def test_each_rule(self):
        for name, check, files, expected in ROWS:
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                root = pathlib.Path(directory)
                for path, text in files.items():
                    (root / path).parent.mkdir(parents=True, exist_ok=True)
                    (root / path).write_text(text)
                found = sorted((path, line) for path, line, _ in check(tidy.Tree(root)))
                self.assertEqual(found, sorted(expected))

    def test_an_empty_tree_has_no_findings(self):
        with tempfile.TemporaryDirectory() as directory:
            tree = tidy.Tree(pathlib.Path(directory))
            self.assertEqual([f for check in tidy.CHECKS for f in check(tree)], [])

    def test_functions(self):
        found = [(f.name, f.line, f.length) for f in functions.find(SOURCE.splitlines())]
        self.assertEqual(found, [("Thing::Thing", 6, 4), ("Text", 10, 1), ("Next", 13, 4),
                                 ("ReaderTest.Reads", 18, 2), ("Read", 20, 5)])


if __name__ == "__main__":
    unittest.main()
