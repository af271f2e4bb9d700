// The app's text has the number of visible points only if the model gives their visibility. For a pose project, with
// a model that this test defines. Prints each difference.
#include <cstdio>
#include <string>

#include "app/task.h"
#include "app_model.h"

namespace {

vision::ModelInfo info;

void expect(int values, const std::string& text) {
  info.keypoints = 3;
  info.keypoint_values = values;
  vision::Result result;
  result.keypoints.resize(6, {1, 2, 1});  // of two objects
  result.keypoints[4] = {0, 0, 0};        // the result of a NaN keypoint
  const std::string said = app::more_text(result, 1);
  if (said != text) std::printf("wrong: '%s' of %d values, not '%s'\n", said.c_str(), values, text.c_str());
}

}  // namespace

namespace app {

const vision::ModelInfo& kModel = info;

}  // namespace app

int main() {
  expect(3, "  2 of 3 points");
  expect(2, "");
  return 0;
}
