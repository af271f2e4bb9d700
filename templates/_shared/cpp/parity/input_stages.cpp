// From the picture to the model's input: constants, letterbox, tensor.
#include <cmath>
#include <stdexcept>

#include "detector/preprocess.h"
#include "parity/stages.h"
#include "support/sha256.h"
#include "support/text.h"

namespace parity {
namespace {

std::size_t input_values(const vision::ModelInfo& info) {
  return std::size_t{3} * static_cast<std::size_t>(info.input_height) * static_cast<std::size_t>(info.input_width);
}

template <typename Value>
std::string sha256_of(const std::vector<Value>& values) {
  support::Sha256 hash;
  hash.update(values.data(), values.size() * sizeof(Value));
  return hash.hex_digest();
}

// Samples of what was computed against the expected ones. Where the digest of all of it agrees, all of it does.
template <typename Value>
void compare_samples(const std::vector<Value>& all, const std::vector<std::uint32_t>& index,
                     const std::vector<Value>& expected, const std::string& sha256, Stage& stage) {
  if (index.size() != expected.size()) throw std::runtime_error("samples without values in the vectors");
  for (std::size_t i = 0; i < index.size(); ++i) {
    stage.add(std::abs(static_cast<double>(all.at(index[i])) - static_cast<double>(expected[i])));
  }
  if (sha256_of(all) == sha256) stage.compared += static_cast<long>(all.size() - index.size());
}

// Counts what differs, and says what it is.
class Constants {
 public:
  explicit Constants(Stage& stage) : stage_(stage) {}

  void same(const std::string& name, double ours, double theirs) {
    same(name, support::shortest(ours), support::shortest(theirs));
  }
  void same(const std::string& name, const std::string& ours, const std::string& theirs) {
    stage_.add(ours == theirs ? 0 : 1);
    if (ours != theirs) stage_.add_problem(name + " is " + ours + " in model_info.h, expected " + theirs);
  }

 private:
  Stage& stage_;
};

std::string list(const int* begin, const int* end) {
  std::string text;
  for (const int* number = begin; number != end; ++number) {
    text += (text.empty() ? "" : ", ") + std::to_string(*number);
  }
  return "{" + text + "}";
}

std::string list(const Json& numbers) {
  std::vector<int> values;
  for (const Json& number : numbers.items()) values.push_back(number.integer());
  return list(values.data(), values.data() + values.size());
}

}  // namespace

Pixels::Pixels(const Picture& picture)
    : rgb(picture.bytes("picture")),
      view{rgb.data(), picture.width, picture.height, std::ptrdiff_t{3} * picture.width, vision::PixelFormat::kRgb} {
  if (rgb.size() !=
      std::size_t{3} * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height)) {
    throw std::runtime_error("the picture " + picture.name + " is not of the size that index.json says");
  }
}

Stage compare_constants(const vision::ModelInfo& info, const Vectors& vectors) {
  Stage stage{"constants", 0, "differences", 0, 0, {}};
  Constants constants(stage);
  const Json& index = vectors.index();
  constants.same("kModelSha256", std::string(info.sha256), index["model_sha256"].string());
  constants.same("kContract", std::string(info.contract_name), index["contract"].string());
  constants.same("kInputHeight", info.input_height, index["input"].items().at(0).number());
  constants.same("kInputWidth", info.input_width, index["input"].items().at(1).number());
  constants.same("the number of kClassNames", static_cast<double>(info.class_names.size()), index["classes"].number());
  constants.same("kRegMax", info.reg_max, index["reg_max"].number());
  constants.same("kStrides", list(info.strides.begin(), info.strides.end()), list(index["strides"]));
  const auto& outputs = index["outputs"].items();
  constants.same("the number of kOutputShapes", static_cast<double>(info.outputs.size()),
                 static_cast<double>(outputs.size()));
  for (std::size_t i = 0; i < info.outputs.size() && i < outputs.size(); ++i) {
    const vision::Shape& shape = info.outputs[i];
    constants.same("kOutputShapes[" + std::to_string(i) + "]", list(shape.size, shape.size + shape.rank),
                   list(outputs[i]));
  }
  return stage;
}

void compare_letterbox(const vision::ModelInfo& info, const Picture& picture, Stage& stage) {
  const Pixels pixels(picture);
  std::vector<std::uint8_t> bytes(input_values(info));
  const vision::LetterboxPlan plan = detector::make_letterbox(info).to_bytes(pixels.view, bytes.data());
  const std::vector<int> place = {plan.resized_width, plan.resized_height, plan.left, plan.top};
  const std::vector<int> expected = {picture.resized_width, picture.resized_height, picture.left, picture.top};
  if (place != expected) {
    stage.add_problem(picture.name + ": width, height, left, top are " +
                      list(place.data(), place.data() + place.size()) + ", expected " +
                      list(expected.data(), expected.data() + expected.size()));
  }
  compare_samples(bytes, picture.integers("letterbox.index"), picture.bytes("letterbox.value"),
                  picture.letterbox_sha256, stage);
}

void compare_tensor(const vision::ModelInfo& info, const Picture& picture, Stage& stage) {
  const Pixels pixels(picture);
  std::vector<float> tensor(input_values(info));
  detector::make_letterbox(info).to_tensor(pixels.view, tensor.data());
  compare_samples(tensor, picture.integers("tensor.index"), picture.floats("tensor.value"), picture.tensor_sha256,
                  stage);
}

}  // namespace parity
