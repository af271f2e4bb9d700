// Several models in one program: each against its own golden vectors while all the others are loaded, too.
//   several FOLDER...      the folders of the models of models.h, in its order; a line of JSON for each
//   several --host FILE    how many lines the program's own log has of a FILE that is no model
#include <executorch/runtime/platform/platform.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "detector/runtime.h"
#include "models.h"
#include "parity/parity.h"
#include "support/checksum.h"
#include "support/text.h"

namespace {

// Whether looking again is the same as looking with other thresholds.
bool sees_the_same_again(detector::Detector& detector, const parity::Picture& picture) {
  vision::Thresholds low = picture.thresholds;
  low.confidence = 0.01;
  detector.set_thresholds(low);
  const std::vector<vision::Detection> expected = detector.detect(picture.view()).boxes;
  detector.set_thresholds(picture.thresholds);
  detector.detect(picture.view());
  const std::vector<vision::Detection>& again = detector.detect_again(low).boxes;
  bool same = again.size() == expected.size() && !again.empty();
  for (std::size_t i = 0; same && i < again.size(); ++i) {
    const vision::Detection &a = again[i], &b = expected[i];
    same = a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2 && a.score == b.score &&
           a.class_id == b.class_id && a.index == b.index;
  }
  return same;
}

int lines_of_the_host = 0;

void count_line(et_timestamp_t, et_pal_log_level_t, const char*, const char*, std::size_t, const char*, std::size_t) {
  ++lines_of_the_host;
}

// A program with a log of its own, into which the detector is linked.
int run_as_host(const std::string& file) {
  executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&count_line, "several.cpp"));
  vision::ModelInfo info = *kModels[0];
  info.adler32 = support::adler32_of_file(file);
  try {
    const detector::Detector detector(info, file);
  } catch (const support::Error& error) {
    std::printf("%d %d\n", lines_of_the_host, error.reason() == support::Reason::kDamaged);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string("--host")) return run_as_host(argv[2]);
  try {
    detector::keep_runtime_log();
    std::vector<std::unique_ptr<detector::Detector>> all;
    for (int i = 1; i < argc; ++i) {
      all.push_back(std::make_unique<detector::Detector>(*kModels[i - 1], argv[i] + std::string("/model.pte")));
    }
    for (int i = 1; i < argc; ++i) {
      const std::string folder = argv[i];
      const bool same =
          sees_the_same_again(*all[static_cast<std::size_t>(i - 1)], parity::Vectors(folder + "/vectors").read(0));
      std::string report = report_json(parity::run(*kModels[i - 1], folder + "/model.pte", folder + "/vectors"));
      report.pop_back();  // the end of its line
      std::printf("{\"again\":%s,\"report\":%s}\n", same ? "true" : "false", report.c_str());
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
