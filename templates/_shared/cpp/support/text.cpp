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

}  // namespace

void append_character(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  std::size_t length = 1;
  char32_t c = first, smallest = 0;
  if (first >= 0xC2 && first < 0xE0) {
    length = 2;
    c = first & 0x1F;
    smallest = 0x80;
  } else if (first >= 0xE0 && first < 0xF0) {
    length = 3;
    c = first & 0x0F;
    smallest = 0x800;
  } else if (first >= 0xF0 && first < 0xF5) {
    length = 4;
    c = first & 0x07;
    smallest = 0x10000;
  } else if (first >= 0x80) {
    text.remove_prefix(1);
    return kReplacement;
  }
  bool valid = text.size() >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    c = (c << 6) | (byte(i) & 0x3F);
  }
  const bool surrogate = c >= 0xD800 && c < 0xE000;
  if (!valid || c < smallest || c > 0x10FFFF || surrogate) {
    text.remove_prefix(1);
    return kReplacement;
  }
  text.remove_prefix(length);
  return c;
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
