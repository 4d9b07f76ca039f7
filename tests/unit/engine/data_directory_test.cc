#include "engine/data_directory.h"

#include "engine_fixture.h"
#include "tests/support/faulty_file_system.h"

namespace millrace::testing {
namespace {

// Once it is open, no power cut can take the directory away, nor what everything else stands in.
TEST(DataDirectory, SurvivesAPowerCutOnceOpen) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const ScratchDirectory scratch;
    FaultyFileSystem file_system(seed);
    const std::string path = scratch.path() + "/data";
    ASSERT_TRUE(DataDirectory::Open(&file_system, path).ok());
    file_system.CutPower();
    file_system.Restart();
    for (const char* name : {"", "/log", "/state", "/format"}) {
      EXPECT_TRUE(std::filesystem::exists(path + name)) << name << ", seed " << seed;
    }
    EXPECT_TRUE(DataDirectory::Open(&file_system, path).ok());
  }
}

// Whenever it goes while the directory is being made, the next start makes it.
TEST(DataDirectory, APowerCutWhileItIsMadeHarmsNothing) {
  for (uint64_t operation = 1; operation < 20; ++operation) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const ScratchDirectory scratch;
      FaultyFileSystem file_system(seed);
      const std::string path = scratch.path() + "/data";
      file_system.CutPowerAt(operation);
      (void)DataDirectory::Open(&file_system, path).ok();
      file_system.CutPower();
      file_system.Restart();
      const auto opened = DataDirectory::Open(&file_system, path);
      EXPECT_TRUE(opened.ok()) << opened.status().ToString() << ", operation " << operation;
    }
  }
}

}  // namespace
}  // namespace millrace::testing
