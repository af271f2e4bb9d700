// How fast is it here, and what is it?
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <opencv2/core/version.hpp>
#include <utility>
#include <vector>

#include "app/files.h"
#include "app/options.h"
#include "app/pictures.h"
#include "app/report.h"
#include "app/task.h"
#include "build_info.h"
#include "detector/detector.h"
#include "detector/runtime.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

using std::to_string;
using support::fixed;
using support::how_many;
using support::json_object;
using support::json_string;
using support::printable;

constexpr int kWarmUpRuns = 5;
constexpr int kDecimals = 3;
constexpr std::size_t kLabelWidth = 12, kNumberWidth = 10;  // characters
constexpr std::size_t kClassNamesShown = 10;

// Milliseconds of every run.
struct Measured {
  std::vector<double> preprocess, inference, postprocess, total;

  void add(const vision::Timing& timing) {
    preprocess.push_back(timing.preprocess);
    inference.push_back(timing.inference);
    postprocess.push_back(timing.postprocess);
    total.push_back(timing.total());
  }
};

std::string row(const char* name, const std::vector<double>& milliseconds) {
  const Summary summary = summarize(milliseconds);
  std::string text = support::left(name, kLabelWidth);
  for (const double value : {summary.median, summary.p90, summary.lowest}) {
    text += support::right(fixed(value, kDecimals), kNumberWidth);
  }
  return text + "\n";
}

std::string table(const Measured& measured) {
  std::string text(kLabelWidth, ' ');
  for (const char* heading : {"median", "p90", "lowest"}) text += support::right(heading, kNumberWidth);
  return text + "   (ms)\n" + row("preprocess", measured.preprocess) + row("inference", measured.inference) +
         row("postprocess", measured.postprocess) + row("total", measured.total);
}

std::string summary_json(const std::vector<double>& milliseconds) {
  const Summary summary = summarize(milliseconds);
  return json_object({{"median", fixed(summary.median, kDecimals)},
                      {"p90", fixed(summary.p90, kDecimals)},
                      {"lowest", fixed(summary.lowest, kDecimals)}});
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

// Names with commas between; of many the first few.
template <typename Names>
std::string listed(const Names& names, std::size_t most) {
  std::string text;
  std::size_t shown = 0;
  for (const std::string_view name : names) {
    if (shown++ == most) return text + ", ...";
    text += (text.empty() ? "" : ", ") + printable(name);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> info_rows(const std::string& model_path) {
  std::vector<std::string_view> shown;
  for (const int id : kModel.kept_classes) shown.push_back(kModel.class_names[static_cast<std::size_t>(id)]);
  const std::string exporter(kModel.exporter_version);
  return {
      {"app", printable(kModel.app_name) + ", made by edgegen " + std::string(kModel.edgegen_version)},
      {"model", printable(kModel.name) + " (" + std::string(kModel.task) + ", " + std::string(kModel.precision) + ", " +
                    std::string(kModel.contract_name()) + " output)"},
      {"folder", printable(std::filesystem::path(model_path).parent_path().string())},
      {"SHA-256", std::string(kModel.sha256)},
      {"licence", printable(kModel.license.empty() ? "not stated" : kModel.license)},
      {"input",
       to_string(kModel.input_width) + " x " + to_string(kModel.input_height) + (kModel.rgb ? " RGB" : " BGR")},
      {"classes", to_string(kModel.class_names.size()) + ": " + listed(kModel.class_names, kClassNamesShown)},
      {"shown", shown.empty() ? "all" : listed(shown, kClassNamesShown)},
      {"backends", kModel.backends.empty() ? "none" : listed(kModel.backends, kModel.backends.size())},
      {"ExecuTorch", std::string(build_info::kExecuTorchVersion) + ", model exported with " +
                         (exporter.empty() ? "an unknown release" : exporter)},
      {"OpenCV", CV_VERSION},
      {"threads", to_string(detector::threads())},
      {"memory", fixed(peak_resident_megabytes(), 1) + " MB at most"},
  };
}

Picture read_one(const std::vector<Input>& inputs) {
  const Input& input = inputs.front();
  try {
    if (inputs.size() != 1 || input.kind == FileKind::kVideo) throw std::runtime_error("--benchmark takes one picture");
    if (!input.problem.empty()) throw std::runtime_error(input.problem);
    return read_picture(input.path);
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kSomeFailed, printable(input.path) + ": " + error.what());
  }
}

}  // namespace

int run_benchmark(const Options& options, const std::string& model_path) {
  support::StandardOutput output;
  const std::vector<Input> inputs = expand_inputs(options.inputs);
  const Picture picture = read_one(inputs);
  const std::string& path = inputs.front().path;
  detector::Detector detector(kModel, model_path, options.thresholds);
  const vision::ImageView view = view_of(picture.pixels, picture.orientation);
  for (int i = 0; i < kWarmUpRuns; ++i) detector.detect(view);
  Measured measured;
  int runs = 0;
  vision::Result last;
  for (; runs < options.benchmark_runs && !support::stop_requested(); ++runs) {
    last = detector.detect(view);
    measured.add(last.timing);
  }

  const std::string width = to_string(upright_width(view)), height = to_string(upright_height(view));
  const std::string threads = to_string(detector::threads()), memory = fixed(peak_resident_megabytes(), 1);
  const std::string candidates = to_string(last.candidates), boxes = to_string(last.boxes.size());
  const std::string chosen =
      kHasBoxes ? ", " + how_many(last.candidates, "candidate") + ", " + how_many(last.boxes.size(), "box") : "";
  if (options.json) {
    const std::string benchmark =
        json_object({{"path", json_string(path)},
                     {"width", width},
                     {"height", height},
                     {"runs", to_string(runs)},
                     {"threads", threads},
                     {"candidates", candidates},
                     {"detections", boxes},
                     {"timing_ms", json_object({{"preprocess", summary_json(measured.preprocess)},
                                                {"inference", summary_json(measured.inference)},
                                                {"postprocess", summary_json(measured.postprocess)},
                                                {"total", summary_json(measured.total)}})},
                     {"peak_resident_mb", memory}});
    output.write(json_object({{"model", model_json()}, {"benchmark", benchmark}}) + "\n");
  } else {
    output.write(printable(path) + ": " + width + " x " + height + ", " + how_many(runs, "run") + ", " +
                 how_many(detector::threads(), "thread") + chosen + "\n" + table(measured) + "peak memory " + memory +
                 " MB\n");
  }
  return runs < options.benchmark_runs ? static_cast<int>(support::ExitCode::kStopped) : 0;
}

int print_info(const Options& options, const std::string& model_path) {
  support::StandardOutput output;
  const detector::Detector detector(kModel, model_path, options.thresholds);
  std::string text, json;
  for (const auto& [label, value] : info_rows(model_path)) {
    text += support::left(label, kLabelWidth) + value + "\n";
    json += (json.empty() ? "" : ",") + json_string(label) + ":" + json_string(value);
  }
  output.write(options.json ? json_object({{"model", model_json()}, {"info", "{" + json + "}"}}) + "\n" : text);
  return 0;
}

}  // namespace app
