#include "capture/capture.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "json/results.h"
#include "support/checksum.h"
#include "support/text.h"

namespace capture {
namespace {

using std::to_string;
using support::json_list;
using support::json_object;
using support::json_string;

constexpr std::size_t kBlock = 512;  // bytes, of a tar archive
constexpr std::size_t kMostBytes = 10'000'000;
constexpr std::size_t kSpareBytes = 50'000;  // for the rest of the JSON and the archive itself
constexpr std::size_t kInputSamples = 50'000;
constexpr int kThresholdDecimals = 9;

// The header of a file in a tar archive (POSIX ustar), without its owner and its time.
struct Header {
  char name[100] = {}, mode[8] = "0000644", owner[8] = "0000000", group[8] = "0000000";
  char size[12] = {}, time[12] = "00000000000", sum[8] = {}, type = '0', link[100] = {};
  char magic[6] = {'u', 's', 't', 'a', 'r', 0}, version[2] = {'0', '0'};
  char rest[247] = {};
};
static_assert(sizeof(Header) == kBlock);

void add_file(Bytes& archive, const std::string& name, const void* data, std::size_t size) {
  Header header;
  std::snprintf(header.name, sizeof header.name, "%s", name.c_str());
  std::snprintf(header.size, sizeof header.size, "%011zo", size);
  std::memset(header.sum, ' ', sizeof header.sum);
  unsigned char bytes[kBlock];
  std::memcpy(bytes, &header, kBlock);
  unsigned sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  std::snprintf(header.sum, sizeof header.sum, "%06o", sum);
  std::memcpy(bytes, &header, kBlock);
  archive.insert(archive.end(), bytes, bytes + kBlock);
  const auto* first = static_cast<const unsigned char*>(data);
  archive.insert(archive.end(), first, first + size);
  archive.resize((archive.size() + kBlock - 1) / kBlock * kBlock);
}

// Every step-th value.
std::vector<float> every(const std::vector<float>& values, std::size_t step) {
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); i += step) out.push_back(values[i]);
  return out;
}

std::size_t step_for(std::size_t values, std::size_t room) {
  return std::max<std::size_t>(1, (values + room - 1) / std::max<std::size_t>(room, 1));
}

std::string digest_of(const std::vector<float>& values) {
  return support::sha256(values.data(), values.size() * sizeof(float));
}

std::string thresholds_json(const vision::Thresholds& of) {
  return json_object({{"confidence", support::fixed(of.confidence, kThresholdDecimals)},
                      {"iou", support::fixed(of.iou, kThresholdDecimals)},
                      {"max_det", to_string(of.max_detections)},
                      {"agnostic", of.agnostic ? "true" : "false"},
                      {"retina_masks", of.retina_masks ? "true" : "false"}});
}

// Without the entries of Ultralytics that name the folders of the training.
std::string metadata_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text, line;
  bool is_kept = true;
  while (std::getline(file, line)) {
    const bool begins = !line.empty() && line[0] != ' ' && line[0] != '-';
    if (begins) is_kept = line.rfind("description:", 0) != 0 && line.rfind("args:", 0) != 0;
    if (is_kept) text += line + "\n";
  }
  return text;
}

// Describes a file of little-endian floats: every step-th of all values.
std::string values_json(const std::string& file, std::size_t values, std::size_t step, const std::vector<float>& all) {
  return json_object({{"file", json_string(file)},
                      {"values", to_string(values)},
                      {"step", to_string(step)},
                      {"sha256", json_string(digest_of(all))}});
}

std::string number(int value) { return to_string(value); }

std::string frame_json(const Frame& frame) {
  return json_object({{"file", frame.png.empty() ? "null" : json_string("frame.png")},
                      {"width", number(frame.width)},
                      {"height", number(frame.height)},
                      {"bytes_per_row", to_string(frame.bytes_per_row)},
                      {"orientation", number(frame.orientation)},
                      {"halvings", number(frame.halvings)}});
}

std::vector<float> values_of(const vision::Numbers& numbers, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = numbers[i];
  return values;
}

}  // namespace

