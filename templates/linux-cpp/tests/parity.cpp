// Does this program compute what PyTorch computed? Every stage is held against the golden vectors, from the letterbox
// to the boxes that the whole chain shows through the real model.
//
//   parity [--vectors DIR] [--model DIR] [--json]
//
// Exit codes: 0 the same; 2 usage; 3 vectors or model cannot be read; 4 a backend or operator is missing; 7 a stage
// failed.
#include "parity/parity.h"

#include <iostream>
#include <string>
#include <vector>

#include "app_model.h"
#include "detector/runtime.h"
#include "support/program.h"

namespace {

constexpr int kUsage = 2, kFailed = 7;

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
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse({argv + 1, argv + argc});
  if (!options.valid) {
    std::cerr << "usage: parity [--vectors DIR] [--model DIR] [--json]\n";
    return kUsage;
  }
  return support::run_program([&] {
    detector::keep_runtime_log();
    const parity::Report report =
        parity::run(app::kModel, support::find_model(options.model_folder), options.vectors_folder);
    std::cout << (options.json ? report_json(report) : report_table(report)) << std::flush;
    return report.passed() ? 0 : kFailed;
  });
}
