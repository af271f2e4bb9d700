// Golden vectors: what PyTorch gave for a few pictures, stage by stage. vectors/README.md describes the files.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "parity/json_reader.h"
#include "vision/image.h"
#include "vision/model_info.h"
#include "vision/result.h"

namespace parity {

// One picture, with the numbers that belong to it. Asking for what is not there throws std::runtime_error.
class Picture {
 public:
  Picture(const Json& entry, const std::string& folder);

  std::string name;
  int width = 0, height = 0;  // pixels
  int resized_width = 0, resized_height = 0, left = 0, top = 0;
  std::string letterbox_sha256, tensor_sha256;
  vision::Thresholds thresholds;  // what PyTorch was asked for

  vision::ImageView view() const;                     // RGB, of this object's own bytes
  std::vector<vision::Detection> candidates() const;  // what decoding gives, in pixels of the input
  std::vector<vision::Detection> boxes() const;       // what PyTorch shows, best first

  bool has(const std::string& array) const { return arrays_.count(array) > 0; }
  std::vector<std::uint8_t> bytes(const std::string& array) const;
  std::vector<std::uint32_t> integers(const std::string& array) const;
  std::vector<float> floats(const std::string& array) const;

 private:
  struct Array {
    std::size_t offset = 0, count = 0;
    std::string type;
  };
  const std::uint8_t* find(const std::string& array, const std::string& type, std::size_t size,
                           std::size_t& count) const;
  std::vector<vision::Detection> detections(const std::string& stage) const;

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
  double tolerance(const std::string& name) const { return index_["tolerances"][name].number(); }
  std::size_t size() const { return size_; }
  Picture read(std::size_t number) const;  // throws support::Error when it is not all there

 private:
  std::string folder_;
  Json index_;
  std::size_t size_ = 0;
};

// Does something with golden vectors, which come from outside: a value that is missing, of another kind or too short
// becomes a support::Error.
void reading(const std::function<void()>& function);

}  // namespace parity
