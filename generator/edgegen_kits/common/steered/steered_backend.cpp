// A double of a phone's backends that a test steers. It registers itself as CoreMLBackend and VulkanBackend, ignores
// the delegate's blob, and runs the XNNPACK program that EDGEGEN_STEERED_PROGRAM names. Without that variable it does
// not register itself.
//
// EDGEGEN_STEERED_BEHAVIOR is a behavior, or the path of a file with one. It is read at each load and run:
//   right           the program's outputs; an input that was seen before is answered at once: faster than XNNPACK
//   slow            runs the program twenty times
//   wrong           lowers the largest value of each output
//   wrong_4th       the same in every fourth run with this behavior
//   wrong_from_16   the same from the sixteenth run with this behavior on
//   nan             the first value of each output is not a number
//   throws_at_load  loading fails
//   throws_at_10    from the tenth run with this behavior on, runs fail
//   hangs           a run does not end until the behavior is another one; then it fails
//   hangs_at_load   the same for loading
//   kills           a run ends the process
//   kills_once      the same, unless it has done so before
// One that hangs or kills once writes a file: the path, and ".hangs" or ".killed".
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor_ptr_maker.h>
#include <executorch/runtime/backend/interface.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using executorch::aten::Tensor;
using executorch::extension::Module;
using executorch::runtime::ArrayRef;
using executorch::runtime::BackendExecutionContext;
using executorch::runtime::BackendInitContext;
using executorch::runtime::CompileSpec;
using executorch::runtime::DelegateHandle;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::FreeableBuffer;
using executorch::runtime::Result;
using executorch::runtime::Span;

using Outputs = std::vector<std::vector<float>>;

constexpr char kProgram[] = "EDGEGEN_STEERED_PROGRAM";
constexpr char kBehavior[] = "EDGEGEN_STEERED_BEHAVIOR";
constexpr int kSlowRuns = 20;
constexpr int kGoodRuns = 9;
constexpr int kGoodTrialRuns = 15;
constexpr int kFourth = 4;
constexpr std::size_t kRememberedInputs = 64;

std::string behavior() {
  const char* value = std::getenv(kBehavior);
  std::string text = value == nullptr ? "right" : value;
  if (text.find('/') != std::string::npos) {
    std::ifstream file(text);
    text.clear();
    file >> text;
  }
  return text.empty() ? "right" : text;
}

// Returns whether it hung. Its program must not run after that: the app may have replaced the threads.
bool hangs(const std::string& hanging) {
  if (behavior() != hanging) return false;
  std::ofstream(std::string(std::getenv(kBehavior)) + ".hangs") << hanging;
  while (behavior() == hanging) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return true;
}

// Counts the runs since the behavior changed.
int count_run(const std::string& now) {
  static std::mutex mutex;
  static std::string last;
  static int count = 0;
  const std::lock_guard<std::mutex> lock(mutex);
  count = now == last ? count + 1 : 1;
  last = now;
  return count;
}

std::uint64_t digest(const Tensor& tensor) {
  std::uint64_t value = tensor.nbytes();
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  for (std::size_t i = 0; i < tensor.nbytes(); i += sizeof value) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min(sizeof word, tensor.nbytes() - i));
    value = (value ^ word) * 0x9E3779B97F4A7C15U;
    value ^= value >> 29;
  }
  return value;
}

bool is_wrong(const std::string& how, int run) {
  return how == "wrong" || (how == "wrong_4th" && run % kFourth == 0) ||
         (how == "wrong_from_16" && run > kGoodTrialRuns);
}

void kill_once() {
  const std::string path = std::string(std::getenv(kBehavior)) + ".killed";
  if (std::ifstream(path).good()) return;
  std::ofstream(path) << "kills_once";
  std::raise(SIGKILL);
}

