#include "parity/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>

#include "support/text.h"

namespace parity {
namespace {

constexpr int kSchema = 1;
constexpr int kDeepest = 16;  // nesting of lists and objects
constexpr char kBlanks[] = " \t\r\n", kWordEnds[] = ",:]} \t\r\n";
constexpr std::size_t kEscapeSize = 6;  // of \u0009

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

Index::Index(std::string_view json) : rest_(json) {
  read("", 0);
  if (rest_.find_first_not_of(kBlanks) != rest_.npos) throw std::runtime_error("index.json continues after its end");
}

// Skips blanks, and returns the next character.
char Index::next() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  if (rest_.empty()) throw std::runtime_error("index.json is cut off");
  return rest_[0];
}

void Index::take(char expected) {
  if (next() != expected) throw std::runtime_error(std::string("index.json lacks a ") + expected);
  rest_.remove_prefix(1);
}

void Index::read(const std::string& path, int depth) {
  if (depth > kDeepest) throw std::runtime_error("index.json is too deep");
  const char first = next();
  std::string value;
  if (first == '{' || first == '[') {
    take(first);
    std::size_t count = 0;
    for (const char last = first == '{' ? '}' : ']'; next() != last; ++count) {
      if (count > 0) take(',');
      next();
      const std::string name = first == '{' ? read_word() : std::to_string(count);
      if (first == '{') take(':');
      read(path.empty() ? name : path + "/" + name, depth + 1);
    }
    rest_.remove_prefix(1);
    value = std::to_string(count);
  } else {
    value = read_word();
  }
  if (!values_.emplace(path, value).second) throw std::runtime_error("index.json has " + path + " twice");
}

// Reads a value that is no list and no object.
std::string Index::read_word() {
  if (rest_[0] != '"') {
    const std::string word(rest_.substr(0, rest_.find_first_of(kWordEnds)));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::string text;
  for (take('"'); !rest_.empty() && rest_[0] != '"'; rest_.remove_prefix(1)) {
    if (rest_[0] == '\\' && rest_.size() > kEscapeSize && rest_[1] == 'u') {  // a control character
      text += static_cast<char>(std::strtoul(std::string(rest_.substr(2, 4)).c_str(), nullptr, 16));
      rest_.remove_prefix(kEscapeSize - 1);
    } else if (rest_[0] == '\\' && rest_.size() > 1) {
      rest_.remove_prefix(1);
      const std::size_t place = std::string_view("bfnrt").find(rest_[0]);
      text += place != std::string_view::npos ? "\b\f\n\r\t"[place] : rest_[0];
    } else {
      text += rest_[0];
    }
  }
  take('"');
  return text;
}

const std::string& Index::text(const std::string& path) const {
  const auto found = values_.find(path);
  if (found == values_.end()) throw std::runtime_error("index.json has no " + path);
  return found->second;
}

double Index::number(const std::string& path) const {
  std::istringstream in(text(path));
  in.imbue(std::locale::classic());  // a decimal point in every language
  double value = 0;
  if (!(in >> value) || in.peek() != std::istringstream::traits_type::eof()) {
    throw std::runtime_error(path + " is no number in index.json");
  }
  return value;
}

int Index::integer(const std::string& path) const {
  const double value = number(path);
  if (value != std::floor(value) || std::abs(value) > std::numeric_limits<int>::max()) {
    throw std::runtime_error(path + " is no whole number in index.json");
  }
  return static_cast<int>(value);
}

bool Index::boolean(const std::string& path) const {
  if (text(path) != "true" && text(path) != "false") throw std::runtime_error(path + " is not true or false");
  return text(path) == "true";
}

std::size_t Index::size(const std::string& path) const { return static_cast<std::size_t>(integer(path)); }

std::vector<int> Index::integers(const std::string& path) const {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < size(path); ++i) numbers.push_back(integer(path + "/" + std::to_string(i)));
  return numbers;
}

Picture::Picture(std::shared_ptr<const Index> index, std::size_t number, const std::string& folder)
    : index_(std::move(index)), place_("pictures/" + std::to_string(number) + "/") {
  const auto integer = [this](const char* path) { return index_->integer(place_ + path); };
  name = index_->text(place_ + "name");
  width = integer("width");
  height = integer("height");
  resized_height = integer("letterbox/resized/0");
  resized_width = integer("letterbox/resized/1");
  left = integer("letterbox/left");
  top = integer("letterbox/top");
  letterbox_sha256 = index_->text(place_ + "letterbox/sha256");
  tensor_sha256 = index_->text(place_ + "tensor/sha256");
  thresholds = {index_->number(place_ + "confidence"), index_->number(place_ + "iou"), integer("max_det"),
                index_->boolean(place_ + "agnostic"), true};
  if (width < 1 || height < 1) throw std::runtime_error(name + " has no pixels");
  if (!are_sound(thresholds)) throw std::runtime_error(name + " was decoded with invalid thresholds");
  path_ = path_in(folder, index_->text(place_ + "file"));
  data_ = read_file(path_);
  view();  // throws if the pixels are incomplete
}

const std::uint8_t* Picture::find(const std::string& array, const std::string& type, std::size_t size,
                                  std::size_t& count) const {
  if (!has(array)) throw std::runtime_error(path_ + " has no array " + array);
  const std::string about = place_ + "arrays/" + array;
  if (index_->text(about + "/dtype") != type) {
    throw std::runtime_error(path_ + ": the array " + array + " is not of type " + type);
  }
  count = 1;
  for (const int length : index_->integers(about + "/shape")) count *= static_cast<std::size_t>(length);
  const auto offset = static_cast<std::size_t>(index_->integer(about + "/offset"));
  if (offset > data_.size() || count > (data_.size() - offset) / size) {
    throw std::runtime_error(path_ + " is cut off: the array " + array + " is not all there");
  }
  return data_.data() + offset;
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

Vectors::Vectors(const std::string& folder, const vision::Program* program) : folder_(folder), program_(program) {
  reading([&] {
    const std::vector<std::uint8_t> json = read_file(path_in(folder, "index.json"));
    index_ = std::make_shared<Index>(std::string_view(reinterpret_cast<const char*>(json.data()), json.size()));
    const int schema = index_->integer("schema");
    if (schema != kSchema) {
      throw std::runtime_error(folder + " is of schema " + std::to_string(schema) + ", expected " +
                               std::to_string(kSchema));
    }
    for (std::size_t i = 0; i < index_->size("pictures"); ++i) {
      if (proves(index_->text("pictures/" + std::to_string(i) + "/name"))) places_.push_back(i);
    }
  });
}

bool Vectors::proves(const std::string& picture) const {
  if (program_ == nullptr || program_->pictures.empty()) return true;
  return std::find(program_->pictures.begin(), program_->pictures.end(), picture) != program_->pictures.end();
}

double Vectors::tolerance(std::string_view name) const {
  if (program_ != nullptr) {
    for (const vision::Program::Tolerance& each : program_->tolerances) {
      if (each.name == name) return each.value;
    }
  }
  return index_->number("tolerances/" + std::string(name));
}

Picture Vectors::read(std::size_t number) const {
  std::vector<Picture> picture;
  reading([&] { picture.emplace_back(index_, places_.at(number), folder_); });
  return std::move(picture.front());
}

void Vectors::keep(std::size_t number) {
  if (!places_.empty()) places_ = {places_[number % places_.size()]};
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
