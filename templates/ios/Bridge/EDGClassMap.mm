#import "EDGBridge.h"

#include <algorithm>
#include <vector>

#import "EDGMapData.h"
#include "app_model.h"
#include "vision/dense_map.h"

namespace {

constexpr std::uint8_t kNone = 255;  // of EDGClassMap.pixels

// Which class a value of the core's map stands for: of a model of one class, 1 is that class and 0 none.
int class_of(int value) {
  if (value == vision::kNoClass) return kNone;
  if (app::kModel.class_names.size() > 1) return value;
  return value == 0 ? kNone : value - 1;
}

}  // namespace

@interface EDGClassShare ()

- (instancetype)initWithClass:(int)number share:(float)share NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGClassShare

- (instancetype)initWithClass:(int)number share:(float)share {
  if ((self = [super init])) {
    _classIndex = number;
    _share = share;
  }
  return self;
}

@end

@implementation EDGClassMap

- (instancetype)initWithCore:(const vision::Result &)result {
  if ((self = [super init])) {
    const std::vector<std::uint16_t> &map = result.class_map;
    _width = result.width;
    _height = result.height;
    _pixels = bridge::block_data(map.size(), [&](std::uint8_t *out) {
      std::transform(map.begin(), map.end(), out, [](int value) { return static_cast<std::uint8_t>(class_of(value)); });
    });
    NSMutableArray<EDGClassShare *> *shares = [NSMutableArray array];
    for (const vision::ClassScore &one : result.classes) {
      const int number = class_of(one.class_id);
      if (number != kNone) [shares addObject:[[EDGClassShare alloc] initWithClass:number share:one.score]];
    }
    _shares = [shares copy];
  }
  return self;
}

+ (NSData *)paintPixels:(NSData *)pixels
                  width:(NSInteger)width
                 height:(NSInteger)height
                   step:(NSInteger)step
                 colors:(NSData *)colors {
  const auto *in = static_cast<const std::uint8_t *>(pixels.bytes);
  return bridge::painted({width, height, step, colors}, pixels.length, [in](std::size_t i) { return int{in[i]}; });
}

@end
