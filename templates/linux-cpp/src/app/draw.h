// Results drawn into a picture, each part of them (boxes) by a function of its own.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

void draw_result(cv::Mat& picture, const vision::Result& result);

// Boxes and their labels.
void draw_boxes(cv::Mat& picture, const std::vector<vision::Detection>& boxes);

// A line of text in the upper left corner.
void draw_caption(cv::Mat& picture, const std::string& text);

}  // namespace app
