#include "detector/model.h"

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "detector/checks.h"
#include "detector/runtime.h"
#include "support/text.h"

namespace detector {
namespace {

using executorch::aten::ScalarType;
using executorch::ET_RUNTIME_NAMESPACE::Program;
using executorch::extension::Module;
using executorch::runtime::Error;

constexpr char kMethod[] = "forward";

// Throws support::Error after an error of the runtime.
void throw_if_failed(Error error, Stage stage, const std::string& path) {
  const std::string logged = take_runtime_error();  // also of a success: it is no cause of a later failure
  if (error != Error::Ok) throw error_of_runtime(static_cast<std::uint32_t>(error), stage, path, logged);
}

// Returns the extra program that a path names; nullptr: model.pte.
const vision::Program* find_program(const vision::ModelInfo& info, const std::string& path) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);  // npos + 1: 0
  for (const vision::Program& program : info.extra_programs) {
    if (program.file == name) return &program;
  }
  return nullptr;
}

bool uses_xnnpack(const vision::Program& program) {
  bool found = false;
  for (const std::string_view delegate : program.delegates) found |= delegate == "XnnpackBackend";
  return found;
}

// The input's memory in the method. The public set_input copies 5 MB for each run at 640 x 640.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void* planned_input(Module& module) {
  const auto method = module.method(kMethod);
  return method.ok() && *method != nullptr ? (*method)->mutable_input(0).toTensor().mutable_data_ptr() : nullptr;
}
#pragma GCC diagnostic pop

}  // namespace

struct Model::Impl {
  Impl(const std::string& model_path, bool uses_pool) : path(model_path), module(model_path, Module::LoadMode::Mmap) {
    if (uses_pool) pool_user.emplace();
  }

  const std::string path;
  std::optional<PoolUser> pool_user;  // before the module, which is destroyed first
  Module module;
  std::vector<float> own_input;  // empty if the runtime owns the input's memory
  vision::InputTensor input;
  std::vector<vision::TensorView> outputs;
  double milliseconds = 0;

  support::Error without_memory(const std::string& tensor) const {
    return {support::Reason::kFailed, support::printable(path) + ": the runtime gave its " + tensor + " no memory"};
  }

  // The runtime needs one set_input, even if the input is later written in place.
  void set_input(int height, int width, bool is_int8, bool is_planned) {
    std::vector<float> zeros(std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
    const ScalarType type = is_int8 ? ScalarType::Char : ScalarType::Float;
    throw_if_failed(module.set_input(executorch::extension::from_blob(zeros.data(), {1, 3, height, width}, type), 0),
                    Stage::kLoadMethod, path);
    if (!is_planned) own_input = std::move(zeros);  // the runtime keeps the pointer
    void* memory = is_planned ? planned_input(module) : own_input.data();
    if (memory == nullptr) throw without_memory("input");
    if (is_int8) {
      input.bytes = static_cast<std::int8_t*>(memory);
    } else {
      input.floats = static_cast<float*>(memory);
    }
  }
};

Model::Model(const vision::ModelInfo& info, const std::string& path, const vision::Program* program) {
  if (program == nullptr) program = find_program(info, path);
  check_file(program ? program->adler32 : info.adler32, program ? program->sha256 : info.sha256, path);
  const bool is_on_cpu = program == nullptr || uses_xnnpack(*program);
  impl_ = std::make_unique<Impl>(path, is_on_cpu);  // other backends keep no pointer to the pool
  Module& module = impl_->module;
  // Only some builds of the runtime check the structure. The checksum above always does.
  throw_if_failed(module.load(Program::Verification::InternalConsistency), Stage::kLoadProgram, path);

  const auto meta = module.method_meta(kMethod);
  throw_if_failed(meta.error(), Stage::kLoadProgram, path);
  check_backends(*meta, path);
  const bool input_is_planned = check_signature(*meta, info, path);
  throw_if_failed(module.load_method(kMethod), Stage::kLoadMethod, path);

  for (std::size_t i = 0; i < info.outputs.size(); ++i) {
    impl_->outputs.push_back({{nullptr, info.steps_of(i)}, info.outputs[i]});
  }
  impl_->set_input(info.input_height, info.input_width, info.input_steps.is_int8(), input_is_planned);
  if (!is_on_cpu) run();
}

Model::~Model() = default;

vision::InputTensor Model::input() { return impl_->input; }

void Model::run() {
  const auto start = std::chrono::steady_clock::now();
  const auto values = impl_->module.execute(kMethod);
  throw_if_failed(values.error(), Stage::kRun, impl_->path);
  for (std::size_t i = 0; i < impl_->outputs.size(); ++i) {
    impl_->outputs[i].data = (*values)[i].toTensor().const_data_ptr();
    if (impl_->outputs[i].data == nullptr) throw impl_->without_memory("output " + std::to_string(i));
  }
  impl_->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double Model::milliseconds() const { return impl_->milliseconds; }

const vision::TensorView* Model::outputs() const { return impl_->outputs.data(); }

bool Model::has_nan() const {
  bool found = false;
  for (const vision::TensorView& output : impl_->outputs) {
    for (std::size_t i = 0; output.data != nullptr && !output.is_int8 && i < output.shape.values(); ++i) {
      found |= std::isnan(output.floats()[i]);
    }
  }
  return found;
}

}  // namespace detector
