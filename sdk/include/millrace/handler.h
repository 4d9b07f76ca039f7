#pragma once

#include <functional>
#include <string>

#include <millrace/invocation.h>
#include <millrace/item_builder.h>
#include <millrace/record.h>
#include "engine/base/status.h"

// A Millrace trigger handler is a program with one function over a batch of change records:
//
//   #include <millrace/handler.h>
//
//   int main(int argc, char** argv) {
//     return millrace::RunHandler(
//         argc, argv,
//         [](const millrace::RecordBatch& batch, millrace::Invocation&) -> millrace::Status {
//           for (const millrace::Record record : batch) {
//             printf("%s\n", record.sequence_number().c_str());
//           }
//           return millrace::Status::Ok();
//         });
//   }
//
// The server starts it, in a sandbox without a network and with a read-only root, keeps it running,
// and calls the function for one batch after the other. What it prints is kept as the function's
// log.
namespace millrace {

// OK: the batch is done; the writes of the invocation are committed with the checkpoint. An error,
// or an exception: nothing is written, the batch is delivered again. Of a batch that is good up to
// some record, see Invocation::Fail.
using HandlerFunction = std::function<Status(const RecordBatch& batch, Invocation& invocation)>;

// An error for a handler to return.
inline Status Failure(std::string message) {
  return Status(ErrorCode::kInternal, std::move(message));
}

// Serves the function until the server says stop or goes away. Returns what main should return. The
// command line is the function's own; the server's address comes from the environment.
int RunHandler(int argc, char** argv, HandlerFunction function);

}  // namespace millrace
