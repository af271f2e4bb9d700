#include "vision/letterbox.h"

#include <vector>

#include "detector/preprocess.h"
#include "tools/check.h"
#include "vision/geometry.h"

namespace {

using vision::ImageView;
using vision::PixelFormat;

// 4 x 2 pixels, each of one colour: red, green and blue are 10, 20 and 30.
std::vector<std::uint8_t> plain_rgb() {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 8; ++i) pixels.insert(pixels.end(), {10, 20, 30});
  return pixels;
}

TEST(the_picture_is_centred_and_the_odd_pixel_goes_right_and_down) {
  const vision::LetterboxPlan wide = vision::plan_letterbox(853, 480, 640, 640);
  CHECK_EQUAL(wide.resized_width, 640);
  CHECK_EQUAL(wide.resized_height, 360);
  CHECK_EQUAL(wide.top, 140);
  const vision::LetterboxPlan odd = vision::plan_letterbox(100, 99, 32, 32);
  CHECK_EQUAL(odd.resized_height, 32);  // 31.68
  const vision::LetterboxPlan border = vision::plan_letterbox(64, 58, 32, 32);
  CHECK_EQUAL(border.resized_height, 29);
  CHECK_EQUAL(border.top, 1);  // 3 rows are left: 1 above, 2 below
}

TEST(halves_are_rounded_to_the_even_side) {
  CHECK_EQUAL(vision::plan_letterbox(853, 1280, 640, 640).resized_width, 426);  // 426.5
  CHECK_EQUAL(vision::plan_letterbox(855, 1280, 640, 640).resized_width, 428);  // 427.5
}

TEST(no_side_vanishes) { CHECK_EQUAL(vision::plan_letterbox(5000, 1, 320, 320).resized_height, 1); }

TEST(every_pixel_format_gives_the_same_tensor) {
  const std::vector<std::uint8_t> rgb = plain_rgb();
  std::vector<std::uint8_t> bgra;
  for (std::size_t i = 0; i < rgb.size(); i += 3) bgra.insert(bgra.end(), {rgb[i + 2], rgb[i + 1], rgb[i], 99});
  vision::Letterbox letterbox(8, 8, {});
  std::vector<float> from_rgb(3 * 64), from_bgra(3 * 64);
  letterbox.to_tensor({rgb.data(), 4, 2, 12, PixelFormat::kRgb}, from_rgb.data());
  letterbox.to_tensor({bgra.data(), 4, 2, 16, PixelFormat::kBgra}, from_bgra.data());
  CHECK(from_rgb == from_bgra);
  CHECK_NEAR(from_rgb[3 * 8], 10 / 255.0F, 1e-7);  // red's plane, first row of the picture
  CHECK_NEAR(from_rgb[0], 114 / 255.0F, 1e-7);     // padding
}

TEST(padded_rows_are_skipped) {
  std::vector<std::uint8_t> padded;
  for (int y = 0; y < 2; ++y) {
    padded.insert(padded.end(), 12, 50);
    padded.insert(padded.end(), 5, 255);  // between the rows
  }
  vision::Letterbox letterbox(4, 2, {});
  std::vector<std::uint8_t> bytes(4 * 2 * 3);
  letterbox.to_bytes({padded.data(), 4, 2, 17, PixelFormat::kRgb}, bytes.data());
  CHECK(bytes == std::vector<std::uint8_t>(24, 50));
}

TEST(a_second_frame_does_not_see_the_first) {
  const std::vector<std::uint8_t> rgb = plain_rgb(), other(24, 200);
  vision::Letterbox letterbox = detector::make_letterbox(), fresh = detector::make_letterbox();
  const std::size_t size = std::size_t{3} * model_info::kInputHeight * model_info::kInputWidth;
  std::vector<float> second(size, -1), expected(size);
  letterbox.to_tensor({rgb.data(), 4, 2, 12, PixelFormat::kRgb}, second.data());
  letterbox.to_tensor({other.data(), 4, 2, 12, PixelFormat::kRgb}, second.data());
  fresh.to_tensor({other.data(), 4, 2, 12, PixelFormat::kRgb}, expected.data());
  CHECK(second == expected);
}

TEST(a_picture_without_pixels_is_refused) {
  vision::Letterbox letterbox(8, 8, {});
  std::vector<float> tensor(3 * 64);
  CHECK_THROWS(letterbox.to_tensor(ImageView{}, tensor.data()), "no pixels");
}

TEST(boxes_go_back_by_the_rounded_size_and_are_clipped) {
  const vision::LetterboxPlan plan = vision::plan_letterbox(853, 1280, 640, 640);  // 426 wide, 107 left
  vision::Candidate candidate;
  candidate.x1 = static_cast<float>(plan.left);
  candidate.x2 = static_cast<float>(plan.left + 426);
  candidate.y1 = -5;
  candidate.y2 = 640;
  const vision::Detection detection = vision::to_image(candidate, plan);
  CHECK_NEAR(detection.x1, 0, 1e-4);
  CHECK_NEAR(detection.x2, 853, 1e-3);
  CHECK_EQUAL(detection.y1, 0);
  CHECK_NEAR(detection.y2, 1280, 1e-3);
}

}  // namespace
