#include "app/hud.h"

#include <cstddef>

#include "app/report.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
namespace {

using support::fixed;

constexpr std::chrono::seconds kWindow(1);
constexpr std::size_t kMostCounts = 8;  // lines of them

}  // namespace

void Pace::count(Clock::time_point now, const vision::Timing& timing) {
  frames_.push_back({now, timing});
  while (frames_.size() > 2 && frames_.front().time < now - kWindow) frames_.pop_front();
}

double Pace::rate() const {
  if (frames_.size() < 2) return 0;
  const std::chrono::duration<double> seconds = frames_.back().time - frames_.front().time;
  return static_cast<double>(frames_.size() - 1) / seconds.count();
}

vision::Timing Pace::timing() const {
  vision::Timing sum;
  const auto count = static_cast<double>(frames_.size());
  for (const Frame& each : frames_) {
    sum.preprocess += each.timing.preprocess / count;
    sum.inference += each.timing.inference / count;
    sum.postprocess += each.timing.postprocess / count;
  }
  return sum;
}

std::string rate_text(double rate) { return fixed(rate, 1) + " frames/s"; }

std::vector<std::string> figures(const Pace& pace, const vision::Result& result) {
  const vision::Timing timing = pace.timing();
  const std::string times = "preprocess " + fixed(timing.preprocess, 1) + ", model " + fixed(timing.inference, 1) +
                            ", postprocess " + fixed(timing.postprocess, 1) + " ms";
  std::vector<std::string> lines = {rate_text(pace.rate()), times};
  if (!kHasBoxes) return lines;
  const std::vector<std::string> all = counts(result);
  const std::size_t more = all.size() > kMostCounts ? all.size() - kMostCounts : 0;
  lines.insert(lines.end(), all.begin(), all.end() - static_cast<std::ptrdiff_t>(more));
  if (more > 0) lines.push_back("and " + std::to_string(more) + " more");
  return lines;
}

}  // namespace app
