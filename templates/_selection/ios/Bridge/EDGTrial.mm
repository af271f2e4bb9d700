#import "EDGBridge.h"

#if defined(__APPLE__)
#include <sys/sysctl.h>
#include <unistd.h>
#endif

#include "app_model.h"
#include "parity/parity.h"
#include "support/text.h"

namespace {

// Whether there were results to compare, and all stages passed.
bool has_passed(const parity::Report &report) {
  return report.passed() && report.images > 0 && !report.stages.back().is_missing();
}

// The first problem, of the result if it has one: it is what the user sees. Empty: none.
std::string first_problem(const parity::Report &report) {
  if (has_passed(report)) return "";
  const parity::Stage *failed = nullptr;
  for (const parity::Stage &stage : report.stages) {
    if (!stage.passed() && (failed == nullptr || &stage == &report.stages.back())) failed = &stage;
  }
  if (failed == nullptr) return "no result was compared";
  if (!failed->problems.empty()) return failed->name + ": " + failed->problems.front();
  const std::string unit = failed->unit.empty() ? "" : " " + failed->unit;
  return failed->name + ": off by " + support::shortest(failed->worst) + unit;
}

}  // namespace

@interface EDGProof ()

- (instancetype)initWithCore:(const parity::Report &)report NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGProof

- (instancetype)initWithCore:(const parity::Report &)report {
  if ((self = [super init])) {
    _passed = has_passed(report);
    _worst = report.stages.back().worst;
    _unit = bridge::to_nsstring(report.stages.back().unit);
    _pictureCount = static_cast<NSInteger>(report.images);
    _problem = bridge::to_nsstring(first_problem(report));
  }
  return self;
}

@end

@interface EDGTiming ()

- (instancetype)initWithMilliseconds:(double)milliseconds
                               other:(double)other
                             problem:(const std::string &)problem NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGTiming

- (instancetype)initWithMilliseconds:(double)milliseconds other:(double)other problem:(const std::string &)problem {
  if ((self = [super init])) {
    _milliseconds = milliseconds;
    _otherMilliseconds = other;
    _problem = bridge::to_nsstring(problem);
  }
  return self;
}

@end

@implementation EDGTrial

+ (BOOL)isDebuggerAttached {
#if defined(__APPLE__)
  kinfo_proc info{};
  std::size_t size = sizeof info;
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()};
  return sysctl(name, 4, &info, &size, nullptr, 0) == 0 && (info.kp_proc.p_flag & P_TRACED) != 0;
#else
  return NO;
#endif
}

+ (nullable EDGProof *)proveDetector:(EDGDetector *)detector
                         vectorsPath:(NSString *)vectorsPath
                               error:(NSError **)error {
  EDGProof *proof = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    const parity::Vectors vectors(bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable), [detector core].program());
    proof = [[EDGProof alloc] initWithCore:parity::run(app::kModel, [detector core], vectors)];
  });
  detector.thresholds = detector.thresholds;  // the comparison sets those of the vectors
  return proof;
}

+ (nullable EDGTiming *)measureDetector:(EDGDetector *)detector
                                against:(EDGDetector *)other
                            vectorsPath:(NSString *)vectorsPath
                                    run:(NSInteger)run
                                  error:(NSError **)error {
  EDGTiming *timing = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    const std::string path = bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable);
    parity::Vectors vectors(path, [detector core].program());
    vectors.keep(static_cast<std::size_t>(run));
    const parity::Report report = parity::run(app::kModel, [detector core], vectors);
    [other core].detect(parity::Vectors(path).read(0).view());
    // model(): the pictures were not the user's, so `detectAgain` must fail.
    timing = [[EDGTiming alloc] initWithMilliseconds:[detector core].model().milliseconds()
                                               other:[other core].model().milliseconds()
                                             problem:first_problem(report)];
  });
  detector.thresholds = detector.thresholds;  // the comparison sets those of the vectors
  return timing;
}

@end
