// Text that comes from outside (paths, class names) made safe to print, and numbers as text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace support {

// A complete JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// An object of members whose values are JSON already, and a list of what to_json makes of each item.
std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members);
template <typename Items, typename ToJson>
std::string json_list(const Items& items, ToJson to_json) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + to_json(item);
  return out + "]";
}

// Padded with blanks to so many characters.
std::string left(const std::string& text, std::size_t width);
std::string right(const std::string& text, std::size_t width);

// With A to Z as a to z, in every locale.
inline std::string lowercase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// For a terminal: one line, control characters as \xNN and marks that turn the direction of text as \uNNNN, so that a
// file's name can neither move the cursor nor hide what it is.
std::string printable(std::string_view text);

// A number with this many decimals and a point, in every locale. Not finite: "null", as JSON has nothing better.
std::string fixed(double number, int decimals);

// "1 picture", "2 pictures", "3 boxes".
template <typename Count>
std::string how_many(Count count, std::string_view thing) {
  const char* ending = count == 1 ? "" : thing.back() == 's' || thing.back() == 'x' ? "es" : "s";
  return std::to_string(count) + " " + std::string(thing) + ending;
}

// The number as a person would type it: 0.25, 300.
std::string shortest(double number);

// Takes the first character (one code point) off the front of the text, which must not be empty.
// What is not UTF-8 gives U+FFFD, byte by byte.
char32_t take_character(std::string_view& text);

// Adds a character (one code point) as UTF-8.
void append_character(std::string& text, char32_t character);

}  // namespace support
