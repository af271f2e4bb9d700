#import <VisionCore/VCModelInfo.h>

#import "VCText.h"
#include "build_info.h"
#include "model_info.h"

using bridge::to_nsstring;

namespace {

template <typename Texts>
NSArray<NSString *> *to_nsarray(const Texts &texts) {
  NSMutableArray<NSString *> *array = [NSMutableArray array];
  for (const std::string_view text : texts) [array addObject:to_nsstring(text)];
  return [array copy];
}

}  // namespace

@implementation VCModelInfo

+ (NSString *)appName {
  return to_nsstring(model_info::kAppName);
}

+ (NSString *)modelName {
  return to_nsstring(model_info::kModelName);
}

+ (NSString *)task {
  return to_nsstring(model_info::kTask);
}

+ (NSString *)precision {
  return to_nsstring(model_info::kPrecision);
}

+ (NSString *)license {
  return to_nsstring(model_info::kLicense);
}

+ (NSString *)contract {
  return to_nsstring(model_info::kContractName);
}

+ (NSString *)modelSHA256 {
  return to_nsstring(model_info::kModelSha256);
}

+ (NSString *)exporterVersion {
  return to_nsstring(model_info::kExporterVersion);
}

+ (NSString *)runtimeVersion {
  return to_nsstring(build_info::kExecuTorchVersion);
}

+ (NSString *)edgegenVersion {
  return to_nsstring(model_info::kEdgegenVersion);
}

+ (NSInteger)inputWidth {
  return model_info::kInputWidth;
}

+ (NSInteger)inputHeight {
  return model_info::kInputHeight;
}

+ (NSArray<NSString *> *)classNames {
  static NSArray<NSString *> *const names = to_nsarray(model_info::kClassNames);
  return names;
}

+ (NSArray<NSNumber *> *)keptClasses {
  NSMutableArray<NSNumber *> *kept = [NSMutableArray array];
  for (const int index : model_info::kKeptClasses) [kept addObject:@(index)];
  return [kept copy];
}

+ (NSArray<NSString *> *)backends {
  return to_nsarray(model_info::kBackends);
}

@end
