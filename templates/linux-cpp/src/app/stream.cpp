#include "app/stream.h"

#include <iterator>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "app/draw.h"
#include "app/processors.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
namespace {

constexpr long kLongestLost = 40;  // frames; after fewer a track is given up

// Twice the area of the triangle, positive where c lies to the right of the way from a to b (y goes down).
double side(const vision::Point& a, const vision::Point& b, const vision::Point& c) {
  return (static_cast<double>(b.x) - a.x) * (static_cast<double>(c.y) - a.y) -
         (static_cast<double>(b.y) - a.y) * (static_cast<double>(c.x) - a.x);
}

std::string counts_of(const LineCounter& counter) {
  return std::to_string(counter.in()) + " in, " + std::to_string(counter.out()) + " out";
}

}  // namespace

void LineCounter::look(const vision::Result& result) {
  if (result.track_ids.size() != result.boxes.size()) return;  // an owner's processor has made boxes of its own
  ++frame_;
  const vision::Point a{line_[0], line_[1]}, b{line_[2], line_[3]};
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    const vision::Point centre{(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2};
    const auto [at, is_new] = last_.try_emplace(result.track_ids[i], Sight{centre, frame_});
    if (is_new) continue;
    const vision::Point before = std::exchange(at->second, Sight{centre, frame_}).centre;
    const bool was_right = side(a, b, before) > 0, is_right = side(a, b, centre) > 0;
    // Between the ends of the line, not beyond them.
    if (was_right == is_right || (side(before, centre, a) > 0) == (side(before, centre, b) > 0)) continue;
    ++(is_right ? in_ : out_);
  }
  for (auto each = last_.begin(); each != last_.end();) {  // one that is lost may come again beyond the line
    each = frame_ - each->second.frame > kLongestLost ? last_.erase(each) : std::next(each);
  }
}

Stream::Stream(const Options& options) : processors_(make_processors()) {
  if (options.track) processors_.insert(processors_.begin(), make_tracker());
  if (options.count_line) counter_.emplace(*options.count_line);
}

void Stream::process(vision::Result& result) {
  vision::process(processors_, result);
  if (counter_) counter_->look(result);
}

void Stream::draw(cv::Mat& frame) const {
  if (!counter_) return;
  const CountLine& line = counter_->line();
  const cv::Point from(cvRound(line[0]), cvRound(line[1])), to(cvRound(line[2]), cvRound(line[3]));
  const int thickness = style_for(frame).thickness;
  cv::line(frame, from, to, {0, 0, 0}, 2 * thickness + 1, cv::LINE_AA);
  cv::line(frame, from, to, {255, 255, 255}, thickness, cv::LINE_AA);
  draw_note(frame, counts_of(*counter_), from);
}

std::string Stream::json() const {
  if (!counter_) return "";
  return ",\"line\":" +
         support::json_object({{"in", std::to_string(counter_->in())}, {"out", std::to_string(counter_->out())}});
}

std::string Stream::text() const { return counter_ ? "; " + counts_of(*counter_) : ""; }

}  // namespace app
