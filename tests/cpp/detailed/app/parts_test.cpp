// The parts of the app that need OpenCV: pixels of pictures, faulty cameras, recordings.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <thread>
#include <utility>

#include "app/draw.h"
#include "app/frames.h"
#include "app/pictures.h"
#include "app/stream.h"
#include "loaded/frame_times.h"
#include "support/text.h"
#include "tools/check.h"

namespace {

std::string synced_without;  // this file
int was_synced = 0;          // how often, before that file was there
int sync_error = 0;          // errno of every fsync; 0: it succeeds

}  // namespace

// Replaces fsync for the app's calls too.
extern "C" int fsync(int) {
  was_synced += access(synced_without.c_str(), F_OK) == 0 ? 0 : 1;
  errno = sync_error;
  return sync_error == 0 ? 0 : -1;
}

namespace {

using app::CameraReader;
using app::Picture;
using std::chrono::milliseconds;

// Waits for a minute at most.
template <typename Condition>
void wait_until(Condition is_met) {
  const auto end = CameraReader::Clock::now() + std::chrono::minutes(1);
  bool was_met = is_met();
  for (; !was_met && CameraReader::Clock::now() < end; was_met = is_met()) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK(was_met);
}

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
    ours = upright(app::read_picture(path));
  } catch (const std::runtime_error&) {
  }
  const bool same = ours.size() == right.size() && (ours.empty() || cv::norm(ours, right, cv::NORM_INF) == 0);
  test::check(same, path.c_str(), 0, "differs from what cv::imread gives");
}

// Counts how often an object of 10 x 10 crosses the upright middle line of 100 x 100, with its centre at these x.
std::string crossings(const std::vector<float>& places) {
  app::LineCounter counter({50, 100, 50, 0});
  for (const float x : places) {
    vision::Result result;
    result.width = result.height = 100;
    result.boxes.push_back({x - 5, 45, x + 5, 55, 0.9F, 0, 0});
    result.track_ids = {1};
    counter.look(result);
  }
  return std::to_string(counter.in()) + " in, " + std::to_string(counter.out()) + " out";
}

