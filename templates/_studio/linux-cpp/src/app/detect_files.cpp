#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>

#include "app/capture.h"
#include "app/files.h"
#include "app/frames.h"
#include "app/options.h"
#include "app/pictures.h"
#include "app/report.h"
#include "app/stream.h"
#include "app/task.h"
#include "detector/detector.h"
#include "support/program.h"
#include "support/text.h"

namespace app {
namespace {

constexpr char kFallbackVideoExtension[] = ".mp4";
constexpr char kUnreadableVideo[] = "the video is damaged, or of a kind that OpenCV cannot read";

std::vector<std::string> paths_of(const std::vector<Input>& inputs) {
  std::vector<std::string> paths;
  for (const Input& input : inputs) paths.push_back(input.path);
  return paths;
}

void check_capture(const std::string& path, const std::vector<Input>& inputs) {
  std::error_code error;
  const bool is_alone = inputs.size() == 1;
  if (is_alone && !std::filesystem::equivalent(path, inputs[0].path, error)) return;
  throw support::Failure(support::ExitCode::kUsage,
                         is_alone ? "--capture would write over the picture: give another file"
                                  : "--capture takes one picture, not a folder of " + std::to_string(inputs.size()));
}

// A number for every pixel of every frame would fill the disk, and no name says which frame it is of.
void check_maps(const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    if (input.kind != FileKind::kVideo) continue;
    throw support::Failure(support::ExitCode::kUsage, std::string(kHasMasks ? "--masks" : "--maps") +
                                                          " takes pictures, and " + support::printable(input.path) +
                                                          " is a video: leave it out, or save frames as pictures");
  }
}

// One run over all inputs. Nothing of a picture or frame is kept but what JSON has to say last.
class Run {
 public:
  Run(const Options& options, const std::string& model_path, const std::vector<Input>& inputs)
      : options_(options),
        model_path_(model_path),
        has_videos_(std::any_of(inputs.begin(), inputs.end(),
                                [](const Input& input) { return input.kind == FileKind::kVideo; })),
        detector_(kModel, model_path, options.thresholds),
        names_(options.output_folder, paths_of(inputs)),
        map_names_(options.maps_folder, paths_of(inputs)),
        pictures_stream_(options) {}

  // Throws support::Failure (kOutput) when a result cannot be written, std::exception when the input cannot be read.
  void add(const Input& input) {
    if (!input.problem.empty()) throw std::runtime_error(input.problem);
    return input.kind == FileKind::kVideo ? add_video(input.path) : add_picture(input.path);
  }

  // What ends the run is said even when the results go to a program.
  void add_failure(const std::string& path, const std::string& message, bool ends_the_run) {
    failures_ += (failures_.empty() ? "" : ",") + failure_json(path, message);
    if (!options_.json || ends_the_run)
      std::cerr << support::printable(path) << ": " << support::printable(message) << "\n";
  }

  void finish() {
    // Frames have been told in lines of their own, and nothing is left to say.
    const bool only_frames = has_videos_ && pictures_ == 0 && failures_.empty();
    if (!options_.json || only_frames || output_.is_broken()) return;
    if (pictures_ == 0) begin_object();
    output_.write(object_ + "],\"errors\":[" + failures_ + "]}\n");
  }

  bool has_failures() const { return !failures_.empty(); }

 private:
  void begin_object() { object_ = "{\"model\":" + model_json() + ",\"images\":["; }

  // Told at once, but for where a video's lines may come between: then the object is the last line.
  void print(const std::string& picture) {
    if (pictures_++ == 0) {
      begin_object();
    } else {
      object_ += ',';
    }
    object_ += picture;
    if (has_videos_) return;
    output_.write(object_);
    object_.clear();
  }

  void detect(const vision::ImageView& image, Stream& stream, std::optional<double> seconds = std::nullopt) {
    result_ = detector_.detect(image);
    stream.process(result_, seconds);
  }

  void detect_and_capture(const Picture& picture) {
    detector::Trace trace;
    const vision::Result found = detector_.detect(view_of(picture.pixels, picture.orientation), &trace);
    result_ = found;
    pictures_stream_.process(result_);
    write_capture(options_.capture, model_path_, options_, picture, trace, found, result_);
  }

  void add_picture(const std::string& path) {
    const Picture picture = read_picture(path);
    if (options_.capture.empty()) {
      detect(view_of(picture.pixels, picture.orientation), pictures_stream_);
    } else {
      detect_and_capture(picture);
    }
    std::vector<std::string> maps;
    if (!options_.maps_folder.empty()) maps = kHasMasks ? write_masks(path) : write_map(path);
    if (options_.json) {
      print(picture_json(path, result_, files_json(maps) + pictures_stream_.json()));
    } else {
      output_.write(picture_text(path, result_) + files_text(maps));
    }
    if (options_.output_folder.empty()) return;
    cv::Mat drawn = upright(picture);
    pictures_stream_.draw(drawn, result_);
    const std::string written = names_.next(path, picture_extension(path));
    write_picture(drawn, written);
    if (!options_.json) output_.write("  -> " + support::printable(written) + "\n");
  }

