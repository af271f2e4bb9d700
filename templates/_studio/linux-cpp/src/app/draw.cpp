#include "app/draw.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "app/task.h"
#include "app_model.h"
#include "look.h"
#include "support/text.h"

namespace app {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kReferenceSide = 640;  // pixels: a picture of this size has lines 2 wide and letters at half scale
constexpr double kReferenceThickness = 2;
constexpr double kReferenceFontScale = 0.5;
constexpr double kSmallestFontScale = 0.35;  // below it letters run together
constexpr std::size_t kLongestLabel = 32;    // characters
constexpr int kLinesAway = 3;                // from its box: as far as a label goes for a free place
constexpr double kGlass = 0.3;  // how much light it lets through: on white behind it, white letters have 8:1

const cv::Scalar kBlack(0, 0, 0), kWhite(255, 255, 255);
const cv::Scalar kLumaWeights(look::kLumaBlue, look::kLumaGreen, look::kLumaRed);

// Letters that can be read on this colour.
cv::Scalar letters_on(const cv::Scalar& colour) {
  return colour.dot(kLumaWeights) > look::kDarkestForBlackLetters ? kBlack : kWhite;
}

// OpenCV's letters are ASCII. Others become '?'. readable: whether there are any but those.
std::string drawable(std::string_view text, bool& readable) {
  std::string letters;
  readable = false;
  while (!text.empty()) {
    const char32_t c = support::take_character(text);
    const bool ascii = c >= 0x20 && c < 0x7F;
    letters += ascii ? static_cast<char>(c) : '?';
    readable = readable || (ascii && c != ' ');
  }
  return letters;
}

// A name that has none of those letters is shown by its number.
std::string drawable_name(int class_id) {
  bool readable = false;
  std::string name = drawable(kModel.class_names[static_cast<std::size_t>(class_id)], readable);
  if (!readable) name = "#" + std::to_string(class_id);
  if (name.size() > kLongestLabel) name = name.substr(0, kLongestLabel - 2) + "..";
  return name;
}

// Text on a ground of its colour.
struct Label {
  std::string text;
  cv::Scalar colour;
  Style style;
  cv::Size letters;
  cv::Rect place;
};

void keep_within(const cv::Mat& picture, cv::Rect& place) {
  place.x = std::clamp(place.x, 0, std::max(0, picture.cols - place.width));
  place.y = std::clamp(place.y, 0, std::max(0, picture.rows - place.height));
}

int letter_thickness(const Style& style) { return std::max(1, style.thickness / 2); }

// With its lower left corner at the given place, moved so that it lies within the picture.
Label label_at(const cv::Mat& picture, const std::string& text, cv::Point lower_left, const cv::Scalar& colour,
               Style style) {
  int below_line = 0;
  const int thickness = letter_thickness(style);
  cv::Size letters = cv::getTextSize(text, kFont, style.font_scale, thickness, &below_line);
  const double room = picture.cols - 2 * style.margin;
  if (letters.width > room) {  // smaller letters, as long as they can be read
    style.font_scale = std::max(kSmallestFontScale, style.font_scale * room / letters.width);
    letters = cv::getTextSize(text, kFont, style.font_scale, thickness, &below_line);
  }
  cv::Rect place(lower_left.x, 0, letters.width + 2 * style.margin, letters.height + below_line + 2 * style.margin);
  place.y = lower_left.y - place.height;
  keep_within(picture, place);
  return {text, colour, style, letters, place};
}

void draw(cv::Mat& picture, const Label& label) {
  const Style& style = label.style;
  cv::rectangle(picture, label.place, label.colour, cv::FILLED);
  cv::putText(picture, label.text, {label.place.x + style.margin, label.place.y + style.margin + label.letters.height},
              kFont, style.font_scale, letters_on(label.colour), letter_thickness(style), cv::LINE_AA);
}

void draw_text(cv::Mat& picture, const std::string& text, cv::Point lower_left, const cv::Scalar& colour,
               const Style& style) {
  draw(picture, label_at(picture, text, lower_left, colour, style));
}

// The nearest place, of a few lines up and down, where it lies over none of the others; its own where there is none.
cv::Rect free_place(const cv::Mat& picture, const cv::Rect& own, const std::vector<Label>& others) {
  for (int lines = 0; lines <= kLinesAway; ++lines) {
    for (const int way : {-1, 1}) {
      cv::Rect place = own;
      place.y += way * lines * own.height;
      const cv::Rect asked = place;
      keep_within(picture, place);
      if (place == asked && std::none_of(others.begin(), others.end(),
                                         [&](const Label& each) { return (each.place & place).area() > 0; }))
        return place;
    }
  }
  return own;
}

}  // namespace

