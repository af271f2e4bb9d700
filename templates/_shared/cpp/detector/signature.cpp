#include "detector/signature.h"

#include <executorch/runtime/backend/interface.h>

#include <vector>

#include "support/error.h"
#include "support/text.h"

namespace detector {
namespace {

using executorch::aten::ScalarType;
using executorch::runtime::Tag;

using TensorInfo = executorch::ET_RUNTIME_NAMESPACE::TensorInfo;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw support::Error(support::Reason::kDoesNotFit, support::printable(path) + " does not fit this program: " + what);
}

std::string shape_text(const std::vector<int>& shape) {
  std::string text = "[";
  for (const int size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

// float32, of this shape, and laid out in the order of its dimensions.
void check_tensor(const TensorInfo& info, const std::vector<int>& expected, const std::string& name,
                  const std::string& path) {
  const std::vector<int> shape(info.sizes().begin(), info.sizes().end());
  if (shape != expected) {
    refuse(path, name + " is " + shape_text(shape) + ", expected " + shape_text(expected));
  }
  if (info.scalar_type() != ScalarType::Float) refuse(path, name + " is not float32");
  int dimension = 0;
  for (const auto place : info.dim_order()) {
    if (place != dimension++) refuse(path, name + " is not laid out in the order of its dimensions");
  }
}

template <typename TagResult>
bool is_tensor(const TagResult& tag) {
  return tag.ok() && *tag == Tag::Tensor;
}

}  // namespace

bool check_signature(const MethodMeta& meta, const vision::ModelInfo& info, const std::string& path) {
  if (meta.num_inputs() != 1 || !is_tensor(meta.input_tag(0))) {
    refuse(path, "it takes " + std::to_string(meta.num_inputs()) + " inputs, expected one tensor");
  }
  const auto input = meta.input_tensor_meta(0);
  if (!input.ok()) refuse(path, "its input cannot be read");
  check_tensor(*input, {1, 3, info.input_height, info.input_width}, "the input", path);

  const std::size_t expected = info.outputs.size();
  if (meta.num_outputs() != expected) {
    refuse(path, "it has " + std::to_string(meta.num_outputs()) + " outputs, expected " + std::to_string(expected));
  }
  for (std::size_t i = 0; i < expected; ++i) {
    const std::string name = "output " + std::to_string(i);
    const auto output = meta.output_tensor_meta(i);
    if (!is_tensor(meta.output_tag(i)) || !output.ok()) refuse(path, name + " is not a tensor");
    const vision::Shape& shape = info.outputs[i];
    check_tensor(*output, {shape.size, shape.size + shape.rank}, name, path);
  }
  return input->is_memory_planned();
}

void check_backends(const MethodMeta& meta, const std::string& path) {
  for (std::size_t i = 0; i < meta.num_backends(); ++i) {
    const auto name = meta.get_backend_name(i);
    if (name.ok() && executorch::ET_RUNTIME_NAMESPACE::get_backend_class(*name) == nullptr) {
      throw support::Error(support::Reason::kBackendMissing, support::printable(path) + " needs the backend " +
                                                                 support::printable(*name) +
                                                                 ", which is not linked into this program");
    }
  }
}

}  // namespace detector
