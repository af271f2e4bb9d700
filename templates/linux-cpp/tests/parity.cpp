// Does this program compute what PyTorch computed? Every stage is held against the golden vectors, from the letterbox
// to the boxes that the whole chain shows through the real model.
//
//   parity [--vectors DIR] [--model DIR] [--json]
//
// Exit codes: 0 the same; 2 usage; 3 vectors or model cannot be read; 4 a backend or operator is missing; 7 a stage
// failed.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "parity/stages.h"
#include "support/error.h"
#include "support/project_files.h"

namespace {

constexpr int kUsage = 2, kUnreadable = 3, kFailed = 7;

// Corners from the same numbers: float32 sums in another order, at coordinates up to a few thousand pixels.
constexpr double kDecodeTolerance = 0.01;

struct Options {
  std::string vectors_folder, model_folder;
  bool json = false;
  bool valid = true;
};

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--json") {
      options.json = true;
    } else if (arguments[i] == "--vectors" && has_value) {
      options.vectors_folder = arguments[++i];
    } else if (arguments[i] == "--model" && has_value) {
      options.model_folder = arguments[++i];
    } else {
      options.valid = false;
    }
  }
  if (options.vectors_folder.empty()) options.vectors_folder = support::find_project_folder("vectors", "index.json");
  if (options.model_folder.empty()) options.model_folder = support::find_project_folder("model", detector::kModelFile);
  return options;
}

parity::Stage raw_stage(const parity::Tolerances& tolerances) {
  if constexpr (model_info::kContract == model_info::Contract::kRaw) {
    return {"raw", tolerances.raw, "logits, strides", 0, 0, {}};
  } else {
    return {"raw", tolerances.score, "score", 0, 0, {}};
  }
}

parity::Report run(const Options& options) {
  const parity::Vectors vectors(options.vectors_folder);
  const parity::Tolerances& tolerances = vectors.tolerances();
  detector::Options detector_options;
  detector_options.all_classes = true;  // as PyTorch was asked
  detector::Detector detector(options.model_folder, detector_options);

  parity::Stage letterbox{"letterbox", tolerances.letterbox, "of 255", 0, 0, {}};
  parity::Stage tensor{"tensor", tolerances.tensor, "", 0, 0, {}};
  parity::Stage raw = raw_stage(tolerances);
  parity::Stage decode{"decode", kDecodeTolerance, "px of the input", 0, 0, {}};
  parity::Stage nms{"nms", 0, "differences", 0, 0, {}};
  parity::Stage boxes{"boxes", tolerances.corner, "px", 0, 0, {}};
  parity::Report report;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const parity::Picture picture = vectors.read(i);
    compare_letterbox(picture, letterbox);
    compare_tensor(picture, tensor);
    compare_raw(picture, tolerances, detector.model(), raw);
    compare_decode(picture, decode);
    compare_nms(picture, nms);
    compare_boxes(picture, tolerances, detector, boxes);
    if (picture.has("boxes.score")) report.detections += picture.floats("boxes.score").size();
  }
  report.images = vectors.size();
  report.stages = {compare_constants(vectors), letterbox, tensor, raw, decode, nms, boxes};
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse({argv + 1, argv + argc});
  if (!options.valid) {
    std::cerr << "usage: parity [--vectors DIR] [--model DIR] [--json]\n";
    return kUsage;
  }
  try {
    const parity::Report report = run(options);
    std::cout << (options.json ? report_json(report) : report_table(report)) << std::flush;
    return report.passed() ? 0 : kFailed;
  } catch (const support::Error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return kUnreadable;
  }
}
