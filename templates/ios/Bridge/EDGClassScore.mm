#import "EDGBridge.h"

#include <vector>

@interface EDGClassScore ()

- (instancetype)initWithCore:(const vision::ClassScore &)one NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGClassScore

- (instancetype)initWithCore:(const vision::ClassScore &)one {
  if ((self = [super init])) {
    _classIndex = one.class_id;
    _score = one.score;
  }
  return self;
}

@end

namespace bridge {

NSArray<EDGClassScore *> *classes_of(const vision::Result &result) {
  std::vector<EDGClassScore *> classes;
  classes.reserve(result.classes.size());
  for (const vision::ClassScore &one : result.classes) {
    classes.push_back([[EDGClassScore alloc] initWithCore:one]);
  }
  return [NSArray arrayWithObjects:classes.data() count:classes.size()];
}

}  // namespace bridge
