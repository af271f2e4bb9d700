// Golden vectors come from outside: what is wrong with them is told as such, wherever it shows.
#pragma once

#include <stdexcept>
#include <string>

#include "support/error.h"
#include "support/text.h"

namespace parity {

// Returns what the function returns. A value that is missing, of another kind or too short becomes a support::Error.
template <typename Function>
auto reading(const Function& function) {
  const auto damaged = [](const std::exception& error) {
    return support::Error(support::Reason::kVectors,
                          "the golden vectors cannot be read: " + support::printable(error.what()));
  };
  try {
    return function();
  } catch (const support::Error&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw damaged(error);
  } catch (const std::out_of_range& error) {
    throw damaged(error);
  }
}

}  // namespace parity
