// A small JSON reader: whole documents, in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace parity {

// A value of any kind. Asking it for what it is not throws std::runtime_error.
class Json {
 public:
  static Json parse(std::string_view text);  // throws std::runtime_error, saying where
  static Json parse_file(const std::string& path);

  bool boolean() const;
  double number() const;
  int integer() const;
  const std::string& string() const;  // UTF-8
  const std::vector<Json>& items() const;
  const Json& operator[](const std::string& key) const;  // throws when there is no such key
  bool has(const std::string& key) const;
  const std::map<std::string, Json>& members() const;

 private:
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  friend class JsonParser;

  void require(Kind kind, const char* name) const;

  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  double number_ = 0;
  std::string string_;
  std::vector<Json> items_;
  std::map<std::string, Json> members_;
};

}  // namespace parity
