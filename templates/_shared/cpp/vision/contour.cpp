#include "vision/contour.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "vision/letterbox.h"

namespace vision {
namespace {

// The eight neighbours of a pixel, counter-clockwise from the right one (y points down).
constexpr unsigned kDirections = 8;
constexpr std::array<PixelPoint, kDirections> kSteps = {
    {{1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}, {0, 1}, {1, 1}}};
constexpr unsigned kLeft = 4;

// The state of a pixel. kLastOfBorder: its right neighbour is empty, so the object ends here in its row.
enum Label : std::uint8_t { kEmpty, kUnseen, kBorder, kLastOfBorder };

// The bitmap with an empty border around it.
class Labels {
 public:
  Labels(const std::uint8_t* pixels, int width, int height)
      : row_(static_cast<std::size_t>(width) + 2), labels_(row_ * (static_cast<std::size_t>(height) + 2), kEmpty) {
    for (unsigned i = 0; i < kDirections; ++i) {
      step_[i] = kSteps[i].y * static_cast<std::ptrdiff_t>(row_) + kSteps[i].x;
    }
    for (int y = 0; y < height; ++y) {
      Label* out = row(y);
      for (int x = 0; x < width; ++x, ++pixels) out[x] = *pixels != 0 ? kUnseen : kEmpty;
    }
  }

  Label* row(int y) { return labels_.data() + (static_cast<std::size_t>(y) + 1) * row_ + 1; }

  // Returns the border around the object whose first pixel this is.
  Contour follow(Label* start, PixelPoint point) {
    unsigned direction = kLeft;
    do {
      direction = (direction + kDirections - 1) % kDirections;
    } while (start[step_[direction]] == kEmpty && direction != kLeft);
    if (direction == kLeft) {  // a single pixel
      *start = kLastOfBorder;
      return {point};
    }
    const Label* last = start + step_[direction];  // from where the start is reached in the end
    Contour contour;
    unsigned before = direction ^ kLeft;
    for (Label* here = start;;) {
      const unsigned from = direction;
      unsigned turn = from + 1;
      while (here[step_[turn % kDirections]] == kEmpty) ++turn;
      direction = turn % kDirections;
      // Whether the neighbour on the right, direction 0, was passed by on the way.
      if (direction != 0 && direction - 1 < from) {
        *here = kLastOfBorder;
      } else if (*here == kUnseen) {
        *here = kBorder;
      }
      if (direction != before) contour.push_back(point);
      before = direction;
      point.x += kSteps[direction].x;
      point.y += kSteps[direction].y;
      Label* next = here + step_[direction];
      if (next == start && here == last) return contour;
      here = next;
      direction = (direction + kLeft) % kDirections;
    }
  }

 private:
  const std::size_t row_;
  std::vector<Label> labels_;
  std::array<std::ptrdiff_t, kDirections> step_{};
};

// Where two contours are closest: the first such pair.
std::pair<std::size_t, std::size_t> closest(const Contour& a, const Contour& b) {
  std::pair<std::size_t, std::size_t> best{0, 0};
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::int64_t x = a[i].x - b[k].x, y = a[i].y - b[k].y;
      if (x * x + y * y >= least) continue;
      least = x * x + y * y;
      best = {i, k};
    }
  }
  return best;
}

}  // namespace

std::vector<Contour> find_contours(const std::uint8_t* pixels, int width, int height) {
  Labels labels(pixels, width, height);
  std::vector<Contour> contours;
  for (int y = 0; y < height; ++y) {
    Label* row = labels.row(y);
    bool inside = false;  // an object whose border was followed
    for (int x = 0; x < width; ++x) {
      if (row[x] == kUnseen && row[x - 1] == kEmpty && !inside) contours.push_back(labels.follow(row + x, {x, y}));
      if (row[x] == kBorder) inside = true;
      if (row[x] == kLastOfBorder) inside = false;
    }
  }
  std::reverse(contours.begin(), contours.end());
  return contours;
}

Contour joined(std::vector<Contour> contours) {
  if (contours.empty()) return {};
  if (contours.size() == 1) return std::move(contours.front());
  // The points where the line enters each contour and leaves it for the next.
  const std::size_t count = contours.size();
  std::vector<std::size_t> entry(count), exit(count);
  for (std::size_t i = 1; i < count; ++i) std::tie(exit[i - 1], entry[i]) = closest(contours[i - 1], contours[i]);
  entry.front() = exit.front();
  Contour all;
  for (std::size_t i = 0; i < count; ++i) {
    Contour& contour = contours[i];
    const bool is_between = i > 0 && i + 1 < count;
    if (is_between && entry[i] > exit[i]) {
      std::reverse(contour.begin(), contour.end());
      entry[i] = contour.size() - 1 - entry[i];
      exit[i] = contour.size() - 1 - exit[i];
    }
    std::rotate(contour.begin(), contour.begin() + static_cast<std::ptrdiff_t>(entry[i]), contour.end());
    contour.push_back(contour.front());
    const std::size_t end = is_between ? exit[i] - entry[i] + 1 : contour.size();
    all.insert(all.end(), contour.begin(), contour.begin() + static_cast<std::ptrdiff_t>(end));
  }
  for (std::size_t i = count - 1; i-- > 1;) {  // and back along the other sides
    const auto begin = contours[i].begin() + static_cast<std::ptrdiff_t>(exit[i] - entry[i]);
    all.insert(all.end(), begin, contours[i].end());
  }
  return all;
}

namespace {

// Brings places in a mask's bitmap back to the picture. shift: of a pixel's own place, in pixels of the bitmap.
class WayBack {
 public:
  WayBack(const Result& result, const Masks::Part& part, float shift)
      : plan_(plan_letterbox(result.width, result.height, result.masks.width, result.masks.height)),
        part_(part),
        shift_(shift) {}

  Point operator()(const PixelPoint& point) const {
    return {back(part_.left + point.x, plan_.left, plan_.gain_x, plan_.source_width),
            back(part_.top + point.y, plan_.top, plan_.gain_y, plan_.source_height)};
  }

 private:
  float back(int position, int border, double gain, int size) const {
    const float moved = (static_cast<float>(position - border) + shift_) / static_cast<float>(gain);
    return std::clamp(moved, 0.0F, static_cast<float>(size));
  }

  LetterboxPlan plan_;
  Masks::Part part_;
  float shift_;
};

std::vector<Contour> contours_of(const Result& result, const Masks::Part& part) {
  return find_contours(result.masks.pixels.data() + part.first, part.width, part.height);
}

}  // namespace

std::vector<std::vector<Point>> outlines_of(const Result& result, std::size_t number) {
  const Masks::Part& part = result.masks.parts[number];
  const WayBack back(result, part, 0.5F);
  std::vector<std::vector<Point>> outlines;
  for (const Contour& contour : contours_of(result, part)) {
    std::vector<Point>& outline = outlines.emplace_back();
    std::transform(contour.begin(), contour.end(), std::back_inserter(outline), back);
  }
  return outlines;
}

std::vector<Point> polygon_of(const Result& result, std::size_t number) {
  const Masks::Part& part = result.masks.parts[number];
  const Contour contour = joined(contours_of(result, part));
  std::vector<Point> polygon;
  std::transform(contour.begin(), contour.end(), std::back_inserter(polygon), WayBack(result, part, 0));
  return polygon;
}

}  // namespace vision
