// The models of this app. kModel is the current one.
#pragma once

#include <cstddef>
#include <string_view>

#include "vision/model_info.h"

namespace app {

struct AppModel {
  std::string_view key;     // its name in commands and folders
  std::string_view folder;  // of its files, below those of the first model; empty: the first
  const vision::ModelInfo* info;
};

// The app starts with the first.
extern const vision::List<AppModel> kModels;

// Makes kModel the model with this number. Close the detector of the last one before, and forget its results.
void use_model(std::size_t number);

// Returns the number of the current model. Any thread may call it.
std::size_t used_model();

}  // namespace app
