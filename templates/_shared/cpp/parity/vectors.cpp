#include "parity/vectors.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "parity/reading.h"

namespace parity {
namespace {

constexpr int kSchema = 1;

std::uint32_t little_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} | (std::uint32_t{bytes[1]} << 8) | (std::uint32_t{bytes[2]} << 16) |
         (std::uint32_t{bytes[3]} << 24);
}

Json read_index(const std::string& folder) {
  Json index = Json::parse_file((std::filesystem::path(folder) / "index.json").string());
  const int schema = index["schema"].integer();
  if (schema != kSchema) {
    throw std::runtime_error(folder + " is of schema " + std::to_string(schema) + ", expected " +
                             std::to_string(kSchema));
  }
  return index;
}

Tolerances read_tolerances(const Json& json) {
  Tolerances tolerances;
  tolerances.letterbox = json["letterbox"].number();
  tolerances.tensor = json["tensor"].number();
  tolerances.raw = json["raw"].number();
  tolerances.score = json["score"].number();
  tolerances.corner = json["corner"].number();
  tolerances.confidence_margin = json["confidence_margin"].number();
  tolerances.iou_margin = json["iou_margin"].number();
  return tolerances;
}

bool are_sound(const vision::Thresholds& thresholds) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  return is_share(thresholds.confidence) && is_share(thresholds.iou) && thresholds.max_detections >= 1;
}

}  // namespace

Picture::Picture(const Json& entry, double rows_above, const std::string& folder) {
  row_confidence = rows_above;
  name = entry["name"].string();
  width = entry["width"].integer();
  height = entry["height"].integer();
  const Json& letterbox = entry["letterbox"];
  resized_height = letterbox["resized"].items().at(0).integer();
  resized_width = letterbox["resized"].items().at(1).integer();
  left = letterbox["left"].integer();
  top = letterbox["top"].integer();
  letterbox_sha256 = letterbox["sha256"].string();
  tensor_sha256 = entry["tensor"]["sha256"].string();
  thresholds.confidence = entry["confidence"].number();
  thresholds.iou = entry["iou"].number();
  thresholds.max_detections = entry["max_det"].integer();
  thresholds.agnostic = entry["agnostic"].boolean();
  thresholds.all_classes = true;
  if (width < 1 || height < 1) throw std::runtime_error(name + " has no pixels");
  if (!are_sound(thresholds)) throw std::runtime_error(name + " was decoded with thresholds that there are not");
  for (const auto& [array, place] : entry["arrays"].members()) {
    std::size_t count = 1;
    for (const Json& size : place["shape"].items()) count *= static_cast<std::size_t>(size.integer());
    arrays_[array] = {static_cast<std::size_t>(place["offset"].integer()), count, place["dtype"].string()};
  }

  path_ = (std::filesystem::path(folder) / entry["file"].string()).string();
  std::ifstream file(path_, std::ios::binary);
  if (!file) throw std::runtime_error(path_ + " cannot be read");
  data_.assign(std::istreambuf_iterator<char>(file), {});
}

const std::uint8_t* Picture::find(const std::string& array, const std::string& type, std::size_t size,
                                  Array& place) const {
  const auto found = arrays_.find(array);
  if (found == arrays_.end()) throw std::runtime_error(path_ + " has no array " + array);
  place = found->second;
  if (place.type != type) throw std::runtime_error(path_ + ": the array " + array + " is not of type " + type);
  if (place.offset > data_.size() || place.count > (data_.size() - place.offset) / size) {
    throw std::runtime_error(path_ + " is cut off: the array " + array + " is not all there");
  }
  return data_.data() + place.offset;
}

std::vector<std::uint8_t> Picture::bytes(const std::string& array) const {
  Array place;
  const std::uint8_t* data = find(array, "u8", 1, place);
  return {data, data + place.count};
}

std::vector<std::uint32_t> Picture::integers(const std::string& array) const {
  Array place;
  const std::uint8_t* data = find(array, "u32", 4, place);
  std::vector<std::uint32_t> values(place.count);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = little_endian(data + 4 * i);
  return values;
}

std::vector<float> Picture::floats(const std::string& array) const {
  Array place;
  const std::uint8_t* data = find(array, "f32", 4, place);
  std::vector<float> values(place.count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t bits = little_endian(data + 4 * i);
    std::memcpy(&values[i], &bits, sizeof bits);
  }
  return values;
}

Vectors::Vectors(const std::string& folder)
    : folder_(folder),
      index_(reading([&] { return read_index(folder); })),
      tolerances_(reading([&] { return read_tolerances(index_["tolerances"]); })) {}

std::size_t Vectors::size() const {
  return reading([&] { return index_["pictures"].items().size(); });
}

Picture Vectors::read(std::size_t number) const {
  return reading(
      [&] { return Picture(index_["pictures"].items().at(number), index_["row_confidence"].number(), folder_); });
}

}  // namespace parity
