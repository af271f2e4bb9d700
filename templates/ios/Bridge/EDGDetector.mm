#import <VisionCore/EDGDetector.h>

#include <memory>
#include <stdexcept>
#include <string>

#import "EDGCapture+Core.h"
#import "EDGDetectionResult+Core.h"
#import "EDGErrors.h"
#import "EDGImageView.h"
#import "EDGText.h"
#import "EDGThresholds+Core.h"
#include "app_model.h"
#include "detector/detector.h"
#include "detector/runtime.h"

namespace {

constexpr NSInteger kMaxThreads = 64;

void use_threads(NSInteger threads) {
  if (threads < 0 || threads > kMaxThreads) {
    throw bridge::Refusal(EDGErrorRuntimeFailure, "the model cannot run on " + std::to_string(threads) + " threads",
                          "Choose 0 to " + std::to_string(kMaxThreads) + " threads");
  }
  detector::keep_runtime_log();
  try {
    detector::set_threads(static_cast<int>(threads));
  } catch (const std::logic_error &error) {
    throw bridge::Refusal(EDGErrorRuntimeFailure, error.what(), "Let go of every other detector first");
  }
}

}  // namespace

@implementation EDGDetector {
  std::unique_ptr<detector::Detector> _detector;
  BOOL _allClasses;
}

- (nullable instancetype)initWithModelPath:(NSString *)modelPath
                                   threads:(NSInteger)threads
                                allClasses:(BOOL)allClasses
                                     error:(NSError **)error {
  if (!(self = [super init])) return nil;
  const bool loaded = bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    use_threads(threads);
    _allClasses = allClasses;
    _thresholds = EDGThresholds.standardThresholds;
    _detector = std::make_unique<detector::Detector>(app::kModel, bridge::to_path(modelPath, EDGErrorModelUnreadable),
                                                     [self coreThresholds]);
  });
  return loaded ? self : nil;
}

- (void)setThresholds:(EDGThresholds *)thresholds {
  _thresholds = thresholds;
  _detector->set_thresholds([self coreThresholds]);
}

- (void)setKeepsCapture:(BOOL)keepsCapture {
  _keepsCapture = keepsCapture;
  if (!keepsCapture) _capture = nil;
}

- (vision::Thresholds)coreThresholds {
  vision::Thresholds core = [_thresholds core];
  core.all_classes = _allClasses;
  return core;
}

- (NSInteger)threadCount {
  return detector::threads();
}

- (nullable EDGDetectionResult *)detectBytes:(const void *)bytes
                                       width:(NSInteger)width
                                      height:(NSInteger)height
                                 bytesPerRow:(NSInteger)bytesPerRow
                                 pixelFormat:(EDGPixelFormat)pixelFormat
                                 orientation:(EDGImageOrientation)orientation
                                       error:(NSError **)error {
  EDGDetectionResult *result = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    result = [self detect:bridge::packed_image({bytes, bytesPerRow}, {width, height}, pixelFormat, orientation)];
  });
  return result;
}

- (nullable EDGDetectionResult *)detectLuma:(const void *)luma
                            lumaBytesPerRow:(NSInteger)lumaBytesPerRow
                                     chroma:(const void *)chroma
                          chromaBytesPerRow:(NSInteger)chromaBytesPerRow
                                      width:(NSInteger)width
                                     height:(NSInteger)height
                                   encoding:(EDGYCbCrEncoding)encoding
                                orientation:(EDGImageOrientation)orientation
                                      error:(NSError **)error {
  EDGDetectionResult *result = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    result = [self detect:bridge::biplanar_image({luma, lumaBytesPerRow}, {chroma, chromaBytesPerRow}, {width, height},
                                                 encoding, orientation)];
  });
  return result;
}

- (nullable EDGDetectionResult *)detectAgainWithError:(NSError **)error {
  EDGDetectionResult *result = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    result = [[EDGDetectionResult alloc] initWithCore:_detector->detect_again([self coreThresholds])];
  });
  return result;
}

// Throws what detector::Detector throws.
- (EDGDetectionResult *)detect:(const vision::ImageView &)image {
  _capture = nil;
  if (!_keepsCapture) return [[EDGDetectionResult alloc] initWithCore:_detector->detect(image)];
  _capture = [[EDGCapture alloc] initWithImage:image detector:*_detector thresholds:[self coreThresholds]];
  return _capture.result;
}

@end
