#include "server/cli/import_command.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "connectors/import/importer.h"
#include "connectors/import/plain_json.h"
#include "server/cli/context.h"
#include "server/cli/import_report.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

struct ImportLine {
  std::vector<std::string> files;
  std::string table;
  std::string format;
  std::string create;
  std::vector<std::string> types;
  std::string columns;
  std::string delimiter = ",";
  std::string empty = "omit";
  bool skip_nulls = false;
  std::string errors;
  std::optional<int64_t> bad_max;
  int64_t connections = kImportConnections;
  int64_t patience = 60;
  std::string resume_file;
  bool no_resume = false;
  bool restart = false;
};

Status Usage(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    parts.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

Result<FormatOptions> FormatOf(const ImportLine& line) {
  FormatOptions format;
  for (const std::string& types : line.types) {
    ASSIGN_OR_RETURN(ColumnTypes more, ParseColumnTypes(types));
    more.merge(format.types);  // what is said last holds
    format.types = std::move(more);
  }
  format.columns = SplitAtCommas(line.columns);
  const std::string delimiter = line.delimiter == "\\t" ? "\t" : line.delimiter;
  if (delimiter.size() != 1 || delimiter == "\"" || delimiter == "\n" || delimiter == "\r") {
    return Usage("--delimiter is one character, or \\t");
  }
  format.csv.delimiter = delimiter[0];
  format.empty_field = line.empty == "string" ? EmptyField::kString
                       : line.empty == "null" ? EmptyField::kNull
                                              : EmptyField::kOmit;
  format.skip_nulls = line.skip_nulls;
  return format;
}

// "pk:S,sk:N"
Result<KeySchema> KeyOfText(const std::string& text) {
  std::vector<KeyAttribute> key;
  for (const std::string& part : SplitAtCommas(text)) {
    const size_t colon = part.rfind(':');
    const auto type = colon == part.npos ? std::nullopt : ParseValueType(part.substr(colon + 1));
    if (!type || (*type != ValueType::kString && *type != ValueType::kNumber &&
                  *type != ValueType::kBinary)) {
      return Usage("--create takes NAME:TYPE[,NAME:TYPE], the types S, N or B; not '" + text + "'");
    }
    key.push_back({part.substr(0, colon), *type});
  }
  if (key.empty() || key.size() > 2) return Usage("--create takes one or two key attributes");
  KeySchema schema;
  schema.hash = key[0];
  if (key.size() == 2) schema.range = key[1];
  return schema;
}

// The new table's id.
Result<std::string> CreateTableOf(const CommandContext& context, const ImportLine& line,
                                  const KeySchema& schema) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("TableName", line.table, &writer);
  WriteText("BillingMode", "PAY_PER_REQUEST", &writer);
  const auto each = [&](std::string_view member, const auto& write) {
    writer.Key(member);
    writer.BeginArray();
    for (const KeyAttribute* key : {&schema.hash, schema.range ? &*schema.range : nullptr}) {
      if (key == nullptr) continue;
      writer.BeginObject();
      WriteText("AttributeName", key->name, &writer);
      write(*key);
      writer.EndObject();
    }
    writer.EndArray();
  };
  each("AttributeDefinitions", [&writer](const KeyAttribute& key) {
    WriteText("AttributeType", std::string(WireName(key.type)), &writer);
  });
  each("KeySchema", [&writer, &schema](const KeyAttribute& key) {
    WriteText("KeyType", &key == &schema.hash ? "HASH" : "RANGE", &writer);
  });
  writer.EndObject();
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("DynamoDB_20120810.CreateTable", body));
  return StringMember(*root.Find("TableDescription"), "TableId");
}

