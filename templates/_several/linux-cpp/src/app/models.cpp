#include "app/models.h"

#include <exception>
#include <filesystem>
#include <iostream>

#include "json/report.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

using std::to_string;
using support::json_string;
using support::printable;

std::string keys() {
  std::string text;
  for (const AppModel& each : kModels) text += (text.empty() ? "" : ", ") + std::string(each.key);
  return text;
}

}  // namespace

std::size_t model_called(const std::string& name) {
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    if (kModels[i].key == name || kModels[i].info->name == name) return i;
  }
  throw support::Failure(support::ExitCode::kUsage, "--use is '" + printable(name) + "', but must be one of " + keys() +
                                                        ". `app --list-models` lists them");
}

std::string path_of_model(const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path first = support::find_model(folder);
  return (first.parent_path() / kModels[used_model()].folder / first.filename()).string();
}

std::string models_text() {
  std::string text;
  for (const AppModel& each : kModels) {
    const vision::ModelInfo& info = *each.info;
    text += std::string(each.key) + ": " + printable(info.name) + ", " + std::string(info.task) + ", " +
            to_string(info.class_names.size()) + " classes, " + to_string(info.input_width) + " x " +
            to_string(info.input_height) + ", " + std::string(info.precision) + "\n";
  }
  return text;
}

std::string models_json() {
  const auto row = [](const AppModel& each) {
    const std::string model = json::model(*each.info);
    return "{\"use\":" + json_string(each.key) + "," + model.substr(1);
  };
  return "{\"models\":" + support::json_list(kModels, row) + "}\n";
}

Switch::Switch(const Options& options) : folder_(options.model_folder), thresholds_(options.thresholds) {
  open(used_model());
}

// Closes the current one first: memory may be too small for both.
void Switch::open(std::size_t number) {
  detector_.reset();
  use_model(number);
  detector_ = std::make_unique<detector::Detector>(kModel, path_of_model(folder_), thresholds_);
}

bool Switch::next() {
  const std::size_t before = used_model();
  try {
    open((before + 1) % kModels.size());
    return true;
  } catch (const std::exception& error) {  // no memory: there was enough for the current one
    std::cerr << error.what() << ". Continuing with the current model.\n";
  }
  open(before);
  return false;
}

}  // namespace app
