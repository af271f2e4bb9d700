// Counts what the letterbox allocates after the first frame: it must be nothing.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

#include "pixels.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr int kInput = 64;  // pixels a side

std::size_t frames(const char* name, int width, int height, int orientation = 1, Format format = kRgb) {
  std::vector<std::uint8_t> picture(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::vector<float> tensor(std::size_t{3} * kInput * kInput);
  std::vector<std::uint8_t> bytes(tensor.size());
  const Stored stored{picture.data(), width, height, width * 3, format, orientation, picture.data(), width + 1};
  vision::Nv12Converter converter;
  vision::ModelInfo info;
  info.input_width = info.input_height = kInput;
  vision::Letterbox letterbox(info);
  std::size_t before = 0;
  for (int frame = 0; frame < 20; ++frame) {
    if (frame == 1) before = allocations;  // the first frame may allocate
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(std::rand());
    const vision::ImageView view = upright_view(stored, converter);
    letterbox.to_tensor(view, tensor.data());
    letterbox.to_planes(view, bytes.data());
  }
  const std::size_t during = allocations - before;
  std::printf("%s: %zu allocations\n", name, during);
  return during;
}

}  // namespace

int main() {
  constexpr int kUp = 1, kDown = 3, kRight = 6, kLeft = 8;
  const std::size_t all =
      frames("copied", kInput, kInput) + frames("halved", 2 * kInput, 2 * kInput) + frames("interpolated", 100, 70) +
      frames("enlarged", 10, 30) + frames("mirrored", 100, 70, kDown) + frames("turned", 100, 70, kRight) +
      frames("turned and halved", 2 * kInput, kInput, kLeft) + frames("luma and chroma", 100, 70, kUp, kNv12) +
      frames("luma and chroma, turned", 101, 71, kRight, kNv12);
  return all == 0 ? 0 : 1;
}
