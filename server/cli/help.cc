#include "server/cli/help.h"

#include <algorithm>
#include <cctype>

#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr size_t kWidth = 100;  // columns
constexpr size_t kLeftColumnMax = 28;
constexpr const char* kIndent = "  ";

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Breaks `text` between words; lines after the first are indented.
std::string Wrapped(const std::string& text, size_t indent, size_t column) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!out.empty()) {
      const bool fits = column + 1 + word.size() <= kWidth;
      out += fits ? " " : "\n" + std::string(indent, ' ');
      column = fits ? column + 1 : indent;
    }
    out += word;
    column += word.size();
    begin = end + 1;
  }
  return out;
}

struct HelpRow {
  std::string left, right;
};

std::string Rows(const std::string& title, const std::vector<HelpRow>& rows) {
  if (rows.empty()) return "";
  size_t width = 0;
  for (const HelpRow& row : rows) {
    if (row.left.size() <= kLeftColumnMax) width = std::max(width, row.left.size());
  }
  std::string text = "\n" + title + "\n";
  for (const HelpRow& row : rows) {
    text += kIndent + row.left;
    const size_t indent = width + 4;
    if (row.left.size() > width) {
      text += "\n" + std::string(indent, ' ');
    } else {
      text.append(indent - row.left.size() - 2, ' ');
    }
    text += Wrapped(row.right, indent, indent) + "\n";
  }
  return text;
}

std::string LeftOf(const CommandOption& option) {
  if (option.positional()) return Upper(option.names());
  std::string text;
  for (const std::string& name : option.EachName()) text += (text.empty() ? "" : ", ") + name;
  if (!option.value_name().empty()) text += " " + option.value_name();
  return text;
}

std::string RightOf(const CommandOption& option) {
  std::string text = option.what();
  if (!option.choices().empty()) {
    std::string choices;
    for (const std::string& choice : option.choices()) {
      choices += (choices.empty() ? "" : ", ") + choice;
    }
    text += " (one of " + choices + ")";
  }
  if (option.repeats() && !option.positional()) text += " (may be repeated)";
  if (option.required() && !option.positional()) text += " (required)";
  if (!option.default_text().empty()) text += " [" + option.default_text() + "]";
  return text;
}

std::vector<HelpRow> RowsOf(const Command& command, bool positional) {
  std::vector<HelpRow> rows;
  for (const auto& option : command.options()) {
    if (option->positional() == positional) rows.push_back({LeftOf(*option), RightOf(*option)});
  }
  return rows;
}

std::string Paragraphs(const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out += "\n" + Wrapped(text.substr(begin, end - begin), 0, 0) + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string UsageOf(const Command& command) {
  std::string text = "usage: " + command.Path();
  if (!command.children().empty()) return text + " COMMAND";
  for (const auto& option : command.options()) {
    if (!option->positional()) continue;
    const std::string name = Upper(option->names()) + (option->repeats() ? "..." : "");
    text += option->required() ? " " + name : " [" + name + "]";
  }
  for (const auto& option : command.options()) {
    if (!option->positional() && option->required()) text += " " + LeftOf(*option);
  }
  return text + " [options]";
}

std::string HelpOf(const Command& command, const Command& common) {
  const CommandText& about = command.text();
  std::string text = about.summary + ".\n" + Paragraphs(about.details);
  text += "\n" + UsageOf(command) + "\n";
  std::vector<HelpRow> children;
  for (const auto& child : command.children()) {
    children.push_back({child->text().name, child->text().summary});
  }
  text += Rows("commands:", children);
  text += Rows("arguments:", RowsOf(command, true));
  std::vector<HelpRow> options = RowsOf(command, false);
  options.push_back({"--help, -h", "This text"});
  text += Rows("options:", options);
  if (command.run()) text += Rows("the server:", RowsOf(common, false));
  if (!about.examples.empty()) {
    text += about.examples.size() == 1 ? "\nexample:\n" : "\nexamples:\n";
    for (const std::string& example : about.examples) text += kIndent + example + "\n";
  }
  if (!about.next.empty()) text += "\n" + Wrapped("next: " + about.next, 0, 0) + "\n";
  return text;
}

}  // namespace millrace
