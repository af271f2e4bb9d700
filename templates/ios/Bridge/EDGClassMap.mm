#import "EDGClassMap+Core.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#import "EDGDetectionResult+Core.h"
#import "EDGMapData.h"
#include "app_model.h"
#include "vision/tasks/semantic.h"

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

namespace bridge {

// The vectors have the map row by row, as lengths of runs and the class of each.
void read_shown(const parity::Picture &picture, vision::Result &result) {
  if (!picture.has("class_map.run")) return;
  const auto runs = picture.integers("class_map.run"), values = picture.integers("class_map.value");
  const std::size_t size = static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height);
  std::vector<std::size_t> pixels(vision::kNoClass + std::size_t{1});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i] > size - result.class_map.size()) {
      throw std::runtime_error("the class map of " + picture.name + " is too large");
    }
    result.class_map.insert(result.class_map.end(), runs[i], static_cast<std::uint16_t>(values.at(i)));
    pixels.at(values[i]) += runs[i];
  }
  if (result.class_map.size() != size) throw std::runtime_error("the class map of " + picture.name + " is too small");
  for (std::size_t id = 0; id < vision::kNoClass; ++id) {
    if (pixels[id] == 0) continue;
    result.classes.push_back({static_cast<int>(id), static_cast<float>(pixels[id]) / static_cast<float>(size)});
  }
  std::stable_sort(result.classes.begin(), result.classes.end(),
                   [](const vision::ClassScore &a, const vision::ClassScore &b) { return a.score > b.score; });
}

}  // namespace bridge
