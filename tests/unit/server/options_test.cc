#include "server/daemon/options.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ListenAddressTest, TakesLoopbackAddresses) {
  struct Row {
    std::string_view text, host;
    uint16_t port;
  };
  const Row rows[] = {
      {"127.0.0.1:8000", "127.0.0.1", 8000},
      {"127.0.0.1:0", "127.0.0.1", 0},
      {"127.9.9.9:65535", "127.9.9.9", 65535},
      {"localhost:1", "127.0.0.1", 1},
      {"[::1]:8000", "::1", 8000},
  };
  for (const Row& row : rows) {
    const auto address = ParseListenAddress(row.text);
    ASSERT_TRUE(address.ok()) << row.text << ": " << address.status().ToString();
    EXPECT_EQ(address->host, row.host) << row.text;
    EXPECT_EQ(address->port, row.port) << row.text;
  }
}

TEST(ListenAddressTest, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
        "example.com:80", ":8000", "0.0.0.0:8000", "192.168.1.1:8000", "[::]:8000",
        "128.0.0.1:1"}) {
    EXPECT_FALSE(ParseListenAddress(text).ok()) << text;
  }
}

TEST(ListenAddressTest, SaysWhyOtherMachinesAreKeptOut) {
  const std::string text = ParseListenAddress("0.0.0.0:8000").status().message();
  EXPECT_NE(text.find("does not check who its clients are yet"), text.npos) << text;
}

}  // namespace
}  // namespace millrace
