#import <VisionCore/VCGoldenVectors.h>

#include <memory>

#import "VCDetection+Core.h"
#import "VCErrors.h"
#import "VCText.h"
#include "parity/vectors.h"

@interface VCGoldenPicture ()

// Throws what parity::Picture throws.
- (instancetype)initWithCore:(const parity::Picture &)picture NS_DESIGNATED_INITIALIZER;

@end

@implementation VCGoldenPicture

- (instancetype)initWithCore:(const parity::Picture &)picture {
  if ((self = [super init])) {
    const vision::ImageView pixels = picture.view();
    const vision::Thresholds &asked = picture.thresholds;
    _name = bridge::to_nsstring(picture.name);
    _width = picture.width;
    _height = picture.height;
    _rgb = [NSData dataWithBytes:pixels.data length:static_cast<NSUInteger>(pixels.bytes_per_row * pixels.height)];
    // Vectors that only the reference made have no boxes.
    _detections = bridge::to_nsarray(picture.has("boxes.box") ? picture.boxes() : std::vector<vision::Detection>());
    _thresholds = [[VCThresholds alloc] initWithConfidence:asked.confidence
                                                       iou:asked.iou
                                             maxDetections:asked.max_detections
                                             classAgnostic:asked.agnostic
                                                     error:nullptr];
    if (_thresholds == nil) throw std::runtime_error("the thresholds of " + picture.name + " are out of range");
  }
  return self;
}

@end

@implementation VCGoldenVectors {
  std::unique_ptr<parity::Vectors> _vectors;
}

- (nullable instancetype)initWithPath:(NSString *)path error:(NSError **)error {
  if (!(self = [super init])) return nil;
  const bool opened = bridge::attempt(error, VCErrorVectorsUnreadable, [&] {
    _vectors = std::make_unique<parity::Vectors>(bridge::to_path(path, VCErrorVectorsUnreadable));
  });
  return opened ? self : nil;
}

- (NSInteger)pictureCount {
  return static_cast<NSInteger>(_vectors->size());
}

- (nullable VCGoldenPicture *)pictureAtIndex:(NSInteger)index error:(NSError **)error {
  VCGoldenPicture *picture = nil;
  bridge::attempt(error, VCErrorVectorsUnreadable, [&] {
    if (index < 0 || index >= self.pictureCount) {
      throw bridge::Refusal(VCErrorVectorsUnreadable, "there is no picture " + std::to_string(index),
                            "Ask for one from 0 to " + std::to_string(self.pictureCount - 1));
    }
    picture = [[VCGoldenPicture alloc] initWithCore:_vectors->read(static_cast<std::size_t>(index))];
  });
  return picture;
}

@end
