#import "EDGBridge.h"

#include "app_models.h"

@interface EDGBundledModel ()

- (instancetype)initWithNumber:(std::size_t)number NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGBundledModel {
  std::size_t _number;
}

+ (NSArray<EDGBundledModel *> *)all {
  NSMutableArray<EDGBundledModel *> *all = [NSMutableArray array];
  for (std::size_t number = 0; number < app::kModels.size(); ++number) {
    [all addObject:[[EDGBundledModel alloc] initWithNumber:number]];
  }
  return [all copy];
}

- (instancetype)initWithNumber:(std::size_t)number {
  if ((self = [super init])) {
    const app::AppModel &model = app::kModels[number];
    NSMutableArray<NSString *> *names = [NSMutableArray array];
    for (const std::string_view name : model.info->class_names) [names addObject:bridge::to_nsstring(name)];
    NSMutableArray<NSNumber *> *ends = [NSMutableArray array];
    for (const vision::ModelInfo::Limb &limb : model.info->skeleton) {
      [ends addObject:@(limb.from)];
      [ends addObject:@(limb.to)];
    }
    _number = number;
    _name = bridge::to_nsstring(model.info->name);
    _folder = bridge::to_nsstring(model.folder);
    _classNames = [names copy];
    _skeleton = [ends copy];
    _precision = bridge::to_nsstring(model.info->precision);
  }
  return self;
}

- (void)choose {
  app::use_model(_number);
}

@end
