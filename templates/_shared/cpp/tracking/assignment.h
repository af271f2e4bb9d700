// Which of these goes with which of those, at the least cost together.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace vision {

// The linear assignment problem of a square matrix of costs, by the algorithm of Jonker and Volgenant (Computing 38,
// 1987). Where several assignments cost the same, it is the one that the `lap` package gives, which Ultralytics uses.
class Assignment {
 public:
  // costs: size x size, row by row.
  Assignment(std::vector<double> costs, std::size_t size);

  std::size_t column_of(std::size_t row) const { return column_of_[row]; }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  double cost(std::size_t row, std::size_t column) const { return costs_[row * size_ + column]; }
  double paid(std::size_t row, std::size_t column) const { return cost(row, column) - prices_[column]; }

  // Gives every row one of the columns for which it is the cheapest; returns the rows without any.
  std::vector<std::size_t> reduce_columns();
  // Lets free rows take the column that is best for them from others, as long as prices fall.
  std::vector<std::size_t> reduce_rows(std::vector<std::size_t> waiting);
  // Gives a free row a column along the shortest path to a free one, on which columns change hands.
  void augment(std::size_t start);
  // Puts the nearest columns from low on to the front of the others; returns where they end.
  std::size_t nearest(std::size_t low);
  // Goes on from the nearest columns, from low to high; returns a free one that is as near, or none.
  std::size_t scan(std::size_t low, std::size_t& high);

  const std::vector<double> costs_;
  const std::size_t size_;
  std::vector<double> prices_;  // of the columns
  std::vector<std::size_t> row_of_, column_of_;
  std::vector<std::size_t> order_, before_;
  std::vector<double> length_;
};

}  // namespace vision
