#include "app/detect_files.h"

#include <iostream>
#include <optional>

#include "app/drawing.h"
#include "app/inputs.h"
#include "app/json_report.h"
#include "app/output_names.h"
#include "app/pictures.h"
#include "app/results.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "app/text_report.h"
#include "app/video_file.h"
#include "app/video_library.h"
#include "detector/detector.h"
#include "support/failure.h"
#include "support/text.h"

namespace app {
namespace {

constexpr double kUsualFramesPerSecond = 25;  // for a video that does not say
constexpr char kFallbackVideoExtension[] = ".mp4";

std::vector<std::string> paths_of(const std::vector<Input>& inputs) {
  std::vector<std::string> paths;
  for (const Input& input : inputs) paths.push_back(input.path);
  return paths;
}

// One run over all inputs.
class Run {
 public:
  Run(const Options& options, const std::string& model_path, const std::vector<Input>& inputs)
      : options_(options),
        detector_(kModel, model_path, options.thresholds),
        names_(options.output_folder, paths_of(inputs)) {}

  // Throws support::Failure (kOutput) when a result cannot be written, std::exception when the input cannot be read.
  void add(const Input& input) {
    switch (input.kind) {
      case Input::Kind::kPicture:
        return add_picture(input.path);
      case Input::Kind::kVideo:
        return add_video(input.path);
      case Input::Kind::kUnusable:
        throw std::runtime_error(input.problem);
    }
  }

  // What ends the run is said even when the results go to a program.
  void add_failure(const std::string& path, const std::string& message, bool ends_the_run) {
    results_.failures.push_back({path, message});
    if (!options_.json || ends_the_run)
      std::cerr << support::printable(path) << ": " << support::printable(message) << "\n";
  }

  void finish() {
    if (options_.json) output_.write(results_json(results_) + "\n");
  }

  bool has_failures() const { return !results_.failures.empty(); }

 private:
  Frame detect(const cv::Mat& picture) {
    const vision::Result& result = detector_.detect(view_of(picture));
    return {result.boxes, result.timing};
  }

  void add_picture(const std::string& path) {
    cv::Mat picture = read_picture(path);
    results_.pictures.push_back({path, picture.cols, picture.rows, detect(picture)});
    const PictureResult& result = results_.pictures.back();
    if (!options_.json) output_.write(picture_text(result));
    if (options_.output_folder.empty()) return;
    draw_detections(picture, result.frame.detections);
    const std::string written = names_.next(path, picture_extension(path));
    write_picture(picture, written);
    if (!options_.json) output_.write("  -> " + support::printable(written) + "\n");
  }

  void add_video(const std::string& path) {
    const auto source = video_library().open_file(path);
    cv::Mat frame;
    if (!source || !source->read(frame))
      throw std::runtime_error("the video is damaged, or of a kind that OpenCV cannot read");
    VideoResult result{path, frame.cols, frame.rows, source->frames_per_second(), {}};
    std::optional<VideoFile> file;
    std::string written;
    if (!options_.output_folder.empty()) {
      written = names_.next(path, is_video_extension(path) ? "" : kFallbackVideoExtension);
      const double rate = result.frames_per_second > 0 ? result.frames_per_second : kUsualFramesPerSecond;
      file.emplace(written, rate, frame.size());
    }
    do {
      result.frames.push_back(detect(frame));
      if (!file) continue;
      draw_detections(frame, result.frames.back().detections);
      file->write(frame);
    } while (!stop_requested() && source->read(frame));
    if (!options_.json) output_.write(video_text(result));
    results_.videos.push_back(std::move(result));
    if (!file) return;
    file->finish();
    if (!options_.json) output_.write("  -> " + support::printable(written) + "\n");
  }

  const Options& options_;
  StandardOutput output_;
  detector::Detector detector_;
  OutputNames names_;
  Results results_;
};

}  // namespace

int detect_files(const Options& options, const std::string& model_path) {
  const std::vector<Input> inputs = expand_inputs(options.inputs);
  if (!options.output_folder.empty()) prepare_output_folder(options.output_folder);
  Run run(options, model_path, inputs);
  int exit_code = 0;
  // Of the model, or of the disk: the next picture would fare no better.
  const auto end_with = [&](const support::Failure& failure, const Input& input) {
    run.add_failure(input.path, failure.what(), true);
    exit_code = failure.exit_code();
  };
  for (const Input& input : inputs) {
    if (stop_requested()) break;
    try {
      run.add(input);
    } catch (const support::Failure& failure) {
      end_with(failure, input);
      break;
    } catch (const support::Error& error) {
      end_with(support::Failure(error), input);
      break;
    } catch (const std::exception& error) {
      run.add_failure(input.path, error.what(), false);
    }
  }
  run.finish();
  if (exit_code != 0) return exit_code;
  if (stop_requested()) return kStoppedExitCode;
  return run.has_failures() ? static_cast<int>(support::ExitCode::kSomeFailed) : 0;
}

}  // namespace app
