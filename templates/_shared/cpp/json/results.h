// Results as JSON: one object for each detection, class or map.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vision/model_info.h"
#include "vision/result.h"

namespace json {

inline constexpr int kScoreDecimals = 6, kPixelDecimals = 3;

// Returns the objects. Defined in boxes_json.cpp, or in the file of the task.
std::vector<std::string> rows(const vision::Result& result, const vision::ModelInfo& model);

// Returns more members of a detection's object: the task's own.
std::string members(const vision::Result& result, std::size_t number, const vision::ModelInfo& model);

// Returns the member of a JSON object that holds the rows: `edgegen verify` looks for it.
inline std::string_view results_name(const vision::ModelInfo& model) {
  if (model.task == "classify") return "classes";
  if (model.task == "semantic" || model.task == "depth") return model.task;
  return "detections";
}

inline std::string list(const std::vector<std::string>& objects) {
  std::string text = "[";
  for (const std::string& object : objects) text += (text.size() > 1 ? "," : "") + object;
  return text + "]";
}

}  // namespace json
