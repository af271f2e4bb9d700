#include "app/options.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>
#include <sstream>

#include "app/task.h"
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
constexpr double kMaxPort = 65535;
constexpr std::size_t kNameWidth = 18;  // of help

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

CountLine parse_line(const std::string& text) {
  std::stringstream rest(text);
  std::vector<double> numbers;
  for (std::string part; std::getline(rest, part, ',');) {
    numbers.push_back(parse_number("--count-line", part, -kMaxCameraPixels, kMaxCameraPixels, false));
  }
  if (numbers.size() != 4 || text.back() == ',')
    refuse("--count-line is '" + support::printable(text) + "', but must be x1,y1,x2,y2");
  if (numbers[0] == numbers[2] && numbers[1] == numbers[3]) refuse("--count-line has no length");
  CountLine line{};
  std::transform(numbers.begin(), numbers.end(), line.begin(),
                 [](double number) { return static_cast<float>(number); });
  return line;
}

Address parse_address(const std::string& text) {
  Address address;
  const std::size_t colon = text.rfind(':');
  address.port = static_cast<int>(parse_number("--serve", text.substr(colon + 1), 0, kMaxPort, true));  // npos + 1: 0
  if (colon == std::string::npos) return address;
  address.host = text.substr(0, colon);
  const bool has_brackets = address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']';
  if (has_brackets) address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty() || (!has_brackets && address.host.find(':') != std::string::npos)) {
    refuse("--serve is '" + support::printable(text) + "', but must be PORT, ADDRESS:PORT or [ADDRESS]:PORT");
  }
  return address;
}

// An option. Without a value's name it takes none; without a name it is a heading of help.
struct Rule {
  std::string name, value, help;
  std::function<void(const std::string& value)> apply{};
  bool is_meant = true;  // false: for models of other tasks
};

