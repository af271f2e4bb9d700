// The output of --json, which `edgegen verify` and other programs read.
#pragma once

#include <string>
#include <vector>

#include "vision/model_info.h"
#include "vision/result.h"

namespace json {

// Each returns one JSON object. `more`: further members, each after a comma.
std::string model(const vision::ModelInfo& model);
std::string picture(const std::string& path, const vision::Result& result, const vision::ModelInfo& model,
                    const std::string& more);
std::string error(const std::string& path, const std::string& message);
// A line. seconds: since the first frame; NaN: unknown.
std::string frame(const std::string& path, long number, double seconds, const vision::Result& result,
                  const vision::ModelInfo& model, const std::string& more);

std::string timing(const vision::Timing& timing);             // in milliseconds
std::string timing(const std::vector<vision::Timing>& runs);  // the medians

}  // namespace json
