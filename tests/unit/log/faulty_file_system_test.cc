#include "tests/support/faulty_file_system.h"

#include <gtest/gtest.h>

#include "tests/unit/log/log_testing.h"

// The tool that the other tests trust: it loses what it may, sometimes, and never what it must
// keep.
namespace millrace {
namespace {

class FaultyFileSystemTest : public testing::Test {
 protected:
  // Runs `work` and a cut under many seeds; how often `observe` is true afterwards.
  template <typename Work, typename Observe>
  int CountAfterCut(Work work, Observe observe) {
    int count = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      const TemporaryDirectory directory;
      FaultyFileSystem faulty(seed);
      work(&faulty, directory.path());
      faulty.CutPower();
      EXPECT_FALSE(faulty.List(directory.path()).ok());
      faulty.Restart();
      count += observe(&faulty, directory.path());
    }
    return count;
  }

  static void Write(FaultyFileSystem* faulty, const std::string& path, uint64_t offset,
                    const std::string& bytes, bool sync) {
    const auto file = faulty->OpenWritable(path).value();
    EXPECT_TRUE(file->WriteAt(offset, bytes).ok());
    EXPECT_TRUE(!sync || file->Sync().ok());
  }

  static bool Exists(FaultyFileSystem* faulty, const std::string& path) {
    return faulty->ReadFile(path).ok();
  }

