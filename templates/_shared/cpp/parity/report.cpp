#include "parity/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/text.h"

namespace parity {
namespace {

constexpr std::size_t kProblemsShown = 5;  // a stage

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string number(double value) { return std::isfinite(value) ? support::shortest(value) : "null"; }

std::string verdict(const Stage& stage) {
  if (stage.is_missing()) return "not compared: the vectors have nothing for it";
  return stage.passed() ? "passed" : "FAILED";
}

template <typename Items>
std::string strings_json(const Items& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + support::json_string(item);
  return out + "]";
}

}  // namespace

void Stage::add(double difference) {
  ++compared;
  worst = std::max(worst, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
}

void Stage::add_problem(const std::string& problem) { problems.push_back(problem); }

bool Report::passed() const {
  const auto compared = [](const Stage& stage) { return !stage.is_missing(); };
  const auto good = [](const Stage& stage) { return stage.passed(); };
  return std::any_of(stages.begin(), stages.end(), compared) && std::all_of(stages.begin(), stages.end(), good);
}

std::string report_table(const Report& report) {
  std::string text = "stage       compared    worst         tolerance  unit\n";
  for (const Stage& stage : report.stages) {
    text += padded(stage.name, 12) + padded(std::to_string(stage.compared), 12) + padded(number(stage.worst), 14) +
            padded(number(stage.tolerance), 11) + padded(stage.unit, 18) + verdict(stage) + "\n";
    for (std::size_t i = 0; i < stage.problems.size(); ++i) {
      if (i == kProblemsShown) {
        text += "    ... and " + std::to_string(stage.problems.size() - i) + " more\n";
        break;
      }
      text += "    " + stage.problems[i] + "\n";
    }
  }
  const bool all =
      std::none_of(report.stages.begin(), report.stages.end(), [](const Stage& stage) { return stage.is_missing(); });
  const std::string passed = all ? "the same as PyTorch\n" : "the same as PyTorch, as far as the vectors go\n";
  return text + std::to_string(report.images) + " pictures, " + std::to_string(report.detections) +
         " detections: " + (report.passed() ? passed : "NOT the same as PyTorch\n");
}

std::string report_json(const Report& report) {
  std::string stages;
  std::vector<std::string> missing, problems;
  for (const Stage& stage : report.stages) {
    stages += std::string(stages.empty() ? "" : ",") + "{\"name\":" + support::json_string(stage.name) +
              ",\"passed\":" + (stage.passed() ? "true" : "false") + ",\"worst\":" + number(stage.worst) +
              ",\"tolerance\":" + number(stage.tolerance) + ",\"unit\":" + support::json_string(stage.unit) +
              ",\"compared\":" + std::to_string(stage.compared) + "}";
    if (stage.is_missing()) missing.push_back(stage.name);
    for (const std::string& problem : stage.problems) problems.push_back(stage.name + ": " + problem);
  }
  return std::string("{\"passed\":") + (report.passed() ? "true" : "false") + ",\"stages\":[" + stages +
         "],\"images\":" + std::to_string(report.images) + ",\"detections\":" + std::to_string(report.detections) +
         ",\"missing\":" + strings_json(missing) + ",\"problems\":" + strings_json(problems) + "}\n";
}

}  // namespace parity
