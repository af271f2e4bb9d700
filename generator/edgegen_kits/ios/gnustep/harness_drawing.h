// The calls that track the last result, and paint its masks and maps.
#pragma once

#include "harness_detector.h"

#if __has_include(<VisionCore/EDGTracker.h>)
// The properties of a result that a tracker reads. EDGDetectionResult has no subclasses.
@interface HarnessFrame : NSObject
@property(nonatomic, copy) NSArray<EDGDetection *> *detections;
@property(nonatomic) NSInteger imageWidth;
@property(nonatomic) NSInteger imageHeight;
@end

@implementation HarnessFrame
@end
#endif

namespace {

#if __has_include(<VisionCore/EDGTracker.h>)
// Returns a made-up result. A row has the box, of five numbers if it is oriented, and the score. Its class is its
// index.
EDGDetectionResult *invented(const Json &frame, int width, int height) {
  vision::Result result;
  result.width = width;
  result.height = height;
  for (const Json &row : frame.items()) {
    std::vector<float> values;
    for (const Json &value : row.items()) values.push_back(static_cast<float>(value.number()));
    vision::Detection box;
#if __has_include(<VisionCore/EDGRotatedBox.h>)
    result.rotated.push_back({values[0], values[1], values[2], values[3], values[4]});
#else
    box = {values[0], values[1], values[2], values[3]};
#endif
    box.score = values.back();
    box.class_id = static_cast<int>(result.boxes.size());
    result.boxes.push_back(box);
  }
  return [[EDGDetectionResult alloc] initWithCore:result];
}

std::string followed(EDGTracker *tracker, EDGDetectionResult *result) {
  NSError *error = nil;
  NSArray<EDGDetection *> *detections = [tracker followResult:result error:&error];
  return detections == nil ? failure(error) : list(detections, [](EDGDetection *one) { return row(one, false); });
}

// Returns the detections in reverse order.
EDGDetectionResult *reversed(EDGDetectionResult *result) {
  HarnessFrame *frame = [[HarnessFrame alloc] init];
  frame.detections = result.detections.reverseObjectEnumerator.allObjects;
  frame.imageWidth = result.imageWidth;
  frame.imageHeight = result.imageHeight;
  id any = frame;
  return any;
}

// Tracks the given frames, or the last result twice, the second time reversed.
std::string follow(const Json &call) {
  EDGTracker *tracker = [[EDGTracker alloc] init];
  if (!call.has("frames")) {
    const std::string first = followed(tracker, last);
    return "[" + first + "," + followed(tracker, reversed(last)) + "]";
  }
  std::string json;
  const auto width = static_cast<int>(integer(call, "width")), height = static_cast<int>(integer(call, "height"));
  for (const Json &frame : call["frames"].items()) {
    json += (json.empty() ? "" : ",") + followed(tracker, invented(frame, width, height));
  }
  return "[" + json + "]";
}
#endif

#if __has_include(<VisionCore/EDGMask.h>)
EDGMaskCanvas *canvas = nil;

std::string painted(const Json &call) {
  const std::string &path = call["output"].string();
  std::ofstream file(path, std::ios::binary);
  NSData *rgba = canvas.rgba;
  file.write(static_cast<const char *>(rgba.bytes), static_cast<std::streamsize>(rgba.length));
  if (!file.flush()) throw std::runtime_error(path + " cannot be written");
  return Object().add("width", std::to_string(canvas.width)).add("height", std::to_string(canvas.height)).json();
}

// Paints the masks of the last detection, the best on top.
std::string paint_last(const Json &call) {
  EDGMask *first = last.detections[0].mask;
  if (canvas == nil || canvas.width != first.bitmapWidth || canvas.height != first.bitmapHeight) {
    canvas = [[EDGMaskCanvas alloc] initWithWidth:first.bitmapWidth height:first.bitmapHeight];
  }
  [canvas clear];
  const auto &colors = call["colors"].items();
  for (NSUInteger i = last.detections.count; i-- > 0;) {
    EDGDetection *one = last.detections[i];
    EDGMask *mask = one.mask;
    const auto &color = colors.at(static_cast<std::size_t>(one.classIndex)).items();
    [canvas paintPixels:mask.pixels
                   left:mask.left
                    top:mask.top
                  width:mask.width
                 height:mask.height
                    red:color[0].number()
                  green:color[1].number()
                   blue:color[2].number()];
  }
  return painted(call);
}

// Paints a part of a file's bytes on a new canvas.
std::string paint(const Json &call) {
  canvas = [[EDGMaskCanvas alloc] initWithWidth:integer(call, "canvas_width") height:integer(call, "canvas_height")];
  const NSInteger length = integer(call, "length");
  [canvas paintPixels:[NSData dataWithBytes:plane(call, "pixels") length:static_cast<NSUInteger>(length)]
                 left:integer(call, "left")
                  top:integer(call, "top")
                width:integer(call, "width")
               height:integer(call, "height")
                  red:1
                green:0.5
                 blue:0];
  return painted(call);
}
#endif

#if __has_include(<VisionCore/EDGMaskOutline.h>)
std::string points_json(NSArray<NSNumber *> *points) {
  return list(points, [](NSNumber *each) { return number(each.floatValue, 9); });
}

// Returns the outlines of the last detection's masks.
std::string outlines(const Json &) {
  return list(last.detections, [](EDGDetection *one) {
    EDGMask *mask = one.mask;
    return points_json([EDGMaskOutline pointsOfPixels:mask.pixels
                                                 left:mask.left
                                                  top:mask.top
                                                width:mask.width
                                               height:mask.height
                                          bitmapWidth:mask.bitmapWidth
                                         bitmapHeight:mask.bitmapHeight
                                         pictureWidth:last.imageWidth
                                        pictureHeight:last.imageHeight]);
  });
}

// Returns the outline of a part of a file's bytes.
std::string outline(const Json &call) {
  const NSInteger length = integer(call, "length");
  return points_json([EDGMaskOutline pointsOfPixels:[NSData dataWithBytes:plane(call, "pixels")
                                                                   length:static_cast<NSUInteger>(length)]
                                               left:integer(call, "left")
                                                top:integer(call, "top")
                                              width:integer(call, "width")
                                             height:integer(call, "height")
                                        bitmapWidth:integer(call, "canvas_width")
                                       bitmapHeight:integer(call, "canvas_height")
                                       pictureWidth:integer(call, "picture_width")
                                      pictureHeight:integer(call, "picture_height")]);
}
#endif

#if __has_include(<VisionCore/EDGClassMap.h>) || __has_include(<VisionCore/EDGDepthMap.h>)
// Paints the last detection's map, or given depth values. `colors` is a file with 256 colours of 4 bytes.
std::string paint_map(const Json &call) {
  NSData *colors = [NSData dataWithBytes:plane(call, "colors") length:static_cast<NSUInteger>(integer(call, "length"))];
  const NSInteger step = integer(call, "step");
#if __has_include(<VisionCore/EDGClassMap.h>)
  EDGClassMap *map = last.classMap;
  NSData *rgba = [EDGClassMap paintPixels:map.pixels
                                    width:call.has("width") ? integer(call, "width") : map.width
                                   height:map.height
                                     step:step
                                   colors:colors];
#else
  EDGDepthMap *map = last.depthMap;
  NSData *values = map.values;
  if (call.has("values")) {
    const auto size = static_cast<NSUInteger>(integer(call, "width") * integer(call, "height"));
    values = [NSData dataWithBytes:plane(call, "values") length:size * sizeof(float)];
  }
  NSData *rgba = [EDGDepthMap paintValues:values
                                    width:call.has("width") ? integer(call, "width") : map.width
                                   height:call.has("height") ? integer(call, "height") : map.height
                                     step:step
                                   lowest:call.has("lowest") ? real(call, "lowest") : map.lowest
                                  highest:call.has("highest") ? real(call, "highest") : map.highest
                                   colors:colors];
#endif
  std::ofstream file(call["output"].string(), std::ios::binary);
  file.write(static_cast<const char *>(rgba.bytes), static_cast<std::streamsize>(rgba.length));
  if (!file.flush()) throw std::runtime_error("the picture cannot be written");
  return Object().add("bytes", std::to_string(rgba.length)).json();
}
#define HAS_MAPS
#endif

#if __has_include(<VisionCore/EDGDepthMap.h>)
// Returns the range of given depth values.
std::string distances(const Json &call) {
  vision::Result result;
  result.width = static_cast<int>(integer(call, "count"));
  result.height = 1;
  const auto *values = static_cast<const float *>(plane(call, "values"));
  result.depth.assign(values, values + result.width);
  EDGDepthMap *map = [[EDGDetectionResult alloc] initWithCore:result].depthMap;
  return numbers({map.lowest, map.highest});
}
#endif

}  // namespace