  std::vector<std::string> write_map(const std::string& path) {
    const std::string name = map_names_.next(path, ".png");
    write_picture(map_of(result_), name);
    return {name};
  }

  // Of photo.jpg photo-1.png, photo-2.png ..., in the order in which the things are told.
  std::vector<std::string> write_masks(const std::string& path) {
    std::vector<std::string> endings;
    for (std::size_t i = 1; i <= result_.masks.parts.size(); ++i) endings.push_back("-" + std::to_string(i) + ".png");
    const std::vector<std::string> names = map_names_.next_of(path, endings);
    for (std::size_t i = 0; i < names.size(); ++i) write_picture(mask_of(result_, i), names[i]);
    return names;
  }

  std::string files_json(const std::vector<std::string>& maps) const {
    if (options_.maps_folder.empty()) return "";
    if (!kHasMasks) return ",\"map\":" + support::json_string(maps[0]);
    return ",\"masks\":" + support::json_list(maps, support::json_string);
  }

  static std::string files_text(const std::vector<std::string>& maps) {
    if (maps.empty()) return "";
    const std::string last = maps.size() > 1 ? " to " + support::printable(maps.back()) : "";
    return "  -> " + support::printable(maps[0]) + last + "\n";
  }

  void add_video(const std::string& path) {
    if (!options_.capture.empty()) throw std::runtime_error("--capture takes one picture: save the frame as a PNG");
    const auto source = loaded::video_library().open_file(path);
    cv::Mat frame;
    long taken = 0;
    if (!source || !read_frame(*source, frame, taken)) throw std::runtime_error(kUnreadableVideo);
    Stream stream(options_);
    std::optional<VideoFile> file;
    std::string written;
    if (!options_.output_folder.empty()) {
      written = names_.next(path, is_video_extension(path) ? "" : kFallbackVideoExtension);
      const auto again = loaded::video_library().open_file(path);
      if (!again) throw std::runtime_error(kUnreadableVideo);
      file.emplace(written, writing_rate(*again), frame.size());
    }
    VideoSummary summary;
    do {
      const long number = taken - 1;
      const double seconds = source->seconds();
      detect(view_of(frame), stream, std::isfinite(seconds) ? std::optional(seconds) : std::nullopt);
      summary.add(result_);
      if (options_.json) {
        output_.write(frame_json(path, number, seconds, result_, stream.json()));
      }
      if (!file) continue;
      stream.draw(frame, result_);
      file->write(frame, seconds);
    } while (!support::stop_requested() && read_frame(*source, frame, taken));
    const long damaged = taken - static_cast<long>(summary.frames());
    if (damaged > 0) {
      std::cerr << support::printable(path) << ": of " << support::how_many(taken, "frame") << " " << damaged
                << (damaged == 1 ? " is" : " are") << " damaged\n";
    }
    if (!options_.json) output_.write(summary.text(path, stream.text()));
    if (!file) return;
    file->finish();
    if (!options_.json) output_.write("  -> " + support::printable(written) + "\n");
  }

  const Options& options_;
  const std::string model_path_;
  const bool has_videos_;
  support::StandardOutput output_;
  detector::Detector detector_;
  OutputNames names_, map_names_;
  Stream pictures_stream_;  // of all pictures, as if they were frames; each video has its own
  vision::Result result_;
  std::string object_;    // the part of it that was not written yet
  std::string failures_;  // JSON
  std::size_t pictures_ = 0;
};

}  // namespace

int detect_files(const Options& options, const std::string& model_path) {
  const std::vector<Input> inputs = expand_inputs(options.inputs);
  if (!options.capture.empty()) check_capture(options.capture, inputs);
  if (!options.maps_folder.empty()) check_maps(inputs);
  for (const std::string& folder : {options.output_folder, options.maps_folder}) {
    if (!folder.empty()) prepare_output_folder(folder);
  }
  Run run(options, model_path, inputs);
  int exit_code = 0;
  // Of the model, or of the disk: the next picture would fare no better.
  const auto end_with = [&](const support::Failure& failure, const Input& input) {
    run.add_failure(input.path, failure.what(), true);
    exit_code = failure.exit_code();
  };
  for (const Input& input : inputs) {
    if (support::stop_requested()) break;
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
  if (support::stop_requested()) return static_cast<int>(support::ExitCode::kStopped);
  return run.has_failures() ? static_cast<int>(support::ExitCode::kSomeFailed) : 0;
}

}  // namespace app
