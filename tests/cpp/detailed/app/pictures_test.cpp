// Files, and the pixels of pictures.
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "media/media.h"
#include "support/text.h"
#include "tools/check.h"

namespace {

using media::Picture;

cv::Mat noise(int type) {
  cv::Mat picture(37, 53, type);
  cv::theRNG().state = 1;
  cv::randu(picture, cv::Scalar::all(0), cv::Scalar::all(CV_MAT_DEPTH(type) == CV_16U ? 65535 : 255));
  return picture;
}

// Compares with imread. A picture that imread rejects must be rejected here too.
void check_as_opencv_reads_it(const std::string& path) {
  const cv::Mat right = cv::imread(path, cv::IMREAD_COLOR);
  cv::Mat ours;
  try {
    const Picture picture = media::read_picture(path);
    ours = media::upright(picture.pixels, picture.orientation);
  } catch (const std::runtime_error&) {
  }
  const bool same = ours.size() == right.size() && (ours.empty() || cv::norm(ours, right, cv::NORM_INF) == 0);
  test::check(same, path.c_str(), 0, "differs from what cv::imread gives");
}

TEST(jpeg_and_png_pixels_equal_those_of_opencv) {
  const test::TemporaryFolder folder;
  int number = 0;
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, CV_16UC4}) {
    const std::string png = folder.path(std::to_string(number++) + ".png");
    cv::imwrite(png, noise(type));
    check_as_opencv_reads_it(png);
    if (CV_MAT_DEPTH(type) != CV_8U || CV_MAT_CN(type) == 4) continue;
    for (const std::vector<int>& how : std::vector<std::vector<int>>{
             {}, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}, {cv::IMWRITE_JPEG_QUALITY, 20, cv::IMWRITE_JPEG_RST_INTERVAL, 2}}) {
      const std::string jpeg = folder.path(std::to_string(number++) + ".jpg");
      cv::imwrite(jpeg, noise(type), how);
      check_as_opencv_reads_it(jpeg);
    }
  }
}

TEST(damaged_pictures_are_read_as_opencv_reads_them) {
  const test::TemporaryFolder folder;
  for (const char* name : {"a.jpg", "a.png"}) {
    cv::imwrite(folder.path(name), noise(CV_8UC3));
    const std::string whole = test::read_file(folder.path(name));
    for (std::size_t part = 1; part < 20; ++part) {
      std::string flipped = whole;
      flipped[whole.size() * part / 20] ^= 0x55;
      check_as_opencv_reads_it(folder.write(std::string("flip_") + name, flipped));
    }
  }
}

TEST(jpeg_with_stray_bytes_is_read_as_opencv_reads_it) {
  const test::TemporaryFolder folder;
  cv::imwrite(folder.path("a.jpg"), noise(CV_8UC3));
  const std::string whole = test::read_file(folder.path("a.jpg"));
  for (std::size_t part = 10; part < 20; ++part) {
    for (const char* stray : {"\xFF", "\xFF\xFF", "\xFF\xD4", "\xFF\xFE"}) {
      const std::size_t place = whole.size() * part / 20;
      const std::string path = folder.write("stray.jpg", whole.substr(0, place) + stray + whole.substr(place));
      check_as_opencv_reads_it(path);
    }
  }
  check_as_opencv_reads_it(folder.write("behind.jpg", whole + "more"));
}

// The file without its last bytes, in several lengths.
std::vector<std::string> cut(const std::string& whole) {
  std::vector<std::string> cuts = {whole.substr(0, whole.size() - 1), whole.substr(0, whole.size() - 2)};
  for (std::size_t part = 1; part < 20; ++part) cuts.push_back(whole.substr(0, whole.size() * part / 20));
  return cuts;
}

TEST(truncated_picture_is_reported_as_cut_short) {
  const test::TemporaryFolder folder;
  const std::vector<std::pair<const char*, std::vector<int>>> kinds = {
      {"a.jpg", {}},
      {"progressive.jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}},
      {"restarts.jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2}},
      {"a.png", {}}};
  for (const auto& [name, how] : kinds) {
    cv::imwrite(folder.path(name), noise(CV_8UC3), how);
    for (const std::string& part : cut(test::read_file(folder.path(name)))) {
      CHECK_THROWS(media::read_picture(folder.write("cut", part)), "cut short");
    }
  }
}

using std::string_literals::operator""s;

// EXIF of one entry, its orientation, in either order of bytes.
std::string intel(char orientation) {
  return "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0\0\0\0\0"s;
}
std::string motorola(char orientation) {
  return "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0\0\0\0\0"s;
}

TEST(every_exif_orientation_in_either_byte_order_is_applied) {
  const test::TemporaryFolder folder;
  cv::imwrite(folder.path("a.jpg"), noise(CV_8UC3));
  const std::string plain = test::read_file(folder.path("a.jpg"));
  for (char orientation = 0; orientation <= 9; ++orientation) {
    const std::string whole = intel(orientation);
    for (const std::string& exif : {whole, motorola(orientation), whole.substr(0, 12), whole.substr(0, 20)}) {
      const std::string marker = "\xFF\xE1\0"s + static_cast<char>(exif.size() + 8) + "Exif\0\0"s + exif;
      check_as_opencv_reads_it(folder.write("turned.jpg", plain.substr(0, 2) + marker + plain.substr(2)));
    }
  }
}

TEST(encoded_jpeg_and_png_equal_those_of_opencv) {
  const cv::Mat picture = noise(CV_8UC3);
  std::vector<unsigned char> right;
  cv::imencode(".jpg", picture, right);
  CHECK(media::encode_jpeg(picture, 95) == right);
  CHECK(cv::norm(cv::imdecode(media::encode_png(picture), cv::IMREAD_COLOR), picture, cv::NORM_INF) == 0);
}

// --- files ---

TEST(folder_expands_to_its_pictures_and_videos) {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.ppm", "a.JPG", "c.mp4", "notes.txt"}) folder.write(name, "????");
  std::filesystem::create_directory(folder.path("below.jpg"));
  const std::string other = folder.path("notes.txt");
  CHECK(media::list_files({other, folder.path()}) ==
        (std::vector<std::string>{other, folder.path("a.JPG"), folder.path("b.ppm"), folder.path("c.mp4")}));
}

TEST(unusable_file_has_a_reason) {
  const test::TemporaryFolder folder;
  CHECK_THROWS(media::read_picture(folder.path("none")), "there is no such file");
  CHECK_THROWS(media::read_picture("/dev/null"), "A camera is --camera");
  CHECK_THROWS(media::read_picture(folder.write("empty.jpg", "")), "OpenCV cannot read");
}

TEST(output_has_the_name_of_its_input_and_overwrites_nothing) {
  const test::TemporaryFolder folder, results;
  const std::string source = folder.write("bus.jpg", "x"), other = folder.write("bus-2.jpg", "x");
  media::OutputNames same(folder.path() + "/.", {source, other});
  CHECK_EQUAL(same.next(source, ""), folder.path() + "/./bus-3.jpg");
  media::OutputNames names(results.path("new"), {source});
  CHECK_EQUAL(names.next(source, ""), results.path("new/bus.jpg"));
  CHECK_EQUAL(names.next("b/bus.jpg", ""), results.path("new/bus-2.jpg"));
  CHECK_EQUAL(names.next("b/bus.tif", ""), results.path("new/bus.png"));
  CHECK_EQUAL(names.next("clip.gif", ".mp4"), results.path("new/clip.mp4"));
  CHECK_THROWS(media::OutputNames(source, {}).next("a.png", ""), "cannot create the folder");
}

}  // namespace
