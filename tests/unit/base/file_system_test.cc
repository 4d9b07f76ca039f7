#include "engine/base/file_system.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace millrace {
namespace {

class FileSystemTest : public testing::Test {
 protected:
  FileSystemTest() {
    std::string pattern = testing::TempDir() + "file_system_test.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~FileSystemTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  void Write(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(fs_->OpenWritable(Path(name)).value()->WriteAt(0, bytes).ok());
  }

  FileSystem* const fs_ = FileSystem::Posix();
  std::string directory_;
};

TEST_F(FileSystemTest, WritesAtOffsetsAndKeepsWhatIsThere) {
  Write("a", "hello world");
  const auto file = fs_->OpenWritable(Path("a")).value();
  ASSERT_TRUE(file->WriteAt(6, "there").ok());
  ASSERT_TRUE(file->WriteAt(13, "!").ok());
  ASSERT_TRUE(file->WriteAt(0, "").ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(fs_->ReadFile(Path("a")).value(), std::string("hello there\0\0!", 14));
  ASSERT_TRUE(file->Truncate(5).ok());
  EXPECT_EQ(fs_->ReadFile(Path("a")).value(), "hello");
}

TEST_F(FileSystemTest, PreallocatesZerosAndKeepsContent) {
  Write("a", "xy");
  ASSERT_TRUE(fs_->OpenWritable(Path("a")).value()->Preallocate(10000).ok());
  EXPECT_EQ(fs_->ReadFile(Path("a")).value(), "xy" + std::string(9998, '\0'));
}

TEST_F(FileSystemTest, MappingsShowLaterWrites) {
  Write("a", "before");
  const auto mapped = fs_->Map(Path("a")).value();
  EXPECT_EQ(mapped->bytes(), "before");
  Write("a", "after!");
  EXPECT_EQ(mapped->bytes(), "after!");
  Write("empty", "");
  EXPECT_EQ(fs_->Map(Path("empty")).value()->bytes(), "");
}

TEST_F(FileSystemTest, ReadsAtOffsetsUpToTheEnd) {
  Write("a", "hello world");
  const auto file = fs_->OpenReadable(Path("a")).value();
  EXPECT_EQ(file->Size().value(), 11u);
  EXPECT_EQ(file->ReadAt(6, 5).value(), "world");
  EXPECT_EQ(file->ReadAt(6, 6).value(), "world");
  EXPECT_EQ(file->ReadAt(11, 1).value(), "");
  EXPECT_EQ(file->ReadAt(50, 1).value(), "");
  ASSERT_TRUE(fs_->OpenWritable(Path("a")).value()->Truncate(3).ok());
  EXPECT_EQ(file->Size().value(), 3u);
  EXPECT_EQ(file->ReadAt(0, 11).value(), "hel");
  EXPECT_TRUE(fs_->OpenReadable(Path("none")).status().Is(ErrorCode::kIo));
}

TEST_F(FileSystemTest, MakesDirectoriesAndTheirParents) {
  for (const char* path : {"x", "y/", "p/q/r", "p/q/s/"}) {
    EXPECT_TRUE(fs_->CreateDirectory(Path(path)).ok()) << path;
    EXPECT_TRUE(CreateDurableDirectory(fs_, Path(path)).ok()) << path << " again";
    EXPECT_TRUE(std::filesystem::is_directory(Path(path))) << path;
  }
  Write("file", "");
  EXPECT_FALSE(fs_->CreateDirectory(Path("file")).ok());
  EXPECT_FALSE(fs_->CreateDirectory(Path("file/below")).ok());
}

TEST(ParentDirectory, IsWhereThePathStands) {
  const char* const rows[][2] = {{"/a/b", "/a"}, {"/a/b/", "/a"}, {"/a", "/"},  {"/", "/"},
                                 {"a/b", "a"},   {"a", "."},      {"a//", "."}, {"", "."}};
  for (const auto& [path, parent] : rows) EXPECT_EQ(ParentDirectory(path), parent) << path;
}

TEST_F(FileSystemTest, PagesStartAsZerosAndAreShared) {
  {
    const auto page = fs_->MapPage(Path("page"), 4096).value();
    ASSERT_EQ(page->size(), 4096u);
    EXPECT_EQ(std::string_view(page->data(), 4096), std::string(4096, '\0'));
    page->data()[7] = 'x';
  }
  EXPECT_EQ(fs_->MapPage(Path("page"), 4096).value()->data()[7], 'x');
  EXPECT_EQ(fs_->ReadFile(Path("page")).value().size(), 4096u);
}

TEST_F(FileSystemTest, ListsRenamesAndRemoves) {
  Write("b", "");
  Write("a", "1");
  ASSERT_TRUE(fs_->CreateDirectory(Path("deep/er")).ok());
  ASSERT_TRUE(fs_->CreateDirectory(Path("deep/er")).ok());
  EXPECT_EQ(fs_->List(directory_).value(), (std::vector<std::string>{"a", "b", "deep"}));
  ASSERT_TRUE(fs_->Rename(Path("a"), Path("b")).ok());
  EXPECT_EQ(fs_->ReadFile(Path("b")).value(), "1");
  ASSERT_TRUE(fs_->Remove(Path("b")).ok());
  ASSERT_TRUE(fs_->SyncDirectory(directory_).ok());
  EXPECT_EQ(fs_->List(directory_).value(), (std::vector<std::string>{"deep"}));
  EXPECT_GT(fs_->FreeBytes(directory_).value(), 0u);
}

TEST_F(FileSystemTest, LocksOnce) {
  auto lock = fs_->Lock(Path("lock")).value();
  EXPECT_EQ(fs_->Lock(Path("lock")).status().code(), ErrorCode::kDirectoryInUse);
  lock.reset();
  EXPECT_TRUE(fs_->Lock(Path("lock")).ok());
}

TEST_F(FileSystemTest, ErrorsNameThePathAndTheReason) {
  const std::string absent = Path("absent/file");
  const Status rows[] = {
      fs_->OpenWritable(absent).status(),
      fs_->Map(absent).status(),
      fs_->ReadFile(absent).status(),
      fs_->MapPage(absent, 10).status(),
      fs_->List(absent).status(),
      fs_->Remove(absent),
      fs_->Rename(absent, Path("elsewhere")),
      fs_->SyncDirectory(absent),
      fs_->Lock(absent).status(),
      fs_->FreeBytes(absent).status(),
  };
  for (const Status& status : rows) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.code(), ErrorCode::kIo);
    EXPECT_NE(status.message().find(absent), std::string::npos) << status.message();
    EXPECT_NE(status.message().find("No such file"), std::string::npos) << status.message();
  }
}

TEST_F(FileSystemTest, FullDisksHaveTheirOwnError) {
  // Every write to this device says ENOSPC.
  const Status status = fs_->OpenWritable("/dev/full").value()->WriteAt(0, "x");
  EXPECT_EQ(status.code(), ErrorCode::kDiskFull) << status.ToString();
}

}  // namespace
}  // namespace millrace
