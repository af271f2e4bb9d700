// JSON for the results of the project's task, errors and thresholds.
#pragma once

#import "EDGBridge.h"

#include <algorithm>

#include "harness_json.h"

namespace {

// Adds a detection's further values. brief: only digests of masks.
#if __has_include(<VisionCore/EDGKeypoint.h>)
void add_parts(Object &json, EDGDetection *one, bool) {
  json.add("keypoints", list(one.keypoints, [](EDGKeypoint *each) { return numbers({each.x, each.y, each.score}); }));
  json.add("visible", list(one.keypoints, [](EDGKeypoint *each) { return boolean(each.isVisible); }));
}
#elif __has_include(<VisionCore/EDGRotatedBox.h>)
void add_parts(Object &json, EDGDetection *one, bool) {
  EDGRotatedBox *box = one.rotatedBox;
  json.add("xywhr", numbers({box.centerX, box.centerY, box.width, box.height, box.angle}));
  json.add("corners", list(box.corners, [](EDGCorner *each) { return numbers({each.x, each.y}); }));
}
#elif __has_include(<VisionCore/EDGMask.h>)
// Returns the run lengths of the whole bitmap, row by row, beginning with 0.
std::string runs_of(EDGMask *mask) {
  std::vector<std::uint8_t> bitmap(static_cast<std::size_t>(mask.bitmapWidth * mask.bitmapHeight));
  const auto *in = static_cast<const std::uint8_t *>(mask.pixels.bytes);
  for (NSInteger y = 0; y < mask.height; ++y, in += mask.width) {
    std::copy_n(in, mask.width, bitmap.begin() + (mask.top + y) * mask.bitmapWidth + mask.left);
  }
  std::string json;
  std::size_t run = 0;
  std::uint8_t value = 0;
  for (const std::uint8_t pixel : bitmap) {
    if (pixel != value) {
      json += std::to_string(run) + ",";
      run = 0;
      value = pixel;
    }
    ++run;
  }
  return "[" + json + std::to_string(run) + "]";
}

void add_parts(Object &json, EDGDetection *one, bool brief) {
  EDGMask *mask = one.mask;
  const std::string place = std::to_string(mask.left) + "," + std::to_string(mask.top) + "," +
                            std::to_string(mask.width) + "," + std::to_string(mask.height);
  Object all;
  all.add("size", "[" + std::to_string(mask.bitmapHeight) + "," + std::to_string(mask.bitmapWidth) + "]");
  all.add("part", "[" + place + "]");
  all.add("place", "[" + number(mask.bitmapLeft) + "," + number(mask.bitmapTop) + "," + number(mask.bitmapRight) + "," +
                       number(mask.bitmapBottom) + "]");
  if (brief) {
    all.add("sha256", digest_of(mask.pixels));
  } else {
    all.add("runs", runs_of(mask));
  }
  json.add("mask", all.json());
}
#else
template <typename Detection>
void add_parts(Object &, Detection *, bool) {}
#endif

// Adds the results of the project's task. brief: only digests of maps.
#if __has_include(<VisionCore/EDGClassScore.h>)
void add_found(Object &json, EDGDetectionResult *result, bool) {
  json.add("detections", list(result.classes, [](EDGClassScore *one) {
             const std::string number_of_class = std::to_string(one.classIndex);
             return Object().add("class_id", number_of_class).add("score", number(one.score, 9)).json();
           }));
}
#elif __has_include(<VisionCore/EDGClassMap.h>)
// Returns a class as golden vectors have it: with a single class, 1 for the class and 0 for none.
int value_of(std::uint8_t pixel) {
  if (EDGModelInfo.classNames.count > 1) return pixel;
  return pixel == 255 ? 0 : pixel + 1;
}

void add_found(Object &json, EDGDetectionResult *result, bool brief) {
  EDGClassMap *map = result.classMap;
  Object whole, found;
  const auto *pixels = static_cast<const std::uint8_t *>(map.pixels.bytes);
  if (brief) {
    whole.add("sha256", digest_of(map.pixels));
  } else {
    std::string runs, values;
    for (NSUInteger first = 0, i = 1; i <= map.pixels.length; ++i) {
      if (i < map.pixels.length && pixels[i] == pixels[first]) continue;
      runs += (runs.empty() ? "" : ",") + std::to_string(i - first);
      values += (values.empty() ? "" : ",") + std::to_string(value_of(pixels[first]));
      first = i;
    }
    whole.add("runs", "[" + runs + "]").add("values", "[" + values + "]");
  }
  whole.add("size", "[" + std::to_string(map.height) + "," + std::to_string(map.width) + "]");
  found.add("map", whole.json());
  found.add("classes", list(map.shares, [](EDGClassShare *one) {
              const std::string share = number(one.share, 9);
              return Object().add("class_id", std::to_string(one.classIndex)).add("share", share).json();
            }));
  json.add("detections", "[" + found.json() + "]");
}
#elif __has_include(<VisionCore/EDGDepthMap.h>)
void add_found(Object &json, EDGDetectionResult *result, bool brief) {
  EDGDepthMap *map = result.depthMap;
  Object whole, found;
  if (brief) {
    whole.add("sha256", digest_of(map.values));
  } else {
    whole.add("values", quoted([map.values base64EncodedStringWithOptions:0]));
  }
  whole.add("size", "[" + std::to_string(map.height) + "," + std::to_string(map.width) + "]");
  found.add("map", whole.json()).add("min", number(map.lowest, 9)).add("max", number(map.highest, 9));
  json.add("detections", "[" + found.json() + "]");
}
#else
std::string row(EDGDetection *one, bool brief) {
  Object json;
  json.add("class_id", std::to_string(one.classIndex)).add("score", number(one.score, 9));
  json.add("box", numbers({one.left, one.top, one.right, one.bottom}));
#if __has_include(<VisionCore/EDGTracker.h>)
  if (one.trackNumber != 0) json.add("track", std::to_string(one.trackNumber));
#endif
  add_parts(json, one, brief);
  return json.json();
}

void add_found(Object &json, EDGDetectionResult *result, bool brief) {
  json.add("detections", list(result.detections, [brief](EDGDetection *one) { return row(one, brief); }));
}
#endif

std::string failure(NSError *error) {
  if (error == nil) throw std::runtime_error("nil without an NSError");
  Object json;
  json.add("domain", quoted(error.domain)).add("code", std::to_string(error.code));
  json.add("description", quoted(error.localizedDescription));
  json.add("suggestion", quoted(error.userInfo[NSLocalizedRecoverySuggestionErrorKey]));
  return Object().add("error", json.json()).json();
}

#if __has_include(<VisionCore/EDGCapture.h>)
std::string thresholds_json(EDGThresholds *thresholds) {
  Object json;
  json.add("confidence", number(thresholds.confidence)).add("iou", number(thresholds.iou));
  json.add("max_det", std::to_string(thresholds.maxDetections));
  return json.add("agnostic", boolean(thresholds.isClassAgnostic)).json();
}
#endif

}  // namespace
