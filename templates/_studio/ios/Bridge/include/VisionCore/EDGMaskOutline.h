// The outline of a mask.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(MaskOutline) @interface EDGMaskOutline : NSObject

/// x and y of the points, in pixels of the upright picture, as Ultralytics' `masks.xy`. Empty for an empty mask, a part
/// outside the bitmap, too few bytes, and without memory.
///
/// - Parameters:
///   - pixels: A byte for each pixel of the part, row by row; not 0 for the object.
///   - left: Of the part, in pixels of the bitmap.
///   - top: As left.
///   - width: As left.
///   - height: As left.
///   - bitmapWidth: Of the whole bitmap, in pixels.
///   - bitmapHeight: As bitmapWidth.
///   - pictureWidth: Of the upright picture, in pixels.
///   - pictureHeight: As pictureWidth.
+ (NSArray<NSNumber *> *)pointsOfPixels:(NSData *)pixels
                                   left:(NSInteger)left
                                    top:(NSInteger)top
                                  width:(NSInteger)width
                                 height:(NSInteger)height
                            bitmapWidth:(NSInteger)bitmapWidth
                           bitmapHeight:(NSInteger)bitmapHeight
                           pictureWidth:(NSInteger)pictureWidth
                          pictureHeight:(NSInteger)pictureHeight
    NS_SWIFT_NAME(points(pixels:left:top:width:height:bitmapWidth:bitmapHeight:pictureWidth:pictureHeight:));

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
