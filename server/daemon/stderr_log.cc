#include "server/daemon/stderr_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <string>

namespace millrace {
namespace {

class StderrLog final : public Log {
 public:
  StderrLog() : logger_("millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    logger_.flush_on(spdlog::level::trace);
  }

  void Info(std::string_view text) override { Write(spdlog::level::info, text); }
  void Warning(std::string_view text) override { Write(spdlog::level::warn, text); }
  void Error(std::string_view text) override { Write(spdlog::level::err, text); }

 private:
  void Write(spdlog::level::level_enum level, std::string_view text) {
    logger_.log(level, spdlog::string_view_t(text.data(), text.size()));
  }

  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> NewStderrLog() {
  return std::make_unique<StderrLog>();
}

}  // namespace millrace
