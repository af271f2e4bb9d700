#include "app/stream.h"

#include <opencv2/imgproc.hpp>
#include <utility>

#include "app/draw.h"
#include "app/processors.h"
#include "app/task.h"
#include "support/text.h"

namespace app {
namespace {

// Twice the area of the triangle, positive where c lies to the right of the way from a to b (y goes down).
double side(const vision::Point& a, const vision::Point& b, const vision::Point& c) {
  return (static_cast<double>(b.x) - a.x) * (static_cast<double>(c.y) - a.y) -
         (static_cast<double>(b.y) - a.y) * (static_cast<double>(c.x) - a.x);
}

}  // namespace

void LineCounter::look(const vision::Result& result) {
  std::map<int, vision::Point> now;
  const vision::Point a{line_[0], line_[1]}, b{line_[2], line_[3]};
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    const vision::Point centre{(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2};
    now[result.track_ids[i]] = centre;
    const auto before = last_.find(result.track_ids[i]);
    if (before == last_.end()) continue;
    const bool was_right = side(a, b, before->second) > 0, is_right = side(a, b, centre) > 0;
    // Between the ends of the line, not beyond them.
    if (was_right == is_right || (side(before->second, centre, a) > 0) == (side(before->second, centre, b) > 0))
      continue;
    ++(is_right ? in_ : out_);
  }
  for (const auto& [number, place] : now) last_[number] = place;  // one that is lost may come again beyond it
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
  draw_note(frame, text(), from);
}

std::string Stream::json() const {
  if (!counter_) return "";
  return ",\"line\":" +
         support::json_object({{"in", std::to_string(counter_->in())}, {"out", std::to_string(counter_->out())}});
}

std::string Stream::text() const {
  return counter_ ? std::to_string(counter_->in()) + " in, " + std::to_string(counter_->out()) + " out" : "";
}

}  // namespace app