TEST(line_counter_ignores_jitter_on_the_line) {
  CHECK_EQUAL(crossings({40, 60, 40}), "1 in, 1 out");
  CHECK_EQUAL(crossings({40, 50.2F, 49.8F, 50.4F, 49.6F}), "0 in, 0 out");
  CHECK_EQUAL(crossings({40, 50.2F, 49.8F, 50.6F}), "1 in, 0 out");  // a twentieth of its box is 0.5
  CHECK_EQUAL(crossings({50.2F, 49.8F, 50.2F}), "0 in, 0 out");
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
      {"a.png", {}},
      {"a.webp", {}},
      {"lossy.webp", {cv::IMWRITE_WEBP_QUALITY, 80}}};
  for (const auto& [name, how] : kinds) {
    cv::imwrite(folder.path(name), noise(CV_8UC3), how);
    for (const std::string& part : cut(test::read_file(folder.path(name)))) {
      CHECK_THROWS(app::read_picture(folder.write("cut", part)), "cut short");
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

std::string little_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}
std::string chunk(const std::string& name, const std::string& content) {
  return name + little_endian(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}
std::string webp(char flags, int width, int height, const std::string& chunks) {
  const std::string size =
      little_endian(static_cast<std::size_t>(width) - 1, 3) + little_endian(static_cast<std::size_t>(height) - 1, 3);
  return chunk("RIFF", "WEBP" + chunk("VP8X", flags + "\0\0\0"s + size) + chunks);
}

// A picture without loss, as the one chunk of its file.
std::string webp_pixels(const test::TemporaryFolder& folder, const cv::Mat& picture) {
  cv::imwrite(folder.path("plain.webp"), picture, {cv::IMWRITE_WEBP_QUALITY, 101});
  return test::read_file(folder.path("plain.webp")).substr(12);
}

bool is_same(const cv::Mat& ours, const cv::Mat& right) {
  return ours.size() == right.size() && cv::norm(ours, right, cv::NORM_INF) == 0;
}

// OpenCV applies the orientation of WebP from 4.12 on. With every release it must be applied once.
TEST(webp_orientation_is_applied_as_in_predict) {
  const test::TemporaryFolder folder;
  const cv::Mat picture = noise(CV_8UC3);
  const std::string pixels = webp_pixels(folder, picture);
  const auto read = [&](const std::string& bytes) { return app::read_picture(folder.write("a.webp", bytes)); };
  constexpr char kHasExif = 8;
  const auto with = [&](const std::string& exif) {
    return webp(kHasExif, picture.cols, picture.rows, pixels + chunk("EXIF", exif));
  };
  for (char orientation = 1; orientation <= 8; ++orientation) {
    for (const std::string& exif : {intel(orientation), motorola(orientation)}) {
      const Picture turned = read(with(exif));
      CHECK_EQUAL(static_cast<int>(turned.orientation), static_cast<int>(orientation));
      CHECK(is_same(turned.pixels, picture));
    }
  }
  const auto is_up = [&](const std::string& bytes) { return read(bytes).orientation == vision::Orientation::kUp; };
  CHECK(is_up(with("Exif\0\0"s + intel(6))));  // predict knows no such mark here
  CHECK(is_up(webp(0, picture.cols, picture.rows, pixels + chunk("EXIF", intel(6)))));
  CHECK(is_up(with(intel(9))));
  CHECK(!is_up(with(intel(6)) + "more"));
}

TEST(animated_webp_gives_its_first_picture) {
  const test::TemporaryFolder folder;
  const cv::Mat first = noise(CV_8UC3), second = first(cv::Rect(3, 4, 20, 10)).clone();
  const auto frame = [&](const cv::Mat& picture, std::size_t x, std::size_t y) {
    const auto side = [](int pixels) { return little_endian(static_cast<std::size_t>(pixels) - 1, 3); };
    return chunk("ANMF", little_endian(x / 2, 3) + little_endian(y / 2, 3) + side(picture.cols) + side(picture.rows) +
                             little_endian(100, 4) + webp_pixels(folder, picture));
  };
  const auto read = [&](const std::string& bytes) { return app::read_picture(folder.write("a.webp", bytes)); };
  const std::string start = chunk("ANIM", std::string(6, '\xFF')),
                    both = start + frame(first, 0, 0) + frame(second, 0, 0);
  constexpr char kIsAnimated = 2, kHasExif = 8;
  CHECK(is_same(read(webp(kIsAnimated, first.cols, first.rows, both)).pixels, first));
  const Picture turned = read(webp(kIsAnimated | kHasExif, first.cols, first.rows, both + chunk("EXIF", intel(6))));
  CHECK(turned.orientation == vision::Orientation::kRight);
  // On black where the frame does not fill the canvas.
  cv::Mat right(first.size(), CV_8UC3, cv::Scalar::all(0));
  second.copyTo(right(cv::Rect(6, 2, second.cols, second.rows)));
  CHECK(is_same(read(webp(kIsAnimated, first.cols, first.rows, start + frame(second, 6, 2))).pixels, right));
  CHECK_THROWS(read(webp(kIsAnimated, first.cols, first.rows, start + frame(second, 40, 2))), "damaged");
  CHECK_THROWS(read(webp(kIsAnimated, first.cols, first.rows, start)), "damaged");
  for (const std::string& part : cut(webp(kIsAnimated, first.cols, first.rows, both))) {
    CHECK_THROWS(read(part), "cut short");
  }
}

TEST(webp_with_a_wrong_file_size_is_damaged_or_cut_short) {
  const test::TemporaryFolder folder;
  std::string whole = "RIFF    WEBP" + webp_pixels(folder, noise(CV_8UC3));
  const auto with_size = [&](std::size_t size) {
    return folder.write("a.webp", whole.replace(4, 4, little_endian(size, 4)));
  };
  for (const std::size_t size : {0U, 3U}) CHECK_THROWS(app::read_picture(with_size(size)), "damaged");
  CHECK_THROWS(app::read_picture(with_size(0xFFFFFFFF)), "cut short");
}

TEST(heic_and_avif_errors_name_the_format_and_the_converter) {
  const test::TemporaryFolder folder;
  const auto of = [&](const std::string& brand) {
    return folder.write("a.jpg", "\0\0\0\x14"s + "ftyp" + brand + "\0\0\0\0mif1\0\0\0\x08meta"s);
  };
  CHECK_THROWS(app::read_picture(of("heix")), "cannot read HEIC");
  CHECK_THROWS(app::read_picture(of("heic")), "heif-convert");
  CHECK_THROWS(app::read_picture(of("avif")), "cannot read AVIF");
}

TEST(encoded_jpeg_and_png_equal_those_of_opencv) {
  const cv::Mat picture = noise(CV_8UC3);
  std::vector<unsigned char> right;
  cv::imencode(".jpg", picture, right);
  CHECK(app::encode_jpeg(picture) == right);
  CHECK(cv::norm(cv::imdecode(app::encode_png(picture), cv::IMREAD_COLOR), picture, cv::NORM_INF) == 0);
}

TEST(picture_is_synced_to_disk_before_it_is_renamed) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("a.png");
  synced_without = path;
  was_synced = 0;
  app::write_picture(noise(CV_8UC3), path);
  CHECK_EQUAL(was_synced, 1);
  CHECK(!cv::imread(path).empty());
}

TEST(unsupported_fsync_is_ignored_and_failed_fsync_is_an_error) {
  const test::TemporaryFolder folder;
  for (const int error : {EINVAL, ENOTSUP, ENOSYS}) {
    sync_error = error;
    app::write_picture(noise(CV_8UC3), folder.path("a.png"));
    CHECK(std::filesystem::remove(folder.path("a.png")));
  }
  sync_error = EIO;
  CHECK_THROWS(app::write_picture(noise(CV_8UC3), folder.path("a.png")), std::strerror(EIO));
  sync_error = 0;
  CHECK(std::filesystem::is_empty(folder.path()));
}

// A camera with a given number of frames and time for each.
class Camera : public loaded::FrameSource {
 public:
  Camera(int frames, int milliseconds_each, std::atomic<int>* decoded = nullptr)
      : left_(frames), milliseconds_(milliseconds_each), decoded_(decoded) {}
  bool grab() override {
    std::this_thread::sleep_for(milliseconds(milliseconds_));
    return left_-- > 0;
  }
  bool retrieve(cv::Mat& frame) override {
    frame.create(1, 1, CV_32SC1);
    frame.at<int>(0, 0) = left_;
    if (decoded_ != nullptr) ++*decoded_;
    return true;
  }
  double frames_per_second() const override { return 0; }
  double frame_count() const override { return 0; }

 private:
  int left_, milliseconds_;
  std::atomic<int>* decoded_;
};

// Every third frame cannot be decoded.
class DamagedFile : public Camera {
 public:
  using Camera::Camera;
  bool retrieve(cv::Mat& frame) override { return ++asked_ % 3 != 2 && Camera::retrieve(frame); }

 private:
  int asked_ = 0;
};

TEST(video_continues_after_a_damaged_frame) {
  DamagedFile file(7, 0);
  cv::Mat frame;
  std::vector<long> numbers;
  for (long taken = 0; app::read_frame(file, frame, taken);) numbers.push_back(taken - 1);
  CHECK(numbers == (std::vector<long>{0, 2, 3, 5, 6}));
}

// Sets a flag when it is destroyed.
class EndingCamera : public Camera {
 public:
  EndingCamera(int frames, int milliseconds_each, std::atomic<bool>& has_ended, std::atomic<int>* decoded = nullptr)
      : Camera(frames, milliseconds_each, decoded), has_ended_(has_ended) {}
  ~EndingCamera() override { has_ended_ = true; }

 private:
  std::atomic<bool>& has_ended_;
};

// The times of frames for which OpenCV gives these values, as text.
std::string times_of(const std::vector<double>& given, double rate) {
  loaded::FrameTimes times("none.mp4", rate);
  std::string text;
  for (const double each : given) {
    times.add(each);
    text += (text.empty() ? "" : " ") + support::fixed(times.last(), 3);
  }
  return text;
}

// A box of an MP4 file: its size, its type, and what is in it.
std::string box(const std::string& type, const std::string& content) {
  return std::string(3, '\0') + static_cast<char>(8 + content.size()) + type + content;
}

std::string numbers(const std::vector<int>& all) {
  std::string bytes;
  for (const int number : all) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift);
  }
  return bytes;
}

