#include "app/stream.h"

#include <algorithm>
#include <cmath>
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
constexpr std::size_t kLongestTrail = 30;
// What stands on the line trembles over it: a side begins so far away from it, in shorter sides of its box.
constexpr double kOnLine = 0.05;

// Twice the area of the triangle, positive where c lies to the right of the way from a to b (y goes down).
double side(const vision::Point& a, const vision::Point& b, const vision::Point& c) {
  return (static_cast<double>(b.x) - a.x) * (static_cast<double>(c.y) - a.y) -
         (static_cast<double>(b.y) - a.y) * (static_cast<double>(c.x) - a.x);
}

vision::Point centre_of(const vision::Detection& box) { return {(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2}; }

// An owner's processor may have made boxes of its own.
bool is_followed(const vision::Result& result) { return result.track_ids.size() == result.boxes.size(); }

// Those that are lost may come again elsewhere.
template <typename Tracks>
void forget_lost(Tracks& tracks, long now) {
  for (auto each = tracks.begin(); each != tracks.end();) {
    each = now - each->second.frame > kLongestLost ? tracks.erase(each) : std::next(each);
  }
}

std::string counts_of(const LineCounter& counter) {
  return std::to_string(counter.in()) + " in, " + std::to_string(counter.out()) + " out";
}

}  // namespace

void LineCounter::look(const vision::Result& result) {
  if (!is_followed(result)) return;
  ++frame_;
  const vision::Point a{line_[0], line_[1]}, b{line_[2], line_[3]};
  const double length = std::hypot(static_cast<double>(b.x) - a.x, static_cast<double>(b.y) - a.y);
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    const vision::Detection& box = result.boxes[i];
    const vision::Point centre = centre_of(box);
    const auto [at, is_new] = last_.try_emplace(result.track_ids[i], Sight{centre, frame_});
    at->second.frame = frame_;
    const double on_line = kOnLine * static_cast<double>(std::min(box.x2 - box.x1, box.y2 - box.y1));
    if (is_new || std::abs(side(a, b, centre)) < on_line * length) continue;
    const vision::Point before = std::exchange(at->second.centre, centre);
    const bool was_right = side(a, b, before) > 0, is_right = side(a, b, centre) > 0;
    // Between the ends of the line, not beyond them.
    if (was_right == is_right || (side(before, centre, a) > 0) == (side(before, centre, b) > 0)) continue;
    ++(is_right ? in_ : out_);
  }
  forget_lost(last_, frame_);
}

void Trails::look(const vision::Result& result) {
  if (!is_followed(result)) return;
  ++frame_;
  for (std::size_t i = 0; i < result.boxes.size(); ++i) {
    Trail& trail = trails_[result.track_ids[i]];
    trail.frame = frame_;
    trail.centres.push_back(centre_of(result.boxes[i]));
    if (trail.centres.size() > kLongestTrail) trail.centres.pop_front();
  }
  forget_lost(trails_, frame_);
}

// Of those that are seen, from thin to thick.
void Trails::draw(cv::Mat& frame) const {
  const int thickness = style_for(frame).thickness;
  for (const auto& [id, trail] : trails_) {
    if (trail.frame != frame_) continue;
    const auto pixel = [&centres = trail.centres](std::size_t i) {
      return cv::Point(cvRound(centres[i].x), cvRound(centres[i].y));
    };
    for (std::size_t i = 1; i < trail.centres.size(); ++i) {
      const int width = 1 + thickness * static_cast<int>(i) / static_cast<int>(trail.centres.size());
      cv::line(frame, pixel(i - 1), pixel(i), colour_of(id), width, cv::LINE_AA);
    }
  }
}

Stream::Stream(const Options& options) : processors_(make_processors()) {
  if (options.track) {
    processors_.insert(processors_.begin(), make_tracker());
    trails_.emplace();
  }
  if (options.count_line) counter_.emplace(*options.count_line);
}

void Stream::process(vision::Result& result) {
  vision::process(processors_, result);
  if (counter_) counter_->look(result);
  if (trails_) trails_->look(result);
}

void Stream::draw(cv::Mat& frame, const vision::Result& result) const {
  if (trails_) trails_->draw(frame);
  draw_result(frame, result);
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
