#import "EDGClassScore+Core.h"

#include <algorithm>
#include <vector>

#import "EDGDetectionResult+Core.h"

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

// The vectors have the probabilities by class number.
void read_shown(const parity::Picture &picture, vision::Result &result) {
  if (!picture.has("classes.probability")) return;
  for (const float score : picture.floats("classes.probability")) {
    result.classes.push_back({static_cast<int>(result.classes.size()), score});
  }
  std::stable_sort(result.classes.begin(), result.classes.end(),
                   [](const vision::ClassScore &a, const vision::ClassScore &b) { return a.score > b.score; });
}

}  // namespace bridge