  static constexpr int kSeeds = 60;
};

TEST_F(FaultyFileSystemTest, SyncedBytesOfSyncedFilesStay) {
  EXPECT_EQ(kSeeds, CountAfterCut(
                        [](FaultyFileSystem* faulty, const std::string& directory) {
                          Write(faulty, directory + "/a", 0, std::string(3000, 'x'), true);
                          EXPECT_TRUE(faulty->SyncDirectory(directory).ok());
                        },
                        [](FaultyFileSystem* faulty, const std::string& directory) {
                          return faulty->ReadFile(directory + "/a").value() ==
                                 std::string(3000, 'x');
                        }));
}

TEST_F(FaultyFileSystemTest, UnsyncedSectorsMayBeOldOrNew) {
  int whole_old = 0;
  int whole_new = 0;
  const int kinds = CountAfterCut(
      [](FaultyFileSystem* faulty, const std::string& directory) {
        Write(faulty, directory + "/a", 0, std::string(4096, 'x'), true);
        EXPECT_TRUE(faulty->SyncDirectory(directory).ok());
        Write(faulty, directory + "/a", 0, std::string(4096, 'y'), false);
      },
      [&](FaultyFileSystem* faulty, const std::string& directory) {
        const std::string bytes = faulty->ReadFile(directory + "/a").value();
        EXPECT_EQ(bytes.size(), 4096u);
        for (size_t at = 0; at < bytes.size(); ++at) {
          EXPECT_TRUE(bytes[at] == 'x' || bytes[at] == 'y');
          EXPECT_EQ(bytes[at], bytes[at / 512 * 512]) << "sectors are whole";
        }
        const bool has_old = bytes.find('x') != std::string::npos;
        const bool has_new = bytes.find('y') != std::string::npos;
        whole_old += !has_new;
        whole_new += !has_old;
        return has_old && has_new;
      });
  EXPECT_GT(whole_old, 0);
  EXPECT_GT(whole_new, 0);
  EXPECT_GT(kinds, 0);
}

TEST_F(FaultyFileSystemTest, UnsyncedDirectoryChangesMayBeUndone) {
  struct Row {
    const char* what;
    void (*work)(FaultyFileSystem*, const std::string&);
  };
  const Row rows[] = {
      {"creation",
       [](FaultyFileSystem* faulty, const std::string& directory) {
         Write(faulty, directory + "/a", 0, "new", true);
       }},
      {"renaming",
       [](FaultyFileSystem* faulty, const std::string& directory) {
         Write(faulty, directory + "/b", 0, "new", true);
         EXPECT_TRUE(faulty->SyncDirectory(directory).ok());
         EXPECT_TRUE(faulty->Rename(directory + "/b", directory + "/a").ok());
       }},
  };
  for (const Row& row : rows) {
    const int there = CountAfterCut(row.work, [](FaultyFileSystem* faulty, const std::string& d) {
      return Exists(faulty, d + "/a");
    });
    EXPECT_GT(there, 0) << row.what;
    EXPECT_LT(there, kSeeds) << row.what;
  }
}

TEST_F(FaultyFileSystemTest, UnsyncedRemovalMayBeUndone) {
  const int there = CountAfterCut(
      [](FaultyFileSystem* faulty, const std::string& directory) {
        Write(faulty, directory + "/a", 0, "kept", true);
        EXPECT_TRUE(faulty->SyncDirectory(directory).ok());
        EXPECT_TRUE(faulty->Remove(directory + "/a").ok());
        EXPECT_TRUE(faulty->List(directory).value().empty());
      },
      [](FaultyFileSystem* faulty, const std::string& directory) {
        return Exists(faulty, directory + "/a") &&
               faulty->ReadFile(directory + "/a").value() == "kept";
      });
  EXPECT_GT(there, 0);
  EXPECT_LT(there, kSeeds);
}

TEST_F(FaultyFileSystemTest, UnsyncedTruncationMayBeUndone) {
  const int old_size = CountAfterCut(
      [](FaultyFileSystem* faulty, const std::string& directory) {
        Write(faulty, directory + "/a", 0, std::string(3000, 'x'), true);
        EXPECT_TRUE(faulty->SyncDirectory(directory).ok());
        EXPECT_TRUE(faulty->OpenWritable(directory + "/a").value()->Truncate(100).ok());
      },
      [](FaultyFileSystem* faulty, const std::string& directory) {
        const std::string bytes = faulty->ReadFile(directory + "/a").value();
        EXPECT_EQ(bytes.find_first_not_of('x'), std::string::npos);
        EXPECT_TRUE(bytes.size() == 100 || bytes.size() == 3000);
        return bytes.size() == 3000;
      });
  EXPECT_GT(old_size, 0);
  EXPECT_LT(old_size, kSeeds);
}

TEST_F(FaultyFileSystemTest, FailsWhenToldTo) {
  const TemporaryDirectory directory;
  FaultyFileSystem faulty(1);
  const auto file = faulty.OpenWritable(directory.path() + "/a").value();
  faulty.FailWrite(2);
  EXPECT_TRUE(file->WriteAt(0, "a").ok());
  EXPECT_TRUE(file->WriteAt(0, "b").Is(ErrorCode::kIo));
  EXPECT_TRUE(file->WriteAt(0, "c").ok());
  faulty.FailSync(1);
  EXPECT_TRUE(file->Sync().Is(ErrorCode::kIo));
  EXPECT_TRUE(file->Sync().ok());
  faulty.SetDiskFull(true);
  EXPECT_TRUE(file->Preallocate(100).Is(ErrorCode::kDiskFull));
  EXPECT_TRUE(file->WriteAt(0, "d").ok()) << "in place";
  faulty.SetFreeBytes(7);
  EXPECT_EQ(faulty.FreeBytes(directory.path()).value(), 7u);
}

TEST_F(FaultyFileSystemTest, NothingOpenedBeforeACutWorksAfterIt) {
  const TemporaryDirectory directory;
  FaultyFileSystem faulty(1);
  const auto file = faulty.OpenWritable(directory.path() + "/a").value();
  faulty.CutPowerAt(2);
  EXPECT_TRUE(file->WriteAt(0, "a").ok());
  EXPECT_FALSE(faulty.power_is_cut());
  EXPECT_FALSE(file->WriteAt(0, "b").ok());
  EXPECT_TRUE(faulty.power_is_cut());
  EXPECT_EQ(faulty.operations(), 3u);
  faulty.Restart();
  EXPECT_FALSE(file->WriteAt(0, "c").ok());
  EXPECT_TRUE(faulty.OpenWritable(directory.path() + "/b").ok());
}

}  // namespace
}  // namespace millrace