// All options, in the order of help.
std::vector<Rule> make_rules(Options& options) {
  using std::to_string;
  using support::shortest;
  const vision::Thresholds& own = kModel.thresholds;
  const auto flag = [](bool& target) { return [&target](const std::string&) { target = true; }; };
  const auto command = [&options](Command value) {
    return [&options, value](const std::string&) { options.command = value; };
  };
  const auto text = [](const std::string& name, std::string& target) {
    return [name, &target](const std::string& value) {
      if (value.empty()) refuse(name + " needs a value");
      target = value;
    };
  };
  const auto number = [](const std::string& name, double& target, double lowest, double highest) {
    return [=, &target](const std::string& value) { target = parse_number(name, value, lowest, highest, false); };
  };
  const auto count = [](const std::string& name, int& target, int highest) {
    return [=, &target](const std::string& value) {
      target = static_cast<int>(parse_number(name, value, 1, highest, true));
    };
  };
  const std::vector<Rule> of_boxes = {
      {"", "", "Which boxes"},
      {"--conf", "X", "only scores above X, 0 to 1 (now " + shortest(own.confidence) + ")",
       number("--conf", options.thresholds.confidence, 0, 1)},
      {"--iou", "X", "of boxes that overlap more than X, 0 to 1, keep the best (now " + shortest(own.iou) + ")",
       number("--iou", options.thresholds.iou, 0, 1)},
      {"--max-det", "N", "at most N boxes a picture (now " + to_string(own.max_detections) + ")",
       count("--max-det", options.thresholds.max_detections, kMaxMaxDetections)},
      {"--agnostic", "", "let boxes of different classes suppress each other", flag(options.thresholds.agnostic)},
  };
  const std::vector<Rule> of_tracks = {
      {"", "", "Which is which"},
      {"--track", "", "number things from frame to frame; takes scores from 0.1 on, unless --conf is given",
       flag(options.track)},
      {"--count-line", "L", "with --track: count what crosses the line L = x1,y1,x2,y2 (pixels), to its right: in",
       [&options](const std::string& value) { options.count_line = parse_line(value); }},
  };
  const std::vector<Rule> of_masks = {
      {"--retina-masks", "", "masks as fine as the picture, not as the model's input",
       flag(options.thresholds.retina_masks)},
      {"--masks", "DIR", "write a PNG for each mask of a picture: NAME-1.png is that of the thing told first",
       text("--masks", options.maps_folder)},
  };
  const std::vector<Rule> of_classes = {
      {"", "", "Which classes"},
      {"--top", "K", "the K likeliest (now " + to_string(own.max_detections) + ")",
       count("--top", options.thresholds.max_detections, kMaxMaxDetections)},
  };
  const std::vector<Rule> of_maps = {
      {"", "", "Which files"},
      {"--maps", "DIR", "write a PNG with a number for every pixel of each picture (README.md says what it is)",
       text("--maps", options.maps_folder)},
  };
  const std::vector<Rule> of_all = {
      {"", "", "Results"},
      {"--output", "DIR", "write pictures and videos with what was found drawn in",
       text("--output", options.output_folder)},
      {"--json", "", "print JSON, and nothing else: one object for all pictures, a line for every frame",
       flag(options.json)},
      {"--capture", "FILE", "write what becomes of one picture at every stage, for `edgegen explain FILE`",
       text("--capture", options.capture)},
      {"", "", "Camera"},
      {"--camera", "SOURCE", "a number, a video file, an address (rtsp://...), or a GStreamer pipeline",
       text("--camera", options.camera)},
      {"--width", "W", "pixels to ask of the camera", count("--width", options.width, kMaxCameraPixels)},
      {"--height", "H", "pixels to ask of the camera", count("--height", options.height, kMaxCameraPixels)},
      {"--fps", "N", "frames a second to ask of the camera",
       number("--fps", options.frames_per_second, 1, kMaxFramesPerSecond)},
      {"--record", "FILE", "write what is shown to a video (.mp4, .mkv, .avi)", text("--record", options.record)},
      {"--headless", "", "no window: a line a second instead. Stop with Ctrl-C, or q in the window",
       flag(options.headless)},
      {"--no-hud", "", "no figures on top of what is shown", [&options](const std::string&) { options.hud = false; }},
      {"--serve", "PORT", "show it in a browser instead, at http://127.0.0.1:PORT; ADDRESS:PORT for other machines too",
       [&options](const std::string& value) { options.serve = parse_address(value); }},
      {"", "", "Others"},
      {"--model", "DIR", "the folder of model.pte (otherwise the project's own)",
       text("--model", options.model_folder)},
      {"--threads", "N", "threads for the model (otherwise as many as ExecuTorch takes)",
       count("--threads", options.threads, kMaxThreads)},
      {"--benchmark", "RUNS", "time the picture so many times",
       count("--benchmark", options.benchmark_runs, kMaxBenchmarkRuns)},
      {"--info", "", "what this program and its model are", command(Command::kInfo)},
      {"--help", "", "this text; -h too", command(Command::kHelp)},
      {"-h", "", "", command(Command::kHelp)},
      {"--version", "", "what made this program", command(Command::kVersion)},
  };
  std::vector<Rule> rules;
  const auto add = [&](const std::vector<Rule>& more, bool is_meant) {
    for (Rule rule : more) {
      rule.is_meant = is_meant;
      rules.push_back(rule);
    }
  };
  add(of_boxes, kHasBoxes);
  add(of_tracks, kHasBoxes);
  add(of_masks, kModel.mask_coefficients > 0);
  add(of_classes, kHasRanking);
  add(of_maps, kHasMaps);
  add(of_all, true);
  return rules;
}

