// A small JSON reader: whole documents, in memory (RFC 8259).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parity {

// A value of any type. A getter of another type throws std::runtime_error.
class Json {
 public:
  using Items = std::vector<Json>;
  using Members = std::map<std::string, Json>;

  static Json parse(std::string_view text);  // throws std::runtime_error with the position

  bool boolean() const;
  double number() const;
  int integer() const;
  const std::string& string() const;  // UTF-8
  const Items& items() const;
  const Members& members() const;
  const Json& operator[](const std::string& key) const;  // throws if the key does not exist
  bool has(const std::string& key) const { return members().count(key) > 0; }

 private:
  friend class JsonParser;
  std::variant<std::monostate, bool, double, std::string, Items, Members> value_;
};

}  // namespace parity
