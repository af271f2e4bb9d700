// The calls that try extra programs.
#pragma once

#include "harness_detector.h"

#ifdef HAS_PROGRAMS
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string programs(const Json &) {
  return list(EDGProgram.all, [](EDGProgram *program) {
    Object one;
    one.add("file", quoted(program.file)).add("title", quoted(program.title));
    return one.add("sha256", quoted(program.sha256)).json();
  });
}

std::string prove(const Json &call) {
  NSError *error = nil;
  EDGProof *proof = [EDGTrial proveDetector:loaded vectorsPath:text(call, "vectors") picture:-1 error:&error];
  if (proof == nil) return failure(error);
  Object json;
  json.add("worst", number(proof.worst)).add("unit", quoted(proof.unit));
  return json.add("pictures", std::to_string(proof.pictureCount)).add("problem", quoted(proof.problem)).json();
}

EDGDetector *reference(const Json &call, NSError **error) { return make_detector(text(call, "reference"), 0, error); }

// Whether the last picture is not detected again.
bool again_fails(detector::Detector &detector) {
  try {
    detector.detect_again({});
    return false;
  } catch (const std::exception &) {
    return true;
  }
}

// Ten timed runs, each compared: the medians, and the first problem.
std::string measure(const Json &call) {
  NSError *error = nil;
  EDGDetector *cpu = reference(call, &error);
  if (cpu == nil) return failure(error);
  std::vector<double> times, others;
  std::string problem;
  for (NSInteger run = 0; run < 10 && problem.empty(); ++run) {
    NSString *vectors = text(call, "vectors");
    EDGProof *proof = [EDGTrial proveDetector:loaded vectorsPath:vectors picture:run error:&error];
    EDGProof *other = [EDGTrial proveDetector:cpu vectorsPath:vectors picture:run error:&error];
    if (proof == nil || other == nil) return failure(error);
    times.push_back(proof.milliseconds);
    others.push_back(other.milliseconds);
    problem = proof.problem.UTF8String;
  }
  std::sort(times.begin(), times.end());
  std::sort(others.begin(), others.end());
  Object json;
  json.add("milliseconds", number(times[times.size() / 2])).add("other", number(others[others.size() / 2]));
  json.add("runs", std::to_string(times.size())).add("problem", support::json_string(problem));
  return json.add("again_fails", boolean(again_fails([loaded core]) && again_fails([cpu core]))).json();
}

// Writes the behavior of the steered backend.
std::string steer(const Json &call) {
  std::ofstream file(std::getenv("EDGEGEN_STEERED_BEHAVIOR"));
  file << call["behavior"].string();
  return boolean(static_cast<bool>(file.flush()));
}

// The detector of model.pte detects while another thread compares a program that hangs.
std::string prove_meanwhile(const Json &call) {
  NSError *error = nil;
  EDGDetector *program = loaded, *cpu = reference(call, &error);
  if (cpu == nil) return failure(error);
  std::atomic<bool> is_done{false};
  const std::string vectors = call["vectors"].string();
  std::thread trial([&] {
    @autoreleasepool {
      [EDGTrial proveDetector:program
                  vectorsPath:[NSString stringWithUTF8String:vectors.c_str()]
                      picture:-1
                        error:nullptr];
      is_done = true;
    }
  });
  loaded = cpu;
  const std::string found = detect(call);
  const bool was_hanging = !is_done;
  loaded = program;
  std::ofstream(std::getenv("EDGEGEN_STEERED_BEHAVIOR")) << "right";
  trial.join();
  return Object().add("was_hanging", boolean(was_hanging)).add("found", found).json();
}

}  // namespace
#endif