void check_combination(Options& options, const std::set<std::string>& given) {
  if (options.command == Command::kHelp || options.command == Command::kVersion) return;
  if (options.serve && options.camera.empty() && options.inputs.size() == 1) {
    options.camera = options.inputs[0];
    options.inputs.clear();
  }
  if (!options.camera.empty()) options.command = Command::kCamera;
  if (options.serve) {
    if (options.command != Command::kCamera) refuse("--serve shows a camera, or one video or picture");
    options.headless = true;
  }
  if (options.benchmark_runs > 0) {
    if (options.command == Command::kCamera) refuse("--benchmark measures one picture, not a camera");
    options.command = Command::kBenchmark;
  }
  const bool is_camera = options.command == Command::kCamera;
  for (const char* name : {"--width", "--height", "--fps", "--record", "--headless", "--no-hud"}) {
    if (!is_camera && given.count(name) > 0) refuse(std::string(name) + " belongs to --camera");
  }
  if (is_camera && !options.inputs.empty()) refuse("--camera takes no further pictures or videos");
  if (is_camera && !options.output_folder.empty()) refuse("--camera writes no pictures: use --record FILE");
  const std::string maps = kHasMasks ? "--masks" : "--maps";
  if (!options.maps_folder.empty() && options.command != Command::kDetect) refuse(maps + " takes pictures");
  if (!options.maps_folder.empty() && options.maps_folder == options.output_folder) {
    refuse(maps + " and --output need a folder each: their files have the same names");
  }
  if (!options.output_folder.empty() && options.command == Command::kBenchmark)
    refuse("--benchmark writes no pictures");
  if (!options.output_folder.empty() && options.command == Command::kInfo) refuse("--info writes no pictures");
  if (options.count_line && !options.track) refuse("--count-line counts what --track follows: give both");
  if (options.track && options.command == Command::kBenchmark) refuse("--benchmark looks at one picture: no --track");
  if (options.track && options.command == Command::kInfo) refuse("--info looks at nothing: no --track");
  if (options.track && given.count("--conf") == 0) options.thresholds.confidence = kTrackedConfidence;
  if (options.command == Command::kBenchmark && options.inputs.size() != 1) {
    refuse("--benchmark takes one picture, not " + std::to_string(options.inputs.size()));
  }
  if (options.command == Command::kInfo && !options.inputs.empty()) refuse("--info takes no pictures");
  if (!options.capture.empty() && (options.command != Command::kDetect || options.inputs.size() != 1)) {
    refuse("--capture takes one picture: a frame that looks wrong, say");
  }
  if (!options.capture.empty() && options.track) refuse("--capture looks at one picture: no --track");
  if (options.command == Command::kDetect && options.inputs.empty()) {
    refuse("name pictures, folders or videos, or use --camera");
  }
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const std::vector<Rule> rules = make_rules(options);
  std::set<std::string> given;
  bool only_inputs = false;  // after --
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_inputs || argument.size() < 2 || argument[0] != '-') {
      options.inputs.push_back(argument);
      continue;
    }
    only_inputs = argument == "--";
    if (only_inputs) continue;
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& each) { return each.name == name; });
    if (rule == rules.end()) refuse("there is no option " + support::printable(name));
    if (!rule->is_meant) refuse(name + " means nothing to a model for the task " + std::string(kModel.task));
    given.insert(name);
    if (rule->value.empty()) {
      if (equals != std::string::npos) refuse(name + " takes no value");
      rule->apply("");
    } else if (equals != std::string::npos) {
      rule->apply(argument.substr(equals + 1));
    } else {
      if (i + 1 == arguments.size() || arguments[i + 1].rfind("--", 0) == 0) refuse(name + " needs a value");
      rule->apply(arguments[++i]);
    }
  }
  check_combination(options, given);
  return options;
}

std::string help_text() {
  std::string text = support::printable(kModel.app_name) + R"(: looks at pictures, videos and camera frames.

  app IMAGE|FOLDER|VIDEO... [--output DIR] [--json]
  app --camera 0|FILE|URL [--width W --height H --fps N] [--record FILE] [--headless] [--json]
  app --serve PORT IMAGE|VIDEO
  app --benchmark RUNS IMAGE [--json]
  app --info [--json]
)";
  Options options;
  for (const Rule& rule : make_rules(options)) {
    if (rule.help.empty() || !rule.is_meant) continue;
    text += rule.name.empty() ? "\n" : "  " + support::left(rule.name + " " + rule.value, kNameWidth);
    text += rule.help + "\n";
  }
  return text + R"(
Exit codes: 0 done, 1 some pictures failed, 2 usage, 3 model missing or damaged, 4 backend or operator missing,
5 cannot write or serve, 6 no camera.
)";
}

std::string version_text() {
  return support::printable(kModel.app_name) + ", made by edgegen " + std::string(kModel.edgegen_version) +
         ", with ExecuTorch " + build_info::kExecuTorchVersion + "\n";
}

}  // namespace app
