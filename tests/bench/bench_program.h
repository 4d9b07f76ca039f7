#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/status.h"

// What the measuring programs share: a line of JSON for each figure, and a failure that ends them.
namespace millrace::bench {

inline void Print(const std::string& name, double value, const std::string& unit) {
  std::printf("{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}\n", name.c_str(), value,
              unit.c_str());
  std::fflush(stdout);
}

template <typename T>
T Must(Result<T> result) {
  MILLRACE_CHECK(result.ok(), result.status().ToString());
  return std::move(result).value();
}

// Of the programs that keep a database of their own: --data DIR, --seconds N, --records N, --only
// WHAT.
struct Options {
  std::string data;
  int seconds = 0;
  int records = 0;
  std::string only;
  bool Wants(const std::string& what) const { return only.empty() || only == what; }
};

inline Options ParseOptions(int argc, char** argv, Options options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--data") options.data = argv[i + 1];
    if (name == "--seconds") options.seconds = std::atoi(argv[i + 1]);
    if (name == "--records") options.records = std::atoi(argv[i + 1]);
    if (name == "--only") options.only = argv[i + 1];
  }
  return options;
}

}  // namespace millrace::bench
