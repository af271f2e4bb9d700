#import "EDGBridge.h"

#if defined(__APPLE__)
#include <sys/sysctl.h>
#include <unistd.h>
#endif

#include "app_model.h"
#include "parity/parity.h"
#include "support/text.h"

namespace {

// The first problem, of the result if it has one: it is what the user sees. Empty: none.
std::string first_problem(const parity::Report &report) {
  if (report.passed() && report.images > 0 && !report.stages.back().is_missing()) return "";
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

@interface EDGProgram ()

- (instancetype)initWithCore:(const vision::Program *)core NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGProgram

- (instancetype)initWithCore:(const vision::Program *)core {
  if ((self = [super init])) {
    _core = core;
    _file = bridge::to_nsstring(core->file);
    _title = bridge::to_nsstring(core->title);
    _sha256 = bridge::to_nsstring(core->sha256);
  }
  return self;
}

+ (NSArray<EDGProgram *> *)all {
  NSMutableArray<EDGProgram *> *programs = [NSMutableArray array];
  for (const vision::Program &program : app::kModel.extra_programs) {
    [programs addObject:[[EDGProgram alloc] initWithCore:&program]];
  }
  return [programs copy];
}

@end

@interface EDGProof ()

- (instancetype)initWithCore:(const parity::Report &)report milliseconds:(double)milliseconds NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGProof

- (instancetype)initWithCore:(const parity::Report &)report milliseconds:(double)milliseconds {
  if ((self = [super init])) {
    _problem = bridge::to_nsstring(first_problem(report));
    _worst = report.stages.back().worst;
    _unit = bridge::to_nsstring(report.stages.back().unit);
    _pictureCount = static_cast<NSInteger>(report.images);
    _milliseconds = milliseconds;
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
                             picture:(NSInteger)picture
                               error:(NSError **)error {
  EDGProof *proof = bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    parity::Vectors vectors(bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable), [detector core].program());
    if (picture >= 0) vectors.keep(static_cast<std::size_t>(picture));
    const parity::Report report = parity::run(app::kModel, [detector core], vectors);
    // model(): the pictures were not the user's, so the results cannot be shown again.
    return [[EDGProof alloc] initWithCore:report milliseconds:[detector core].model().milliseconds()];
  });
  [detector useThresholds];
  return proof;
}

@end
