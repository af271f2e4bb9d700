// What the app says of points: how many are seen, of a model that knows it. For a project of poses, with a model of
// this test's own; says what is wrong, if anything.
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
  result.keypoints.resize(6, {1, 2, 1});  // of two things
  result.keypoints[4] = {0, 0, 0};        // what becomes of one that is no number
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
