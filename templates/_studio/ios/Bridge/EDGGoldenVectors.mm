#import "EDGBridge.h"

#include <memory>

#include "parity/parity.h"

@interface EDGGoldenPicture ()

- (instancetype)initWithCore:(const parity::Picture &)picture NS_DESIGNATED_INITIALIZER;

@end

@implementation EDGGoldenPicture

- (instancetype)initWithCore:(const parity::Picture &)picture {
  if ((self = [super init])) {
    const vision::ImageView pixels = picture.view();
    _width = picture.width;
    _height = picture.height;
    _rgb = [NSData dataWithBytes:pixels.first length:static_cast<NSUInteger>(pixels.step_y * pixels.height)];
    if (picture.has("boxes.score")) _detectionCount = static_cast<NSInteger>(picture.floats("boxes.score").size());
  }
  return self;
}

@end

@implementation EDGGoldenVectors {
  std::unique_ptr<parity::Vectors> _vectors;
}

- (nullable instancetype)initWithPath:(NSString *)path error:(NSError **)error {
  if (!(self = [super init])) return nil;
  return bridge::attempt(error, EDGErrorVectorsUnreadable, [&] {
    self->_vectors = std::make_unique<parity::Vectors>(bridge::to_path(path, EDGErrorVectorsUnreadable));
    return self;
  });
}

- (NSInteger)pictureCount {
  return static_cast<NSInteger>(_vectors->size());
}

- (nullable EDGGoldenPicture *)pictureAtIndex:(NSInteger)index error:(NSError **)error {
  return bridge::attempt(error, EDGErrorVectorsUnreadable, [&] {
    if (index < 0 || index >= self.pictureCount) {
      throw bridge::InvalidArgument(EDGErrorVectorsUnreadable, "there is no picture " + std::to_string(index),
                                    "Ask for one from 0 to " + std::to_string(self.pictureCount - 1));
    }
    return [[EDGGoldenPicture alloc] initWithCore:_vectors->read(static_cast<std::size_t>(index))];
  });
}

@end