// Four frames of 100 ticks a second: decoded at 0, 10, 30 and 31, and shown later, the second one last.
TEST(frame_without_a_time_gets_the_time_in_the_mp4_file) {
  const test::TemporaryFolder folder;
  const std::string table =
      box("stbl", box("stts", numbers({0, 3, 1, 10, 1, 20, 2, 1})) + box("ctts", numbers({0, 3, 1, 5, 1, 90, 2, 5})));
  const std::string media =
      box("mdhd", numbers({0, 0, 0, 100, 32})) + box("hdlr", numbers({0, 0}) + "vide") + box("minf", table);
  const std::string path = folder.write("a.mp4", box("ftyp", "isom") + box("moov", box("trak", box("mdia", media))));
  CHECK(loaded::times_in_file(path) == (std::vector<double>{0, 0.3, 0.31, 0.95}));
  loaded::FrameTimes times(path, 25);
  for (const double known : {0, 300}) times.add(known);
  CHECK_NEAR(times.last(), 0.3, 1e-9);
  for (const double right : {0.31, 0.95}) {
    times.add(0);
    CHECK_NEAR(times.last(), right, 1e-9);
  }
  CHECK(loaded::times_in_file(folder.write("b.mp4", test::read_file(path).substr(0, 90))).empty());
}

