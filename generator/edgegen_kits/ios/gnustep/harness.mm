// Calls the bridge as an app does, on Linux: `harness TASK.json` runs the calls of a task in order and prints their
// answers. bridge_build.py describes both.
#include <atomic>
#include <cstdint>
#include <functional>
#include <iostream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

#include "app_model.h"
#include "harness_drawing.h"
#include "harness_programs.h"

// Counts allocations of at least `from` bytes.
namespace large_blocks {
std::atomic<std::size_t> from{SIZE_MAX};
std::atomic<long> count{0};
}  // namespace large_blocks

#if !__has_feature(address_sanitizer)
// Replaces the C library's malloc for the whole process.
extern "C" void *__libc_malloc(std::size_t);
extern "C" void *malloc(std::size_t size) {
  if (size >= large_blocks::from) ++large_blocks::count;
  return __libc_malloc(size);
}
#endif

namespace {

std::string self_check(const Json &call) {
  NSError *error = nil;
  EDGSelfCheckReport *report = [EDGSelfCheck runWithModelPath:text(call, "model")
                                                  vectorsPath:text(call, "vectors")
                                                        error:&error];
  if (report == nil) return failure(error);
  Object json;
  json.add("passed", boolean(report.isPassed)).add("images", std::to_string(report.pictureCount));
  json.add("stages", list(report.stages, [](EDGSelfCheckStage *stage) {
             Object one;
             one.add("name", quoted(stage.name)).add("unit", quoted(stage.unit));
             one.add("worst", number(stage.worst)).add("tolerance", number(stage.tolerance));
             one.add("compared", std::to_string(stage.comparedCount)).add("passed", boolean(stage.isPassed));
             return one.json();
           }));
  std::string problems;
  for (EDGSelfCheckStage *stage in report.stages) {
    for (NSString *problem in stage.problems) {
      problems += (problems.empty() ? "" : ",") + quoted([NSString stringWithFormat:@"%@: %@", stage.name, problem]);
    }
  }
  return json.add("problems", "[" + problems + "]").json();
}

#if __has_include(<VisionCore/EDGGoldenVectors.h>)
std::string golden_picture(const Json &call) {
  NSError *error = nil;
  EDGGoldenVectors *vectors = [[EDGGoldenVectors alloc] initWithPath:text(call, "vectors") error:&error];
  if (vectors == nil) return failure(error);
  EDGGoldenPicture *picture = [vectors pictureAtIndex:integer(call, "index") error:&error];
  if (picture == nil) return failure(error);
  Object json;
  json.add("pictures", std::to_string(vectors.pictureCount));
  json.add("width", std::to_string(picture.width)).add("height", std::to_string(picture.height));
  json.add("detections", std::to_string(picture.detectionCount));
  return json.add("rgb_sha256", digest_of(picture.rgb)).json();
}
#endif

std::string model_info(const Json &) {
  Object json;
  json.add("model_name", quoted(EDGModelInfo.modelName)).add("precision", quoted(EDGModelInfo.precision));
  json.add("license", quoted(EDGModelInfo.license)).add("model_sha256", quoted(EDGModelInfo.modelSHA256));
  json.add("runtime_version", quoted(EDGModelInfo.runtimeVersion));
  json.add("input",
           "[" + std::to_string(EDGModelInfo.inputHeight) + "," + std::to_string(EDGModelInfo.inputWidth) + "]");
  json.add("class_names", list(EDGModelInfo.classNames, quoted));
#if __has_include(<VisionCore/EDGKeypoint.h>)
  json.add("skeleton", list(EDGModelInfo.skeleton, [](NSNumber *each) { return std::to_string(each.intValue); }));
#endif
#if __has_include(<VisionCore/EDGCapture.h>)
  json.add("app_name", quoted(EDGModelInfo.appName)).add("exporter_version", quoted(EDGModelInfo.exporterVersion));
  json.add("edgegen_version", quoted(EDGModelInfo.edgegenVersion)).add("task", quoted(EDGModelInfo.task));
  json.add("backends", list(EDGModelInfo.backends, quoted));
  json.add("thresholds", thresholds_json(EDGThresholds.standardThresholds));
#endif
  // Constants that only the core uses.
  json.add("contract", support::json_string(app::kModel.contract_name()));
  return json.add("keypoints", std::to_string(app::kModel.keypoints)).json();
}

#if __has_include(<VisionCore/EDGBundledModel.h>)
// Chooses the model in a folder, and returns the list of all models.
std::string choose(const Json &call) {
  loaded = nil;
  last = nil;
  std::string all;
  for (EDGBundledModel *model in EDGBundledModel.all) {
    if ([model.folder isEqualToString:text(call, "folder")]) [model choose];
    all += (all.empty() ? "" : ",") + Object()
                                          .add("folder", quoted(model.folder))
                                          .add("name", quoted(model.name))
                                          .add("classes", std::to_string(model.classNames.count))
                                          .add("skeleton", std::to_string(model.skeleton.count))
                                          .json();
  }
  return "[" + all + "]";
}
#endif

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Returns the number of large blocks since the last call, and sets the smallest size that counts.
std::string count_blocks(const Json &call) {
  large_blocks::from = static_cast<std::size_t>(integer(call, "bytes"));
  return std::to_string(large_blocks::count.exchange(0));
}

// Limits the process to a number of further MiB.
std::string limit_memory(const Json &call) {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  const rlim_t more = static_cast<rlim_t>(integer(call, "mib")) << 20;
  const rlimit limit = {pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more, RLIM_INFINITY};
  return boolean(setrlimit(RLIMIT_AS, &limit) == 0);
}

using Call = std::function<std::string(const Json &)>;
const std::map<std::string, Call> kCalls = {
    {"load", load},
    {"load_another", load_another},
    {"thresholds", set_thresholds},
    {"detect", detect},
    {"detect_biplanar", detect_biplanar},
#ifdef HAS_DETECT_AGAIN
    {"detect_again", detect_again},
#endif
#if __has_include(<VisionCore/EDGCapture.h>)
    {"capture", capture},
#endif
    {"self_check", self_check},
#if __has_include(<VisionCore/EDGGoldenVectors.h>)
    {"golden_picture", golden_picture},
#endif
    {"model_info", model_info},
#if __has_include(<VisionCore/EDGBundledModel.h>)
    {"choose", choose},
#endif
#if __has_include(<VisionCore/EDGTracker.h>)
    {"follow", follow},
#endif
#if __has_include(<VisionCore/EDGMask.h>)
    {"paint", paint},
    {"paint_last", paint_last},
#endif
#if __has_include(<VisionCore/EDGMaskOutline.h>)
    {"outlines", outlines},
    {"outline", outline},
#endif
#ifdef HAS_MAPS
    {"paint_map", paint_map},
#endif
#if __has_include(<VisionCore/EDGDepthMap.h>)
    {"distances", distances},
#endif
#ifdef HAS_PROGRAMS
    {"programs", programs},
    {"prove", prove},
    {"measure", measure},
    {"steer", steer},
    {"prove_meanwhile", prove_meanwhile},
#endif
    {"limit_memory", limit_memory},
    {"count_blocks", count_blocks},
    {"resident_kib", [](const Json &) { return std::to_string(resident_kib()); }},
};

// Makes a call `times` times, and returns the last answer.
std::string answer(const Json &call) {
  const Call &function = kCalls.at(call["call"].string());
  std::string json;
  for (NSInteger times = call.has("times") ? integer(call, "times") : 1; times > 0; --times) {
    @autoreleasepool {
      json = function(call);
    }
  }
  return json;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: harness TASK.json\n";
    return 2;
  }
  @autoreleasepool {
    try {
      std::ifstream file(argv[1], std::ios::binary);
      const Json task = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
      std::string answers;
      for (const Json &call : task["calls"].items()) answers += (answers.empty() ? "" : ",\n") + answer(call);
      std::cout << "{\"answers\":[" << answers << "]}\n";
    } catch (const std::exception &error) {
      std::cerr << "error: " << error.what() << "\n";
      return 1;
    }
    loaded = nil;
    last = nil;
  }
  return 0;
}
