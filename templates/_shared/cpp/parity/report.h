// What parity found, stage by stage.
#pragma once

#include <string>
#include <vector>

namespace parity {

// One stage over all pictures.
struct Stage {
  std::string name;
  double tolerance = 0;
  std::string unit;
  double worst = 0;  // the largest difference
  long compared = 0;
  std::vector<std::string> problems;  // what a difference cannot say

  // Takes note of one comparison. What is not a number counts as infinitely far off.
  void add(double difference);
  void add_problem(const std::string& problem);

  bool passed() const { return problems.empty() && worst <= tolerance; }
  // The vectors held nothing for it.
  bool is_missing() const { return compared == 0 && problems.empty(); }
};

struct Report {
  std::vector<Stage> stages;
  std::size_t images = 0;
  std::size_t detections = 0;  // that PyTorch shows, over all pictures

  // No stage failed, and at least one compared something.
  bool passed() const;
};

std::string report_table(const Report& report);
std::string report_json(const Report& report);

}  // namespace parity
