// The calls that load detectors and detect.
#pragma once

#include "detector/runtime.h"
#include "harness_results.h"

namespace {

EDGDetector *loaded = nil;

// A starter's runs on the threads that ExecuTorch chooses.
EDGDetector *make_detector(NSString *model, NSInteger threads, NSError **error) {
#if __has_include(<VisionCore/EDGCapture.h>)
  return [[EDGDetector alloc] initWithModelPath:model threads:threads error:error];
#else
  if (threads != 0) throw std::runtime_error("a starter has no number of threads");
  return [[EDGDetector alloc] initWithModelPath:model error:error];
#endif
}

std::string load(const Json &call) {
  NSError *error = nil;
  loaded = nil;  // its threads prevent another number of threads
#ifdef HAS_PROGRAMS
  if (call.has("program")) {
    loaded = [[EDGDetector alloc] initWithProgram:EDGProgram.all[static_cast<NSUInteger>(integer(call, "program"))]
                                             path:text(call, "model")
                                            error:&error];
    return loaded == nil ? failure(error) : "{}";
  }
#endif
  loaded = make_detector(text(call, "model"), call.has("threads") ? integer(call, "threads") : 0, &error);
  if (loaded == nil) return failure(error);
  return Object().add("threads", std::to_string(detector::threads())).json();
}

// Creates a second loaded.
std::string load_another(const Json &call) {
  NSError *error = nil;
  EDGDetector *another = make_detector(text(call, "model"), integer(call, "threads"), &error);
  return another == nil ? failure(error) : "{}";
}

#if __has_include(<VisionCore/EDGCapture.h>)
std::string set_thresholds(const Json &call) {
  NSError *error = nil;
  EDGThresholds *thresholds = [[EDGThresholds alloc] initWithConfidence:real(call, "confidence")
                                                                    iou:real(call, "iou")
                                                          maxDetections:integer(call, "max_det")
                                                          classAgnostic:call["agnostic"].boolean()
                                                                  error:&error];
  if (thresholds == nil) return failure(error);
  loaded.thresholds = thresholds;
  return thresholds_json(loaded.thresholds);
}
#else
// A starter has a confidence threshold only, and that if its task has boxes.
std::string set_thresholds(const Json &call) {
  [[maybe_unused]] const double confidence = real(call, "confidence");
#if __has_include("vision/decode.h")
  loaded.confidence = confidence;
#endif
  return "{}";
}
#endif

EDGDetectionResult *last = nil;

std::string detected(const Json &call, EDGDetectionResult *result, NSError *error) {
  last = result;
  if (result == nil) return failure(error);
  Object json;
  json.add("width", std::to_string(result.imageWidth)).add("height", std::to_string(result.imageHeight));
  json.add("milliseconds", "[" + number(result.preprocessMilliseconds) + "," + number(result.inferenceMilliseconds) +
                               "," + number(result.postprocessMilliseconds) + "]");
  const bool brief = call.has("brief") && call["brief"].boolean();
  add_found(json, result, brief);
  return json.json();
}

std::string detect(const Json &call) {
  if (loaded == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [loaded detectBytes:plane(call, "bytes")
                                             width:integer(call, "width")
                                            height:integer(call, "height")
                                       bytesPerRow:integer(call, "bytes_per_row")
                                       pixelFormat:static_cast<EDGPixelFormat>(integer(call, "format"))
                                       orientation:static_cast<EDGImageOrientation>(integer(call, "orientation"))
                                             error:&error];
  return detected(call, result, error);
}

std::string detect_biplanar(const Json &call) {
  if (loaded == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [loaded detectLuma:plane(call, "luma")
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

// A studio's, and a starter's if it has a confidence threshold.
#if __has_include(<VisionCore/EDGCapture.h>) || __has_include("vision/decode.h")
#define HAS_DETECT_AGAIN
std::string detect_again(const Json &call) {
  if (loaded == nil) throw std::runtime_error("no detector is loaded");
  NSError *error = nil;
  EDGDetectionResult *result = [loaded detectAgainWithError:&error];
  return detected(call, result, error);
}
#endif

#if __has_include(<VisionCore/EDGCapture.h>)
// Writes a capture to a file.
std::string capture(const Json &call) {
  if (loaded == nil) throw std::runtime_error("no detector is loaded");
  loaded.keepsCapture = YES;
  const std::string answer = call.has("luma") ? detect_biplanar(call) : detect(call);
  EDGCapture *capture = loaded.capture;
  loaded.keepsCapture = NO;
  if (loaded.capture != nil) throw std::runtime_error("an unrequested capture exists");
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

}  // namespace
