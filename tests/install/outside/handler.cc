#include <millrace/handler.h>

#include <cstdio>

// Uses something of every header: what is not installed doesn't compile, what is not linked doesn't
// link.
int main(int argc, char** argv) {
  return millrace::RunHandler(
      argc, argv,
      [](const millrace::RecordBatch& batch, millrace::Invocation& invocation) -> millrace::Status {
        for (const millrace::Record record : batch) {
          const auto origin = record.new_image().GetString("origin");
          if (!origin) return millrace::Failure("a flight without an origin");
          const auto key = millrace::ItemBuilder().Set("origin", *origin);
          ASSIGN_OR_RETURN(const millrace::Item seen, invocation.Get("seen", key));
          if (seen.empty()) invocation.Put("seen", key, "attribute_not_exists(origin)");
          std::printf("%s %s\n", record.sequence_number().c_str(), std::string(*origin).c_str());
        }
        return millrace::Status::Ok();
      });
}
