#import "EDGBridge.h"

#include <algorithm>
#include <vector>

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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
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

- (instancetype)initWithMilliseconds:(double)milliseconds other:(double)other NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGTiming

- (instancetype)initWithMilliseconds:(double)milliseconds other:(double)other {
  if ((self = [super init])) {
    _milliseconds = milliseconds;
    _otherMilliseconds = other;
  }
  return self;
}

@end

@implementation EDGTrial

+ (nullable EDGProof *)proveDetector:(EDGDetector *)detector
                         vectorsPath:(NSString *)vectorsPath
                               error:(NSError **)error {
  EDGProof *proof = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    const parity::Report report =
        parity::run(app::kModel, [detector core], bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable));
    proof = [[EDGProof alloc] initWithCore:report];
  });
  detector.thresholds = detector.thresholds;  // the comparison sets those of the vectors
  return proof;
}

+ (nullable EDGTiming *)measureDetector:(EDGDetector *)detector
                                against:(EDGDetector *)other
                            vectorsPath:(NSString *)vectorsPath
                                   runs:(NSInteger)runs
                                  error:(NSError **)error {
  EDGTiming *timing = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    const parity::Vectors vectors(bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable));
    const parity::Picture picture = vectors.read(0);
    std::vector<double> mine, others;
    for (NSInteger run = 0; run < std::max<NSInteger>(runs, 1); ++run) {
      mine.push_back([detector core].detect(picture.view()).timing.inference);
      others.push_back([other core].detect(picture.view()).timing.inference);
    }
    timing = [[EDGTiming alloc] initWithMilliseconds:median(mine) other:median(others)];
    [detector core].model();  // the picture was not the user's
    [other core].model();
  });
  return timing;
}

@end
