#include "app/info.h"

#include <filesystem>
#include <numeric>
#include <opencv2/core/version.hpp>
#include <utility>
#include <vector>

#include "app/json_report.h"
#include "app/memory.h"
#include "app/standard_output.h"
#include "build_info.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "model_info.h"
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
    text += (text.empty() ? "" : ", ") + support::printable(model_info::kClassNames[id]);
  }
  return text;
}

std::string class_names_text() {
  std::vector<int> all(model_info::kNumClasses);
  std::iota(all.begin(), all.end(), 0);
  return std::to_string(all.size()) + ": " + names_text(all);
}

std::string shown_classes_text() {
  return model_info::kKeptClasses.empty() ? "all" : names_text(model_info::kKeptClasses);
}

std::string backends_text() {
  std::string text;
  for (const auto& backend : model_info::kBackends) text += (text.empty() ? "" : ", ") + std::string(backend);
  return text.empty() ? "none" : text;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows info_rows(const std::string& model_path) {
  const std::string exporter(model_info::kExporterVersion);
  return {
      {"app",
       support::printable(model_info::kAppName) + ", made by edgegen " + std::string(model_info::kEdgegenVersion)},
      {"model", support::printable(model_info::kModelName) + " (" + std::string(model_info::kTask) + ", " +
                    std::string(model_info::kPrecision) + ", " + std::string(model_info::kContractName) + " output)"},
      {"folder", support::printable(std::filesystem::path(model_path).parent_path().string())},
      {"SHA-256", std::string(model_info::kModelSha256)},
      {"licence", support::printable(model_info::kLicense.empty() ? "not stated" : model_info::kLicense)},
      {"input", std::to_string(model_info::kInputWidth) + " x " + std::to_string(model_info::kInputHeight) + " " +
                    (model_info::kRgb ? "RGB" : "BGR")},
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
  const detector::Detector detector(model_path, {options.thresholds, false});
  const Rows rows = info_rows(model_path);
  output.write(options.json ? rows_json(rows) : rows_text(rows));
  return 0;
}

}  // namespace app
