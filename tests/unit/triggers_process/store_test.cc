#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/triggers_process/sandboxed.h"
#include "triggers/process/executable_store.h"
#include "triggers/process/reach.h"
#include "triggers/process/runtime_directory.h"

namespace millrace {
namespace {

constexpr SandboxUser kOther = {65'432, 65'432, true};

std::string WriteFile(const std::string& path, const std::string& content, mode_t mode) {
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
  return path;
}

TEST(ExecutableStoreTest, KeepsWhatWasStagedWhateverBecomesOfTheFile) {
  ScratchDirectory scratch;
  ASSERT_TRUE(ExecutableStore::Prepare(scratch.path() + "/store").ok());
  ExecutableStore store(scratch.path() + "/store", scratch.path(), {});
  const std::string file = WriteFile(scratch.path() + "/f", "abc", 0755);
  const auto digest = store.Stage(file);
  ASSERT_TRUE(digest.ok()) << digest.status().ToString();
  EXPECT_EQ(*digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(store.Has(*digest));
  EXPECT_EQ(*store.Stage(file), *digest);  // again
  WriteFile(file, "abcd", 0755);
  EXPECT_NE(*store.Stage(file), *digest);
  std::ifstream kept(*store.ReachablePath(*digest));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), "abc");
}

TEST(ExecutableStoreTest, RefusesWhatIsNoExecutable) {
  ScratchDirectory scratch;
  ASSERT_TRUE(ExecutableStore::Prepare(scratch.path() + "/store").ok());
  ExecutableStore store(scratch.path() + "/store", scratch.path(), {});
  const std::string rows[] = {
      scratch.path() + "/missing",
      scratch.path(),
      WriteFile(scratch.path() + "/plain", "abc", 0644),
      WriteFile(scratch.path() + "/empty", "", 0755),
      "/dev/null",
  };
  for (const std::string& row : rows) {
    const auto digest = store.Stage(row);
    ASSERT_FALSE(digest.ok()) << row;
    EXPECT_TRUE(digest.status().Is(ErrorCode::kInvalidParameterValue)) << row;
  }
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path() + "/store")) {
    ADD_FAILURE() << "left behind: " << entry.path();
  }
}

TEST(ExecutableStoreTest, ClearsWhatAKilledServerLeftHalfCopied) {
  ScratchDirectory scratch;
  const std::string left = scratch.path() + "/unfinished-abc";
  ASSERT_EQ(mkdir(left.c_str(), 0700), 0);
  ASSERT_TRUE(ExecutableStore::Prepare(scratch.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(ExecutableStoreTest, CopiesWhatTheSandboxUserCannotReach) {
  ScratchDirectory scratch;  // of mode 0700, as /root is
  ScratchDirectory open_to_all;
  chmod(open_to_all.path().c_str(), 0711);
  ASSERT_TRUE(ExecutableStore::Prepare(scratch.path() + "/store").ok());
  const std::string file = WriteFile(scratch.path() + "/f", "abc", 0755);
  ExecutableStore store(scratch.path() + "/store", open_to_all.path(), kOther);
  const auto digest = store.Stage(file);
  ASSERT_TRUE(digest.ok());
  const auto path = store.ReachablePath(*digest);
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(path->starts_with(open_to_all.path())) << *path;
  EXPECT_TRUE(CanReach(*path, kOther, true));
  EXPECT_EQ(*store.ReachablePath(*digest), *path);

  chmod(scratch.path().c_str(), 0755);
  EXPECT_TRUE(store.ReachablePath(*digest)->starts_with(scratch.path()));
}

TEST(RuntimeDirectoryTest, IsRemovedAndSweptWhenItsServerHasDied) {
  ScratchDirectory base;
  chmod(base.path().c_str(), 0755);
  const SandboxUser user = ChooseSandboxUser(kOther.uid, kOther.gid);
  const std::string dead = base.path() + "/millrace-run-dead";
  ASSERT_EQ(mkdir(dead.c_str(), 0711), 0);
  WriteFile(dead + "/runtime.lock", "", 0644);
  const std::string strange = base.path() + "/millrace-run-strange";
  ASSERT_EQ(mkdir(strange.c_str(), 0755), 0);
  std::string path;
  {
    auto first = RuntimeDirectory::Make(base.path(), user);
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    path = (*first)->path();
    EXPECT_FALSE(std::filesystem::exists(dead));
    EXPECT_TRUE(std::filesystem::exists(strange)) << "has no lock: somebody else's";
    auto second = RuntimeDirectory::Make(base.path(), user);
    ASSERT_TRUE(second.ok());
    EXPECT_TRUE(std::filesystem::exists(path)) << "swept away while it is used";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RuntimeDirectoryTest, RefusesAPathTooLongForASocket) {
  ScratchDirectory base;
  chmod(base.path().c_str(), 0755);
  const std::string deep = base.path() + "/" + std::string(80, 'd');
  ASSERT_EQ(mkdir(deep.c_str(), 0755), 0);
  auto runtime = RuntimeDirectory::Make(deep, ChooseSandboxUser(kOther.uid, kOther.gid));
  ASSERT_TRUE(runtime.ok());
  EXPECT_TRUE((*runtime)->MakeEndpoint().status().Is(ErrorCode::kIo));
}

}  // namespace
}  // namespace millrace