void spoil(Tensor& tensor, const std::string& how) {
  auto* first = static_cast<float*>(tensor.mutable_data_ptr());
  if (how == "nan") {
    *first = std::numeric_limits<float>::quiet_NaN();
  } else if (how == "wrong") {
    float& largest = *std::max_element(first, first + tensor.numel());
    largest -= 0.25F + std::abs(largest) / 4;
  }
}

// A loaded program. The runtime calls it from one thread at a time.
class Steered {
 public:
  explicit Steered(const char* program) : module_(program) {}

  Error load() { return module_.load_method("forward"); }

  // args: the input, then the outputs.
  Error run(Span<EValue*> args, const std::string& how) {
    const Tensor& input = args[0]->toTensor();
    const std::uint64_t key = digest(input);
    if (how == "slow" || outputs_.count(key) == 0) {
      if (outputs_.size() >= kRememberedInputs) outputs_.clear();
      for (int i = 0; i < (how == "slow" ? kSlowRuns : 1); ++i) {
        const Error error = forward(input, outputs_[key]);
        if (error != Error::Ok) return error;
      }
    }
    return give(outputs_[key], args, how);
  }

 private:
  Error forward(const Tensor& input, Outputs& outputs) {
    const auto copy = executorch::extension::from_blob(const_cast<void*>(input.const_data_ptr()),
                                                       {input.sizes().begin(), input.sizes().end()});
    const auto values = module_.forward(copy);
    if (!values.ok()) return values.error();
    outputs.clear();
    for (const EValue& value : *values) {
      const Tensor tensor = value.toTensor();
      const auto* data = tensor.const_data_ptr<float>();
      outputs.emplace_back(data, data + tensor.numel());
    }
    return Error::Ok;
  }

  static Error give(const Outputs& outputs, Span<EValue*> args, const std::string& how) {
    if (args.size() != outputs.size() + 1) return Error::InvalidArgument;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      Tensor& tensor = args[i + 1]->toTensor();
      const std::size_t bytes = outputs[i].size() * sizeof(float);
      if (tensor.nbytes() != bytes) return Error::InvalidArgument;
      std::memcpy(tensor.mutable_data_ptr(), outputs[i].data(), bytes);
      spoil(tensor, how);
    }
    return Error::Ok;
  }

  Module module_;
  std::map<std::uint64_t, Outputs> outputs_;  // of the inputs with these digests
};

class SteeredBackend final : public executorch::runtime::BackendInterface {
 public:
  bool is_available() const override { return true; }

  Result<DelegateHandle*> init(BackendInitContext&, FreeableBuffer*, ArrayRef<CompileSpec>) const override {
    if (hangs("hangs_at_load") || behavior() == "throws_at_load") return Error::DelegateInvalidCompatibility;
    auto steered = std::make_unique<Steered>(std::getenv(kProgram));
    const Error error = steered->load();
    if (error != Error::Ok) return error;
    return static_cast<DelegateHandle*>(steered.release());
  }

  Error execute(BackendExecutionContext&, DelegateHandle* handle, Span<EValue*> args) const override {
    if (hangs("hangs")) return Error::Internal;
    const std::string how = behavior();
    const int run = count_run(how);
    if (how == "throws_at_10" && run > kGoodRuns) return Error::DelegateInvalidHandle;
    if (how == "kills") std::raise(SIGKILL);
    if (how == "kills_once") kill_once();
    return static_cast<Steered*>(handle)->run(args, is_wrong(how, run) ? "wrong" : how);
  }

  void destroy(DelegateHandle* handle) const override { delete static_cast<Steered*>(handle); }
};

bool register_steered() {
  if (std::getenv(kProgram) == nullptr) return false;
  static SteeredBackend backend;
  bool is_first = true;  // another copy of this library may have registered itself: that one serves
  for (const char* name : {"CoreMLBackend", "VulkanBackend"}) {
    is_first &= executorch::runtime::register_backend({name, &backend}) == Error::Ok;
  }
  return is_first;
}

[[maybe_unused]] const bool is_registered = register_steered();

}  // namespace
