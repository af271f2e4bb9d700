#import "EDGBridge.h"

#include "app_model.h"

@interface EDGProgram ()

- (instancetype)initWithCore:(const vision::Program *)core NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGProgram

- (instancetype)initWithCore:(const vision::Program *)core {
  if ((self = [super init])) {
    _core = core;
    _file = bridge::to_nsstring(core->file);
    _backend = bridge::to_nsstring(core->backend);
    _title = bridge::to_nsstring(core->title);
    _precision = bridge::to_nsstring(core->precision);
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
