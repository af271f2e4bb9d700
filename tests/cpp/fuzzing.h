// Random input whose buffers end exactly where they may be read or written, and a digest of what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "vision/model_info.h"

namespace fuzzing {

// Sebastiano Vigna's splitmix64: the same numbers with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  int below(int end) { return static_cast<int>(bits() % static_cast<std::uint64_t>(end)); }
  int between(int first, int last) { return first + below(last - first + 1); }
  // Few bits, so that no arithmetic on it is rounded differently anywhere.
  float uniform(int low, int high) { return static_cast<float>(between(low * 1024, high * 1024)) / 1024; }

 private:
  std::uint64_t state_;
};

// FNV-1a
class Digest {
 public:
  void add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001B3U;
  }
  void add(int value) { add(&value, sizeof value); }
  void print(const char* name) const { std::printf("%s %016llx\n", name, static_cast<unsigned long long>(value_)); }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

// No vector: its spare capacity would hide a read behind the end.
template <typename T>
std::unique_ptr<T[]> exactly(std::size_t count) {
  return std::unique_ptr<T[]>(new T[count]());
}

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kOddValues[] = {
    std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, 3e38F, -3e38F, 0, -0.0F};
inline constexpr int kOddCount = 7;

inline float value_or_odd(Random& random, int low, int high) {
  return random.below(40) == 0 ? kOddValues[random.below(kOddCount)] : random.uniform(low, high);
}

// What int8 stands for; scales of few bits, as in Random::uniform.
inline vision::Steps any_steps(Random& random) {
  const float scale = static_cast<float>(random.between(1, 8)) / 64;
  return {scale, random.between(-128, 127)};
}

// A tensor, in float32 or in int8, that ends where reading must.
class Values {
 public:
  Values(Random& random, std::size_t count, int low, int high) {
    if (random.below(2) == 0) {
      floats_ = exactly<float>(count);
      for (std::size_t i = 0; i < count; ++i) floats_[i] = value_or_odd(random, low, high);
      numbers_ = floats_.get();
    } else {
      bytes_ = exactly<std::int8_t>(count);
      for (std::size_t i = 0; i < count; ++i) bytes_[i] = static_cast<std::int8_t>(random.bits());
      numbers_ = vision::Numbers(bytes_.get(), any_steps(random));
    }
  }
  const vision::Numbers& numbers() const { return numbers_; }

 private:
  std::unique_ptr<float[]> floats_;
  std::unique_ptr<std::int8_t[]> bytes_;
  vision::Numbers numbers_;
};

// Noise, with room between its rows, but none behind the last one.
class Plane {
 public:
  Plane(Random& random, int used, int rows)
      : row_(used + random.below(5)),
        size_(static_cast<std::size_t>(row_) * static_cast<std::size_t>(rows - 1) + static_cast<std::size_t>(used)),
        bytes_(exactly<std::uint8_t>(size_)) {
    for (std::size_t i = 0; i < size_; ++i) bytes_[i] = static_cast<std::uint8_t>(random.bits());
  }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::ptrdiff_t row() const { return row_; }

 private:
  int row_;
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

}  // namespace fuzzing
