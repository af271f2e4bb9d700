#include "parity/vectors.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/error.h"
#include "support/text.h"

namespace parity {
namespace {

constexpr int kSchema = 1;

std::string path_in(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uint32_t little_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} | (std::uint32_t{bytes[1]} << 8) | (std::uint32_t{bytes[2]} << 16) |
         (std::uint32_t{bytes[3]} << 24);
}

bool are_sound(const vision::Thresholds& thresholds) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  return is_share(thresholds.confidence) && is_share(thresholds.iou) && thresholds.max_detections >= 1;
}

}  // namespace

Picture::Picture(const Json& entry, const std::string& folder) {
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
  thresholds = {entry["confidence"].number(), entry["iou"].number(), entry["max_det"].integer(),
                entry["agnostic"].boolean(), true};
  if (width < 1 || height < 1) throw std::runtime_error(name + " has no pixels");
  if (!are_sound(thresholds)) throw std::runtime_error(name + " was decoded with thresholds that there are not");
  for (const auto& [array, place] : entry["arrays"].members()) {
    std::size_t count = 1;
    for (const Json& size : place["shape"].items()) count *= static_cast<std::size_t>(size.integer());
    arrays_[array] = {static_cast<std::size_t>(place["offset"].integer()), count, place["dtype"].string()};
  }
  path_ = path_in(folder, entry["file"].string());
  data_ = read_file(path_);
  view();  // is all there
}

const std::uint8_t* Picture::find(const std::string& array, const std::string& type, std::size_t size,
                                  std::size_t& count) const {
  const auto found = arrays_.find(array);
  if (found == arrays_.end()) throw std::runtime_error(path_ + " has no array " + array);
  const Array& place = found->second;
  if (place.type != type) throw std::runtime_error(path_ + ": the array " + array + " is not of type " + type);
  if (place.offset > data_.size() || place.count > (data_.size() - place.offset) / size) {
    throw std::runtime_error(path_ + " is cut off: the array " + array + " is not all there");
  }
  count = place.count;
  return data_.data() + place.offset;
}

std::vector<std::uint8_t> Picture::bytes(const std::string& array) const {
  std::size_t count = 0;
  const std::uint8_t* data = find(array, "u8", 1, count);
  return {data, data + count};
}

std::vector<std::uint32_t> Picture::integers(const std::string& array) const {
  std::size_t count = 0;
  const std::uint8_t* data = find(array, "u32", 4, count);
  std::vector<std::uint32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = little_endian(data + 4 * i);
  return values;
}

std::vector<float> Picture::floats(const std::string& array) const {
  std::size_t count = 0;
  const std::uint8_t* data = find(array, "f32", 4, count);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t bits = little_endian(data + 4 * i);
    std::memcpy(&values[i], &bits, sizeof bits);
  }
  return values;
}

vision::ImageView Picture::view() const {
  std::size_t count = 0;
  const std::uint8_t* data = find("picture", "u8", 1, count);
  if (count != std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
    throw std::runtime_error("the picture " + name + " is not of the size that index.json says");
  }
  return {data, width, height, std::ptrdiff_t{3} * width, vision::PixelFormat::kRgb};
}

std::vector<vision::Detection> Picture::candidates() const {
  std::vector<vision::Detection> found = detections("decode");
  const std::vector<std::uint32_t> index = integers("decode.candidate");
  for (std::size_t i = 0; i < found.size(); ++i) found[i].index = static_cast<int>(index.at(i));
  return found;
}

std::vector<vision::Detection> Picture::boxes() const { return detections("boxes"); }

std::vector<vision::Detection> Picture::detections(const std::string& stage) const {
  const std::vector<float> box = floats(stage + ".box"), score = floats(stage + ".score");
  const std::vector<std::uint32_t> class_id = integers(stage + ".class");
  std::vector<vision::Detection> found;
  for (std::size_t i = 0; i < score.size(); ++i) {
    found.push_back({box.at(4 * i), box.at(4 * i + 1), box.at(4 * i + 2), box.at(4 * i + 3), score[i],
                     static_cast<int>(class_id.at(i)), 0});
  }
  return found;
}

Vectors::Vectors(const std::string& folder) : folder_(folder) {
  reading([&] {
    const std::vector<std::uint8_t> text = read_file(path_in(folder, "index.json"));
    index_ = Json::parse({reinterpret_cast<const char*>(text.data()), text.size()});
    const int schema = index_["schema"].integer();
    if (schema != kSchema) {
      throw std::runtime_error(folder + " is of schema " + std::to_string(schema) + ", expected " +
                               std::to_string(kSchema));
    }
    size_ = index_["pictures"].items().size();
  });
}

Picture Vectors::read(std::size_t number) const {
  std::vector<Picture> picture;
  reading([&] { picture.emplace_back(index_["pictures"].items().at(number), folder_); });
  return std::move(picture.front());
}

void reading(const std::function<void()>& function) {
  const auto damaged = [](const std::exception& error) {
    return support::Error(support::Reason::kVectors,
                          "the golden vectors cannot be read: " + support::printable(error.what()));
  };
  try {
    function();
  } catch (const support::Error&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw damaged(error);
  } catch (const std::out_of_range& error) {
    throw damaged(error);
  }
}

}  // namespace parity
