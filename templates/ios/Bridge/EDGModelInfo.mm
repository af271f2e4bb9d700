#import <VisionCore/EDGModelInfo.h>

#import "EDGText.h"
#include "app_model.h"
#include "build_info.h"

using bridge::to_nsstring;

namespace {

template <typename Texts>
NSArray<NSString *> *to_nsarray(const Texts &texts) {
  NSMutableArray<NSString *> *array = [NSMutableArray array];
  for (const std::string_view text : texts) [array addObject:to_nsstring(text)];
  return [array copy];
}

}  // namespace

@implementation EDGModelInfo

+ (NSString *)appName {
  return to_nsstring(app::kModel.app_name);
}

+ (NSString *)modelName {
  return to_nsstring(app::kModel.name);
}

+ (NSString *)task {
  return to_nsstring(app::kModel.task);
}

+ (NSString *)precision {
  return to_nsstring(app::kModel.precision);
}

+ (NSString *)license {
  return to_nsstring(app::kModel.license);
}

+ (NSString *)contract {
  return to_nsstring(app::kModel.contract_name());
}

+ (NSString *)modelSHA256 {
  return to_nsstring(app::kModel.sha256);
}

+ (NSString *)exporterVersion {
  return to_nsstring(app::kModel.exporter_version);
}

+ (NSString *)runtimeVersion {
  return to_nsstring(build_info::kExecuTorchVersion);
}

+ (NSString *)edgegenVersion {
  return to_nsstring(app::kModel.edgegen_version);
}

+ (NSInteger)inputWidth {
  return app::kModel.input_width;
}

+ (NSInteger)inputHeight {
  return app::kModel.input_height;
}

+ (NSArray<NSString *> *)classNames {
  static NSArray<NSString *> *const names = to_nsarray(app::kModel.class_names);
  return names;
}

+ (NSArray<NSNumber *> *)keptClasses {
  NSMutableArray<NSNumber *> *kept = [NSMutableArray array];
  for (const int index : app::kModel.kept_classes) [kept addObject:@(index)];
  return [kept copy];
}

+ (NSInteger)keypointCount {
  return app::kModel.keypoints;
}

+ (NSArray<NSNumber *> *)skeleton {
  NSMutableArray<NSNumber *> *ends = [NSMutableArray array];
  for (const vision::ModelInfo::Limb &limb : app::kModel.skeleton) {
    [ends addObject:@(limb.from)];
    [ends addObject:@(limb.to)];
  }
  return [ends copy];
}

+ (NSArray<NSString *> *)backends {
  return to_nsarray(app::kModel.backends);
}

@end
