#import <VisionCore/VCDetector.h>

#include <memory>
#include <stdexcept>
#include <string>

#import "VCDetection+Core.h"
#import "VCErrors.h"
#import "VCImageView.h"
#import "VCText.h"
#import "VCThresholds+Core.h"
#include "app_model.h"
#include "detector/detector.h"
#include "detector/runtime.h"
#include "detector/threads.h"

namespace {

constexpr NSInteger kMaxThreads = 64;

void use_threads(NSInteger threads) {
  if (threads < 0 || threads > kMaxThreads) {
    throw bridge::Refusal(VCErrorRuntimeFailure, "the model cannot run on " + std::to_string(threads) + " threads",
                          "Choose 0 to " + std::to_string(kMaxThreads) + " threads");
  }
  detector::keep_runtime_log();
  try {
    detector::set_threads(static_cast<int>(threads));
  } catch (const std::logic_error &error) {
    throw bridge::Refusal(VCErrorRuntimeFailure, error.what(), "Let go of every other detector first");
  }
}

}  // namespace

@implementation VCDetector {
  std::unique_ptr<detector::Detector> _detector;
  BOOL _allClasses;
}

- (nullable instancetype)initWithModelPath:(NSString *)modelPath
                                   threads:(NSInteger)threads
                                allClasses:(BOOL)allClasses
                                     error:(NSError **)error {
  if (!(self = [super init])) return nil;
  const bool loaded = bridge::attempt(error, VCErrorRuntimeFailure, [&] {
    use_threads(threads);
    _allClasses = allClasses;
    _thresholds = VCThresholds.standardThresholds;
    _detector = std::make_unique<detector::Detector>(app::kModel, bridge::to_path(modelPath, VCErrorModelUnreadable),
                                                     [self coreThresholds]);
  });
  return loaded ? self : nil;
}

- (void)setThresholds:(VCThresholds *)thresholds {
  _thresholds = thresholds;
  _detector->set_thresholds([self coreThresholds]);
}

- (vision::Thresholds)coreThresholds {
  vision::Thresholds core = [_thresholds core];
  core.all_classes = _allClasses;
  return core;
}

- (NSInteger)threadCount {
  return detector::threads();
}

- (nullable VCDetectionResult *)detectBytes:(const void *)bytes
                                      width:(NSInteger)width
                                     height:(NSInteger)height
                                bytesPerRow:(NSInteger)bytesPerRow
                                pixelFormat:(VCPixelFormat)pixelFormat
                                orientation:(VCImageOrientation)orientation
                                      error:(NSError **)error {
  VCDetectionResult *result = nil;
  bridge::attempt(error, VCErrorRuntimeFailure, [&] {
    result = [self detect:bridge::packed_image({bytes, bytesPerRow}, {width, height}, pixelFormat, orientation)];
  });
  return result;
}

- (nullable VCDetectionResult *)detectLuma:(const void *)luma
                           lumaBytesPerRow:(NSInteger)lumaBytesPerRow
                                    chroma:(const void *)chroma
                         chromaBytesPerRow:(NSInteger)chromaBytesPerRow
                                     width:(NSInteger)width
                                    height:(NSInteger)height
                                  encoding:(VCYCbCrEncoding)encoding
                               orientation:(VCImageOrientation)orientation
                                     error:(NSError **)error {
  VCDetectionResult *result = nil;
  bridge::attempt(error, VCErrorRuntimeFailure, [&] {
    result = [self detect:bridge::biplanar_image({luma, lumaBytesPerRow}, {chroma, chromaBytesPerRow}, {width, height},
                                                 encoding, orientation)];
  });
  return result;
}

// Throws what detector::Detector throws.
- (VCDetectionResult *)detect:(const vision::ImageView &)image {
  return [[VCDetectionResult alloc] initWithCore:_detector->detect(image)];
}

@end
