#import "EDGText.h"

#include <cstring>

#import "EDGErrors.h"
#include "support/text.h"

namespace bridge {
namespace {

NSString *_Nullable from_utf8(std::string_view text) {
  return [[NSString alloc] initWithBytes:text.data() length:text.size() encoding:NSUTF8StringEncoding];
}

}  // namespace

NSString *to_nsstring(std::string_view text) { return from_utf8(text) ?: from_utf8(support::printable(text)) ?: @""; }

std::string to_path(NSString *_Nullable path, EDGError code) {
  const char *bytes = path.UTF8String;  // none for half a surrogate pair
  // The system would stop at a zero in the middle, and open another file.
  if (path.length == 0 || bytes == nullptr ||
      std::strlen(bytes) != [path lengthOfBytesUsingEncoding:NSUTF8StringEncoding]) {
    throw Refusal(code, path.length == 0 ? "the path is empty" : "the path is none that a file can have",
                  "Pass the path of a file in the app's bundle");
  }
  return bytes;
}

}  // namespace bridge
