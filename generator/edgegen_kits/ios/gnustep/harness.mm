// Calls the bridge as an app does, on Linux: `harness TASK.json` runs the task's calls one after the other and writes
// what each of them gave. bridge_build.py describes both.
#import <VisionCore/VisionCore.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#import "EDGDetectionResult+Core.h"
#include "json_reader.h"
#include "support/digest.h"
#include "support/text.h"

#if __has_include(<VisionCore/EDGTracker.h>)
// Stands in for a result of the bridge's, whose class has no subclasses: what a tracker asks of one.
@interface HarnessFrame : NSObject
@property(nonatomic, copy) NSArray<EDGDetection *> *detections;
@property(nonatomic) NSInteger imageWidth;
@property(nonatomic) NSInteger imageHeight;
@end

@implementation HarnessFrame
@end
#endif

// How often so many bytes at once, or more, were asked for.
namespace large_blocks {
std::atomic<std::size_t> from{SIZE_MAX};
std::atomic<long> count{0};
}  // namespace large_blocks

#if !__has_feature(address_sanitizer)
// Before the C library's own, for everything that runs here.
extern "C" void *__libc_malloc(std::size_t);
extern "C" void *malloc(std::size_t size) {
  if (size >= large_blocks::from) ++large_blocks::count;
  return __libc_malloc(size);
}
#endif

namespace {

using parity::Json;

// --- the task ---

// Whole numbers and what JSON has no number for (nan, inf) may also be written as texts.
NSInteger integer(const Json &call, const std::string &key) {
  try {
    return static_cast<NSInteger>(call[key].number());
  } catch (const std::runtime_error &) {
    return std::stoll(call[key].string());
  }
}

double real(const Json &call, const std::string &key) {
  try {
    return call[key].number();
  } catch (const std::runtime_error &) {
    return std::stod(call[key].string());
  }
}

NSString *text(const Json &call, const std::string &key) {
  const std::string &value = call[key].string();
  return [[NSString alloc] initWithBytes:value.data() length:value.size() encoding:NSUTF8StringEncoding];
}

// A plane of a picture, in memory that ends where the file does. Kept from call to call, as a camera's buffer is.
const void *plane(const Json &call, const std::string &key) {
  static std::map<std::string, std::vector<std::uint8_t>> planes;
  if (!call.has(key)) return nullptr;
  const std::string &path = call[key].string();
  auto found = planes.find(path);
  if (found == planes.end()) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    bytes.shrink_to_fit();
    found = planes.emplace(path, std::move(bytes)).first;
  }
  return found->second.data();
}

// --- the answer ---

// Nine digits tell every float32 from its neighbours, seventeen every float64; "null" for what is not finite.
std::string number(double value, int digits = 17) {
  if (value - value != 0) return "null";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return buffer;
}

std::string quoted(NSString *value) { return value == nil ? "null" : support::json_string(value.UTF8String); }