Trace trace_of(const vision::ModelInfo& model, const detector::Detector& detector, const vision::ImageView& image) {
  const auto pixels = static_cast<std::size_t>(model.input_height) * static_cast<std::size_t>(model.input_width);
  Trace trace;
  trace.input.resize(3 * pixels);
  const auto preprocessor = detector::make_preprocessor(model);
  if (model.input_steps.is_int8()) {
    std::vector<std::int8_t> numbers(3 * pixels);
    preprocessor->to_tensor(image, numbers.data());
    trace.input = values_of({numbers.data(), model.input_steps}, numbers.size());
  } else {
    preprocessor->to_tensor(image, trace.input.data());
  }
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    const vision::TensorView& output = detector.outputs()[i];
    trace.outputs.push_back(values_of(output.numbers(), output.shape.values()));
  }
  return trace;
}

Bytes archive_of(const vision::ModelInfo& model, const Author& author, const Seen& seen, const Trace& trace) {
  const std::string described = metadata_of(author.metadata_path);
  const Bytes& map = seen.map_png;
  std::size_t input_step = step_for(trace.input.size(), kInputSamples);
  // A common factor with the width would skip columns.
  while (std::gcd(input_step, static_cast<std::size_t>(model.input_width)) > 1) ++input_step;
  const std::vector<float> input = every(trace.input, input_step);
  std::size_t values = 0;
  for (const auto& output : trace.outputs) values += output.size();
  const std::string found = json::list(seen.found), shown = json::list(seen.shown);
  const std::size_t needed =
      map.size() + found.size() + shown.size() + described.size() + input.size() * sizeof(float) + kSpareBytes;
  if (needed > kMostBytes) {
    throw std::runtime_error("the result is too large for a capture: " + to_string(needed / 1'000'000) +
                             " MB, at most 10. Raise the confidence");
  }
  Frame frame = seen.frame;
  if (needed + frame.png.size() > kMostBytes) frame.png.clear();  // many large masks
  const std::size_t step = step_for(values, (kMostBytes - needed - frame.png.size()) / sizeof(float));

  std::string outputs = "[";
  for (std::size_t i = 0; i < trace.outputs.size(); ++i) {
    const std::string file = "output" + to_string(i) + ".bin";
    const vision::Shape& shape = model.outputs[i];
    outputs += (i > 0 ? "," : "") + values_json(file, trace.outputs[i].size(), step, trace.outputs[i]);
    outputs.insert(outputs.size() - 1,
                   ",\"shape\":" + json_list(std::vector<int>(shape.size, shape.size + shape.rank), number));
  }
  const std::string classes = seen.thresholds.all_classes ? "[]" : json_list(model.kept_classes, number);
  const std::string json =
      json_object({{"schema", "1"},
                   {"target", json_string(author.target)},
                   {"app", json_string(model.app_name)},
                   {"edgegen", json_string(model.edgegen_version)},
                   {"executorch", json_string(author.executorch)},
                   {"device", json_string(author.device)},
                   {"model", json_object({{"name", json_string(model.name)}, {"sha256", json_string(model.sha256)}})},
                   {"frame", frame_json(frame)},
                   {"input", values_json("input.bin", trace.input.size(), input_step, trace.input)},
                   {"outputs", outputs + "]"},
                   {"thresholds", thresholds_json(seen.thresholds)},
                   {"classes", classes},
                   {"width", number(seen.width)},
                   {"height", number(seen.height)},
                   {"map", map.empty() ? "null" : json_string("map.png")},
                   {"found", found},
                   {"shown", shown},
                   {"added", number(seen.added)}});
  Bytes archive;
  add_file(archive, "capture.json", json.data(), json.size());
  add_file(archive, "metadata.yaml", described.data(), described.size());
  if (!frame.png.empty()) add_file(archive, "frame.png", frame.png.data(), frame.png.size());
  if (!map.empty()) add_file(archive, "map.png", map.data(), map.size());
  add_file(archive, "input.bin", input.data(), input.size() * sizeof(float));
  for (std::size_t i = 0; i < trace.outputs.size(); ++i) {
    const std::vector<float> kept = every(trace.outputs[i], step);
    add_file(archive, "output" + to_string(i) + ".bin", kept.data(), kept.size() * sizeof(float));
  }
  archive.resize(archive.size() + 2 * kBlock);  // the mark of its end
  return archive;
}

}  // namespace capture
