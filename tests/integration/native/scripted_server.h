#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <zmq.hpp>

#include "sdk/native_frames.h"

namespace millrace {

// A server that welcomes everybody, and answers whatever it was told to.
class ScriptedServer {
 public:
  using Script = std::function<native::ReplyBody(const native::RequestBody& body)>;

  ScriptedServer(const std::string& endpoint, Script script) : script_(std::move(script)) {
    router_.set(zmq::sockopt::linger, 0);
    router_.set(zmq::sockopt::rcvtimeo, 20'000);
    router_.bind(endpoint);
  }
  // Until it has answered so many messages.
  void Answer(int messages) {
    for (; messages > 0; --messages) {
      zmq::message_t peer;
      zmq::message_t message;
      if (!router_.recv(peer) || !router_.recv(message)) return ADD_FAILURE() << "nothing came";
      const auto request = decoder_.DecodeRequest(message.to_string_view());
      ASSERT_TRUE(request.ok()) << request.status().ToString();
      router_.send(peer, zmq::send_flags::sndmore);
      router_.send(zmq::buffer(encoder_.Encode({request->id, ReplyTo(request->body)})),
                   zmq::send_flags::none);
    }
  }

 private:
  native::ReplyBody ReplyTo(const native::RequestBody& body) const {
    if (!std::holds_alternative<native::Hello>(body)) return script_(body);
    return native::Welcome{native::kProtocolVersion, "scripted", 1024};
  }

  const Script script_;
  zmq::context_t context_;
  zmq::socket_t router_{context_, zmq::socket_type::router};
  native::FrameEncoder encoder_;
  native::FrameDecoder decoder_;
};

}  // namespace millrace
