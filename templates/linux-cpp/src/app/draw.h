// Draws a result into its picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

#include "vision/result.h"

namespace app {

void draw_result(cv::Mat& picture, const vision::Result& result);

// Writes lines of text into the lower left corner.
void draw_text(cv::Mat& picture, const std::string& lines);

// Returns the result as a short text, for example "3 x person, 1 x bus".
std::string describe(const vision::Result& result);

}  // namespace app
