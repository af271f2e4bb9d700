// Golden vectors: what PyTorch gave for a few pictures, stage by stage. vectors/README.md describes the files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "parity/json_reader.h"
#include "vision/model_info.h"

namespace parity {

struct Tolerances {
  double letterbox = 0;  // levels of 255
  double tensor = 0;
  double raw = 0;  // logits, and expected distances in strides
  double score = 0;
  double corner = 0;  // pixels of the picture
  double confidence_margin = 0;
  double iou_margin = 0;
};

// One picture, with the numbers that belong to it. Asking for what is not there throws std::runtime_error; see
// reading.h.
class Picture {
 public:
  Picture(const Json& entry, double row_confidence, const std::string& folder);

  std::string name;
  int width = 0, height = 0;  // pixels
  int resized_width = 0, resized_height = 0, left = 0, top = 0;
  std::string letterbox_sha256, tensor_sha256;
  vision::Thresholds thresholds;  // what PyTorch was asked for
  double row_confidence = 0;      // above it, candidates are among the rows

  bool has(const std::string& array) const { return arrays_.count(array) > 0; }
  std::vector<std::uint8_t> bytes(const std::string& array) const;
  std::vector<std::uint32_t> integers(const std::string& array) const;
  std::vector<float> floats(const std::string& array) const;

 private:
  struct Array {
    std::size_t offset = 0, count = 0;
    std::string type;
  };
  const std::uint8_t* find(const std::string& array, const std::string& type, std::size_t size, Array& place) const;

  std::string path_;
  std::vector<std::uint8_t> data_;
  std::map<std::string, Array> arrays_;
};

// A folder of them. Pictures are read one by one: they may be large.
class Vectors {
 public:
  // Throws support::Error when index.json cannot be read, or is of another layout.
  explicit Vectors(const std::string& folder);

  const Json& index() const { return index_; }
  const Tolerances& tolerances() const { return tolerances_; }
  std::size_t size() const;
  Picture read(std::size_t number) const;  // throws support::Error when it is not all there

 private:
  std::string folder_;
  Json index_;
  Tolerances tolerances_;
};

}  // namespace parity
