#pragma once

// What the server tells a handler process through its environment. Names with this prefix are the
// server's: a function cannot be given one.
namespace millrace {

constexpr char kEnvironmentPrefix[] = "MILLRACE_";
constexpr char kSocketVariable[] = "MILLRACE_SOCKET";  // path of the socket to connect to
constexpr char kTokenVariable[] = "MILLRACE_TOKEN";    // to be said in Ready

}  // namespace millrace
