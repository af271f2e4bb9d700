// Text from C++ to Objective-C and back.
#pragma once

#import <Foundation/Foundation.h>
#import <VisionCore/EDGError.h>

#include <string>
#include <string_view>

NS_ASSUME_NONNULL_BEGIN

namespace bridge {

// Bytes that are not UTF-8 become U+FFFD.
NSString *to_nsstring(std::string_view text);

// A path as the system wants it. Throws Refusal with the code for one that no file can have.
std::string to_path(NSString *_Nullable path, EDGError code);

}  // namespace bridge

NS_ASSUME_NONNULL_END
