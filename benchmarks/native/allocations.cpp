// Counts what letterbox, decode and NMS allocate for a frame, once they have seen one: it should be nothing.
//
//   allocations FRAMES PICTURE WIDTH HEIGHT INPUT CLASSES REG_MAX LOW HIGH {STRIDE CELLS BOX CLS}...
//
// PICTURE: BGR bytes. BOX, CLS: float32, one level of a model's raw output of CELLS x CELLS. Frames take turns between
// the confidences LOW and HIGH. One object of JSON on standard output.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "vision/decode.h"
#include "vision/letterbox.h"
#include "vision/nms.h"

namespace {
std::size_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr int kFixedArguments = 9, kLevelArguments = 4;

template <typename Value>
std::vector<Value> read(const char* path, std::size_t count) {
  std::vector<Value> values(count);
  std::ifstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(count * sizeof(Value));
  if (!file.read(reinterpret_cast<char*>(values.data()), bytes)) {
    throw std::runtime_error(std::string(path) + " is too short");
  }
  return values;
}

// Counts what happens between two calls.
class Count {
 public:
  void begin() { before_ = allocations; }
  void end() { total_ += allocations - before_; }
  std::size_t total() const { return total_; }

 private:
  std::size_t before_ = 0, total_ = 0;
};

int run(char** arguments, int count) {
  if (count < kFixedArguments + kLevelArguments || (count - kFixedArguments) % kLevelArguments != 0) {
    throw std::runtime_error("wrong number of arguments");
  }
  const int frames = std::atoi(arguments[0]), width = std::atoi(arguments[2]), height = std::atoi(arguments[3]);
  const int input = std::atoi(arguments[4]), reg_max = std::atoi(arguments[6]);
  const auto picture = read<std::uint8_t>(
      arguments[1], std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const vision::ImageView view{picture.data(), width, height, std::ptrdiff_t{3} * width, vision::PixelFormat::kBgr};
  vision::DecodeOptions options;
  options.num_classes = std::atoi(arguments[5]);
  options.reg_max = reg_max;
  const float confidences[] = {std::strtof(arguments[7], nullptr), std::strtof(arguments[8], nullptr)};

  std::vector<std::vector<float>> outputs;
  std::vector<vision::RawLevel> levels;
  for (int i = kFixedArguments; i < count; i += kLevelArguments) {
    const int cells = std::atoi(arguments[i + 1]);
    const auto plane = static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells);
    outputs.push_back(read<float>(arguments[i + 2], plane * 4 * static_cast<std::size_t>(reg_max)));
    outputs.push_back(read<float>(arguments[i + 3], plane * static_cast<std::size_t>(options.num_classes)));
    const std::size_t last = outputs.size() - 1;
    levels.push_back(
        {outputs[last - 1].data(), outputs[last].data(), cells, cells, std::strtof(arguments[i], nullptr)});
  }

  std::vector<float> tensor(std::size_t{3} * static_cast<std::size_t>(input) * static_cast<std::size_t>(input));
  vision::Letterbox letterbox(input, input, {});
  vision::Decoder decoder;
  vision::Nms nms;
  Count in_first, in_letterbox, in_decode, in_nms;
  std::size_t candidates = 0, kept = 0;
  for (int frame = 0; frame <= frames; ++frame) {
    const bool first = frame == 0;
    options.confidence = confidences[frame % 2 == 0 ? 1 : 0];
    if (first) in_first.begin();
    if (!first) in_letterbox.begin();
    letterbox.to_tensor(view, tensor.data());
    if (!first) in_letterbox.end();
    if (!first) in_decode.begin();
    const auto& found = decoder.raw(levels.data(), static_cast<int>(levels.size()), options);
    if (!first) in_decode.end();
    if (!first) in_nms.begin();
    const auto& positions = nms.run(found, {});
    if (!first) in_nms.end();
    if (first) in_first.end();
    if (found.size() > candidates) candidates = found.size();
    if (positions.size() > kept) kept = positions.size();
  }
  std::printf("{\"frames\":%d,\"first_frame\":%zu,\"letterbox\":%zu,\"decode\":%zu,\"nms\":%zu,", frames,
              in_first.total(), in_letterbox.total(), in_decode.total(), in_nms.total());
  std::printf("\"candidates\":%zu,\"kept\":%zu}\n", candidates, kept);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argv + 1, argc - 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "allocations: %s\n", error.what());
    return 1;
  }
}
