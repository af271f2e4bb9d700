// Boxes and labels on a picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "vision/result.h"

namespace app {

void draw_detections(cv::Mat& picture, const std::vector<vision::Detection>& detections);

// A line of text in the upper left corner.
void draw_caption(cv::Mat& picture, const std::string& text);

}  // namespace app
