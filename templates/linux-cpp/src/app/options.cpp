#include "app/options.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include "app_model.h"
#include "build_info.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

constexpr int kMaxThreads = 256;
constexpr int kMaxMaxDetections = 30000;  // NMS looks at no more candidates than that
constexpr int kMaxBenchmarkRuns = 1000000;
constexpr int kMaxCameraPixels = 16384;  // a side
constexpr double kMaxFramesPerSecond = 1000;

[[noreturn]] void refuse(const std::string& message) {
  throw support::Failure(support::ExitCode::kUsage, message + ". See --help");
}

double parse_number(const std::string& name, const std::string& text, double lowest, double highest, bool whole) {
  char* end = nullptr;
  errno = 0;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = end != text.c_str() && *end == '\0' && !std::isnan(number);
  if (!is_number || (whole && number != std::floor(number))) {
    refuse(name + " is '" + support::printable(text) + "', but must be a " + (whole ? "whole number" : "number"));
  }
  if (number < lowest || number > highest) {
    refuse(name + " is " + support::printable(text) + ", but must lie between " + support::shortest(lowest) + " and " +
           support::shortest(highest));
  }
  return number;
}

// One option: what it does with its value, or with nothing when it takes none.
struct Rule {
  bool takes_value;
  std::function<void(const std::string& value)> apply;
};

using Rules = std::map<std::string, Rule>;

Rules make_rules(Options& options) {
  const auto flag = [](bool& target) { return Rule{false, [&target](const std::string&) { target = true; }}; };
  const auto command = [&options](Command value) {
    return Rule{false, [&options, value](const std::string&) { options.command = value; }};
  };
  const auto text = [](const std::string& name, std::string& target) {
    return Rule{true, [name, &target](const std::string& value) {
                  if (value.empty()) refuse(name + " needs a value");
                  target = value;
                }};
  };
  const auto number = [](const std::string& name, double& target, double lowest, double highest) {
    return Rule{true,
                [=, &target](const std::string& value) { target = parse_number(name, value, lowest, highest, false); }};
  };
  const auto count = [](const std::string& name, int& target, int highest) {
    return Rule{true, [=, &target](const std::string& value) {
                  target = static_cast<int>(parse_number(name, value, 1, highest, true));
                }};
  };
  return {
      {"--output", text("--output", options.output_folder)},
      {"--json", flag(options.json)},
      {"--conf", number("--conf", options.thresholds.confidence, 0, 1)},
      {"--iou", number("--iou", options.thresholds.iou, 0, 1)},
      {"--max-det", count("--max-det", options.thresholds.max_detections, kMaxMaxDetections)},
      {"--agnostic", flag(options.thresholds.agnostic)},
      {"--threads", count("--threads", options.threads, kMaxThreads)},
      {"--model", text("--model", options.model_folder)},
      {"--camera", text("--camera", options.camera)},
      {"--width", count("--width", options.width, kMaxCameraPixels)},
      {"--height", count("--height", options.height, kMaxCameraPixels)},
      {"--fps", number("--fps", options.frames_per_second, 1, kMaxFramesPerSecond)},
      {"--record", text("--record", options.record)},
      {"--headless", flag(options.headless)},
      {"--benchmark", count("--benchmark", options.benchmark_runs, kMaxBenchmarkRuns)},
      {"--info", command(Command::kInfo)},
      {"--help", command(Command::kHelp)},
      {"-h", command(Command::kHelp)},
      {"--version", command(Command::kVersion)},
  };
}

