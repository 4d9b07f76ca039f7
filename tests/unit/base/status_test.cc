#include "engine/base/status.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/strong_id.h"

namespace millrace {
namespace {

TEST(StatusTest, OkIsNoError) {
  const Status ok;
  EXPECT_TRUE(ok.ok());
  EXPECT_TRUE(Status::Ok().ok());
  EXPECT_EQ(ok.message(), "");
  EXPECT_EQ(ok.ToString(), "OK");
  EXPECT_FALSE(ok.Is(ErrorCode::kValidation));
}

TEST(StatusTest, CarriesCodeAndMessageThroughCopies) {
  const Status error = Status::Validation("bad");
  const Status copy = error;
  Status assigned;
  assigned = error;
  for (const Status& status : {error, copy, assigned}) {
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.code(), ErrorCode::kValidation);
    EXPECT_TRUE(status.Is(ErrorCode::kValidation));
    EXPECT_FALSE(status.Is(ErrorCode::kInternal));
    EXPECT_EQ(status.message(), "bad");
    EXPECT_EQ(status.ToString(), "ValidationException: bad");
  }
  assigned = Status::Ok();
  EXPECT_TRUE(assigned.ok());
  EXPECT_EQ(copy.message(), "bad");
}

Result<int> Half(int n) {
  if (n % 2 != 0) return Status::Validation("odd");
  return n / 2;
}

Result<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status CheckQuarter(int n) {
  RETURN_IF_ERROR(Quarter(n).status());
  return Status::Ok();
}

TEST(StatusTest, ResultsCarryAValueOrAnError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_EQ(*Half(4), 2);
  EXPECT_TRUE(CheckQuarter(8).ok());
  EXPECT_EQ(CheckQuarter(7).message(), "odd");
}

TEST(StatusDeathTest, AskingForWhatIsNotThereStops) {
  EXPECT_DEATH(Half(3).value(), "odd");
  EXPECT_DEATH((void)Status().code(), "CHECK failed");
  EXPECT_DEATH((void)Result<int>{Status::Ok()}, "needs an error");
}

struct ErrorRow {
  ErrorCode code;
  const char* text;
};

constexpr ErrorRow kErrors[] = {
#define MILLRACE_ERROR(code, name, prefix, http_status, retryable) {ErrorCode::code, #code},
#include "engine/base/errors.def"
#undef MILLRACE_ERROR
};

TEST(ErrorTableTest, EveryRowIsOnesOwn) {
  std::set<std::string> codes;
  for (size_t i = 0; i < std::size(kErrors); ++i) {
    const auto& [code, text] = kErrors[i];
    EXPECT_TRUE(codes.insert(text).second) << text;
    EXPECT_EQ(static_cast<size_t>(code), i) << text;
    const ErrorInfo& info = InfoOf(code);
    EXPECT_FALSE(info.name.empty()) << text;
    EXPECT_EQ(info.prefix.back(), '#') << text;
    EXPECT_EQ(info.prefix.substr(0, 4), "com.") << text;
    EXPECT_GE(info.http_status, 400) << text;
    EXPECT_LT(info.http_status, 600) << text;
  }
}

TEST(ErrorTableTest, SaysWhatTheServiceSays) {
  const ErrorInfo& validation = InfoOf(ErrorCode::kValidation);
  EXPECT_EQ(validation.name, "ValidationException");
  EXPECT_EQ(validation.prefix, "com.amazon.coral.validate#");
  EXPECT_EQ(validation.http_status, 400);
  EXPECT_FALSE(validation.retryable);
  const ErrorInfo& condition = InfoOf(ErrorCode::kConditionalCheckFailed);
  EXPECT_EQ(condition.name, "ConditionalCheckFailedException");
  EXPECT_EQ(condition.prefix, "com.amazonaws.dynamodb.v20120810#");
  EXPECT_FALSE(condition.retryable);
  EXPECT_TRUE(InfoOf(ErrorCode::kThrottling).retryable);
  EXPECT_EQ(InfoOf(ErrorCode::kInternal).http_status, 500);
}

TEST(StrongIdTest, ComparesAndHashesAsItsNumber) {
  EXPECT_EQ(Lsn().value(), 0u);
  EXPECT_EQ(Lsn(5), Lsn(5));
  EXPECT_LT(Lsn(4), Lsn(5));
  EXPECT_EQ(std::hash<Lsn>()(Lsn(5)), std::hash<uint64_t>()(5));
  static_assert(!std::is_convertible_v<uint64_t, Lsn>);
  static_assert(!std::is_same_v<TableId, IndexId>);
}

}  // namespace
}  // namespace millrace
