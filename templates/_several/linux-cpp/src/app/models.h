// The switch between the models of this app.
#pragma once

#include <memory>
#include <string>

#include "app/options.h"
#include "app_models.h"
#include "detector/detector.h"

namespace app {

// The number of the model with this key or name. Throws support::Failure (kUsage) when there is none.
std::size_t model_called(const std::string& name);

// Where the file of the model that is shown lies: in this folder, or the project's own where none is named.
std::string path_of_model(const std::string& folder);

// What --list-models prints.
std::string models_text();
std::string models_json();

// The detector of the model that is shown: one is in memory at a time.
class Switch {
 public:
  // Throws support::Error when the model cannot be loaded.
  explicit Switch(const Options& options);

  detector::Detector& detector() { return *detector_; }

  // Closes the model that is shown, and shows the one after it, and after the last the first. Where that cannot be
  // loaded, the one before is shown again and this says why on standard error; throws support::Error when neither can
  // be. Returns whether another is shown. What was found before is to be forgotten: its classes have other names now.
  bool next();

 private:
  void open(std::size_t number);

  const std::string folder_;
  const vision::Thresholds thresholds_;
  std::unique_ptr<detector::Detector> detector_;
};

}  // namespace app
