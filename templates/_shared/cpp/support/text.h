// Makes text from outside (paths, class names) safe to print, and formats numbers.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace support {

// Returns a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// Return a JSON object of members whose values are JSON, and a list of to_json(item).
std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members);
template <typename Items, typename ToJson>
std::string json_list(const Items& items, ToJson to_json) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + to_json(item);
  return out + "]";
}

// Pads with blanks on the right to this number of characters.
std::string left(const std::string& text, std::size_t width);

// Changes A to Z only, in every locale.
inline std::string lowercase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Returns one line for a terminal. Control characters become \xNN, and marks that change the direction of text \uNNNN.
std::string printable(std::string_view text);

// A number with this many decimals and a point, in every locale. NaN and infinity: "null", for JSON.
std::string fixed(double number, int decimals);

// "1 picture", "2 pictures", "3 boxes".
template <typename Count>
std::string how_many(Count count, std::string_view thing) {
  const char* ending = count == 1 ? "" : thing.back() == 's' || thing.back() == 'x' ? "es" : "s";
  return std::to_string(count) + " " + std::string(thing) + ending;
}

// The number without trailing zeros: 0.25, 300.
std::string shortest(double number);

}  // namespace support
