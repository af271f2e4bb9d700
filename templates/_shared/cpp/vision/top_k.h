// The best few of many scores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace vision {

// Keeps the k best of what it is shown, without keeping or sorting the rest. No allocation once k has been as large.
class TopK {
 public:
  struct Entry {
    float score = 0;
    int index = 0;     // of the candidate
    int class_id = 0;  // of which the score is
  };

  // Only scores above `floor` count.
  void start(std::size_t k, float floor) {
    k_ = k;
    floor_ = floor;
    entries_.clear();
    entries_.reserve(2 * k);
  }

  // A score that is not above this changes nothing any more. Rises as better ones come.
  float floor() const { return floor_; }

  // Entries come by rising index and class: of equal scores the first ones stay. Returns whether the floor has risen.
  bool add(const Entry& entry) {
    if (!(entry.score > floor_)) return false;
    entries_.push_back(entry);
    if (entries_.size() < 2 * k_) return false;
    drop_the_rest();
    return true;
  }

  // Returns the best by rising index and class; valid until the next start.
  const std::vector<Entry>& finish() {
    if (entries_.size() > k_) drop_the_rest();
    std::sort(entries_.begin(), entries_.end(), comes_first);
    return entries_;
  }

 private:
  static bool comes_first(const Entry& a, const Entry& b) {
    return a.index != b.index ? a.index < b.index : a.class_id < b.class_id;
  }

  static bool is_better(const Entry& a, const Entry& b) {
    return a.score != b.score ? a.score > b.score : comes_first(a, b);
  }

  void drop_the_rest() {
    const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
    std::nth_element(entries_.begin(), last, entries_.end(), is_better);
    floor_ = last->score;
    entries_.resize(k_);
  }

  std::size_t k_ = 0;
  float floor_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace vision