TEST(frame_without_a_time_gets_an_estimate) {
  CHECK_EQUAL(times_of({0, 40, 120, 200}, 25), "0.000 0.040 0.120 0.200");
  CHECK_EQUAL(times_of({5000, 5040, 5120}, 25), "0.000 0.040 0.120");
  CHECK_EQUAL(times_of({0, 40, 80, 0, 0}, 10), "0.000 0.040 0.080 0.120 0.160");  // as fast as those before
  CHECK_EQUAL(times_of({0, 0, 0, 0}, 25), "0.000 0.040 0.080 0.120");
  CHECK_EQUAL(times_of({0, 0, 0}, 0), "0.000 null null");
  CHECK_EQUAL(times_of({0, 0, 66}, 0), "0.000 null 0.066");
  CHECK_EQUAL(times_of({33, 33, 283}, 30), "0.000 0.033 0.283");                     // the first one's was wrong
  CHECK_EQUAL(times_of({0, 40, 40, 80, 120}, 25), "0.000 0.040 0.080 0.080 0.120");  // one is repeated
}

// A video whose frames have these times, in seconds.
class TimedFile : public Camera {
 public:
  TimedFile(std::vector<double> times, double rate) : Camera(0, 0), times_(std::move(times)), rate_(rate) {}
  bool grab() override { return ++number_ < static_cast<int>(times_.size()); }
  double seconds() const override { return times_[static_cast<std::size_t>(number_)]; }
  double frames_per_second() const override { return rate_; }

 private:
  std::vector<double> times_;
  double rate_;
  int number_ = -1;
};

TEST(writing_rate_rises_for_uneven_videos_and_has_a_limit) {
  const auto rate_of = [](const std::vector<double>& times, double rate) {
    TimedFile file(times, rate);
    return app::writing_rate(file);
  };
  CHECK_NEAR(rate_of({0, 0.1, 0.3, 0.4}, 10), 40, 1e-6);
  CHECK_NEAR(rate_of({0, 1, 3, 4}, 1), 4, 1e-6);
  CHECK_NEAR(rate_of({0, 0.05, 2, 4}, 1), 20, 1e-6);  // no frame is lost
  CHECK_NEAR(rate_of({0, 1, 2, 3}, 1), 1, 1e-6);
  CHECK_NEAR(rate_of({0, 0.04, 0.08}, 0), 50, 1e-6);
}

TEST(pause_is_shortened_to_a_minute_and_later_frames_keep_their_distance) {
  app::Pauses pauses;
  CHECK_NEAR(pauses.shorten(59, 0), 59, 1e-9);
  CHECK_NEAR(pauses.shorten(1e9, 59), 119, 1e-6);
  CHECK_NEAR(pauses.shorten(1e9 + 2, 119), 121, 1e-6);
}

TEST(ribbon_camera_advice_is_given_only_on_a_raspberry_pi) {
  const test::TemporaryFolder folder;
  const std::string advice = app::ribbon_camera_advice(folder.write("pi", "Raspberry Pi 5 Model B Rev 1.0\0"s));
  CHECK(advice.find("libcamerasrc !") != std::string::npos);
  CHECK_EQUAL(app::ribbon_camera_advice(folder.write("other", "Radxa ROCK 5B\0"s)), "");
  CHECK_EQUAL(app::ribbon_camera_advice(folder.path("none")), "");
}

TEST(frame_of_a_file_without_times_has_nan_seconds) {
  CameraReader camera([] { return std::make_unique<Camera>(1, 0); }, true);
  CameraReader::Frame frame;
  wait_until([&] { return camera.take(frame); });
  CHECK(std::isnan(frame.seconds));
}

