// Text: errors of models and golden vectors, JSON, numbers, and text from outside (paths, class names) that is safe to
// print.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace support {

enum class Reason {
  kUnreadable,       // the model's file is missing, or cannot be read
  kNotThisModel,     // the file is damaged, or of another model
  kDamaged,          // the runtime cannot read it
  kDoesNotFit,       // it has other inputs or outputs
  kOtherRelease,     // made for another release of the runtime
  kBackendMissing,   // a backend is not linked in
  kOperatorMissing,  // an operator is not linked in
  kNoMemory,
  kFailed,   // another failure of the runtime
  kVectors,  // golden vectors are missing, damaged, or of another layout
};

// The message is one line: what is wrong, with the value. next_step() says what to do.
class Error : public std::runtime_error {
 public:
  Error(Reason reason, const std::string& message) : std::runtime_error(message), reason_(reason) {}

  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// Returns what the user can do: one sentence without a full stop. Each program defines it.
std::string next_step(Reason reason);

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

// Pads ASCII text with blanks on the right.
inline std::string left(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

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
