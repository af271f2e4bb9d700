#include "app/benchmark.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "app/inputs.h"
#include "app/json_report.h"
#include "app/memory.h"
#include "app/pictures.h"
#include "app/standard_output.h"
#include "app/statistics.h"
#include "app/stop_signal.h"
#include "detector/detector.h"
#include "detector/threads.h"
#include "support/failure.h"
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

}  // namespace

int run_benchmark(const Options& options, const std::string& model_path) {
  StandardOutput output;
  const std::vector<Input> inputs = expand_inputs(options.inputs);
  const Input& input = inputs.front();
  cv::Mat picture;
  try {
    if (inputs.size() != 1 || input.kind == Input::Kind::kVideo)
      throw std::runtime_error("--benchmark takes one picture");
    if (input.kind == Input::Kind::kUnusable) throw std::runtime_error(input.problem);
    picture = read_picture(input.path);
  } catch (const std::runtime_error& error) {
    throw support::Failure(support::ExitCode::kSomeFailed, support::printable(input.path) + ": " + error.what());
  }

  detector::Detector detector(kModel, model_path, options.thresholds);
  for (int i = 0; i < kWarmUpRuns; ++i) detector.detect(view_of(picture));
  std::vector<Column> columns = {{"preprocess", {}}, {"inference", {}}, {"postprocess", {}}, {"total", {}}};
  int runs = 0, candidates = 0;
  std::size_t detections = 0;
  for (; runs < options.benchmark_runs && !stop_requested(); ++runs) {
    const vision::Result& result = detector.detect(view_of(picture));
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
                 ",\"width\":" + std::to_string(picture.cols) + ",\"height\":" + std::to_string(picture.rows) +
                 ",\"runs\":" + std::to_string(runs) + ",\"threads\":" + std::to_string(detector::threads()) +
                 ",\"candidates\":" + std::to_string(candidates) + ",\"detections\":" + std::to_string(detections) +
                 ",\"timing_ms\":" + columns_json(columns) + ",\"peak_resident_mb\":" + fixed(memory, 1) + "}}\n");
  } else {
    output.write(support::printable(input.path) + ": " + std::to_string(picture.cols) + " x " +
                 std::to_string(picture.rows) + ", " + std::to_string(runs) + " runs, " +
                 std::to_string(detector::threads()) + " threads, " + std::to_string(candidates) + " candidates, " +
                 std::to_string(detections) + " boxes\n" + table(columns) + "peak memory " + fixed(memory, 1) +
                 " MB\n");
  }
  return runs < options.benchmark_runs ? kStoppedExitCode : 0;
}

}  // namespace app
