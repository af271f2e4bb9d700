// Counts the allocations of the letterbox for each frame after the first one. There should be none.
//
//   allocations FRAMES PICTURE WIDTH HEIGHT INPUT
//
// PICTURE: BGR bytes. Writes one JSON object to standard output.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "vision/letterbox.h"

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

constexpr int kArguments = 5;

std::vector<std::uint8_t> read(const char* path, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count))) {
    throw std::runtime_error(std::string(path) + " is too short");
  }
  return bytes;
}

int run(char** arguments, int count) {
  if (count != kArguments) throw std::runtime_error("wrong number of arguments");
  const int frames = std::atoi(arguments[0]), width = std::atoi(arguments[2]), height = std::atoi(arguments[3]);
  const int input = std::atoi(arguments[4]);
  const auto picture =
      read(arguments[1], std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const vision::ImageView view = vision::bgr_view(picture.data(), width, height, std::ptrdiff_t{3} * width);
  std::vector<float> tensor(std::size_t{3} * static_cast<std::size_t>(input) * static_cast<std::size_t>(input));

  const std::size_t before = allocations;
  vision::ModelInfo info;
  info.input_width = info.input_height = input;
  vision::Letterbox letterbox(info);
  letterbox.to_tensor(view, tensor.data());
  const std::size_t after_first = allocations;
  for (int frame = 0; frame < frames; ++frame) letterbox.to_tensor(view, tensor.data());
  std::printf("{\"frames\":%d,\"first_frame\":%zu,\"letterbox\":%zu}\n", frames, after_first - before,
              allocations - after_first);
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
