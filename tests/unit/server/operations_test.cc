#include "server/protocol/operation.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace {
namespace {

TEST(OperationsTest, EveryRowIsWhole) {
  std::set<std::string_view> targets;
  for (const Operation& operation : AllOperations()) {
    EXPECT_TRUE(targets.insert(operation.target).second) << operation.target << " is there twice";
    EXPECT_EQ(operation.run != nullptr, operation.input != nullptr) << operation.target;
    EXPECT_FALSE(operation.name().empty()) << operation.target;
    if (!operation.built()) continue;
    EXPECT_EQ(operation.input->kind, ShapeKind::kStructure) << operation.target;
  }
}

// Members are looked up by name in a list: two of one name would hide each other.
void ExpectDistinctMembers(const Shape& shape, std::string_view where) {
  std::set<std::string_view> names;
  for (const Member& member : shape.members) {
    EXPECT_TRUE(names.insert(member.name).second) << where << ": " << member.name;
    ExpectDistinctMembers(*member.shape, where);
  }
  if (shape.element != nullptr) ExpectDistinctMembers(*shape.element, where);
}

TEST(OperationsTest, MembersHaveDistinctNames) {
  for (const Operation& operation : AllOperations()) {
    if (operation.built()) ExpectDistinctMembers(*operation.input, operation.target);
  }
}

TEST(OperationsTest, ExpressionsAreMembers) {
  for (const Operation& operation : AllOperations()) {
    if (operation.expressions == nullptr) continue;
    std::set<std::string_view> names;
    for (const Member& member : operation.input->members) names.insert(member.name);
    for (const std::string_view name : operation.expressions->expressions) {
      EXPECT_EQ(names.count(name), 1u) << operation.target << ": " << name;
    }
    for (const std::string_view name : operation.expressions->legacy) {
      EXPECT_EQ(names.count(name), 1u) << operation.target << ": " << name;
    }
  }
}

}  // namespace
}  // namespace millrace