// What the table is. If it is to be made, there is no id yet, only its key.
Status FindTable(const CommandContext& context, const ImportLine& line, ImportOptions* options) {
  std::optional<KeySchema> wanted;
  if (!line.create.empty()) {
    ASSIGN_OR_RETURN(wanted, KeyOfText(line.create));
  }
  const Result<JsonValue> root =
      context.api->Call("DynamoDB_20120810.DescribeTable", BodyOf("TableName", line.table));
  if (wanted && root.status().Is(ErrorCode::kResourceNotFound)) {
    options->schema = *wanted;
    return Status::Ok();
  }
  if (!root.ok()) return root.status();
  const JsonValue table = *root->Find("Table");
  options->table_id = StringMember(table, "TableId");
  RETURN_IF_ERROR(table.Find("KeySchema")->ForEachElement([options](JsonValue key) {
    KeyAttribute attribute{StringMember(key, "AttributeName"), ValueType::kString};
    if (StringMember(key, "KeyType") == "HASH") {
      options->schema.hash = attribute;
    } else {
      options->schema.range = attribute;
    }
    return Status::Ok();
  }));
  RETURN_IF_ERROR(table.Find("AttributeDefinitions")->ForEachElement([options](JsonValue found) {
    const std::string name = StringMember(found, "AttributeName");
    const auto type = ParseValueType(StringMember(found, "AttributeType"));
    KeySchema& schema = options->schema;
    if (type && name == schema.hash.name) schema.hash.type = *type;
    if (type && schema.range && name == schema.range->name) schema.range->type = *type;
    return Status::Ok();
  }));
  if (!wanted || *wanted == options->schema) return Status::Ok();
  return Usage("the table " + line.table + " exists, and its key is not " + line.create);
}

bool CanBeReadOnce(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return path == "-" || status.type() == std::filesystem::file_type::fifo ||
         status.type() == std::filesystem::file_type::character;
}

// Where the run's state is kept; empty: nowhere.
Result<std::string> ResumePathOf(const ImportLine& line) {
  const bool standard_input =
      std::find(line.files.begin(), line.files.end(), "-") != line.files.end();
  if (standard_input && line.files.size() > 1) return Usage("- stands alone, or not at all");
  const bool read_once = std::any_of(line.files.begin(), line.files.end(), CanBeReadOnce);
  if (read_once && !line.resume_file.empty()) {
    return Usage(
        "standard input or a pipe can't be read again, so --resume-file is of no use with it");
  }
  if (line.no_resume || read_once) return std::string();
  if (!line.resume_file.empty()) return line.resume_file;
  const std::filesystem::path first(line.files[0]);
  const std::string directory = first.has_parent_path() ? first.parent_path().string() : ".";
  if (access(directory.c_str(), W_OK) != 0) return std::string();
  return line.files[0] + "." + line.table + ".import";
}

class HttpConnection final : public ImportConnection {
 public:
  explicit HttpConnection(const CommandContext& context)
      : http_(context.endpoint.host, context.endpoint.port, context.region) {}
  Result<Reply> BatchWriteItem(std::string_view body) override {
    ASSIGN_OR_RETURN(HttpReply reply, http_.Post("DynamoDB_20120810.BatchWriteItem", body));
    return Reply{reply.status, std::move(reply.body)};
  }

 private:
  HttpClient http_;
};

// What is written beside the table is no file that is read: it would be emptied before.
Status CheckWritten(const ImportLine& line, const char* option, const std::string& written) {
  for (const std::string& file : line.files) {
    std::error_code ignored;
    if (written.empty() || !std::filesystem::equivalent(written, file, ignored)) continue;
    return Usage(std::string(option) + " names " + file + ", which is to be imported");
  }
  return Status::Ok();
}

Result<ImportOptions> OptionsOf(const CommandContext& context, const ImportLine& line) {
  ImportOptions options;
  options.paths = line.files;
  options.table = line.table;
  options.connections = static_cast<size_t>(line.connections);
  options.patience_ms = line.patience * 1000;
  options.chosen_format = ParseImportFormat(line.format);
  if (line.bad_max) options.bad_max = static_cast<uint64_t>(*line.bad_max);
  ASSIGN_OR_RETURN(options.format, FormatOf(line));
  ASSIGN_OR_RETURN(options.resume_path, ResumePathOf(line));
  RETURN_IF_ERROR(CheckWritten(line, "--resume-file", options.resume_path));
  RETURN_IF_ERROR(CheckWritten(line, "--errors", line.errors));
  RETURN_IF_ERROR(FindTable(context, line, &options));
  return options;
}

