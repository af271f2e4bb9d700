#import "EDGBridge.h"

#include "app_model.h"
#include "detector/runtime.h"
#include "parity/parity.h"

@interface EDGSelfCheckStage ()

- (instancetype)initWithCore:(const parity::Stage &)stage NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGSelfCheckStage

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

@interface EDGSelfCheckReport ()

- (instancetype)initWithCore:(const parity::Report &)report NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGSelfCheckReport

- (instancetype)initWithCore:(const parity::Report &)report {
  if ((self = [super init])) {
    NSMutableArray<EDGSelfCheckStage *> *stages = [NSMutableArray array];
    for (const parity::Stage &stage : report.stages) {
      [stages addObject:[[EDGSelfCheckStage alloc] initWithCore:stage]];
    }
    _stages = [stages copy];
    _pictureCount = static_cast<NSInteger>(report.images);
    _comparedWith = bridge::to_nsstring(report.compared_with);
    _passed = report.passed();
  }
  return self;
}

@end

@implementation EDGSelfCheck

+ (nullable EDGSelfCheckReport *)runWithModelPath:(NSString *)modelPath
                                      vectorsPath:(NSString *)vectorsPath
                                            error:(NSError **)error {
  // An error of the model has its own exception. All others are errors of the vectors.
  return bridge::attempt(error, EDGErrorVectorsUnreadable, [&] {
    detector::keep_runtime_log();
    const parity::Report report = parity::run(app::kModel, bridge::to_path(modelPath, EDGErrorModelUnreadable),
                                              bridge::to_path(vectorsPath, EDGErrorVectorsUnreadable));
    return [[EDGSelfCheckReport alloc] initWithCore:report];
  });
}

@end
