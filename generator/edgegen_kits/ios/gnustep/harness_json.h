// The arguments of the harness's calls, and JSON for their answers.
#pragma once

#import <Foundation/Foundation.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "json_reader.h"
#include "support/checksum.h"
#include "support/text.h"

namespace {

using parity::Json;

// A number may also be a text: JSON has no nan, inf or 64-bit integers.
NSInteger integer(const Json &call, const std::string &key) {
  try {
    return static_cast<NSInteger>(call[key].number());
  } catch (const std::runtime_error &) {
    return std::stoll(call[key].string());
  }
}

double real(const Json &call, const std::string &key) {
  try {
    return call[key].number();
  } catch (const std::runtime_error &) {
    return std::stod(call[key].string());
  }
}

NSString *text(const Json &call, const std::string &key) {
  const std::string &value = call[key].string();
  return [[NSString alloc] initWithBytes:value.data() length:value.size() encoding:NSUTF8StringEncoding];
}

// Returns a plane of a picture, in a block of the file's size. It is reused, like a camera's buffer.
const void *plane(const Json &call, const std::string &key) {
  static std::map<std::string, std::vector<std::uint8_t>> planes;
  if (!call.has(key)) return nullptr;
  const std::string &path = call[key].string();
  auto found = planes.find(path);
  if (found == planes.end()) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    bytes.shrink_to_fit();
    found = planes.emplace(path, std::move(bytes)).first;
  }
  return found->second.data();
}

// Nine digits are exact for float32, seventeen for float64. Returns "null" for nan and inf.
std::string number(double value, int digits = 17) {
  if (value - value != 0) return "null";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return buffer;
}

std::string quoted(NSString *value) { return value == nil ? "null" : support::json_string(value.UTF8String); }

class Object {
 public:
  Object &add(const std::string &key, const std::string &json) {
    text_ += (text_.empty() ? "" : ",") + support::json_string(key) + ":" + json;
    return *this;
  }
  std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <typename Items, typename Function>
std::string list(Items items, const Function &function) {
  std::string json;
  for (id item in items) json += (json.empty() ? "" : ",") + function(item);
  return "[" + json + "]";
}

std::string boolean(BOOL value) { return value ? "true" : "false"; }

[[maybe_unused]] std::string numbers(std::initializer_list<float> values) {
  std::string json;
  for (const float value : values) json += (json.empty() ? "" : ",") + number(value, 9);
  return "[" + json + "]";
}

[[maybe_unused]] std::string digest_of(NSData *data) {
  return support::json_string(support::sha256(data.bytes, data.length));
}

}  // namespace
