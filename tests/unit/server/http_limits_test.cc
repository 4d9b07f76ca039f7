// What no client, however slow, greedy or absent, may do to the others.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "server/http/http_server.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/http_server_fixture.h"
#include "tests/unit/server/raw_client.h"

namespace millrace {
namespace {

using std::chrono::seconds;
using HttpLimitsTest = HttpServerTest;

HttpServerOptions Impatient() {
  HttpServerOptions options;
  options.progress_timeout = seconds(1);
  options.transfer_rate_min = 1000;
  return options;
}

TEST_F(HttpLimitsTest, AConnectionTooManyIsToldWhy) {
  HttpServerOptions options;
  options.connections_max = 1;
  Start(options);
  RawClient first(port());
  first.Send(PostRequest("in"));
  EXPECT_EQ(first.Read().status, 200);
  RawClient second(port());
  second.Send(PostRequest(std::string(100'000, 'x')));  // not read, and no reason for a reset
  const auto reply = second.Read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "busy");
  EXPECT_NE(reply.head.find("x-amzn-RequestId: "), reply.head.npos);
  EXPECT_NE(reply.head.find("Connection: close"), reply.head.npos);
  second.EndOutput();
  EXPECT_TRUE(second.AtEnd());
  EXPECT_EQ(handler_.handled, 1);
}

TEST_F(HttpLimitsTest, AHeadMustArriveAsAWholeInItsTime) {
  Start(Impatient());
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nX: ");
  EXPECT_TRUE(Eventually(seconds(20), [&client] {
    client.Send("x");  // progress is not enough
    return client.Gone();
  }));
}

TEST_F(HttpLimitsTest, ABodyMustComeAtARate) {
  Start(Impatient());
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_TRUE(Eventually(seconds(20), [&client] {
    client.Send("x");
    return client.Gone();
  }));
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HttpLimitsTest, AReplyMustGoAtARate) {
  HttpServerOptions options = Impatient();
  options.connections_max = 1;
  Start(options);
  RawClient sipping(port());
  sipping.Send(PostRequest("grow"));
  ASSERT_TRUE(Eventually(seconds(10), [this] { return handler_.handled == 1; }));
  // Its place is free once it was dropped.
  EXPECT_TRUE(Eventually(seconds(20), [this, &sipping] {
    sipping.Sip(1);
    RawClient next(port());
    next.Send(PostRequest("next"));
    return next.Read().status == 200;
  }));
}

TEST_F(HttpLimitsTest, AReaderThatIsSlowButReadsGetsItAll) {
  HttpServerOptions options = Impatient();
  options.transfer_rate_min = 1;
  options.progress_timeout = seconds(5);  // a sanitizer on a busy machine needs its time
  Start(options);
  RawClient client(port());
  client.Send(PostRequest("grow"));
  EXPECT_EQ(client.Read().body.size(), EchoHandler::kGrownSize);
}

TEST_F(HttpLimitsTest, UnreadRepliesAreCountedAndHoldBackNewOnes) {
  HttpServerOptions options;
  options.bytes_in_flight_max = EchoHandler::kGrownSize / 4;
  Start(options);
  RawClient greedy(port());
  greedy.Send(PostRequest("grow"));
  RawClient modest(port());
  EXPECT_TRUE(Eventually(seconds(10), [&modest] {
    modest.Send(PostRequest("small"));
    const auto reply = modest.Read();
    EXPECT_EQ(reply.status, reply.body == "busy" ? 400 : 200);
    return reply.body == "busy";
  }));
  EXPECT_EQ(greedy.Read().body.size(), EchoHandler::kGrownSize);
  // On the same connection, and at once.
  EXPECT_TRUE(Eventually(seconds(10), [&modest] {
    modest.Send(PostRequest("small"));
    return modest.Read().body == "small";
  }));
}

TEST_F(HttpLimitsTest, AChunkHeaderMayNotGrowForEver) {
  Start();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  RawClient edge(port());
  edge.Send(head + "1;" + std::string(30'000, 'x') + "\r\ny\r\n0\r\n\r\n");
  EXPECT_EQ(edge.Read().body, "y");
  for (const std::string_view start : {"1;", "0\r\nTrailer: "}) {
    RawClient client(port());
    client.Send(head + std::string(start) + std::string(200'000, 'x'));
    EXPECT_EQ(client.Read().status, 431);
  }
}

TEST_F(HttpLimitsTest, ChunksMayComeByteByByte) {
  Start();
  RawClient client(port());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view chunks : {"0\r\n\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"}) {
    for (const char c : head + std::string(chunks)) client.Send(std::string_view(&c, 1));
    EXPECT_EQ(client.Read().body, chunks[0] == '0' ? "" : "abc");
  }
}

TEST_F(HttpLimitsTest, RequestsSentAheadWaitInTheNetwork) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("hold"));
  handler_.WaitForHeld(1);
  std::string ahead;
  constexpr int kAhead = 5000;
  for (int i = 0; i < kAhead; ++i) ahead += PostRequest(std::to_string(i));
  std::thread sender([&client, &ahead] { client.Send(ahead); });
  EXPECT_EQ(handler_.handled, 1);
  handler_.Release();
  EXPECT_EQ(client.Read().body, "hold");
  for (int i = 0; i < kAhead; ++i) ASSERT_EQ(client.Read().body, std::to_string(i));
  sender.join();
}

}  // namespace
}  // namespace millrace
