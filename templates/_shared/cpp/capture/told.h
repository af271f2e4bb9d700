// Results as JSON: one object for each thing, each class, or the map. README.md says what is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "vision/model_info.h"
#include "vision/result.h"

namespace capture {

inline constexpr int kScoreDecimals = 6, kPixelDecimals = 3;

// boxes_json.cpp, or the task's own.
std::vector<std::string> rows_json(const vision::Result& result, const vision::ModelInfo& model);

// Of the thing with this number: further members of its object. Where there are things: the task's own.
std::string more_json(const vision::Result& result, std::size_t number, const vision::ModelInfo& model);

// A number for every pixel of the upright picture, of 8 or 16 bits; 0 bits: the task has none.
struct Greys {
  int bits = 0;
  std::vector<std::uint16_t> values;
};
Greys greys_of(const vision::Result& result);

inline std::string list_of(const std::vector<std::string>& rows) {
  std::string list = "[";
  for (const std::string& row : rows) list += (list.size() > 1 ? "," : "") + row;
  return list + "]";
}

}  // namespace capture
