#include "vision/letterbox.h"

#include <vector>

#include "app_model.h"
#include "detector/detector.h"
#include "stored/nv12.h"
#include "stored/orientation.h"
#include "tools/check.h"
#include "vision/decode.h"

namespace {

using vision::ImageView;

// 4 x 2 pixels, each of one colour: red, green and blue are 10, 20 and 30.
std::vector<std::uint8_t> plain_rgb() {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 8; ++i) pixels.insert(pixels.end(), {10, 20, 30});
  return pixels;
}

vision::ModelInfo input(int width, int height) {
  vision::ModelInfo info;
  info.input_width = width;
  info.input_height = height;
  return info;
}

TEST(picture_is_centred_and_the_odd_pixel_goes_right_and_down) {
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

TEST(sides_that_end_in_a_half_are_rounded_to_even) {
  CHECK_EQUAL(vision::plan_letterbox(853, 1280, 640, 640).resized_width, 426);  // 426.5
  CHECK_EQUAL(vision::plan_letterbox(855, 1280, 640, 640).resized_width, 428);  // 427.5
}

TEST(resized_side_has_at_least_one_pixel) { CHECK_EQUAL(vision::plan_letterbox(5000, 1, 320, 320).resized_height, 1); }

TEST(every_pixel_format_gives_the_same_tensor) {
  const std::vector<std::uint8_t> rgb = plain_rgb();
  std::vector<std::uint8_t> bgra;
  for (std::size_t i = 0; i < rgb.size(); i += 3) bgra.insert(bgra.end(), {rgb[i + 2], rgb[i + 1], rgb[i], 99});
  vision::Letterbox letterbox(input(8, 8));
  std::vector<float> from_rgb(3 * 64), from_bgra(3 * 64);
  letterbox.to_tensor(vision::rgb_view(rgb.data(), 4, 2, 12), from_rgb.data());
  letterbox.to_tensor(vision::bgr_view(bgra.data(), 4, 2, 16, 4), from_bgra.data());
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
  vision::Letterbox letterbox(input(4, 2));
  std::vector<std::uint8_t> bytes(4 * 2 * 3);
  letterbox.to_planes(vision::rgb_view(padded.data(), 4, 2, 17), bytes.data());
  CHECK(bytes == std::vector<std::uint8_t>(24, 50));
}

TEST(rotated_picture_is_turned_upright) {
  // Red, green, blue from left to right: turned clockwise, red is on top.
  const std::vector<std::uint8_t> stored = {255, 0, 0, 0, 255, 0, 0, 0, 255};
  vision::Letterbox letterbox(input(1, 3));
  std::vector<std::uint8_t> bytes(9);
  const ImageView view = vision::rgb_view(stored.data(), 3, 1, 9);
  const ImageView right = vision::turn_upright(view, vision::Orientation::kRight);
  CHECK_EQUAL(right.height, 3);
  CHECK_EQUAL(letterbox.to_planes(right, bytes.data()).source_width, 1);
  CHECK(bytes == std::vector<std::uint8_t>({255, 0, 0, 0, 255, 0, 0, 0, 255}));  // planes of red, green and blue
  letterbox.to_planes(vision::turn_upright(view, vision::Orientation::kLeft), bytes.data());
  CHECK(bytes == std::vector<std::uint8_t>({0, 0, 255, 0, 255, 0, 255, 0, 0}));
}

TEST(nv12_is_converted_to_rgb) {
  const std::vector<std::uint8_t> luma = {76, 76, 149, 149, 16, 235}, chroma = {85, 255, 43, 21, 128, 128};
  vision::Nv12 frame{6, 1, luma.data(), 6, chroma.data(), 6, vision::YCbCr::kBt601Full};
  vision::Nv12Converter converter;
  vision::Letterbox letterbox(input(6, 1));
  std::vector<std::uint8_t> bytes(18);
  letterbox.to_planes(converter.convert(frame), bytes.data());
  for (int x : {0, 1}) CHECK(bytes[x] >= 253 && bytes[6 + x] <= 1 && bytes[12 + x] <= 1);  // red
  for (int x : {2, 3}) CHECK(bytes[x] <= 1 && bytes[6 + x] >= 253 && bytes[12 + x] <= 1);  // green
  CHECK_EQUAL(int{bytes[4]}, 16);
  frame.encoding = vision::YCbCr::kBt709Video;
  letterbox.to_planes(converter.convert(frame), bytes.data());
  for (int c = 0; c < 3; ++c) CHECK(bytes[6 * c + 4] == 0 && bytes[6 * c + 5] == 255);  // black and white
}

TEST(second_frame_is_independent_of_the_first) {
  const std::vector<std::uint8_t> rgb = plain_rgb(), other(24, 200);
  const auto letterbox = detector::make_preprocessor(app::kModel), fresh = detector::make_preprocessor(app::kModel);
  const std::size_t size = std::size_t{3} * app::kModel.input_height * app::kModel.input_width;
  std::vector<float> second(size, -1), expected(size);
  letterbox->to_tensor(vision::rgb_view(rgb.data(), 4, 2, 12), second.data());
  letterbox->to_tensor(vision::rgb_view(other.data(), 4, 2, 12), second.data());
  fresh->to_tensor(vision::rgb_view(other.data(), 4, 2, 12), expected.data());
  CHECK(second == expected);
}

TEST(picture_without_pixels_is_rejected) {
  vision::Letterbox letterbox(input(8, 8));
  std::vector<float> tensor(3 * 64);
  CHECK_THROWS(letterbox.to_tensor(ImageView{}, tensor.data()), "no pixels");
}

TEST(boxes_map_back_with_the_rounded_size_and_are_clipped) {
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
