#include "json_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>

namespace parity {
namespace {

constexpr int kDeepest = 64;

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;  // bytes after the first
  out += static_cast<char>((0xF0U << (3 - following)) | (c >> (6 * following)));
  for (int i = following - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

template <typename Value, typename Variant>
const Value& get(const Variant& value, const char* name) {
  if (const Value* found = std::get_if<Value>(&value)) return *found;
  throw std::runtime_error(std::string("a JSON value is not ") + name);
}

}  // namespace

// Recursive descent over the text.
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

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void expect(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) fail("expected " + std::string(word));
    at_ += word.size();
  }

  // Calls parse_one for each element between the brackets, which commas separate.
  template <typename ParseOne>
  void parse_list(const char* opening, const char* closing, ParseOne parse_one) {
    expect(opening);
    skip_blanks();
    for (bool first = true; peek() != *closing; first = false) {
      if (!first) expect(",");
      skip_blanks();
      parse_one();
      skip_blanks();
    }
    expect(closing);
  }

  Json parse_value(int depth) {
    if (depth > kDeepest) fail("too deep");
    skip_blanks();
    Json json;
    if (peek() == '{') {
      Json::Members members;
      parse_list("{", "}", [&] {
        std::string key = parse_string();
        skip_blanks();
        expect(":");
        if (!members.emplace(std::move(key), parse_value(depth + 1)).second) fail("a key stands twice");
      });
      json.value_ = std::move(members);
    } else if (peek() == '[') {
      Json::Items items;
      parse_list("[", "]", [&] { items.push_back(parse_value(depth + 1)); });
      json.value_ = std::move(items);
    } else if (peek() == '"') {
      json.value_ = parse_string();
    } else if (peek() == 't' || peek() == 'f') {
      json.value_ = peek() == 't';
      expect(peek() == 't' ? "true" : "false");
    } else if (peek() == 'n') {
      expect("null");
    } else {
      json.value_ = parse_number();
    }
    return json;
  }

  double parse_number() {
    const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
    std::istringstream in(std::string(text_.substr(at_, end - at_)));
    in.imbue(std::locale::classic());  // a decimal point in every language
    double number = 0;
    if (!(in >> number) || in.peek() != std::istringstream::traits_type::eof()) fail("expected a value");
    at_ = end;
    return number;
  }

  char32_t parse_hex4() {
    const std::string digits(text_.substr(at_, 4));
    if (digits.size() != 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      fail("expected four hexadecimal digits");
    }
    at_ += 4;
    return static_cast<char32_t>(std::stoul(digits, nullptr, 16));
  }

  void parse_escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const char name = peek();
    ++at_;
    if (const std::size_t place = kNames.find(name); place != std::string_view::npos) {
      out += kMeanings[place];
    } else if (name == 'u') {
      char32_t code = parse_hex4();
      if (code >= 0xD800 && code < 0xDC00) {  // the first half of a pair
        expect("\\u");
        const char32_t second = parse_hex4();
        if (second < 0xDC00 || second > 0xDFFF) fail("expected the second half of a character");
        code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
      }
      append_utf8(out, code);
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
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a string");
      if (c == '\\') {
        parse_escape(out);
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

bool Json::boolean() const { return get<bool>(value_, "true or false"); }

double Json::number() const { return get<double>(value_, "a number"); }

int Json::integer() const {
  const double value = number();
  if (value != std::floor(value) || std::abs(value) > std::numeric_limits<int>::max()) {
    throw std::runtime_error("a JSON number is not a whole one");
  }
  return static_cast<int>(value);
}

const std::string& Json::string() const { return get<std::string>(value_, "a string"); }

const Json::Items& Json::items() const { return get<Items>(value_, "an array"); }

const Json::Members& Json::members() const { return get<Members>(value_, "an object"); }

const Json& Json::operator[](const std::string& key) const {
  const auto member = members().find(key);
  if (member == members().end()) throw std::runtime_error("a JSON object has no " + key);
  return member->second;
}

}  // namespace parity
