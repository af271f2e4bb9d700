// The calls that try further programs.
#pragma once

#include "harness_detector.h"

#if __has_include(<VisionCore/EDGTrial.h>)
#include <atomic>
#include <cstdlib>
#include <thread>

namespace {

std::string programs(const Json &) {
  return list(EDGProgram.all, [](EDGProgram *program) {
    Object one;
    one.add("file", quoted(program.file)).add("backend", quoted(program.backend)).add("title", quoted(program.title));
    return one.add("precision", quoted(program.precision)).add("sha256", quoted(program.sha256)).json();
  });
}

std::string prove(const Json &call) {
  NSError *error = nil;
  EDGProof *proof = [EDGTrial proveDetector:loaded vectorsPath:text(call, "vectors") error:&error];
  if (proof == nil) return failure(error);
  Object json;
  json.add("passed", boolean(proof.isPassed)).add("worst", number(proof.worst)).add("unit", quoted(proof.unit));
  return json.add("pictures", std::to_string(proof.pictureCount)).add("problem", quoted(proof.problem)).json();
}

EDGDetector *reference(const Json &call, NSError **error) {
  return [[EDGDetector alloc] initWithModelPath:text(call, "reference") threads:0 allClasses:NO error:error];
}

std::string measure(const Json &call) {
  NSError *error = nil;
  EDGDetector *cpu = reference(call, &error);
  if (cpu == nil) return failure(error);
  EDGTiming *timing = [EDGTrial measureDetector:loaded
                                        against:cpu
                                    vectorsPath:text(call, "vectors")
                                           runs:10
                                          error:&error];
  if (timing == nil) return failure(error);
  Object json;
  json.add("milliseconds", number(timing.milliseconds)).add("other", number(timing.otherMilliseconds));
  return json.add("again_fails", boolean([loaded detectAgainWithError:&error] == nil)).json();
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
      [EDGTrial proveDetector:program vectorsPath:[NSString stringWithUTF8String:vectors.c_str()] error:nullptr];
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
