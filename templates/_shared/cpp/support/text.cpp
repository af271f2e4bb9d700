#include "support/text.h"

#include <cmath>
#include <cstdint>
#include <locale>
#include <sstream>

namespace support {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char kHexDigits[] = "0123456789abcdef";

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Unicode's explicit directional formatting characters.
bool turns_text(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void append_hex(std::string& out, char32_t c, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kHexDigits[(c >> shift) & 15];
}

// Removes and returns the first code point of a text that is not empty. A byte that is not UTF-8 gives U+FFFD.
char32_t take_character(std::string_view& text) {
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};  // by the number of following bytes
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t following = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  bool valid = (first < 0x80 || (first >= 0xC0 && first < 0xF8)) && text.size() > following;
  char32_t c = following == 0 ? first : first & (0x3FU >> following);
  for (std::size_t i = 1; valid && i <= following; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    c = (c << 6) | (byte(i) & 0x3FU);
  }
  const bool is_surrogate = c >= 0xD800 && c < 0xE000;
  valid = valid && c >= kSmallest[following] && c <= 0x10FFFF && !is_surrogate;
  text.remove_prefix(valid ? following + 1 : 1);
  return valid ? c : kReplacement;
}

}  // namespace

void append_character(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;  // bytes after the first
  out += static_cast<char>((0xF0U << (3 - following)) | (c >> (6 * following)));
  for (int i = following - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const char32_t c = take_character(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (is_control(c)) {
      out += "\\u";
      append_hex(out, c, 4);
    } else {
      append_character(out, c);
    }
  }
  return out + '"';
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = take_character(text);
    if (is_control(c)) {
      out += "\\x";
      append_hex(out, c, 2);
    } else if (turns_text(c)) {
      out += "\\u";
      append_hex(out, c, 4);
    } else {
      append_character(out, c);
    }
  }
  return out;
}

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string out = "{";
  for (const auto& [name, value] : members) out += (out.size() > 1 ? "," : "") + json_string(name) + ":" + value;
  return out + "}";
}

std::string left(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) take_character(rest);
  return text + std::string(characters < width ? width - characters : 0, ' ');
}

std::string fixed(double number, int decimals) {
  if (!std::isfinite(number)) return "null";
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.setf(std::ios::fixed);
  out.precision(decimals);
  out << number;
  return out.str();
}

std::string shortest(double number) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << number;
  return out.str();
}

}  // namespace support
