// The models that this app can show, one at a time: kModel is the one that it shows now.
#pragma once

#include <cstddef>
#include <string_view>

#include "vision/model_info.h"

namespace app {

struct AppModel {
  std::string_view key;     // what commands and folders call it
  std::string_view folder;  // where its files are, below those of the first model; empty: of the first
  const vision::ModelInfo* info;
};

// The first is shown at start.
extern const vision::List<AppModel> kModels;

// From here on kModel is the one with this number. Nothing may use the one before any more: close its detector first,
// and forget what it found.
void use_model(std::size_t number);

// The number of the one that is shown; any thread may ask.
std::size_t used_model();

}  // namespace app
