#include "server/http/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/unit/server/http_server_fixture.h"
#include "tests/unit/server/raw_client.h"

namespace millrace {
namespace {

using std::chrono::seconds;

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  Start();
  RawClient client(port());
  for (const std::string_view body : {"first", "", "third"}) {
    client.Send(PostRequest(body));
    const auto reply = client.Read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, body);
    EXPECT_NE(reply.head.find("x-amzn-RequestId: "), reply.head.npos);
    EXPECT_NE(reply.head.find("Connection: keep-alive"), reply.head.npos);
  }
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  Start();
  for (const std::string_view body : {"", "a body", "hold on"}) {
    RawClient client(port());
    client.Send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + std::string(body) + PostRequest("next"));
    if (body == "hold on") {
      handler_.WaitForHeld(1);
      handler_.Release();
    }
    const std::string head = client.ReadHead();
    EXPECT_NE(head.find("Content-Length: " + std::to_string(body.size()) + "\r\n"), head.npos);
    EXPECT_EQ(client.Read().body, "next");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Start();
  RawClient client(port());
  std::string all = PostRequest("hold it");
  for (int i = 0; i < 100; ++i) all += PostRequest(std::to_string(i));
  client.Send(all);
  handler_.WaitForHeld(1);
  EXPECT_EQ(handler_.handled, 1);  // the others wait for their turn
  handler_.Release();
  EXPECT_EQ(client.Read().body, "hold it");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Read().body, std::to_string(i));
}

TEST_F(HttpServerTest, ReadsRequestsThatComeByteByByte) {
  Start();
  RawClient client(port());
  for (const char c : PostRequest("slowly")) client.Send(std::string_view(&c, 1));
  EXPECT_EQ(client.Read().body, "slowly");
}

TEST_F(HttpServerTest, AnswersAHalfClosedClientAndCloses) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("last"));
  client.EndOutput();
  EXPECT_EQ(client.Read().body, "last");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, ClosesWhenARequestIsCutOff) {
  Start();
  RawClient client(port());
  const std::string request = PostRequest("a body");
  client.Send(std::string_view(request).substr(0, request.size() - 1));
  client.EndOutput();
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  Start();
  RawClient client(port());
  client.Send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "hello world");
}

TEST_F(HttpServerTest, SendsContinueWhenTheClientWaitsForIt) {
  Start();
  RawClient client(port());
  const std::string request = PostRequest("body", "Expect: 100-continue\r\n");
  client.Send(std::string_view(request).substr(0, request.size() - 4));
  EXPECT_EQ(client.Read().status, 100);
  client.Send("body");
  EXPECT_EQ(client.Read().body, "body");
}