TEST(camera_reader_gives_the_newest_frame_also_after_the_end) {
  std::atomic<bool> has_ended{false};
  CameraReader camera([&] { return std::make_unique<EndingCamera>(20, 1, has_ended); }, false);
  CameraReader::Frame frame;
  wait_until([&] { return has_ended.load(); });
  CHECK(!camera.is_done());
  CHECK(camera.take(frame));
  const long first = frame.number;
  wait_until([&] { return camera.is_done(); });
  CHECK(!camera.take(frame));
  CHECK_EQUAL(camera.skipped(), 19);
  CHECK(first >= 0 && frame.pixels.at<int>(0, 0) == 19 - first);
}

TEST(camera_reader_waits_for_a_slow_frame) {
  CameraReader camera([] { return std::make_unique<Camera>(1, 20); }, false);
  CameraReader::Frame frame;
  wait_until([&] { return camera.take(frame) || camera.is_done(); });
  CHECK_EQUAL(frame.number, 0);
  CHECK(!frame.pixels.empty());
}

TEST(camera_reader_does_not_decode_skipped_frames) {
  std::atomic<int> decoded{0};
  std::atomic<bool> has_ended{false};
  CameraReader camera([&] { return std::make_unique<EndingCamera>(200, 2, has_ended, &decoded); }, false);
  int taken = 0;
  for (CameraReader::Frame frame; !camera.is_done();) {
    if (!camera.take(frame)) continue;
    ++taken;
    const int skipped = camera.skipped();  // a model that takes as long as twenty frames
    wait_until([&] { return has_ended || camera.skipped() >= skipped + 20; });
  }
  CHECK(taken >= 5);
  CHECK(decoded < 150);
  CHECK(camera.skipped() >= 200 - taken - 1);
}

TEST(exception_of_the_capture_thread_reaches_the_caller) {
  CameraReader no_memory([]() -> std::unique_ptr<loaded::FrameSource> { throw std::bad_alloc(); }, false);
  CameraReader::Frame frame;
  CHECK_THROWS(while (!no_memory.is_done() || no_memory.take(frame)) no_memory.take(frame), "bad_alloc");
}

// Hangs until it is released, or for a minute.
class Hanging {
 public:
  void hang() {
    std::unique_lock<std::mutex> lock(mutex_);
    is_let_go_ = changed_.wait_for(lock, std::chrono::minutes(1), [this] { return is_let_go_; });
    has_ended_ = true;
    changed_.notify_all();
  }
  // Whether it was hanging until now. Waits for its end.
  bool let_go() {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool was_hanging = !has_ended_;
    is_let_go_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return has_ended_; });
    return was_hanging;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_let_go_ = false, has_ended_ = false;
};

class HangingCamera : public Camera {
 public:
  explicit HangingCamera(std::shared_ptr<Hanging> hanging) : Camera(1, 0), hanging_(std::move(hanging)) {}
  bool grab() override {
    hanging_->hang();
    return false;
  }

 private:
  std::shared_ptr<Hanging> hanging_;
};

TEST(camera_reader_does_not_wait_for_a_hanging_camera) {
  for (const bool opens : {false, true}) {
    const auto hanging = std::make_shared<Hanging>();  // its thread outlives the reader
    {
      CameraReader camera(
          [=] {
            if (!opens) hanging->hang();
            return std::make_unique<HangingCamera>(hanging);
          },
          false);
      CameraReader::Frame frame;
      CHECK(!camera.take(frame));
    }
    CHECK(hanging->let_go());
    CHECK(CameraReader::is_left_behind());
  }
}

TEST(only_large_or_fast_camera_formats_need_compression) {
  CHECK(!loaded::needs_compression({640, 480, 0}));
  CHECK(!loaded::needs_compression({1280, 720, 10}));
  CHECK(loaded::needs_compression({1280, 720, 0}));
  CHECK(loaded::needs_compression({640, 480, 60}));
}

TEST(window_closes_only_if_its_user_closes_it) {
  CHECK(loaded::is_window_open(-1, 1));
  CHECK(loaded::is_window_open(-1, -1));  // GTK's OpenCV: it cannot tell
  CHECK(!loaded::is_window_open(-1, 0));
  CHECK(!loaded::is_window_open('q', 1));
  CHECK(!loaded::is_window_open(27, -1));
}

