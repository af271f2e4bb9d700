#include "app/info.h"

#include <filesystem>
#include <numeric>
#include <opencv2/core/version.hpp>
#include <utility>
#include <vector>

#include "app/json_report.h"
#include "app/memory.h"
#include "app/standard_output.h"
#include "app_model.h"
#include "build_info.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "support/text.h"

namespace app {
namespace {

constexpr std::size_t kClassNamesShown = 10;
constexpr std::size_t kLabelWidth = 12;

// The first few names of the classes with these numbers.
template <typename Numbers>
std::string names_text(const Numbers& numbers) {
  std::string text;
  std::size_t shown = 0;
  for (const int id : numbers) {
    if (shown++ == kClassNamesShown) return text + ", ...";
    text += (text.empty() ? "" : ", ") + support::printable(kModel.class_names[static_cast<std::size_t>(id)]);
  }
  return text;
}

std::string class_names_text() {
  std::vector<int> all(kModel.class_names.size());
  std::iota(all.begin(), all.end(), 0);
  return std::to_string(all.size()) + ": " + names_text(all);
}

std::string shown_classes_text() { return kModel.kept_classes.empty() ? "all" : names_text(kModel.kept_classes); }

std::string backends_text() {
  std::string text;
  for (const auto& backend : kModel.backends) text += (text.empty() ? "" : ", ") + std::string(backend);
  return text.empty() ? "none" : text;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows info_rows(const std::string& model_path) {
  const std::string exporter(kModel.exporter_version);
  return {
      {"app", support::printable(kModel.app_name) + ", made by edgegen " + std::string(kModel.edgegen_version)},
      {"model", support::printable(kModel.name) + " (" + std::string(kModel.task) + ", " +
                    std::string(kModel.precision) + ", " + std::string(kModel.contract_name) + " output)"},
      {"folder", support::printable(std::filesystem::path(model_path).parent_path().string())},
      {"SHA-256", std::string(kModel.sha256)},
      {"licence", support::printable(kModel.license.empty() ? "not stated" : kModel.license)},
      {"input", std::to_string(kModel.input_width) + " x " + std::to_string(kModel.input_height) + " " +
                    (kModel.rgb ? "RGB" : "BGR")},
      {"classes", class_names_text()},
      {"shown", shown_classes_text()},
      {"backends", backends_text()},
      {"ExecuTorch", std::string(build_info::kExecuTorchVersion) + ", model exported with " +
                         (exporter.empty() ? "an unknown release" : exporter)},
      {"OpenCV", CV_VERSION},
      {"threads", std::to_string(detector::threads())},
      {"memory", support::fixed(peak_resident_megabytes(), 1) + " MB at most"},
  };
}

std::string rows_text(const Rows& rows) {
  std::string text;
  for (const auto& [label, value] : rows) text += label + std::string(kLabelWidth - label.size(), ' ') + value + "\n";
  return text;
}

std::string rows_json(const Rows& rows) {
  std::string out = "{\"model\":" + model_json() + ",\"info\":{";
  bool first = true;
  for (const auto& [label, value] : rows) {
    out += (first ? "" : ",") + support::json_string(label) + ":" + support::json_string(value);
    first = false;
  }
  return out + "}}\n";
}

}  // namespace

int print_info(const Options& options, const std::string& model_path) {
  StandardOutput output;
  const detector::Detector detector(kModel, model_path, options.thresholds);
  const Rows rows = info_rows(model_path);
  output.write(options.json ? rows_json(rows) : rows_text(rows));
  return 0;
}

}  // namespace app
