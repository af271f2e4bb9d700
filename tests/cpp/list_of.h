// The lists of a ModelInfo are views: in tests, of a vector.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "vision/model_info.h"

template <typename T>
vision::List<T> list_of(const std::vector<T>& items) {
  static_assert(sizeof(vision::List<T>) == sizeof(const T*) + sizeof(std::size_t));
  vision::List<T> list;
  const T* data = items.data();
  const std::size_t size = items.size();
  std::memcpy(static_cast<void*>(&list), &data, sizeof data);
  std::memcpy(reinterpret_cast<char*>(&list) + sizeof data, &size, sizeof size);
  return list;
}
