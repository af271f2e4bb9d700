// How fast is it here, and what is it?
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <opencv2/core/version.hpp>
#include <utility>
#include <vector>

#include "app/options.h"
#include "app/files.h"
#include "app/pictures.h"
#include "app/report.h"
#include "build_info.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

using support::fixed;

constexpr int kWarmUpRuns = 5;
constexpr int kDecimals = 3;
constexpr std::size_t kNameWidth = 12;
constexpr std::size_t kNumberWidth = 10;

struct Column {
  const char* name;
  std::vector<double> milliseconds;
};

std::string padded(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string table(const std::vector<Column>& columns) {
  std::string text = std::string(kNameWidth, ' ');
  for (const char* heading : {"median", "p90", "lowest"}) text += padded(heading, kNumberWidth);
  text += "   (ms)\n";
  for (const Column& column : columns) {
    const Summary summary = summarize(column.milliseconds);
    text += column.name + std::string(kNameWidth - std::string(column.name).size(), ' ');
    for (const double value : {summary.median, summary.p90, summary.lowest}) {
      text += padded(fixed(value, kDecimals), kNumberWidth);
    }
    text += "\n";
  }
  return text;
}

std::string columns_json(const std::vector<Column>& columns) {
  std::string out = "{";
  for (const Column& column : columns) {
    const Summary summary = summarize(column.milliseconds);
    if (out.size() > 1) out += ',';
    out += support::json_string(column.name) + ":{\"median\":" + fixed(summary.median, kDecimals) +
           ",\"p90\":" + fixed(summary.p90, kDecimals) + ",\"lowest\":" + fixed(summary.lowest, kDecimals) + "}";
  }
  return out + "}";
}

// The most that was resident at any time, in MB (10^6 bytes).
double peak_resident_megabytes() {
  // Not getrusage on Linux: its figure starts with that of the process that started this one.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kibibytes = 0;
    status >> kibibytes;
    return kibibytes * 1024 / 1e6;
  }
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;  // bytes, on macOS
}

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
                    std::string(kModel.precision) + ", " + std::string(kModel.contract_name()) + " output)"},
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

int run_benchmark(const Options& options, const std::string& model_path) {
  support::StandardOutput output;
  const std::vector<Input> inputs = expand_inputs(options.inputs);
  const Input& input = inputs.front();
  Picture picture;
  try {
    if (inputs.size() != 1 || input.kind == Input::Kind::kVideo)
      throw std::runtime_error("--benchmark takes one picture");
    if (input.kind == Input::Kind::kUnusable) throw std::runtime_error(input.problem);
    picture = read_picture(input.path);
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kSomeFailed, support::printable(input.path) + ": " + error.what());
  }

  detector::Detector detector(kModel, model_path, options.thresholds);
  const vision::ImageView view = view_of(picture.pixels, picture.orientation);
  for (int i = 0; i < kWarmUpRuns; ++i) detector.detect(view);
  std::vector<Column> columns = {{"preprocess", {}}, {"inference", {}}, {"postprocess", {}}, {"total", {}}};
  int runs = 0, candidates = 0;
  std::size_t detections = 0;
  for (; runs < options.benchmark_runs && !support::stop_requested(); ++runs) {
    const vision::Result& result = detector.detect(view);
    columns[0].milliseconds.push_back(result.timing.preprocess);
    columns[1].milliseconds.push_back(result.timing.inference);
    columns[2].milliseconds.push_back(result.timing.postprocess);
    columns[3].milliseconds.push_back(result.timing.total());
    candidates = result.candidates;
    detections = result.boxes.size();
  }

  const double memory = peak_resident_megabytes();
  if (options.json) {
    output.write("{\"model\":" + model_json() + ",\"benchmark\":{\"path\":" + support::json_string(input.path) +
                 ",\"width\":" + std::to_string(upright_width(view)) +
                 ",\"height\":" + std::to_string(upright_height(view)) + ",\"runs\":" + std::to_string(runs) +
                 ",\"threads\":" + std::to_string(detector::threads()) +
                 ",\"candidates\":" + std::to_string(candidates) + ",\"detections\":" + std::to_string(detections) +
                 ",\"timing_ms\":" + columns_json(columns) + ",\"peak_resident_mb\":" + fixed(memory, 1) + "}}\n");
  } else {
    output.write(support::printable(input.path) + ": " + std::to_string(upright_width(view)) + " x " +
                 std::to_string(upright_height(view)) + ", " + std::to_string(runs) + " runs, " +
                 std::to_string(detector::threads()) + " threads, " + std::to_string(candidates) + " candidates, " +
                 std::to_string(detections) + " boxes\n" + table(columns) + "peak memory " + fixed(memory, 1) +
                 " MB\n");
  }
  return runs < options.benchmark_runs ? static_cast<int>(support::ExitCode::kStopped) : 0;
}

int print_info(const Options& options, const std::string& model_path) {
  support::StandardOutput output;
  const detector::Detector detector(kModel, model_path, options.thresholds);
  const Rows rows = info_rows(model_path);
  output.write(options.json ? rows_json(rows) : rows_text(rows));
  return 0;
}

}  // namespace app
