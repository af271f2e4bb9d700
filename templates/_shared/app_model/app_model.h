// The model of this app.
#pragma once

#include "vision/model_info.h"

namespace app {

// Defined in app_model.cpp, so that its users compile equally for every model.
extern const vision::ModelInfo& kModel;

}  // namespace app
