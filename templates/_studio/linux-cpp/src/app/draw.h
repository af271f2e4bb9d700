// Results drawn into a picture, each part of them by a function of its own: boxes, and what a task has beside them.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

void draw_result(cv::Mat& picture, const vision::Result& result);

// Boxes and their labels.
void draw_boxes(cv::Mat& picture, const vision::Result& result);

// How thick and large things are in a picture of this size.
struct Style {
  int thickness;
  double font_scale;
  int margin;  // pixels around a label's letters
};
Style style_for(const cv::Mat& picture);

// The same class has the same colour in every picture. BGR.
cv::Scalar colour_of(int class_id);

// Of a thing that was found: its class's, or its own where it is followed.
cv::Scalar colour_of(const vision::Result& result, std::size_t number);

// A class's name and what is said of it, with the lower left corner at this place, or as close to it as the picture
// allows.
void draw_label(cv::Mat& picture, int class_id, const std::string& said, cv::Point lower_left, const Style& style);

// Class and score of all things, with their numbers where they are followed: each with its lower left corner at the
// thing's place, or a few lines from there, where it lies over no better one's.
void draw_labels(cv::Mat& picture, const vision::Result& result, const std::vector<cv::Point>& lower_left);

// A line of text, with its lower left corner at this place, or as close to it as the picture allows.
void draw_note(cv::Mat& picture, const std::string& text, cv::Point lower_left);

// Lines of text in the lower left corner (what is shown of a whole picture begins in the upper one), or the lower
// right; on a dark glass, so that they can be read on any picture.
enum class Corner { kLeft, kRight };
void draw_panel(cv::Mat& picture, const std::vector<std::string>& lines, Corner corner);

}  // namespace app