Status Import(const CommandContext& context, const ImportLine& line) {
  ASSIGN_OR_RETURN(ImportOptions options, OptionsOf(context, line));
  if (line.restart && !options.resume_path.empty()) {
    std::error_code ignored;
    std::filesystem::remove(options.resume_path, ignored);
  }
  ImportReport report(context, line.table, options.resume_path);
  RETURN_IF_ERROR(report.OpenErrors(line.errors, options.resume_path));
  const ImportConnector connect = [&context] { return std::make_unique<HttpConnection>(context); };
  const bool create = options.table_id.empty();
  const KeySchema schema = options.schema;
  Importer importer(std::move(options), connect, FileSystem::Posix(), context.clock, &report);
  RETURN_IF_ERROR(importer.Check());
  if (create) {
    ASSIGN_OR_RETURN(std::string table_id, CreateTableOf(context, line, schema));
    importer.SetTableId(std::move(table_id));
  }
  context.interrupts->Catch();
  const Result<ImportEnd> end = importer.Run();
  return report.Finish(end, importer.progress());
}

void AddOptions(Command* import, const std::shared_ptr<ImportLine>& line) {
  import->Argument("file", &line->files, "CSV, JSON lines or DynamoDB's JSON; - is standard input")
      .Kind(ValueKind::kFile)
      .Count(1, SIZE_MAX);
  import->Option("--table,-t", &line->table, "TABLE", "The table")
      .Required()
      .Kind(ValueKind::kTable);
  import
      ->Option(
          "--format", &line->format, "FORMAT",
          "jsonl is plain JSON, an object to a line; dynamodb-json has {\"Item\": {...}} as AWS "
          "exports it, or bare items; told from the file if it can be")
      .OneOf({"csv", "jsonl", "dynamodb-json"});
  import->Option(
      "--create", &line->create, "KEY",
      "Make the table if there is none and the files can be read, with this key: pk:S or "
      "pk:S,sk:N");
  import->Option("--types", &line->types, "NAME:TYPE,...",
                 "Types of attributes; else S in CSV, as the notation says in JSON");
  import->Option("--columns", &line->columns, "NAME,...",
                 "Names of CSV's columns, where the file has no header");
  import->Option("--delimiter", &line->delimiter, "C", "Between CSV's fields; \\t is a tab")
      .Default(",");
  import->Option("--empty", &line->empty, "AS", "What an empty field of CSV becomes")
      .OneOf({"omit", "string", "null"})
      .Default("omit");
  import->Flag("--skip-nulls", &line->skip_nulls, "Leave out members of plain JSON that are null");
  import->Option("--errors", &line->errors, "FILE", "Write all bad lines there, with reasons")
      .Kind(ValueKind::kFile);
  import->Option("--max-bad", &line->bad_max, "N", "Stop after more than so many bad lines")
      .Within(0, INT64_MAX);
  import->Option("--connections", &line->connections, "N", "At the same time")
      .Within(1, 256)
      .Default(std::to_string(kImportConnections));
  import
      ->Option("--patience", &line->patience, "SECONDS",
               "To go on trying when nothing can be written")
      .Within(0, 86'400)
      .Default("60");
  import
      ->Option("--resume-file", &line->resume_file, "FILE",
               "Where to keep how far it is; else FILE.TABLE.import beside the first file")
      .Kind(ValueKind::kFile);
  import->Flag("--no-resume", &line->no_resume, "Keep nothing, and begin at the beginning");
  import->Flag("--restart", &line->restart, "Forget an earlier run, and begin at the beginning");
}

}  // namespace

void AddImportCommand(Command* root) {
  const auto line = std::make_shared<ImportLine>();
  Command& import = root->Add(
      {"import",
       "Files into a table: CSV, JSON lines, DynamoDB's JSON",
       "Gzip is unpacked. All files are looked into before the table is made and the first line is "
       "written. Lines that are no items are reported with their number and the reason, "
       "the others are imported, and the exit code is 1. Of lines with the same key the last one "
       "wins.\n"
       "An import that was interrupted, by Ctrl-C or anything else, goes on where it was when the "
       "same command runs again: a file beside the input keeps everything before which line is "
       "in the table. A few items behind it are then written once more, in order.",
       {"millrace import flights.csv --table flights --types delay:N,distance:N",
        "millrace import people.jsonl.gz --format jsonl --table people --create id:S",
        "millrace import export/*.json.gz --format dynamodb-json --table orders",
        "millrace import - --format jsonl --table items"},
       "millrace table describe TABLE shows what it holds now."});
  AddOptions(&import, line);
  import.Run([line](const CommandContext& context) { return Import(context, *line);
});
}  // namespace millrace

}  // namespace millrace
