#include "detector/model.h"

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <system_error>
#include <vector>

#include "detector/runtime_errors.h"
#include "detector/runtime_log.h"
#include "detector/signature.h"
#include "detector/threads.h"
#include "support/error.h"
#include "support/sha256.h"
#include "support/text.h"

namespace detector {
namespace {

using executorch::ET_RUNTIME_NAMESPACE::Program;
using executorch::extension::Module;
using executorch::runtime::Error;

constexpr char kMethod[] = "forward";
constexpr std::size_t kInputValues = std::size_t{3} * model_info::kInputHeight * model_info::kInputWidth;

void check_file(const std::string& path) {
  std::string sha256;
  try {
    sha256 = support::sha256_of_file(path);
  } catch (const std::system_error& error) {
    throw support::Error(support::Reason::kUnreadable,
                         "the model cannot be read: " + support::printable(path) + ": " + error.code().message());
  }
  if (sha256 != model_info::kModelSha256) {
    throw support::Error(support::Reason::kNotThisModel,
                         support::printable(path) +
                             " is damaged, or not the model that this program was made for (SHA-256 " + sha256 +
                             ", expected " + std::string(model_info::kModelSha256) + ")");
  }
}

void check(Error error, Stage stage, const std::string& path) {
  if (error != Error::Ok) {
    throw runtime_error(static_cast<std::uint32_t>(error), stage, path, take_runtime_error());
  }
  take_runtime_error();  // it went well all the same: no cause of what fails later
}

// The input's own place in the method's memory: written there, a picture is not copied again. ExecuTorch would rather
// have set_input called for every run, which copies (5 MB at 640 x 640).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
float* planned_input(Module& module) {
  const auto method = module.method(kMethod);
  return method.ok() ? (*method)->mutable_input(0).toTensor().mutable_data_ptr<float>() : nullptr;
}
#pragma GCC diagnostic pop

}  // namespace

struct Model::Impl {
  explicit Impl(const std::string& model_path) : path(model_path), module(model_path, Module::LoadMode::Mmap) {}

  const std::string path;
  PoolUser pool_user;  // before the module: what hangs on the pool is taken down first
  Module module;
  std::vector<float> own_input;  // empty when the input has a place in the method's memory
  float* input = nullptr;
  Outputs outputs{};

  // The runtime wants every input set once, even if it is written in its place ever after.
  void set_input(bool is_planned) {
    std::vector<float> zeros(kInputValues);
    const auto tensor =
        executorch::extension::from_blob(zeros.data(), {1, 3, model_info::kInputHeight, model_info::kInputWidth});
    check(module.set_input(tensor, 0), Stage::kLoadMethod, path);
    if (is_planned) {
      input = planned_input(module);
    } else {
      own_input = std::move(zeros);  // the runtime keeps the pointer
      input = own_input.data();
    }
  }
};

Model::Model(const std::string& path) {
  check_file(path);
  keep_runtime_log();
  impl_ = std::make_unique<Impl>(path);
  Module& module = impl_->module;
  // The whole structure is checked, which takes no time beside the digest: a broken one would crash.
  check(module.load(Program::Verification::InternalConsistency), Stage::kLoadProgram, path);

  const auto meta = module.method_meta(kMethod);
  check(meta.error(), Stage::kLoadProgram, path);
  check_backends(*meta, path);
  const bool input_is_planned = check_signature(*meta, path);
  check(module.load_method(kMethod), Stage::kLoadMethod, path);

  impl_->set_input(input_is_planned);
  run();
}

Model::~Model() = default;

float* Model::input() { return impl_->input; }

const Outputs& Model::run() {
  const auto values = impl_->module.execute(kMethod);
  check(values.error(), Stage::kRun, impl_->path);
  for (std::size_t i = 0; i < kNumOutputs; ++i) impl_->outputs[i] = (*values)[i].toTensor().const_data_ptr<float>();
  return impl_->outputs;
}

}  // namespace detector