Style style_for(const cv::Mat& picture) {
  const double size = std::sqrt(static_cast<double>(picture.cols) * picture.rows) / kReferenceSide;
  const int thickness = std::max(1, static_cast<int>(std::lround(kReferenceThickness * size)));
  return {thickness, std::max(kSmallestFontScale, kReferenceFontScale * size), thickness + 1};
}

cv::Scalar colour_of(int class_id) {
  const int rgb = look::kClassColours[static_cast<std::size_t>(class_id) % std::size(look::kClassColours)];
  return cv::Scalar(rgb & 0xFF, rgb >> 8 & 0xFF, rgb >> 16);
}

void draw_label(cv::Mat& picture, int class_id, const std::string& said, cv::Point lower_left, const Style& style) {
  draw_text(picture, drawable_name(class_id) + " " + said, lower_left, colour_of(class_id), style);
}

cv::Scalar colour_of(const vision::Result& result, std::size_t number) {
  return colour_of(result.track_ids.empty() ? result.boxes[number].class_id : result.track_ids[number]);
}

void draw_labels(cv::Mat& picture, const vision::Result& result, const std::vector<cv::Point>& lower_left) {
  const Style style = style_for(picture);
  std::vector<Label> labels;
  for (std::size_t i = 0; i < lower_left.size(); ++i) {  // the best one first: it stays where it belongs
    const vision::Detection& box = result.boxes[i];
    std::string text = drawable_name(box.class_id) + " " + support::fixed(box.score, 2);
    if (!result.track_ids.empty()) text = "#" + std::to_string(result.track_ids[i]) + " " + text;
    Label label = label_at(picture, text, lower_left[i], colour_of(result, i), style);
    label.place = free_place(picture, label.place, labels);
    labels.push_back(std::move(label));
  }
  for (std::size_t i = labels.size(); i-- > 0;) draw(picture, labels[i]);
}

void draw_result(cv::Mat& picture, const vision::Result& result) {
  draw_more(picture, result);
  if (kDrawsBoxes) draw_boxes(picture, result);
}

void draw_boxes(cv::Mat& picture, const vision::Result& result) {
  const Style style = style_for(picture);
  std::vector<cv::Point> places;
  for (const vision::Detection& box : result.boxes) places.emplace_back(cvRound(box.x1), cvRound(box.y1));
  for (std::size_t i = result.boxes.size(); i-- > 0;) {  // the best one last, on top
    const vision::Detection& box = result.boxes[i];
    cv::rectangle(picture, places[i], {cvRound(box.x2), cvRound(box.y2)}, colour_of(result, i), style.thickness);
  }
  draw_labels(picture, result, places);
}

void draw_note(cv::Mat& picture, const std::string& text, cv::Point lower_left) {
  draw_text(picture, text, lower_left, kBlack, style_for(picture));
}

void draw_panel(cv::Mat& picture, const std::vector<std::string>& lines, Corner corner) {
  const Style style = style_for(picture);
  const int letter_thickness = std::max(1, style.thickness / 2);
  const int height = cv::getTextSize("Ay", kFont, style.font_scale, letter_thickness, nullptr).height * 2;
  const int room = (picture.rows - 2 * style.margin) / height;  // the last lines are left out where there is none
  std::vector<std::string> shown;
  int width = 0;
  for (const std::string& line : lines) {
    if (static_cast<int>(shown.size()) >= room) break;
    bool ignored = false;
    shown.push_back(drawable(line, ignored).substr(0, 2 * kLongestLabel));
    width = std::max(width, cv::getTextSize(shown.back(), kFont, style.font_scale, letter_thickness, nullptr).width);
  }
  if (shown.empty()) return;
  cv::Rect panel(0, 0, width + 4 * style.margin, static_cast<int>(shown.size()) * height + 2 * style.margin);
  panel.width = std::min(panel.width, picture.cols);
  panel.y = picture.rows - panel.height;
  if (corner == Corner::kRight) panel.x = picture.cols - panel.width;
  cv::Mat glass = picture(panel);
  glass.convertTo(glass, -1, kGlass);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const cv::Point place(2 * style.margin, style.margin + static_cast<int>(i + 1) * height - height / 4);
    cv::putText(glass, shown[i], place, kFont, style.font_scale, kWhite, letter_thickness, cv::LINE_AA);
  }
}

}  // namespace app
