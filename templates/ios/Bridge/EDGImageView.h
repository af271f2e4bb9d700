// A caller's picture, checked, as the core sees it. Nothing is copied.
#pragma once

#import <VisionCore/EDGImage.h>

#include "vision/image.h"

namespace bridge {

struct Plane {
  const void *bytes;
  NSInteger bytes_per_row;
};

struct Size {
  NSInteger width, height;  // pixels, as stored
};

// Both throw bridge::Refusal for a picture that cannot be what the caller meant.
vision::ImageView packed_image(Plane pixels, Size size, EDGPixelFormat format, EDGImageOrientation orientation);
vision::ImageView biplanar_image(Plane luma, Plane chroma, Size size, EDGYCbCrEncoding encoding,
                                 EDGImageOrientation orientation);

}  // namespace bridge
