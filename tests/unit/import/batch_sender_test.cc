#include "connectors/import/batch_sender.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using Kind = BatchSender::Action::Kind;

KeySchema Schema() {
  KeySchema schema;
  schema.hash = {"pk", ValueType::kString};
  return schema;
}

std::string Json(const std::string& pk, int n) {
  return "{\"pk\":{\"S\":\"" + pk + "\"},\"n\":{\"N\":\"" + std::to_string(n) + "\"}}";
}

void Add(WriteBatch* batch, const std::string& pk, int n) {
  const std::string json = Json(pk, n);
  ImportItem item;
  item.json = json;
  item.key.pk = pk;
  Mark mark;
  mark.line = static_cast<uint64_t>(n);
  batch->Add(item, mark);
}

std::string ErrorBody(const std::string& name) {
  return "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + name + "\",\"message\":\"why\"}";
}

class BatchSenderTest : public testing::Test {
 protected:
  BatchSenderTest() { options_.table = "t"; }
  BatchSender Sender() { return BatchSender(&batch_, &schema_, &options_, &random_); }
  const KeySchema schema_ = Schema();
  BatchSender::Options options_;
  Random random_{7};
  WriteBatch batch_;
};

TEST_F(BatchSenderTest, TheLaterItemOfAKeyWins) {
  Add(&batch_, "a", 1);
  Add(&batch_, "b", 2);
  Add(&batch_, "a", 3);
  EXPECT_EQ(batch_.superseded(), 1u);
  EXPECT_EQ(batch_.first().line, 1u);
  EXPECT_EQ(Sender().Start().body,
            "{\"RequestItems\":{\"t\":[{\"PutRequest\":{\"Item\":" + Json("b", 2) +
                "}},{\"PutRequest\":{\"Item\":" + Json("a", 3) + "}}]}}");
}

TEST_F(BatchSenderTest, IsFullAt25Keys) {
  for (int i = 0; i < 24; ++i) Add(&batch_, "k" + std::to_string(i), i);
  Add(&batch_, "k0", 100);
  EXPECT_FALSE(batch_.full());
  Add(&batch_, "k24", 24);
  EXPECT_TRUE(batch_.full());
}

TEST_F(BatchSenderTest, Done) {
  Add(&batch_, "a", 1);
  BatchSender sender = Sender();
  EXPECT_EQ(sender.Start().kind, Kind::kSend);
  EXPECT_EQ(sender.OnReply(200, "{\"UnprocessedItems\":{}}").kind, Kind::kDone);
}

TEST_F(BatchSenderTest, UnprocessedItemsAloneAreSentAgain) {
  Add(&batch_, "a", 1);
  Add(&batch_, "b", 2);
  BatchSender sender = Sender();
  sender.Start();
  const auto action = sender.OnReply(
      200, "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Item\":" + Json("b", 2) + "}}]}}");
  ASSERT_EQ(action.kind, Kind::kWait);
  EXPECT_GT(action.wait_ms, 0);
  EXPECT_EQ(sender.OnWaited().body,
            "{\"RequestItems\":{\"t\":[{\"PutRequest\":{\"Item\":" + Json("b", 2) + "}}]}}");
  EXPECT_EQ(sender.OnReply(200, "{\"UnprocessedItems\": {}}").kind, Kind::kDone);
  EXPECT_EQ(sender.retries(), 1u);
}

TEST_F(BatchSenderTest, WaitsGrowAndEnd) {
  for (const char* name : {"ThrottlingException", "ProvisionedThroughputExceededException",
                           "InternalServerError", "ServiceUnavailable"}) {
    Add(&batch_, "a", 1);
    BatchSender sender = Sender();
    sender.Start();
    int64_t waited = 0;
    int waits = 0;
    for (auto action = sender.OnReply(400, ErrorBody(name)); action.kind != Kind::kFail;
         action = sender.OnReply(400, ErrorBody(name))) {
      ASSERT_EQ(action.kind, Kind::kWait);
      EXPECT_GE(action.wait_ms, std::min(BatchSender::kWaitMax, int64_t{50} << waits) / 2);
      EXPECT_LE(action.wait_ms, BatchSender::kWaitMax);
      waited += action.wait_ms;
      waits = std::min(waits + 1, 10);
      EXPECT_EQ(sender.OnWaited().kind, Kind::kSend);
    }
    EXPECT_GE(waited, options_.patience_ms);
    EXPECT_LT(waited, options_.patience_ms + BatchSender::kWaitMax);
  }
}

TEST_F(BatchSenderTest, NobodyAnswersThenSomebodyDoes) {
  Add(&batch_, "a", 1);
  BatchSender sender = Sender();
  sender.Start();
  EXPECT_EQ(sender.OnNoAnswer(Status(ErrorCode::kUnavailable, "refused")).kind, Kind::kWait);
  EXPECT_EQ(sender.OnWaited().kind, Kind::kSend);
  EXPECT_EQ(sender.OnReply(200, "{\"UnprocessedItems\":{}}").kind, Kind::kDone);
}

TEST_F(BatchSenderTest, TheItemAtFaultIsFoundAndTheOthersWritten) {
  for (int bad = 0; bad < 25; ++bad) {
    WriteBatch batch;
    for (int i = 0; i < 25; ++i) Add(&batch, "k" + std::to_string(i), i);
    BatchSender sender(&batch, &schema_, &options_, &random_);
    const std::string fault = Json("k" + std::to_string(bad), bad);
    std::string written;
    int sends = 0;
    auto action = sender.Start();
    while (action.kind == Kind::kSend) {
      ++sends;
      const bool refused = action.body.find(fault) != std::string::npos;
      if (!refused) written += action.body;
      action = refused ? sender.OnReply(400, ErrorBody("ValidationException"))
                       : sender.OnReply(200, "{\"UnprocessedItems\":{}}");
    }
    EXPECT_EQ(action.kind, Kind::kDone);
    ASSERT_EQ(sender.refused().size(), 1u);
    EXPECT_EQ(sender.refused()[0].mark.line, static_cast<uint64_t>(bad));
    EXPECT_EQ(sender.refused()[0].reason, "why");
    EXPECT_LE(sends, 11);  // a path of halves
    for (int i = 0; i < 25; ++i) {
      EXPECT_EQ(written.find(Json("k" + std::to_string(i), i)) == std::string::npos, i == bad);
    }
  }
}

TEST_F(BatchSenderTest, OtherErrorsEndTheImport) {
  Add(&batch_, "a", 1);
  for (const char* name : {"ResourceNotFoundException", "AccessDeniedException"}) {
    BatchSender sender = Sender();
    sender.Start();
    const auto action = sender.OnReply(400, ErrorBody(name));
    ASSERT_EQ(action.kind, Kind::kFail);
    EXPECT_EQ(action.failure.message(), std::string(name) + ": why");
  }
  BatchSender sender = Sender();
  sender.Start();
  EXPECT_EQ(sender.OnReply(404, "<html>").kind, Kind::kFail);
}

}  // namespace
}  // namespace millrace
