// Switches between the models of this app.
#pragma once

#include <memory>
#include <string>

#include "app/options.h"
#include "app_model.h"
#include "app_models.h"
#include "detector/detector.h"

namespace app {

// Returns the number of the model with this key or name. Throws support::Failure (kUsage) if there is none.
std::size_t model_called(const std::string& name);

// Returns the path of the current model below this folder; empty: the project's own.
std::string path_of_model(const std::string& folder);

// The output of --list-models.
std::string models_text();
std::string models_json();

// The detector of the current model. One model is in memory at a time.
class Switch {
 public:
  // Throws support::Error if the model cannot be loaded.
  explicit Switch(const Options& options);

  detector::Detector& detector() { return *detector_; }

  // Loads the next model; after the last, the first. If that fails, prints the reason and loads the current one again.
  // Returns whether the model is another one: then its classes have other names. Throws support::Error if both fail.
  bool next();

 private:
  void open(std::size_t number);

  const std::string folder_;
  const vision::Thresholds thresholds_;
  std::unique_ptr<detector::Detector> detector_;
};

}  // namespace app
