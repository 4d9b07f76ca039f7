#include "connectors/cdc/pipeline_spec.h"

#include <algorithm>
#include <cstdio>

namespace millrace {
namespace {

// What is left of a file name's 255 bytes (NAME_MAX) beside two lsns and the longest number.
constexpr size_t kTableInNameMax = 180;

Status Invalid(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

std::string Digits(uint64_t number, int width) {
  char text[24];
  std::snprintf(text, sizeof(text), "%0*llu", width, static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

std::string_view WireName(CdcStart start) {
  return start == CdcStart::kLatest ? "LATEST" : "TRIM_HORIZON";
}

Status CheckPipelineSpec(const PipelineSpec& spec) {
  if (spec.name.empty() || spec.name.size() > kPipelineNameMax ||
      !std::all_of(spec.name.begin(), spec.name.end(), IsNameCharacter)) {
    return Invalid("A pipeline's name is 1 to " + std::to_string(kPipelineNameMax) +
                   " letters, digits, '-' and '_'; '" + spec.name + "' is not.");
  }
  if (spec.directory.empty() || spec.directory[0] != '/' ||
      spec.directory.find('\0') != std::string::npos) {
    return Invalid("Directory must be an absolute path on the server's machine; '" +
                   spec.directory + "' is not.");
  }
  if (spec.roll_bytes < kRollBytesMin || spec.roll_bytes > kRollBytesMax) {
    return Invalid("RollBytes must be between " + std::to_string(kRollBytesMin) + " and " +
                   std::to_string(kRollBytesMax) + "; it is " + std::to_string(spec.roll_bytes) +
                   ".");
  }
  if (spec.roll_seconds < 1 || spec.roll_seconds > kRollSecondsMax) {
    return Invalid("RollSeconds must be between 1 and " + std::to_string(kRollSecondsMax) +
                   "; it is " + std::to_string(spec.roll_seconds) + ".");
  }
  if (spec.compression_level < 1 || spec.compression_level > kCompressionLevelMax) {
    return Invalid("CompressionLevel must be between 1 (fast) and " +
                   std::to_string(kCompressionLevelMax) + " (small); it is " +
                   std::to_string(spec.compression_level) + ".");
  }
  if (spec.snapshot && spec.start == CdcStart::kTrimHorizon) {
    return Invalid(
        "A snapshot is of now, and the stream goes on from it: StartingPosition TRIM_HORIZON "
        "cannot be combined with it.");
  }
  return Status::Ok();
}

bool NeedsOldImage(StreamViewType view) {
  return view == StreamViewType::kOldImage || view == StreamViewType::kNewAndOldImages;
}

std::string CdcFileName(std::string_view table, Lsn after, Lsn through,
                        std::optional<uint64_t> snapshot_file) {
  std::string name(table.substr(0, kTableInNameMax));
  if (!name.empty() && name[0] == '.') name[0] = '_';
  name += "." + Digits(after.value(), 20) + "-" + Digits(through.value(), 20);
  if (snapshot_file.has_value()) name += ".s" + Digits(*snapshot_file, 6);
  return name + ".jsonl.gz";
}

}  // namespace millrace
