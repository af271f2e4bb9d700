#include "parity/parity.h"

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

#include "detector/detector.h"
#include "detector/model.h"
#include "support/checksum.h"
#include "support/text.h"

namespace parity {
namespace {

using support::json_list;
using support::json_object;
using support::json_string;
using support::left;
using vision::ModelInfo;

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
    if (rest_[0] == '\\' && rest_.size() > kEscapeSize && rest_[1] == 'u') {  // a control character: one byte
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
  return vision::rgb_view(data, width, height, std::ptrdiff_t{3} * width);
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

// --- the comparison ---

namespace {

constexpr std::size_t kProblemsShown = 5;  // a stage

// Compares samples. If the digest of all values agrees, all values do; without a tolerance it must agree.
template <typename Value>
void compare_samples(const std::vector<Value>& all, const std::vector<std::uint32_t>& index,
                     const std::vector<Value>& expected, const std::string& sha256, const std::string& picture,
                     Stage& stage) {
  if (index.size() != expected.size()) throw std::runtime_error("samples without values in the vectors");
  for (std::size_t i = 0; i < index.size(); ++i) {
    stage.add(std::abs(static_cast<double>(all.at(index[i])) - static_cast<double>(expected[i])));
  }
  if (support::sha256(all.data(), all.size() * sizeof(Value)) == sha256) {
    stage.compared += static_cast<long>(all.size() - index.size());
  } else if (stage.tolerance == 0) {
    stage.problems.push_back(picture + ": not every number is equal");
  }
}

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "{" + text + "}";
}

class Comparison {
 public:
  Comparison(const ModelInfo& info, detector::Detector& detector, const Vectors& vectors)
      : info_(info),
        vectors_(vectors),
        detector_(detector),
        preprocessor_(detector::make_preprocessor(info)),
        task_(make_task_stages(info, vectors)) {}

  Report report() {
    constants();
    Report report;
    report.images = vectors_.size();
    report.compared_with = info_.compared_with();
    for (std::size_t i = 0; i < vectors_.size(); ++i) {
      const Picture picture = vectors_.read(i);
      letterbox(picture);
      task_->compare(picture, detector_, *preprocessor_);
      if (!vectors_.is_extra_program()) continue;
      numbers_.count(!detector_.has_nan());
      if (detector_.has_nan()) numbers_.problems.push_back(picture.name + ": an output has NaN");
    }
    report.detections = task_->shown();
    report.stages = {constants_, letterboxed_, tensor_};
    if (vectors_.is_extra_program()) report.stages.push_back(numbers_);
    for (const Stage& stage : task_->stages()) report.stages.push_back(stage);
    return report;
  }

 private:
  double tolerance(const char* name) const { return vectors_.tolerance(name); }

  // Compares model_info.h with the vectors.
  void constants() {
    const auto same = [&](const std::string& name, const std::string& ours, const std::string& theirs) {
      constants_.count(ours == theirs);
      if (ours != theirs) constants_.problems.push_back(name + " is " + ours + " in model_info.h, expected " + theirs);
    };
    const Index& index = vectors_.index();
    const auto outputs = index.size("outputs");
    same("kModelSha256", std::string(info_.sha256), index.text("model_sha256"));
    same("kContract", std::string(info_.contract_name()), index.text("contract"));
    same("kInputHeight and kInputWidth", list({info_.input_height, info_.input_width}), list(index.integers("input")));
    same("the number of kClassNames", std::to_string(info_.class_names.size()), index.text("classes"));
    same("kRegMax", std::to_string(info_.reg_max), index.text("reg_max"));
    same("kStrides", list({info_.strides.begin(), info_.strides.end()}), list(index.integers("strides")));
    same("the number of kOutputShapes", std::to_string(info_.outputs.size()), std::to_string(outputs));
    for (std::size_t i = 0; i < info_.outputs.size() && i < outputs; ++i) {
      const vision::Shape& shape = info_.outputs[i];
      const std::string number = std::to_string(i);
      same("kOutputShapes[" + number + "]", list({shape.size, shape.size + shape.rank}),
           list(index.integers("outputs/" + number)));
    }
  }

  void letterbox(const Picture& picture) {
    const std::size_t pixels =
        static_cast<std::size_t>(info_.input_height) * static_cast<std::size_t>(info_.input_width);
    std::vector<std::uint8_t> planes(3 * pixels), bytes;  // the vectors have (H, W, 3)
    const vision::LetterboxPlan plan = preprocessor_->to_planes(picture.view(), planes.data());
    for (std::size_t i = 0; i < pixels; ++i) {
      bytes.insert(bytes.end(), {planes[i], planes[pixels + i], planes[2 * pixels + i]});
    }
    const std::string place = list({plan.resized_width, plan.resized_height, plan.left, plan.top});
    const std::string expected = list({picture.resized_width, picture.resized_height, picture.left, picture.top});
    if (place != expected) {
      letterboxed_.problems.push_back(picture.name + ": width, height, left, top are " + place + ", expected " +
                                      expected);
    }
    compare_samples(bytes, picture.integers("letterbox.index"), picture.bytes("letterbox.value"),
                    picture.letterbox_sha256, picture.name, letterboxed_);
    std::vector<float> tensor(bytes.size());
    if (info_.input_steps.is_int8()) {  // the vectors have the numbers that int8 stands for
      std::vector<std::int8_t> numbers(bytes.size());
      preprocessor_->to_tensor(picture.view(), numbers.data());
      const vision::Numbers values(numbers.data(), info_.input_steps);
      for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = values[i];
    } else {
      preprocessor_->to_tensor(picture.view(), tensor.data());
    }
    compare_samples(tensor, picture.integers("tensor.index"), picture.floats("tensor.value"), picture.tensor_sha256,
                    picture.name, tensor_);
  }

  const ModelInfo& info_;
  const Vectors& vectors_;
  detector::Detector& detector_;
  std::unique_ptr<vision::Preprocessor> preprocessor_;
  std::unique_ptr<TaskStages> task_;

  Stage constants_{"constants", 0, "differences"};
  Stage letterboxed_{"letterbox", tolerance("letterbox"), "of 255"};
  Stage tensor_{"tensor", tolerance("tensor"), ""};
  Stage numbers_{"numbers", 0, "pictures with NaN"};  // the vectors have samples of the outputs only
};

std::string number(double value) { return std::isfinite(value) ? support::shortest(value) : "null"; }

std::string verdict(const Stage& stage) {
  if (stage.is_missing()) return "not compared: the vectors have no data for it";
  return stage.passed() ? "passed" : "FAILED";
}

}  // namespace

void Stage::add(double difference) {
  ++compared;
  worst = std::max(worst, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
}

void Stage::count(bool is_same) {
  ++compared;
  if (!is_same) ++worst;
}

bool Report::passed() const {
  const auto compared = [](const Stage& stage) { return !stage.is_missing(); };
  const auto good = [](const Stage& stage) { return stage.passed(); };
  return std::any_of(stages.begin(), stages.end(), compared) && std::all_of(stages.begin(), stages.end(), good);
}

Report run(const ModelInfo& info, const std::string& model_path, const std::string& vectors_folder) {
  const Vectors vectors(vectors_folder);  // an error of the vectors comes first
  detector::Detector detector(info, model_path);
  return run(info, detector, vectors);
}

Report run(const ModelInfo& info, detector::Detector& detector, const Vectors& vectors) {
  Report report;
  reading([&] { report = Comparison(info, detector, vectors).report(); });
  return report;
}

std::string report_table(const Report& report) {
  std::string text = "stage       compared    worst         tolerance  unit\n";
  bool all = true;
  for (const Stage& stage : report.stages) {
    all = all && !stage.is_missing();
    text += left(stage.name, 12) + left(std::to_string(stage.compared), 12) + left(number(stage.worst), 14) +
            left(number(stage.tolerance), 11) + left(stage.unit, 18) + verdict(stage) + "\n";
    for (std::size_t i = 0; i < std::min(stage.problems.size(), kProblemsShown); ++i) {
      text += "    " + stage.problems[i] + "\n";
    }
    if (stage.problems.size() > kProblemsShown) {
      text += "    ... and " + std::to_string(stage.problems.size() - kProblemsShown) + " more\n";
    }
  }
  const std::string same = (report.passed() ? "the same as " : "NOT the same as ") + report.compared_with;
  return text + support::how_many(report.images, "picture") + ", " + support::how_many(report.detections, "detection") +
         ": " + same + (report.passed() && !all ? ", as far as the vectors have data\n" : "\n");
}

std::string report_json(const Report& report) {
  std::vector<std::string> missing, problems;
  for (const Stage& stage : report.stages) {
    if (stage.is_missing()) missing.push_back(stage.name);
    for (const std::string& problem : stage.problems) problems.push_back(stage.name + ": " + problem);
  }
  const auto truth = [](bool value) { return std::string(value ? "true" : "false"); };
  const auto stage_json = [&](const Stage& stage) {
    return json_object({{"name", json_string(stage.name)},
                        {"passed", truth(stage.passed())},
                        {"worst", number(stage.worst)},
                        {"tolerance", number(stage.tolerance)},
                        {"unit", json_string(stage.unit)},
                        {"compared", std::to_string(stage.compared)}});
  };
  return json_object({{"passed", truth(report.passed())},
                      {"stages", json_list(report.stages, stage_json)},
                      {"images", std::to_string(report.images)},
                      {"detections", std::to_string(report.detections)},
                      {"missing", json_list(missing, json_string)},
                      {"problems", json_list(problems, json_string)}}) +
         "\n";
}

}  // namespace parity
