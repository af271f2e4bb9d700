// Compares the Objective-C++ bridge with its C++ detector, on the same photo in the same process, in turns.
//   bridge MODEL PHOTO WIDTH HEIGHT THREADS ROUNDS FRAMES CONFIDENCE LOW_CONFIDENCE
// PHOTO: raw BGRA. Writes a JSON object: milliseconds of both in each round, and the objects allocated per detection.
#import <VisionCore/VisionCore.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "app_model.h"
#include "detector/detector.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUpFrames = 5;

EDGThresholds *thresholds(double confidence) {
  EDGThresholds *standard = EDGThresholds.standardThresholds;
  return [[EDGThresholds alloc] initWithConfidence:confidence
                                               iou:standard.iou
                                     maxDetections:standard.maxDetections
                                     classAgnostic:standard.isClassAgnostic
                                             error:nullptr];
}

struct Photo {
  std::vector<std::uint8_t> bgra;
  int width, height;
};

double milliseconds_of(detector::Detector &detector, const Photo &photo) {
  const auto start = Clock::now();
  detector.detect(vision::bgr_view(photo.bgra.data(), photo.width, photo.height, 4 * photo.width, 4));
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

EDGDetectionResult *detect(EDGDetector *detector, const Photo &photo) {
  NSError *error = nil;
  EDGDetectionResult *result = [detector detectBytes:photo.bgra.data()
                                               width:photo.width
                                              height:photo.height
                                         bytesPerRow:4 * photo.width
                                         pixelFormat:EDGPixelFormatBGRA
                                         orientation:EDGImageOrientationUp
                                               error:&error];
  if (result == nil) throw std::runtime_error(error.localizedDescription.UTF8String);
  return result;
}

struct Times {
  double all = 0, outside = 0;  // milliseconds: of the call, and of its part outside of the detector
};

// The time includes emptying the pool: the bridge's objects have to be released too.
Times times_of(EDGDetector *detector, const Photo &photo) {
  const auto start = Clock::now();
  double within = 0;
  @autoreleasepool {
    EDGDetectionResult *result = detect(detector, photo);
    within = result.preprocessMilliseconds + result.inferenceMilliseconds + result.postprocessMilliseconds;
  }
  const double all = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return {all, all - within};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Returns the number of all objects allocated so far.
long count_objects() {
  long count = 0;
  for (Class *each = GSDebugAllocationClassList(); *each != nullptr; ++each) count += GSDebugAllocationTotal(*each);
  return count;
}

struct Allocated {
  long objects = 0, detections = 0;
};

Allocated count_allocated(EDGDetector *detector, const Photo &photo, double confidence) {
  detector.thresholds = thresholds(confidence);
  const long before = count_objects();
  const auto found = static_cast<long>(detect(detector, photo).detections.count);
  return {count_objects() - before, found};
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  @autoreleasepool {
    std::ifstream file(argv[2], std::ios::binary);
    const Photo photo = {{std::istreambuf_iterator<char>(file), {}}, std::atoi(argv[3]), std::atoi(argv[4])};
    const int rounds = std::atoi(argv[6]), frames = std::atoi(argv[7]);
    const double confidence = std::atof(argv[8]), low_confidence = std::atof(argv[9]);
    NSError *error = nil;
    EDGDetector *bridge = [[EDGDetector alloc] initWithModelPath:@(argv[1]) threads:std::atoi(argv[5]) error:&error];
    if (bridge == nil) {
      std::fprintf(stderr, "%s\n", error.localizedDescription.UTF8String);
      return 1;
    }
    bridge.thresholds = thresholds(confidence);
    vision::Thresholds plain_thresholds = app::kModel.thresholds;
    plain_thresholds.confidence = confidence;
    detector::Detector plain(app::kModel, argv[1], plain_thresholds);

    std::printf("{\"rounds\":[");
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> plainly, bridged, outside;
      for (int frame = -kWarmUpFrames; frame < frames; ++frame) {
        double one = 0;
        // The second of both finds the photo in the caches, so the order alternates.
        if (frame % 2 == 0) one = milliseconds_of(plain, photo);
        const Times times = times_of(bridge, photo);
        if (frame % 2 != 0) one = milliseconds_of(plain, photo);
        if (frame < 0) continue;
        plainly.push_back(one);
        bridged.push_back(times.all);
        outside.push_back(times.outside);
      }
      std::printf("%s{\"plain\":%.6f,\"bridge\":%.6f,\"outside\":%.6f}", round == 0 ? "" : ",", median(plainly),
                  median(bridged), median(outside));
    }

    GSDebugAllocationActive(YES);
    count_allocated(bridge, photo, confidence);
    const Allocated few = count_allocated(bridge, photo, confidence);
    const Allocated many = count_allocated(bridge, photo, low_confidence);
    std::printf("],\"boxes\":%ld,\"more_boxes\":%ld,\"more_objects\":%ld}\n", few.detections,
                many.detections - few.detections, many.objects - few.objects);
  }
  return 0;
}
