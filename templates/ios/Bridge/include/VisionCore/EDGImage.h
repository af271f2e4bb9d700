// How a picture lies in memory.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

// clang-format off: it does not know NS_SWIFT_NAME in an enumeration

/// The bytes of a pixel, in the order of rising addresses. Alpha is ignored.
typedef NS_ENUM(NSInteger, EDGPixelFormat) {
  /// 4 bytes: `kCVPixelFormatType_32BGRA`.
  EDGPixelFormatBGRA NS_SWIFT_NAME(bgra),
  /// 4 bytes.
  EDGPixelFormatRGBA NS_SWIFT_NAME(rgba),
  /// 3 bytes.
  EDGPixelFormatRGB NS_SWIFT_NAME(rgb),
} NS_SWIFT_NAME(PixelFormat);

/// What the bytes of a bi-planar picture mean: the matrix (`kCVImageBufferYCbCrMatrixKey`), and whether luma goes from
/// 16 to 235 (`..BiPlanarVideoRange`) or from 0 to 255 (`..BiPlanarFullRange`).
typedef NS_ENUM(NSInteger, EDGYCbCrEncoding) {
  EDGYCbCrEncodingBT601Video NS_SWIFT_NAME(bt601Video),
  EDGYCbCrEncodingBT601Full NS_SWIFT_NAME(bt601Full),
  EDGYCbCrEncodingBT709Video NS_SWIFT_NAME(bt709Video),
  EDGYCbCrEncodingBT709Full NS_SWIFT_NAME(bt709Full),
} NS_SWIFT_NAME(YCbCrEncoding);

/// Where the top of the picture is among the stored rows: EXIF's numbers, which are also those of
/// `CGImagePropertyOrientation`.
typedef NS_ENUM(NSInteger, EDGImageOrientation) {
  EDGImageOrientationUp NS_SWIFT_NAME(up) = 1,
  EDGImageOrientationUpMirrored NS_SWIFT_NAME(upMirrored) = 2,
  EDGImageOrientationDown NS_SWIFT_NAME(down) = 3,
  EDGImageOrientationDownMirrored NS_SWIFT_NAME(downMirrored) = 4,
  EDGImageOrientationLeftMirrored NS_SWIFT_NAME(leftMirrored) = 5,
  /// To be turned clockwise by 90 degrees, as the frames of an iPhone's camera held upright.
  EDGImageOrientationRight NS_SWIFT_NAME(right) = 6,
  EDGImageOrientationRightMirrored NS_SWIFT_NAME(rightMirrored) = 7,
  EDGImageOrientationLeft NS_SWIFT_NAME(left) = 8,
} NS_SWIFT_NAME(ImageOrientation);
// clang-format on

NS_ASSUME_NONNULL_END