// White letters need a dark panel even on a white picture.
TEST(hud_panel_is_dark_and_inside_the_picture) {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(9, 300), cv::Size(64, 20), cv::Size(900, 600)}) {
    for (const app::Corner corner : {app::Corner::kLeft, app::Corner::kRight}) {
      cv::Mat picture(size, CV_8UC3, cv::Scalar::all(255));
      app::draw_panel(picture, {"12.0 frames/s", "3 \xC3\xA4pfel", std::string(500, 'w')}, corner);
      if (size.height < 300 || size.width < 300) continue;
      const int last = corner == app::Corner::kLeft ? 0 : size.width - 1;
      CHECK(picture.at<cv::Vec3b>(size.height - 1, last)[0] < 80);
      CHECK_EQUAL(static_cast<int>(picture.at<cv::Vec3b>(0, last)[0]), 255);
    }
  }
}

TEST(trail_has_thirty_frames_and_the_colour_of_its_track) {
  app::Trails trails;
  vision::Result result;
  const auto look = [&](float x) {
    result.boxes.assign(1, {});
    result.boxes[0].x1 = result.boxes[0].x2 = x;
    result.boxes[0].y1 = result.boxes[0].y2 = 50;
    result.track_ids = {5};
    trails.look(result);
  };
  for (int i = 0; i < 40; ++i) look(10.0F * static_cast<float>(i));
  cv::Mat frame = cv::Mat::zeros(100, 400, CV_8UC3);
  trails.draw(frame);
  const cv::Scalar colour = app::colour_of(5);
  CHECK_EQUAL(cv::countNonZero(frame.row(50).colRange(0, 98).reshape(1)), 0);  // the first ten are forgotten
  for (const int x : {105, 250, 385}) {
    for (int channel = 0; channel < 3; ++channel) {  // a thin line is smoothed
      const double drawn = frame.at<cv::Vec3b>(50, x)[channel];
      CHECK(drawn <= colour[channel]);
      CHECK(drawn >= 0.75 * colour[channel]);
    }
  }
  // A lost object has no trail, and starts a new one if it was lost for long.
  result.boxes.clear();
  result.track_ids.clear();
  for (int i = 0; i < 50; ++i) trails.look(result);
  frame.setTo(0);
  trails.draw(frame);
  CHECK_EQUAL(cv::countNonZero(frame.reshape(1)), 0);
  look(10);
  trails.draw(frame);
  CHECK_EQUAL(cv::countNonZero(frame.reshape(1)), 0);
}

TEST(camera_kind_follows_from_its_text) {
  using loaded::CameraKind;
  CHECK(loaded::kind_of_camera("0") == CameraKind::kDevice);
  CHECK(loaded::kind_of_camera("/dev/null") == CameraKind::kDevice);
  CHECK(loaded::kind_of_camera("rtsp://10.0.0.2/stream") == CameraKind::kAddress);
  CHECK(loaded::kind_of_camera("libcamerasrc ! videoconvert ! appsink") == CameraKind::kPipeline);
  CHECK(loaded::kind_of_camera("rtspsrc location=rtsp://10.0.0.2/stream ! decodebin ! appsink") ==
        CameraKind::kPipeline);
  CHECK(loaded::kind_of_camera("street.mp4") == CameraKind::kFile);
}

// Frames that come at these moments, recorded as from a camera of 30 frames a second. At most sixteen: a recorder that
// gets no processor time keeps as many, and drops none.
int frames_recorded(const std::string& path, const std::vector<int>& moments, double& frames_per_second) {
  std::filesystem::remove(path);
  app::Recorder recorder(path, 30);
  const auto start = app::Recorder::Clock::now();
  int written = 0;
  for (const int moment : moments) {
    recorder.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar(moment % 255, 0, 0)), start + milliseconds(moment));
    // After ten frames the rate is known, and the file is created.
    if (++written == 10) wait_until([&] { return std::filesystem::exists(path); });
  }
  recorder.finish();
  cv::VideoCapture video(path);
  frames_per_second = video.get(cv::CAP_PROP_FPS);
  int count = 0;
  for (cv::Mat frame; video.read(frame);) ++count;
  return count;
}

TEST(recording_of_a_slow_model_has_its_rate_and_duration) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("a.avi");
  CHECK(cv::VideoWriter(path, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 5, {64, 48}).isOpened());
  std::vector<int> moments;
  for (int i = 0; i < 15; ++i) moments.push_back(200 * i);
  double rate = 0;
  CHECK_EQUAL(frames_recorded(path, moments, rate), 15);
  CHECK_NEAR(rate, 5, 0.01);
  moments.push_back(5000);  // two seconds without one
  CHECK_EQUAL(frames_recorded(path, moments, rate), 26);
  CHECK_EQUAL(frames_recorded(path, {0}, rate), 1);
}

}  // namespace
