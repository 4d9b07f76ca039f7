#include "connectors/import/resume_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace millrace {
namespace {

ImportState Sample() {
  ImportState state;
  state.table_id = "id";
  state.format = "csv";
  state.files = {{"a \"b\".csv", {12, 34}}, {"c", {5, 6}}};
  state.mark = {1, 100, 7, 20, 3};
  state.refused = 2;
  return state;
}

TEST(ResumeFileTest, RoundTrip) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/resume";
  EXPECT_EQ(*LoadImportState(FileSystem::Posix(), path), std::nullopt);
  for (int i = 0; i < 2; ++i) {  // the second replaces the first
    ImportState state = Sample();
    state.mark.offset += static_cast<uint64_t>(i);
    ASSERT_TRUE(SaveImportState(FileSystem::Posix(), path, state).ok());
    const auto read = LoadImportState(FileSystem::Posix(), path);
    ASSERT_TRUE(read.ok() && read->has_value());
    EXPECT_EQ(EncodeImportState(**read), EncodeImportState(state));
  }
  EXPECT_EQ((*LoadImportState(FileSystem::Posix(), path))->files, Sample().files);
}

TEST(ResumeFileTest, Golden) {
  EXPECT_EQ(EncodeImportState(Sample()),
            R"({"what":"millrace import","version":1,"tableId":"id","format":"csv","files":)"
            R"([{"path":"a \"b\".csv","size":12,"modifiedNanos":34},)"
            R"({"path":"c","size":5,"modifiedNanos":6}],"file":1,"offset":100,"line":7,)"
            R"("records":20,"bad":3,"refused":2})"
            "\n");
}

TEST(ResumeFileTest, RefusesWhatIsNone) {
  const std::string good = EncodeImportState(Sample());
  for (size_t size = 0; size + 2 < good.size(); ++size) {
    EXPECT_FALSE(DecodeImportState(good.substr(0, size)).ok()) << size;
  }
  for (const std::string from : {"millrace import", "\"version\":1", "\"offset\":100", "\"file\":1",
                                 "\"size\":12", "\"tableId\":\"id\""}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), from == "\"file\":1" ? "\"file\":2" : "\"x\":-1");
    EXPECT_FALSE(DecodeImportState(bad).ok()) << from;
  }
}

}  // namespace
}  // namespace millrace