void check_combination(Options& options, const std::set<std::string>& given) {
  if (options.command == Command::kHelp || options.command == Command::kVersion) return;
  if (!options.camera.empty()) options.command = Command::kCamera;
  if (options.benchmark_runs > 0) {
    if (options.command == Command::kCamera) refuse("--benchmark measures one picture, not a camera");
    options.command = Command::kBenchmark;
  }
  const bool is_camera = options.command == Command::kCamera;
  for (const char* name : {"--width", "--height", "--fps", "--record", "--headless"}) {
    if (!is_camera && given.count(name) > 0) refuse(std::string(name) + " belongs to --camera");
  }
  if (is_camera && !options.inputs.empty()) refuse("--camera takes no further pictures or videos");
  if (is_camera && !options.output_folder.empty()) refuse("--camera writes no pictures: use --record FILE");
  if (options.command == Command::kBenchmark && options.inputs.size() != 1) {
    refuse("--benchmark takes one picture, not " + std::to_string(options.inputs.size()));
  }
  if (options.command == Command::kInfo && !options.inputs.empty()) refuse("--info takes no pictures");
  if (options.command == Command::kDetect && options.inputs.empty()) {
    refuse("name pictures, folders or videos, or use --camera");
  }
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const Rules rules = make_rules(options);
  std::set<std::string> given;
  bool only_inputs = false;  // after --
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_inputs || argument.size() < 2 || argument[0] != '-') {
      options.inputs.push_back(argument);
      continue;
    }
    if (argument == "--") {
      only_inputs = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto rule = rules.find(name);
    if (rule == rules.end()) refuse("there is no option " + support::printable(name));
    given.insert(name);
    if (!rule->second.takes_value) {
      if (equals != std::string::npos) refuse(name + " takes no value");
      rule->second.apply("");
    } else if (equals != std::string::npos) {
      rule->second.apply(argument.substr(equals + 1));
    } else {
      if (i + 1 == arguments.size() || arguments[i + 1].rfind("--", 0) == 0) refuse(name + " needs a value");
      rule->second.apply(arguments[++i]);
    }
  }
  check_combination(options, given);
  return options;
}

std::string help_text() {
  const std::string name = support::printable(kModel.app_name);
  const std::string confidence = support::shortest(kModel.thresholds.confidence);
  const std::string iou = support::shortest(kModel.thresholds.iou);
  const std::string max_detections = std::to_string(kModel.thresholds.max_detections);
  return name + ": finds objects in pictures, videos and camera frames.\n" + R"(
  app IMAGE|FOLDER|VIDEO... [--output DIR] [--json]
  app --camera 0|FILE|URL [--width W --height H --fps N] [--record FILE] [--headless] [--json]
  app --benchmark RUNS IMAGE [--json]
  app --info [--json]

Which boxes
  --conf X        only scores above X, 0 to 1 (now )" +
         confidence + R"()
  --iou X         of boxes that overlap more than X, 0 to 1, keep the best (now )" +
         iou + R"()
  --max-det N     at most N boxes a picture (now )" +
         max_detections + R"()
  --agnostic      let boxes of different classes suppress each other

Results
  --output DIR    write pictures and videos with the boxes drawn in
  --json          print JSON, and nothing else, on standard output: one object for all pictures, a line for every
                  frame of a video or camera

Camera
  --camera SOURCE a number, a video file, an address (rtsp://...), or a GStreamer pipeline
  --width W, --height H, --fps N
                  what to ask of the camera
  --record FILE   write what is shown to a video (.mp4, .mkv, .avi)
  --headless      no window: a line a second instead. Stop with Ctrl-C, or q in the window

Others
  --model DIR     the folder of model.pte (otherwise the project's own)
  --threads N     threads for the model (otherwise as many as ExecuTorch takes)
  --benchmark RUNS
                  time the picture so many times
  --info          what this program and its model are
  --help, --version

Exit codes: 0 done, 1 some pictures failed, 2 usage, 3 model missing or damaged, 4 backend or operator missing,
5 cannot write, 6 no camera.
)";
}

std::string version_text() {
  return support::printable(kModel.app_name) + ", made by edgegen " + std::string(kModel.edgegen_version) +
         ", with ExecuTorch " + build_info::kExecuTorchVersion + "\n";
}

}  // namespace app
