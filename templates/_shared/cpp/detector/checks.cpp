#include "detector/checks.h"

#include <executorch/runtime/backend/interface.h>

#include <vector>

#include "support/checksum.h"
#include "support/text.h"

namespace detector {

using executorch::aten::ScalarType;
using executorch::ET_RUNTIME_NAMESPACE::MethodMeta;
using executorch::ET_RUNTIME_NAMESPACE::TensorInfo;
using executorch::runtime::Tag;
using support::Reason;

void check_file(std::uint32_t adler32, std::string_view sha256, const std::string& path) {
  if (support::adler32_of_file(path) == adler32) return;
  throw support::Error(Reason::kNotThisModel,
                       support::printable(path) +
                           " is damaged, or not the model that this program was made for (expected SHA-256 " +
                           std::string(sha256) + ")");
}

void check_backends(const MethodMeta& meta, const std::string& path) {
  for (std::size_t i = 0; i < meta.num_backends(); ++i) {
    const auto name = meta.get_backend_name(i);
    if (name.ok() && executorch::ET_RUNTIME_NAMESPACE::get_backend_class(*name) == nullptr) {
      throw support::Error(Reason::kBackendMissing, support::printable(path) + " needs the backend " +
                                                        support::printable(*name) +
                                                        ", which is not linked into this program");
    }
  }
}

// --- the signature ---

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw support::Error(Reason::kDoesNotFit, support::printable(path) + " does not fit this program: " + what);
}

std::string shape_text(const std::vector<int>& shape) {
  std::string text = "[";
  for (const int size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

// Throws unless the tensor has this type and shape, and the order of its dimensions in memory.
void check_tensor(const TensorInfo& info, const std::vector<int>& expected, bool is_int8, const std::string& name,
                  const std::string& path) {
  const std::vector<int> shape(info.sizes().begin(), info.sizes().end());
  if (shape != expected) {
    refuse(path, name + " is " + shape_text(shape) + ", expected " + shape_text(expected));
  }
  const ScalarType type = is_int8 ? ScalarType::Char : ScalarType::Float;
  if (info.scalar_type() != type) refuse(path, name + (is_int8 ? " is not int8" : " is not float32"));
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
  check_tensor(*input, {1, 3, info.input_height, info.input_width}, info.input_steps.is_int8(), "the input", path);

  const std::size_t expected = info.outputs.size();
  if (meta.num_outputs() != expected) {
    refuse(path, "it has " + std::to_string(meta.num_outputs()) + " outputs, expected " + std::to_string(expected));
  }
  for (std::size_t i = 0; i < expected; ++i) {
    const std::string name = "output " + std::to_string(i);
    const auto output = meta.output_tensor_meta(i);
    if (!is_tensor(meta.output_tag(i)) || !output.ok()) refuse(path, name + " is not a tensor");
    const vision::Shape& shape = info.outputs[i];
    check_tensor(*output, {shape.size, shape.size + shape.rank}, info.steps_of(i).is_int8(), name, path);
  }
  return input->is_memory_planned();
}

}  // namespace detector
