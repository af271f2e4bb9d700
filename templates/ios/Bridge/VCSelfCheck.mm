#import <VisionCore/VCSelfCheck.h>

#import "VCErrors.h"
#import "VCText.h"
#include "app_model.h"
#include "detector/runtime.h"
#include "parity/parity.h"

@interface VCSelfCheckStage ()

- (instancetype)initWithCore:(const parity::Stage &)stage NS_DESIGNATED_INITIALIZER;

@end

@implementation VCSelfCheckStage

- (instancetype)initWithCore:(const parity::Stage &)stage {
  if ((self = [super init])) {
    NSMutableArray<NSString *> *problems = [NSMutableArray array];
    for (const std::string &problem : stage.problems) [problems addObject:bridge::to_nsstring(problem)];
    _name = bridge::to_nsstring(stage.name);
    _unit = bridge::to_nsstring(stage.unit);
    _worst = stage.worst;
    _tolerance = stage.tolerance;
    _comparedCount = stage.compared;
    _passed = stage.passed();
    _problems = [problems copy];
  }
  return self;
}

@end

@interface VCSelfCheckReport ()

- (instancetype)initWithCore:(const parity::Report &)report NS_DESIGNATED_INITIALIZER;

@end

@implementation VCSelfCheckReport

- (instancetype)initWithCore:(const parity::Report &)report {
  if ((self = [super init])) {
    NSMutableArray<VCSelfCheckStage *> *stages = [NSMutableArray array];
    for (const parity::Stage &stage : report.stages) {
      [stages addObject:[[VCSelfCheckStage alloc] initWithCore:stage]];
    }
    _stages = [stages copy];
    _pictureCount = static_cast<NSInteger>(report.images);
    _detectionCount = static_cast<NSInteger>(report.detections);
    _passed = report.passed();
  }
  return self;
}

@end

@implementation VCSelfCheck

+ (nullable VCSelfCheckReport *)runWithModelPath:(NSString *)modelPath
                                     vectorsPath:(NSString *)vectorsPath
                                           error:(NSError **)error {
  VCSelfCheckReport *report = nil;
  // Where the model is at fault, the exception says so: what is left are vectors that do not fit it.
  bridge::attempt(error, VCErrorVectorsUnreadable, [&] {
    detector::keep_runtime_log();
    const parity::Report compared = parity::run(app::kModel, bridge::to_path(modelPath, VCErrorModelUnreadable),
                                                bridge::to_path(vectorsPath, VCErrorVectorsUnreadable));
    report = [[VCSelfCheckReport alloc] initWithCore:compared];
  });
  return report;
}

@end
