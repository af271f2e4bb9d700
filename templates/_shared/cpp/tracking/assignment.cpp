#include "tracking/assignment.h"

#include <algorithm>
#include <utility>

namespace vision {

Assignment::Assignment(std::vector<double> costs, std::size_t size)
    : costs_(std::move(costs)),
      size_(size),
      prices_(size, std::numeric_limits<double>::infinity()),
      row_of_(size, 0),
      column_of_(size, kNone) {
  for (std::size_t row = 0; row < size_; ++row) {
    for (std::size_t column = 0; column < size_; ++column) {
      if (!(cost(row, column) < prices_[column])) continue;
      prices_[column] = cost(row, column);
      row_of_[column] = row;
    }
  }
  std::vector<std::size_t> free = reduce_columns();
  for (int i = 0; i < 2; ++i) free = reduce_rows(std::move(free));
  for (const std::size_t row : free) augment(row);
}

std::vector<std::size_t> Assignment::reduce_columns() {
  std::vector<char> is_alone(size_, 1);
  for (std::size_t column = size_; column-- > 0;) {
    const std::size_t row = row_of_[column];
    if (column_of_[row] == kNone) {
      column_of_[row] = column;
    } else {
      is_alone[row] = 0;
      row_of_[column] = kNone;
    }
  }
  std::vector<std::size_t> free;
  for (std::size_t row = 0; row < size_; ++row) {
    if (column_of_[row] == kNone) {
      free.push_back(row);
    } else if (is_alone[row]) {  // the price of its column falls by the cost of its next best one
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t column = 0; column < size_; ++column) {
        if (column != column_of_[row]) least = std::min(least, paid(row, column));
      }
      prices_[column_of_[row]] -= least;
    }
  }
  return free;
}

std::vector<std::size_t> Assignment::reduce_rows(std::vector<std::size_t> waiting) {
  std::vector<std::size_t> still_free;
  std::reverse(waiting.begin(), waiting.end());
  std::size_t turns = 0, taken = 0;
  while (!waiting.empty()) {
    const std::size_t row = waiting.back();
    waiting.pop_back();
    ++turns, ++taken;
    std::size_t best = 0, second = kNone;
    double least = paid(row, 0), next = std::numeric_limits<double>::infinity();
    for (std::size_t column = 1; column < size_; ++column) {
      const double here = paid(row, column);
      if (here < least) {
        next = std::exchange(least, here);
        second = std::exchange(best, column);
      } else if (here < next) {
        next = here;
        second = column;
      }
    }
    const double lowered = prices_[best] - (next - least);
    bool falls = lowered < prices_[best];
    std::size_t owner = row_of_[best];
    if (turns >= taken * size_) {
      falls = false;  // rounding could make it endless
    } else if (falls) {
      prices_[best] = lowered;
    } else if (owner != kNone && second != kNone) {
      best = second;
      owner = row_of_[second];
    }
    if (owner != kNone) {
      (falls ? waiting : still_free).push_back(owner);
      if (falls) --taken;
    }
    column_of_[row] = best;
    row_of_[best] = row;
  }
  return still_free;
}

void Assignment::augment(std::size_t start) {
  order_.resize(size_);
  length_.resize(size_);
  before_.assign(size_, start);
  for (std::size_t column = 0; column < size_; ++column) {
    order_[column] = column;
    length_[column] = paid(start, column);
  }
  std::size_t low = 0, high = 0, ready = 0;  // lengths are known up to low; the nearest others go up to high
  std::size_t last = kNone;
  while (last == kNone) {
    if (low == high) {
      ready = low;
      high = nearest(low);
      for (std::size_t place = low; place < high; ++place) {
        if (row_of_[order_[place]] == kNone) last = order_[place];
      }
    }
    if (last != kNone) break;
    std::size_t end = high;
    last = scan(low, end);
    if (last == kNone) low = high = end;
  }
  const double shortest = length_[order_[low]];
  for (std::size_t place = 0; place < ready; ++place) {
    prices_[order_[place]] += length_[order_[place]] - shortest;
  }
  for (std::size_t row = kNone; row != start;) {
    row = before_[last];
    row_of_[last] = row;
    std::swap(last, column_of_[row]);
  }
}

std::size_t Assignment::nearest(std::size_t low) {
  std::size_t high = low + 1;
  double shortest = length_[order_[low]];
  for (std::size_t place = high; place < size_; ++place) {
    const double length = length_[order_[place]];
    if (!(length <= shortest)) continue;
    if (length < shortest) high = low;
    shortest = length;
    std::swap(order_[place], order_[high++]);
  }
  return high;
}

std::size_t Assignment::scan(std::size_t low, std::size_t& high) {
  while (low != high) {
    const std::size_t from = order_[low++], row = row_of_[from];
    const double shortest = length_[from], offset = paid(row, from) - shortest;
    for (std::size_t place = high; place < size_; ++place) {
      const std::size_t column = order_[place];
      const double through = paid(row, column) - offset;
      if (!(through < length_[column])) continue;
      length_[column] = through;
      before_[column] = row;
      if (through < shortest || through > shortest) continue;
      if (row_of_[column] == kNone) return column;
      std::swap(order_[place], order_[high++]);
    }
  }
  return kNone;
}

}  // namespace vision
