#include "support/text.h"

#include <cmath>
#include <cstdint>
#include <locale>
#include <sstream>

namespace support {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr char kHexDigits[] = "0123456789abcdef";

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Unicode's explicit directional formatting characters.
bool turns_text(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void append_hex(std::string& out, std::uint32_t number, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kHexDigits[(number >> shift) & 15];
}

struct Character {
  char32_t code;
  std::string_view bytes;  // UTF-8
};

// Removes and returns the first character of a text that is not empty. A byte that is not UTF-8 gives U+FFFD.
Character take_character(std::string_view& text) {
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
  const Character character{valid ? c : 0xFFFD, valid ? text.substr(0, following + 1) : kReplacement};
  text.remove_prefix(valid ? following + 1 : 1);
  return character;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto [c, bytes] = take_character(text);
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
      out += bytes;
    }
  }
  return out + '"';
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [c, bytes] = take_character(text);
    if (is_control(c)) {
      out += "\\x";
      append_hex(out, c, 2);
    } else if (turns_text(c)) {
      out += "\\u";
      append_hex(out, c, 4);
    } else {
      out += bytes;
    }
  }
  return out;
}

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string out = "{";
  for (const auto& [name, value] : members) out += (out.size() > 1 ? "," : "") + json_string(name) + ":" + value;
  return out + "}";
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
