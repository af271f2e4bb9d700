// Pairs rows and columns at the lowest total cost.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace vision {

// The linear assignment problem of a square matrix of costs, by the algorithm of Jonker and Volgenant (Computing 38,
// 1987). Of assignments with equal cost it gives that of the `lap` package, which Ultralytics uses.
class Assignment {
 public:
  // costs: size x size, row by row.
  Assignment(std::vector<double> costs, std::size_t size);

  std::size_t column_of(std::size_t row) const { return column_of_[row]; }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  double cost(std::size_t row, std::size_t column) const { return costs_[row * size_ + column]; }
  double paid(std::size_t row, std::size_t column) const { return cost(row, column) - prices_[column]; }

  // Gives each column to its cheapest row. Returns the rows without a column.
  std::vector<std::size_t> reduce_columns();
  // Lets free rows take their best column from others, as long as prices fall.
  std::vector<std::size_t> reduce_rows(std::vector<std::size_t> waiting);
  // Gives a free row a column, along the shortest path of exchanges to a free column.
  void augment(std::size_t start);
  // Moves the nearest columns to the front, from low on. Returns their end.
  std::size_t nearest(std::size_t low);
  // Continues from the nearest columns, from low to high. Returns a free column at the same distance, or none.
  std::size_t scan(std::size_t low, std::size_t& high);

  const std::vector<double> costs_;
  const std::size_t size_;
  std::vector<double> prices_;  // of the columns
  std::vector<std::size_t> row_of_, column_of_;
  std::vector<std::size_t> order_, before_;
  std::vector<double> length_;
};

}  // namespace vision