TEST_F(HttpServerTest, RefusesABodyOneByteTooLarge) {
  HttpServerOptions options;
  options.body_size_max = 1000;
  Start(options);
  RawClient client(port());
  client.Send(PostRequest(std::string(1000, 'x')));
  EXPECT_EQ(client.Read().body.size(), 1000u);
  client.Send(PostRequest(std::string(1001, 'x')));
  const auto reply = client.Read();
  EXPECT_EQ(reply.status, 413);
  EXPECT_TRUE(reply.body.empty());
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, RefusesAChunkedBodyThatGrowsTooLarge) {
  HttpServerOptions options;
  options.body_size_max = 1000;
  Start(options);
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) client.Send("64\r\n" + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(HttpServerTest, BoundsTheMemoryOfAllLargeBodies) {
  HttpServerOptions options;
  options.bytes_in_flight_max = 3'000'000;
  Start(options);
  RawClient one(port());
  RawClient two(port());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n";
  one.Send(head + std::string(1'900'000, 'x'));
  two.Send(head + std::string(2'000'000, 'x'));
  const int second = two.Read().status;
  one.Send(std::string(100'000, 'x'));
  const int first = one.Read().status;
  // Whichever came to the bound last was turned away; afterwards there is room again.
  EXPECT_EQ(first + second, 200 + 400);
  RawClient three(port());
  three.Send(head + std::string(2'000'000, 'x'));
  EXPECT_EQ(three.Read().status, 200);
}

TEST_F(HttpServerTest, TellsWhyEvenWhileTheClientIsSending) {
  Start();
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
  client.Send(std::string(20000000, 'x'));
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(HttpServerTest, RefusesHeadsThatAreTooLargeOrNotHttp) {
  struct Row {
    std::string bytes;
    int status;
  };
  const Row rows[] = {
      {"POST / HTTP/1.1\r\nX: " + std::string(40000, 'x') + "\r\n\r\n", 431},
      {"nonsense\r\n\r\n", 400},
      {"POST / HTTP/9.9\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nBad Name: 1\r\n\r\n", 400},
      {std::string("\0\1\2\3\r\n\r\n", 8), 400},
  };
  Start();
  for (const Row& row : rows) {
    RawClient client(port());
    client.Send(row.bytes);
    EXPECT_EQ(client.Read().status, row.status) << row.bytes.substr(0, 40);
    EXPECT_TRUE(client.AtEnd());
  }
  RawClient client(port());
  client.Send(PostRequest("still here"));
  EXPECT_EQ(client.Read().body, "still here");
}

TEST_F(HttpServerTest, SendsLargeReplies) {
  Start();
  RawClient client(port());
  const std::string body(15 * 1024 * 1024, 'y');
  for (int i = 0; i < 2; ++i) {
    client.Send(PostRequest(body));
    EXPECT_EQ(client.Read().body.size(), body.size());
  }
}

TEST_F(HttpServerTest, ClosesOnHttp10AndOnRequest) {
  Start();
  for (const std::string_view request :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}) {
    RawClient client(port());
    client.Send(request);
    EXPECT_EQ(client.Read().status, 200);
    EXPECT_TRUE(client.AtEnd());
  }
}

TEST_F(HttpServerTest, TurnsAwayOneConnectionTooMany) {
  HttpServerOptions options;
  options.connections_max = 2;
  Start(options);
  auto first = std::make_unique<RawClient>(port());
  RawClient second(port());
  for (RawClient* client : {first.get(), &second}) {
    client->Send(PostRequest("in"));
    EXPECT_EQ(client->Read().status, 200);
  }
  EXPECT_EQ(RawClient(port()).Read().status, 503);
  first.reset();
  EXPECT_TRUE(Eventually(seconds(10), [this] {
    RawClient client(port());
    client.Send(PostRequest("in"));
    return client.Read().status == 200;
  }));
}

TEST_F(HttpServerTest, ClosesIdleAndStalledConnections) {
  HttpServerOptions options;
  options.idle_timeout = seconds(1);
  options.progress_timeout = seconds(1);
  Start(options);
  RawClient idle(port());
  RawClient stalled(port());
  stalled.Send("POST / HTTP/1.1\r\n");
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_TRUE(stalled.AtEnd());
}

TEST_F(HttpServerTest, SurvivesClientsThatLeaveBeforeTheReply) {
  Start();
  for (int i = 0; i < 10; ++i) RawClient(port()).Send(PostRequest("hold " + std::to_string(i)));
  handler_.WaitForHeld(10);
  handler_.Release();
  RawClient client(port());
  client.Send(PostRequest("still here"));
  EXPECT_EQ(client.Read().body, "still here");
}

TEST_F(HttpServerTest, StopFinishesWhatIsBeingAnswered) {
  Start();
  RawClient busy(port());
  RawClient idle(port());
  busy.Send(PostRequest("hold on"));
  handler_.WaitForHeld(1);
  std::thread stopper([this] { server_->Stop(); });
  EXPECT_TRUE(idle.AtEnd());
  handler_.Release();
  const auto reply = busy.Read();
  EXPECT_EQ(reply.body, "hold on");
  EXPECT_NE(reply.head.find("Connection: close"), reply.head.npos);
  EXPECT_TRUE(busy.AtEnd());
  stopper.join();
}

TEST_F(HttpServerTest, StopWaitsOnlySoLong) {
  HttpServerOptions options;
  options.drain_timeout = seconds(1);
  Start(options);
  RawClient client(port());
  client.Send(PostRequest("hold forever"));
  handler_.WaitForHeld(1);
  server_->Stop();
  EXPECT_TRUE(client.AtEnd());
  handler_.Release();  // too late, and harmless
}

TEST_F(HttpServerTest, RefusesAnAddressInUse) {
  Start();
  HttpServerOptions options;
  options.port = port();
  EchoHandler handler;
  const Status status = HttpServer(options).Start(&handler);
  EXPECT_EQ(status.message(),
            "cannot listen on 127.0.0.1:" + std::to_string(port()) + ": Address already in use");
}

TEST_F(HttpServerTest, ServesFromAllItsThreads) {
  HttpServerOptions options;
  options.threads = 4;
  Start(options);
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([this, c, &right] {
      for (int i = 0; i < 20; ++i) {
        RawClient client(port());
        const std::string body = std::to_string(c) + "/" + std::to_string(i);
        client.Send(PostRequest(body));
        if (client.Read().body == body) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 8 * 20);
}

}  // namespace
}  // namespace millrace
