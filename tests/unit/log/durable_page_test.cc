#include "engine/log/durable_page.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"
#include "tests/unit/log/log_testing.h"

namespace millrace::log_internal {
namespace {

class DurablePageTest : public testing::Test {
 protected:
  DurablePage Open() { return DurablePage::Open(FileSystem::Posix(), path_).value(); }

  TemporaryDirectory temporary_;
  const std::string path_ = temporary_.path() + "/durable.page";
};

TEST_F(DurablePageTest, NewPageHoldsNothing) {
  EXPECT_FALSE(Open().Load());
}

TEST_F(DurablePageTest, KeepsTheLastValueAcrossOpens) {
  for (uint64_t lsn = 1; lsn <= 5; ++lsn) {
    DurablePage page = Open();
    page.Store({99, Lsn(lsn)});
    EXPECT_EQ(page.Load()->lsn, Lsn(lsn));
    EXPECT_EQ(Open().Load()->lsn, Lsn(lsn));
    EXPECT_EQ(Open().Load()->log_id, 99u);
  }
}

// Whatever of the slot being stored is torn, the value before it is still there.
TEST_F(DurablePageTest, TornStoreLeavesTheValueBefore) {
  DurablePage page = Open();
  page.Store({99, Lsn(6)});
  const std::string before = ReadWholeFile(path_);
  page.Store({99, Lsn(7)});
  const std::string after = ReadWholeFile(path_);
  for (size_t i = 0; i < after.size(); ++i) {
    if (before[i] == after[i]) continue;
    std::string torn = after;
    torn[i] = before[i];
    WriteWholeFile(path_, torn);
    EXPECT_EQ(Open().Load()->lsn, Lsn(6)) << "byte " << i;
  }
}

TEST_F(DurablePageTest, RubbishIsIgnored) {
  WriteWholeFile(path_, std::string(4096, 'x'));
  EXPECT_FALSE(Open().Load());
}

}  // namespace
}  // namespace millrace::log_internal
