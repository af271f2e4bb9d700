#include "detector/model.h"

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/executor/method_meta.h>
#include <executorch/runtime/platform/platform.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "build_info.h"
#include "support/text.h"

#ifdef ET_USE_THREADPOOL
#if __has_include(<executorch/extension/threadpool/threadpool.h>) && __has_include(<pthreadpool.h>)
#include <executorch/extension/threadpool/threadpool.h>
#else
// The wheel lacks the header of its thread pool. If another release changes these members, the program does not link.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  std::size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(std::uint32_t num_threads);
};
ThreadPool* get_threadpool();
}  // namespace executorch::extension::threadpool
#endif
#endif

namespace detector {
namespace {

using executorch::aten::ScalarType;
using executorch::ET_RUNTIME_NAMESPACE::MethodMeta;
using executorch::ET_RUNTIME_NAMESPACE::Program;
using executorch::ET_RUNTIME_NAMESPACE::TensorInfo;
using executorch::extension::Module;
using executorch::runtime::Error;
using executorch::runtime::Tag;
using support::Reason;

constexpr char kMethod[] = "forward";

// Throws support::Error after an error of the runtime.
void throw_if_failed(Error error, Stage stage, const std::string& path);

// Marks the threads as used while a model is loaded: XNNPACK keeps a pointer to their pool.
struct PoolUser {
  PoolUser() { count(1); }
  ~PoolUser() { count(-1); }
  PoolUser(const PoolUser&) = delete;
  PoolUser& operator=(const PoolUser&) = delete;

