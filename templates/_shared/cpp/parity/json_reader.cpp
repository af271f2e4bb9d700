#include "parity/json_reader.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>

#include "support/text.h"

namespace parity {

namespace {

constexpr int kDeepest = 64;

}  // namespace

// Recursive descent over the text (RFC 8259).
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Json document() {
    Json value = parse_value(0);
    skip_blanks();
    if (at_ < text_.size()) fail("something follows the value");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error("not JSON at byte " + std::to_string(at_) + ": " + what);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  void expect(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) fail("expected " + std::string(word));
    at_ += word.size();
  }

  Json parse_value(int depth) {
    if (depth > kDeepest) fail("too deep");
    skip_blanks();
    Json value;
    switch (peek()) {
      case '{':
        parse_object(value, depth);
        break;
      case '[':
        parse_array(value, depth);
        break;
      case '"':
        value.kind_ = Json::Kind::kString;
        value.string_ = parse_string();
        break;
      case 't':
        expect("true");
        value.kind_ = Json::Kind::kBoolean;
        value.boolean_ = true;
        break;
      case 'f':
        expect("false");
        value.kind_ = Json::Kind::kBoolean;
        break;
      case 'n':
        expect("null");
        break;
      default:
        value.kind_ = Json::Kind::kNumber;
        value.number_ = parse_number();
    }
    return value;
  }

  void parse_object(Json& value, int depth) {
    value.kind_ = Json::Kind::kObject;
    expect("{");
    skip_blanks();
    while (peek() != '}') {
      if (!value.members_.empty()) expect(",");
      skip_blanks();
      std::string key = parse_string();
      skip_blanks();
      expect(":");
      if (!value.members_.emplace(std::move(key), parse_value(depth + 1)).second) fail("a key stands twice");
      skip_blanks();
    }
    expect("}");
  }

  void parse_array(Json& value, int depth) {
    value.kind_ = Json::Kind::kArray;
    expect("[");
    skip_blanks();
    while (peek() != ']') {
      if (!value.items_.empty()) expect(",");
      value.items_.push_back(parse_value(depth + 1));
      skip_blanks();
    }
    expect("]");
  }

  double parse_number() {
    const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
    const std::string digits(text_.substr(at_, end - at_));
    std::istringstream in(digits);
    in.imbue(std::locale::classic());  // a point, whatever the app's language writes there
    double number = 0;
    if (!(in >> number) || in.peek() != std::istringstream::traits_type::eof()) fail("expected a value");
    at_ = end;
    return number;
  }

  unsigned parse_hex4() {
    const std::string_view digits = text_.substr(at_, 4);
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    if (digits.size() != 4 || digits.find_first_not_of(kHex) != std::string_view::npos) {
      fail("expected four hexadecimal digits");
    }
    at_ += 4;
    return static_cast<unsigned>(std::stoul(std::string(digits), nullptr, 16));
  }

  void parse_escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const char name = peek();
    ++at_;
    if (const std::size_t place = kNames.find(name); place != std::string_view::npos) {
      out += kMeanings[place];
    } else if (name == 'u') {
      unsigned code = parse_hex4();
      if (code >= 0xD800 && code < 0xDC00) {  // the first half of a pair
        expect("\\u");
        const unsigned second = parse_hex4();
        if (second < 0xDC00 || second > 0xDFFF) fail("expected the second half of a character");
        code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
      }
      support::append_character(out, code);
    } else {
      fail("unknown escape");
    }
  }

  std::string parse_string() {
    expect("\"");
    std::string out;
    while (peek() != '"') {
      if (at_ >= text_.size()) fail("a string does not end");
      const char c = text_[at_++];
      if (c == '\\') {
        parse_escape(out);
      } else if (static_cast<unsigned char>(c) < 0x20) {
        fail("a control character in a string");
      } else {
        out += c;
      }
    }
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Json Json::parse(std::string_view text) { return JsonParser(text).document(); }

Json Json::parse_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return parse(text.str());
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

void Json::require(Kind kind, const char* name) const {
  if (kind_ != kind) throw std::runtime_error(std::string("a JSON value is not ") + name);
}

bool Json::boolean() const {
  require(Kind::kBoolean, "true or false");
  return boolean_;
}

double Json::number() const {
  require(Kind::kNumber, "a number");
  return number_;
}

int Json::integer() const {
  const double value = number();
  if (value != std::floor(value) || std::abs(value) > std::numeric_limits<int>::max()) {
    throw std::runtime_error("a JSON number is not a whole one");
  }
  return static_cast<int>(value);
}

const std::string& Json::string() const {
  require(Kind::kString, "a string");
  return string_;
}

const std::vector<Json>& Json::items() const {
  require(Kind::kArray, "an array");
  return items_;
}

const std::map<std::string, Json>& Json::members() const {
  require(Kind::kObject, "an object");
  return members_;
}

bool Json::has(const std::string& key) const { return members().count(key) > 0; }

const Json& Json::operator[](const std::string& key) const {
  const auto member = members().find(key);
  if (member == members_.end()) throw std::runtime_error("a JSON object has no " + key);
  return member->second;
}

}  // namespace parity
