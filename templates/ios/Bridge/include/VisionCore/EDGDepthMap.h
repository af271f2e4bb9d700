// The depth of every pixel.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// It has the size of the upright picture. Depths are in the model's unit: metres, or relative depths without a unit.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedDepthMap) NS_SWIFT_SENDABLE
@interface EDGDepthMap : NSObject

/// In pixels.
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// A `float` for each pixel, row by row. It may be infinite or NaN.
@property(nonatomic, readonly, copy) NSData *values;
/// Of the finite depths; NaN if there are none.
@property(nonatomic, readonly) float lowest;
@property(nonatomic, readonly) float highest;

/// Returns the map as a picture of 4 bytes a pixel: every `step`th pixel of every `step`th row, from the first one on.
/// Infinite depths and NaN are transparent. Empty if a size is below 1 or there are too few bytes.
///
/// - Parameters:
///   - values: A `float` for each pixel of the map, row by row.
///   - width: Of the map, in pixels.
///   - height: Like width.
///   - step: 1 or more.
///   - lowest: This depth and smaller ones have the first colour.
///   - highest: This depth and larger ones have the last colour.
///   - colors: 4 bytes for each of 256 colours.
+ (NSData *)paintValues:(NSData *)values
                  width:(NSInteger)width
                 height:(NSInteger)height
                   step:(NSInteger)step
                 lowest:(double)lowest
                highest:(double)highest
                 colors:(NSData *)colors NS_SWIFT_NAME(paint(values:width:height:step:lowest:highest:colors:));

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