  static void count(int change);
};

// --- the signature, compared with ModelInfo before the first run ---

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

// Throws support::Error if inputs or outputs differ from `info`. Returns whether the runtime owns the input's memory.
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

// Throws support::Error if the method needs a backend that is not linked in.
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

// --- the file, and running it ---

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

// Throws support::Error if the file is not the model. SHA-256 would take longer than the rest of the start.
void check_file(std::uint32_t adler32, std::string_view sha256, const std::string& path) {
  if (adler32_of_file(path) == adler32) return;
  throw support::Error(Reason::kNotThisModel,
                       support::printable(path) +
                           " is damaged, or not the model that this program was made for (expected SHA-256 " +
                           std::string(sha256) + ")");
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
    return {Reason::kFailed, support::printable(path) + ": the runtime gave its " + tensor + " no memory"};
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

std::uint32_t adler32_of_file(const std::string& path) {
  constexpr std::uint32_t kPrime = 65521;
  constexpr std::size_t kPieceBytes = 5552;  // the largest piece after which both sums are below 2^32
  const auto unreadable = [&] {
    return support::Error(Reason::kUnreadable,
                          "the model cannot be read: " + support::printable(path) + ": " + std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw unreadable();
  std::uint32_t sum = 1, sum_of_sums = 0;
  std::array<std::uint8_t, kPieceBytes> piece;
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), file.get())) {
    for (std::size_t i = 0; i < size; ++i) {
      sum += piece[i];
      sum_of_sums += sum;
    }
    sum %= kPrime;
    sum_of_sums %= kPrime;
  }
  if (std::ferror(file.get())) throw unreadable();
  return sum_of_sums << 16 | sum;
}

// --- errors of the runtime, and its log ---

namespace {

constexpr const char* kFailures[] = {"it cannot be loaded", "it cannot be prepared", "it cannot be run"};  // by Stage

struct Words {
  Reason reason;
  std::string text;
};

Words words(Error error, Stage stage) {
  const std::string runtime = std::string("ExecuTorch ") + build_info::kExecuTorchVersion;
  switch (error) {
    case Error::AccessFailed:
      return {Reason::kUnreadable, "the file cannot be opened"};
    case Error::OperatorMissing:
      return {Reason::kOperatorMissing, "it needs an operator that " + runtime + " as linked here does not have"};
    case Error::DelegateInvalidCompatibility:
      return {Reason::kOtherRelease, "its delegated part was written for another release than " + runtime};
    case Error::MemoryAllocationFailed:
    case Error::OutOfResources:
    case Error::DelegateMemoryAllocationFailed:
      return {Reason::kNoMemory, "there is not enough memory for it"};
    case Error::NotFound:
      if (stage == Stage::kLoadMethod) {
        return {Reason::kBackendMissing, "it needs a backend that is not linked into this program"};
      }
      break;
    default:
      break;
  }
  if (stage == Stage::kLoadProgram || error == Error::InvalidProgram || error == Error::InvalidExternalData) {
    return {Reason::kDamaged, "it is damaged, or not a program that " + runtime + " reads"};
  }
  return {Reason::kFailed, kFailures[static_cast<std::size_t>(stage)]};
}

// Written by any thread of the runtime.
struct Log {
  std::mutex mutex;
  std::string first_error;
};

Log& log() {
  static Log instance;
  return instance;
}

void keep_message(et_timestamp_t, et_pal_log_level_t level, const char*, const char*, std::size_t, const char* message,
                  std::size_t length) {
  if (level == kFatal) {  // the process ends here
    std::fwrite(message, 1, length, stderr);
    std::fputc('\n', stderr);
  }
  if (level != kError) return;
  const std::lock_guard<std::mutex> lock(log().mutex);
  if (log().first_error.empty()) log().first_error.assign(message, length);
}

// Returns and forgets the first error that was logged since the last call, or "".
std::string take_runtime_error() {
  const std::lock_guard<std::mutex> lock(log().mutex);
  return std::exchange(log().first_error, {});
}

void throw_if_failed(Error error, Stage stage, const std::string& path) {
  if (error != Error::Ok) {
    throw error_of_runtime(static_cast<std::uint32_t>(error), stage, path, take_runtime_error());
  }
  take_runtime_error();  // an error that was logged before a success is no cause of a later failure
}

}  // namespace

support::Error error_of_runtime(std::uint32_t code, Stage stage, const std::string& path, const std::string& detail) {
  const Words said = words(static_cast<Error>(code), stage);
  std::string message = support::printable(path) + ": " + said.text + " (ExecuTorch error " + std::to_string(code);
  if (!detail.empty()) message += ": " + support::printable(detail);
  return {said.reason, message + ")"};
}

void keep_runtime_log() {
  // Once: the runtime logs a second call as an error.
  [[maybe_unused]] static const bool is_kept =
      executorch::runtime::register_pal(executorch::runtime::PalImpl::create(&keep_message, "model.cpp"));
}

// --- threads: all models of a process share one pool ---

namespace {

#ifdef ET_USE_THREADPOOL
constexpr bool kHasPool = true;
executorch::extension::threadpool::ThreadPool& threads_of_executorch() {
  return *executorch::extension::threadpool::get_threadpool();
}
int thread_count() { return static_cast<int>(threads_of_executorch().get_thread_count()); }
// Unsafe while a model is loaded.
void exchange_pool(int threads) {
  threads_of_executorch()._unsafe_reset_threadpool(static_cast<std::uint32_t>(threads));
}
#else  // an ExecuTorch that was built without threads
constexpr bool kHasPool = false;
int thread_count() { return 1; }
void exchange_pool(int) {}
#endif

struct Pool {
  std::mutex mutex;
  int users = 0;
  const int own_choice = thread_count();  // ExecuTorch's: no number was set yet
};

Pool& pool() {
  static Pool instance;
  return instance;
}

void PoolUser::count(int change) {
  const std::lock_guard<std::mutex> lock(pool().mutex);
  pool().users += change;
}

}  // namespace

void set_threads(int threads) {
  Pool& my = pool();
  const std::lock_guard<std::mutex> lock(my.mutex);
  const int wanted = threads == 0 ? my.own_choice : threads, now = thread_count();
  if (!kHasPool || wanted == now) return;
  if (my.users > 0) {
    throw std::logic_error("a loaded model uses " + std::to_string(now) + " threads, so there cannot be " +
                           std::to_string(wanted) + " now");
  }
  exchange_pool(wanted);
}

int threads() { return thread_count(); }

}  // namespace detector
