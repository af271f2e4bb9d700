#import "VCText.h"

#include <cstring>

#include "support/text.h"

namespace bridge {
namespace {

NSString *_Nullable from_utf8(std::string_view text) {
  return [[NSString alloc] initWithBytes:text.data() length:text.size() encoding:NSUTF8StringEncoding];
}

}  // namespace

NSString *to_nsstring(std::string_view text) { return from_utf8(text) ?: from_utf8(support::printable(text)) ?: @""; }

std::string to_path(NSString *_Nullable path) {
  const char *bytes = path.UTF8String;  // none for half a surrogate pair
  // The system would stop at a zero in the middle, and open another file.
  if (bytes == nullptr || std::strlen(bytes) != [path lengthOfBytesUsingEncoding:NSUTF8StringEncoding]) return {};
  return bytes;
}

}  // namespace bridge