class Object {
 public:
  Object &add(const std::string &key, const std::string &json) {
    text_ += (text_.empty() ? "" : ",") + support::json_string(key) + ":" + json;
    return *this;
  }
  std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <typename Items, typename Function>
std::string list(Items items, const Function &function) {
  std::string json;
  for (id item in items) json += (json.empty() ? "" : ",") + function(item);
  return "[" + json + "]";
}

std::string boolean(BOOL value) { return value ? "true" : "false"; }

[[maybe_unused]] std::string numbers(std::initializer_list<float> values) {
  std::string json;
  for (const float value : values) json += (json.empty() ? "" : ",") + number(value, 9);
  return "[" + json + "]";
}

[[maybe_unused]] std::string digest_of(NSData *data) {
  support::Sha256 digest;
  digest.update(data.bytes, data.length);
  return support::json_string(digest.hex_digest());
}

// What a project's task finds beside boxes. brief: of masks their digests alone, which are enough to compare them.
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
// How many pixels of the whole bitmap are 0, then 1, then 0 and so on, row by row.
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
#elif __has_include(<VisionCore/EDGDetection.h>)
void add_parts(Object &, EDGDetection *, bool) {}
#endif

// What a project's task finds.
#if __has_include(<VisionCore/EDGClassScore.h>)
void add_found(Object &json, EDGDetectionResult *result, bool) {
  json.add("detections", list(result.classes, [](EDGClassScore *one) {
             const std::string number_of_class = std::to_string(one.classIndex);
             return Object().add("class_id", number_of_class).add("score", number(one.score, 9)).json();
           }));
}
#elif __has_include(<VisionCore/EDGClassMap.h>)
// Of a model of one class, 1 stands for it and 0 for none, as golden vectors have it.
int value_of(std::uint8_t pixel) {
  if (EDGModelInfo.classNames.count > 1) return pixel;
  return pixel == 255 ? 0 : pixel + 1;
}

// brief: of the map its digest.
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
  json.add("candidates", std::to_string(result.candidateCount));
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

std::string thresholds_json(EDGThresholds *thresholds) {
  Object json;
  json.add("confidence", number(thresholds.confidence)).add("iou", number(thresholds.iou));
  json.add("max_det", std::to_string(thresholds.maxDetections));
  return json.add("agnostic", boolean(thresholds.isClassAgnostic)).json();
}

// --- the calls ---

EDGDetector *detector = nil;

std::string load(const Json &call) {
  NSError *error = nil;
  detector = nil;  // the old one's threads are in the way of another number
  detector = [[EDGDetector alloc] initWithModelPath:text(call, "model")
                                            threads:call.has("threads") ? integer(call, "threads") : 0
                                         allClasses:call.has("all_classes") && call["all_classes"].boolean()
                                              error:&error];
  if (detector == nil) return failure(error);
  return Object().add("threads", std::to_string(detector.threadCount)).json();
}

// A second detector beside the one that is there.
std::string load_another(const Json &call) {
  NSError *error = nil;
  EDGDetector *another = [[EDGDetector alloc] initWithModelPath:text(call, "model")
                                                        threads:integer(call, "threads")
                                                     allClasses:NO
                                                          error:&error];
  return another == nil ? failure(error) : "{}";
}

std::string set_thresholds(const Json &call) {
  NSError *error = nil;
  EDGThresholds *thresholds = [[EDGThresholds alloc] initWithConfidence:real(call, "confidence")
                                                                    iou:real(call, "iou")
                                                          maxDetections:integer(call, "max_det")
                                                          classAgnostic:call["agnostic"].boolean()
                                                                  error:&error];
  if (thresholds == nil) return failure(error);
  detector.thresholds = thresholds;
  return thresholds_json(detector.thresholds);
}

EDGDetectionResult *last = nil;

std::string detected(const Json &call, EDGDetectionResult *result, NSError *error) {
  last = result;
  if (result == nil) return failure(error);
  Object json;
  json.add("width", std::to_string(result.imageWidth)).add("height", std::to_string(result.imageHeight));
  json.add("milliseconds", "[" + number(result.preprocessMilliseconds) + "," + number(result.inferenceMilliseconds) +
                               "," + number(result.postprocessMilliseconds) + "," + number(result.totalMilliseconds) +
                               "]");
  const bool brief = call.has("brief") && call["brief"].boolean();
  add_found(json, result, brief);
  return json.json();
}

std::string detect(const Json &call) {
  if (detector == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [detector detectBytes:plane(call, "bytes")
                                               width:integer(call, "width")
                                              height:integer(call, "height")
                                         bytesPerRow:integer(call, "bytes_per_row")
                                         pixelFormat:static_cast<EDGPixelFormat>(integer(call, "format"))
                                         orientation:static_cast<EDGImageOrientation>(integer(call, "orientation"))
                                               error:&error];
  return detected(call, result, error);
}

std::string detect_biplanar(const Json &call) {
  if (detector == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [detector detectLuma:plane(call, "luma")
                                    lumaBytesPerRow:integer(call, "luma_bytes_per_row")
                                             chroma:plane(call, "chroma")
                                  chromaBytesPerRow:integer(call, "chroma_bytes_per_row")
                                              width:integer(call, "width")
                                             height:integer(call, "height")
                                           encoding:static_cast<EDGYCbCrEncoding>(integer(call, "encoding"))
                                        orientation:static_cast<EDGImageOrientation>(integer(call, "orientation"))
                                              error:&error];
  return detected(call, result, error);
}

std::string detect_again(const Json &call) {
  if (detector == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [detector detectAgainWithError:&error];
  return detected(call, result, error);
}

#if __has_include(<VisionCore/EDGCapture.h>)
// What became of a picture, as a file.
std::string capture(const Json &call) {
  if (detector == nil) throw std::runtime_error("no detector is loaded");
  detector.keepsCapture = YES;
  const std::string answer = call.has("luma") ? detect_biplanar(call) : detect(call);
  EDGCapture *capture = detector.capture;
  detector.keepsCapture = NO;
  if (detector.capture != nil) throw std::runtime_error("an unrequested capture exists");
  if (capture == nil) return answer;
  NSError *error = nil;
  NSMutableArray<NSNumber *> *shown = [NSMutableArray arrayWithCapacity:0];
  for (const Json &number : call["shown"].items()) [shown addObject:@(static_cast<NSInteger>(number.number()))];
  NSData *archive = [capture archiveWithShown:shown
                                        added:call.has("added") ? integer(call, "added") : 0
                                       device:text(call, "device")
                                 metadataPath:text(call, "metadata")
                                        error:&error];
  if (archive == nil) return failure(error);
  std::ofstream file(call["output"].string(), std::ios::binary);
  file.write(static_cast<const char *>(archive.bytes), static_cast<std::streamsize>(archive.length));
  if (!file.flush()) throw std::runtime_error(call["output"].string() + " cannot be written");
  return detected(call, capture.result, nil);
}
#endif

std::string self_check(const Json &call) {
  NSError *error = nil;
  EDGSelfCheckReport *report = [EDGSelfCheck runWithModelPath:text(call, "model")
                                                  vectorsPath:text(call, "vectors")
                                                        error:&error];
  if (report == nil) return failure(error);
  Object json;
  json.add("passed", boolean(report.isPassed)).add("images", std::to_string(report.pictureCount));
  json.add("detections", std::to_string(report.detectionCount));
  json.add("stages", list(report.stages, [](EDGSelfCheckStage *stage) {
             Object one;
             one.add("name", quoted(stage.name)).add("unit", quoted(stage.unit));
             one.add("worst", number(stage.worst)).add("tolerance", number(stage.tolerance));
             one.add("compared", std::to_string(stage.comparedCount)).add("passed", boolean(stage.isPassed));
             return one.json();
           }));
  std::string problems;
  for (EDGSelfCheckStage *stage in report.stages) {
    for (NSString *problem in stage.problems) {
      problems += (problems.empty() ? "" : ",") + quoted([NSString stringWithFormat:@"%@: %@", stage.name, problem]);
    }
  }
  return json.add("problems", "[" + problems + "]").json();
}

#if __has_include(<VisionCore/EDGGoldenVectors.h>)
std::string golden_picture(const Json &call) {
  NSError *error = nil;
  EDGGoldenVectors *vectors = [[EDGGoldenVectors alloc] initWithPath:text(call, "vectors") error:&error];
  if (vectors == nil) return failure(error);
  EDGGoldenPicture *picture = [vectors pictureAtIndex:integer(call, "index") error:&error];
  if (picture == nil) return failure(error);
  Object json;
  json.add("name", quoted(picture.name)).add("pictures", std::to_string(vectors.pictureCount));
  json.add("width", std::to_string(picture.width)).add("height", std::to_string(picture.height));
  json.add("rgb_sha256", digest_of(picture.rgb));
  json.add("thresholds", thresholds_json(picture.thresholds));
  add_found(json, picture.shown, false);
  return json.json();
}
#endif

std::string model_info(const Json &) {
  Object json;
  json.add("app_name", quoted(EDGModelInfo.appName)).add("model_name", quoted(EDGModelInfo.modelName));
  json.add("task", quoted(EDGModelInfo.task)).add("precision", quoted(EDGModelInfo.precision));
  json.add("license", quoted(EDGModelInfo.license)).add("contract", quoted(EDGModelInfo.contract));
  json.add("model_sha256", quoted(EDGModelInfo.modelSHA256));
  json.add("exporter_version", quoted(EDGModelInfo.exporterVersion));
  json.add("runtime_version", quoted(EDGModelInfo.runtimeVersion));
  json.add("edgegen_version", quoted(EDGModelInfo.edgegenVersion));
  json.add("input",
           "[" + std::to_string(EDGModelInfo.inputHeight) + "," + std::to_string(EDGModelInfo.inputWidth) + "]");
  json.add("class_names", list(EDGModelInfo.classNames, quoted));
  json.add("kept_classes",
           list(EDGModelInfo.keptClasses, [](NSNumber *each) { return std::to_string(each.intValue); }));
  json.add("keypoints", std::to_string(EDGModelInfo.keypointCount));
  json.add("skeleton", list(EDGModelInfo.skeleton, [](NSNumber *each) { return std::to_string(each.intValue); }));
  json.add("backends", list(EDGModelInfo.backends, quoted));
  return json.add("thresholds", thresholds_json(EDGThresholds.standardThresholds)).json();
}

#if __has_include(<VisionCore/EDGTracker.h>)
// What a detector would have found: of each thing its box, turned where five numbers say so, and the score behind it;
// its class is its place.
EDGDetectionResult *invented(const Json &frame, int width, int height) {
  vision::Result result;
  result.width = width;
  result.height = height;
  for (const Json &row : frame.items()) {
    std::vector<float> values;
    for (const Json &value : row.items()) values.push_back(static_cast<float>(value.number()));
    vision::Detection box;
    if (values.size() > 5) {
      result.rotated.push_back({values[0], values[1], values[2], values[3], values[4]});
    } else {
      box = {values[0], values[1], values[2], values[3]};
    }
    box.score = values.back();
    box.class_id = static_cast<int>(result.boxes.size());
    result.boxes.push_back(box);
  }
  return [[EDGDetectionResult alloc] initWithCore:result];
}

std::string followed(EDGTracker *tracker, EDGDetectionResult *result) {
  NSError *error = nil;
  NSArray<EDGDetection *> *things = [tracker followResult:result error:&error];
  return things == nil ? failure(error) : list(things, [](EDGDetection *one) { return row(one, false); });
}

// The same things in another frame, the last one first.
EDGDetectionResult *reversed(EDGDetectionResult *result) {
  HarnessFrame *frame = [[HarnessFrame alloc] init];
  frame.detections = result.detections.reverseObjectEnumerator.allObjects;
  frame.imageWidth = result.imageWidth;
  frame.imageHeight = result.imageHeight;
  id any = frame;
  return any;
}

// Of every frame; or of what was found last, and of the same in a second frame, reversed.
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

// The masks of the last detection, the best on top.
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

// A part of a file's bytes on a new canvas.
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

// The lines around the masks of the last detection.
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

// The line around a part of a file's bytes.
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
// The map of the last detection, in colours: 4 bytes for each of 256 numbers in a file. Of distances it may be given.
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
// The range of distances that are given.
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

#if __has_include(<VisionCore/EDGBundledModel.h>)
// From here on all is about the model whose files lie in this folder; the answer lists all.
std::string choose(const Json &call) {
  detector = nil;
  last = nil;
  std::string all;
  for (EDGBundledModel *model in EDGBundledModel.all) {
    if ([model.folder isEqualToString:text(call, "folder")]) [model choose];
    all += (all.empty() ? "" : ",") + Object()
                                          .add("folder", quoted(model.folder))
                                          .add("name", quoted(model.name))
                                          .add("classes", std::to_string(model.classNames.count))
                                          .add("skeleton", std::to_string(model.skeleton.count))
                                          .json();
  }
  return "[" + all + "]";
}
#endif

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// How often since the last call, and what counts from now on.
std::string count_blocks(const Json &call) {
  large_blocks::from = static_cast<std::size_t>(integer(call, "bytes"));
  return std::to_string(large_blocks::count.exchange(0));
}

// Lets the process have so many MiB more, so that it runs out of memory.
std::string limit_memory(const Json &call) {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  const rlim_t more = static_cast<rlim_t>(integer(call, "mib")) << 20;
  const rlimit limit = {pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more, RLIM_INFINITY};
  return boolean(setrlimit(RLIMIT_AS, &limit) == 0);
}

using Call = std::function<std::string(const Json &)>;
const std::map<std::string, Call> kCalls = {
    {"load", load},
    {"load_another", load_another},
    {"thresholds", set_thresholds},
    {"detect", detect},
    {"detect_biplanar", detect_biplanar},
    {"detect_again", detect_again},
#if __has_include(<VisionCore/EDGCapture.h>)
    {"capture", capture},
#endif
    {"self_check", self_check},
#if __has_include(<VisionCore/EDGGoldenVectors.h>)
    {"golden_picture", golden_picture},
#endif
    {"model_info", model_info},
#if __has_include(<VisionCore/EDGBundledModel.h>)
    {"choose", choose},
#endif
#if __has_include(<VisionCore/EDGTracker.h>)
    {"follow", follow},
#endif
#if __has_include(<VisionCore/EDGMask.h>)
    {"paint", paint},
    {"paint_last", paint_last},
#endif
#if __has_include(<VisionCore/EDGMaskOutline.h>)
    {"outlines", outlines},
    {"outline", outline},
#endif
#ifdef HAS_MAPS
    {"paint_map", paint_map},
#endif
#if __has_include(<VisionCore/EDGDepthMap.h>)
    {"distances", distances},
#endif
    {"limit_memory", limit_memory},
    {"count_blocks", count_blocks},
    {"resident_kib", [](const Json &) { return std::to_string(resident_kib()); }},
};

// The last of the answers.
std::string answer(const Json &call) {
  const Call &function = kCalls.at(call["call"].string());
  std::string json;
  for (NSInteger times = call.has("times") ? integer(call, "times") : 1; times > 0; --times) {
    @autoreleasepool {
      json = function(call);
    }
  }
  return json;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: harness TASK.json\n";
    return 2;
  }
  @autoreleasepool {
    try {
      std::ifstream file(argv[1], std::ios::binary);
      const Json task = Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
      std::string answers;
      for (const Json &call : task["calls"].items()) answers += (answers.empty() ? "" : ",\n") + answer(call);
      std::cout << "{\"answers\":[" << answers << "]}\n";
    } catch (const std::exception &error) {
      std::cerr << "error: " << error.what() << "\n";
      return 1;
    }
    detector = nil;
    last = nil;
  }
  return 0;
}
