// The model that this app shows.
#pragma once

#include "vision/model_info.h"

namespace app {

// Declared here and defined in app_model.cpp: what uses it is compiled alike for every model.
extern const vision::ModelInfo& kModel;

}  // namespace app
