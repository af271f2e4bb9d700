// Text that comes from outside (paths, class names) made safe to print, and numbers as text.
#pragma once

#include <string>
#include <string_view>

namespace support {

// A complete JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// For a terminal: one line, control characters as \xNN and marks that turn the direction of text as \uNNNN, so that a
// file's name can neither move the cursor nor hide what it is.
std::string printable(std::string_view text);

// A number with this many decimals and a point, in every locale. Not finite: "null", as JSON has nothing better.
std::string fixed(double number, int decimals);

// The number as a person would type it: 0.25, 300.
std::string shortest(double number);

// Takes the first character (one code point) off the front of the text, which must not be empty.
// What is not UTF-8 gives U+FFFD, byte by byte.
char32_t take_character(std::string_view& text);

// Adds a character (one code point) as UTF-8.
void append_character(std::string& text, char32_t character);

}  // namespace support
