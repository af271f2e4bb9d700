// What this app's model finds: how it is told and drawn.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "vision/result.h"

namespace cv {
class Mat;
}

namespace app {

// Declared here and defined in task.cpp, task_drawing.cpp and tasks/: what uses it is compiled alike for every task.

// What JSON calls it.
extern const std::string_view kFoundName;

// What there is to be asked for: thresholds of boxes, or how many of the likeliest classes.
extern const bool kHasBoxes, kHasRanking;

// Whether there is a number for every pixel, to be written as a PNG: `map_of`, which is empty for other tasks.
extern const bool kHasMaps;
cv::Mat map_of(const vision::Result& result);

// Whether there is a mask for each thing, to be written as a PNG of the picture's size: `mask_of`, else empty.
extern const bool kHasMasks;
cv::Mat mask_of(const vision::Result& result, std::size_t number);

// Further members of the model's JSON object.
std::string model_more_json();

// What tells in every frame which thing is which, from scores above this; where there are things.
inline constexpr double kTrackedConfidence = 0.1;
std::function<void(vision::Result&)> make_tracker();
// What holds still what is followed, if it is. To be told when each frame was seen, in seconds.
std::function<void(vision::Result&, double)> make_smoothing();

// Whether boxes are drawn as they are, upright.
extern const bool kDrawsBoxes;

// Of the thing with this number: what comes behind its box in a line of text.
std::string more_text(const vision::Result& result, std::size_t number);

// Under the labels.
void draw_more(cv::Mat& picture, const vision::Result& result);

}  // namespace app
