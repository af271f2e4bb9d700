// The parts of the app that need OpenCV: files, pixels of pictures, faulty cameras, recordings, tracks.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <thread>
#include <utility>

#include "app/stream.h"
#include "media/camera_reader.h"
#include "media/media.h"
#include "media/recorder.h"
#include "support/text.h"
#include "tools/check.h"

namespace {

using media::CameraReader;
using media::Picture;
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
    ours = media::upright(media::read_picture(path));
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
    counter.add(result);
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
  CHECK_THROWS(media::read_picture(folder.write("empty.jpg", "")), "cannot read this picture");
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
  CHECK_THROWS(media::OutputNames(source, {}), "cannot write");
}

// --- cameras ---

// A camera with a given number of frames and time for each.
class Camera : public media::FrameSource {
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

 private:
  int left_, milliseconds_;
  std::atomic<int>* decoded_;
};

// Sets a flag when it is destroyed.
class EndingCamera : public Camera {
 public:
  EndingCamera(int frames, int milliseconds_each, std::atomic<bool>& has_ended, std::atomic<int>* decoded = nullptr)
      : Camera(frames, milliseconds_each, decoded), has_ended_(has_ended) {}
  ~EndingCamera() override { has_ended_ = true; }

 private:
  std::atomic<bool>& has_ended_;
};

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
  CameraReader no_memory([]() -> std::unique_ptr<media::FrameSource> { throw std::bad_alloc(); }, false);
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

TEST(trail_has_the_last_thirty_centres_of_a_track) {
  app::Trails trails;
  vision::Result result;
  const auto add = [&](float x) {
    result.boxes.assign(1, {});
    result.boxes[0].x1 = result.boxes[0].x2 = x;
    result.boxes[0].y1 = result.boxes[0].y2 = 50;
    result.track_ids = {5};
    trails.add(result);
  };
  const auto drawn = [&](int first, int last) {
    cv::Mat frame(100, 400, CV_8UC3, cv::Scalar(90, 90, 90)), before = frame.clone();
    trails.draw(frame);
    return cv::norm(frame.colRange(first, last), before.colRange(first, last), cv::NORM_INF) > 0;
  };
  for (int i = 0; i < 40; ++i) add(10.0F * static_cast<float>(i));
  CHECK(!drawn(0, 90));  // the first ten are forgotten
  CHECK(drawn(105, 106));
  CHECK(drawn(385, 386));
  // A lost object has no trail, and starts a new one if it was lost for long.
  result.boxes.clear();
  result.track_ids.clear();
  for (int i = 0; i < 50; ++i) trails.add(result);
  CHECK(!drawn(0, 400));
  add(10);
  CHECK(!drawn(105, 400));
}

TEST(camera_kind_follows_from_its_text) {
  using media::CameraKind;
  CHECK(media::kind_of_camera("0") == CameraKind::kDevice);
  CHECK(media::kind_of_camera("/dev/null") == CameraKind::kDevice);
  CHECK(media::kind_of_camera("rtsp://10.0.0.2/stream") == CameraKind::kAddress);
  CHECK(media::kind_of_camera("libcamerasrc ! videoconvert ! appsink") == CameraKind::kPipeline);
  CHECK(media::kind_of_camera("rtspsrc location=rtsp://10.0.0.2/stream ! decodebin ! appsink") ==
        CameraKind::kPipeline);
  CHECK(media::kind_of_camera("street.mp4") == CameraKind::kFile);
}

// Frames that come at these moments, recorded as from a camera of 30 frames a second. At most sixteen: a recorder that
// gets no processor time keeps as many, and drops none.
int frames_recorded(const std::string& path, const std::vector<int>& moments, double& frames_per_second) {
  std::filesystem::remove(path);
  media::Recorder recorder(path, 30);
  const auto start = media::Recorder::Clock::now();
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

TEST(pause_of_a_recording_is_shortened_to_a_minute) {
  const test::TemporaryFolder folder;
  media::VideoWriter writer(folder.path("a.avi"), 2);
  const cv::Mat frame(48, 64, CV_8UC3, cv::Scalar(90, 0, 0));
  for (const double second : {0.0, 0.5, 1e6, 1e6 + 1}) writer.write(frame, second);
  writer.finish();
  cv::VideoCapture video(folder.path("a.avi"));
  int count = 0;
  for (cv::Mat each; video.read(each);) ++count;
  CHECK_EQUAL(count, 2 + 120 + 1 + 2);
}

}  // namespace
