#import "EDGBridge.h"

#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "app_model.h"
#include "build_info.h"
#include "capture/capture.h"
#include "json/results.h"
#include "pictures/png.h"
#include "pictures/stored_picture.h"

namespace {

// Empty: the task has no map, or it is too large.
capture::Bytes map_png(const vision::Result &found) {
  const json::Greys map = json::greys_of(found);
  const bool is_deep = map.bits > 8;
  const pictures::Pixels pixels = is_deep ? pictures::Pixels::kDeepGrey : pictures::Pixels::kGrey;
  if (map.bits == 0) return {};
  return pictures::png(found.width, found.height, pixels, capture::kMostMapBytes, [&](int y, std::uint8_t *row) {
    const std::uint16_t *in = map.values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(found.width);
    for (int x = 0; x < found.width; ++x) {
      if (is_deep) *row++ = static_cast<std::uint8_t>(in[x] >> 8);
      *row++ = static_cast<std::uint8_t>(in[x] & 0xFF);
    }
  });
}

std::string readable(NSString *path) {
  const std::string checked = bridge::to_path(path, EDGErrorModelUnreadable);
  if (!std::ifstream(checked)) {
    throw bridge::InvalidArgument(EDGErrorModelUnreadable, checked + " cannot be read",
                                  "Add the model's metadata.yaml to the app's resources");
  }
  return checked;
}

}  // namespace

@implementation EDGCapture {
  capture::Seen _seen;
  capture::Trace _trace;
}

- (instancetype)initWithImage:(const vision::ImageView &)image
                     detector:(detector::Detector &)detector
                   thresholds:(const vision::Thresholds &)thresholds {
  if ((self = [super init])) {
    pictures::StoredPicture picture = pictures::stored(image, capture::kMostFrameBytes);
    const vision::ImageView seen = picture.halvings == 0 ? image : picture.view();
    const vision::Result &found = detector.detect(seen);
    _trace = capture::trace_of(app::kModel, detector, seen);
    _seen.frame = {std::move(picture.png), picture.width,       picture.height,
                   seen.bytes_per_row,     picture.orientation, picture.halvings};
    _seen.thresholds = thresholds;
    _seen.width = found.width;
    _seen.height = found.height;
    _seen.map_png = map_png(found);
    _seen.found = json::rows(found, app::kModel);
    _result = [[EDGDetectionResult alloc] initWithCore:found];
  }
  return self;
}

- (nullable NSData *)archiveWithShown:(NSArray<NSNumber *> *)shown
                                added:(NSInteger)added
                               device:(NSString *)device
                         metadataPath:(NSString *)metadataPath
                                error:(NSError **)error {
  NSData *archive = nil;
  bridge::attempt(error, EDGErrorRuntimeFailure, [&] {
    capture::Seen &seen = _seen;
    if (added < 0 || added > std::numeric_limits<int>::max()) {
      throw bridge::InvalidArgument(EDGErrorInvalidImage, std::to_string(added) + " detections cannot be added",
                                    "Pass the number of moved or added detections");
    }
    seen.added = static_cast<int>(added);
    seen.shown.clear();
    for (NSNumber *number in shown) {
      const NSInteger place = number.integerValue;
      if (place < 0 || static_cast<std::size_t>(place) >= seen.found.size()) {
        throw bridge::InvalidArgument(
            EDGErrorInvalidImage, "there is no detection " + std::to_string(place),
            "Pass indices from 0 to " + std::to_string(seen.found.size()) + ", without the last");
      }
      seen.shown.push_back(seen.found[static_cast<std::size_t>(place)]);
    }
    const capture::Author author = {"ios", build_info::kExecuTorchVersion, device.UTF8String ?: "",
                                    readable(metadataPath)};
    const capture::Bytes bytes = capture::archive_of(app::kModel, author, seen, _trace);
    archive = [NSData dataWithBytes:bytes.data() length:bytes.size()];
  });
  return archive;
}

@end
