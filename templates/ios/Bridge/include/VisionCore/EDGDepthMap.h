// How far away every pixel of a picture is.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// A map of the upright picture's size. Distances are in the model's unit: metres, or none that means anything by
/// itself.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedDepthMap) NS_SWIFT_SENDABLE
@interface EDGDepthMap : NSObject

/// In pixels.
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// A `float` for each pixel, row by row. One may be infinite, or no number.
@property(nonatomic, readonly, copy) NSData *values;
/// Of those that are numbers; not a number where there are none.
@property(nonatomic, readonly) float lowest;
@property(nonatomic, readonly) float highest;

/// Returns a map as a picture of 4 bytes a pixel: every `step`th pixel of every `step`th row, the first ones among
/// them. What is no number, or infinite, stays transparent. Empty where a size is below 1 or there are too few bytes.
///
/// - Parameters:
///   - values: A `float` for each pixel of the map, row by row.
///   - width: Of the map, in pixels.
///   - height: As width.
///   - step: 1 or more.
///   - lowest: What has the first colour. So has what is below it.
///   - highest: What has the last colour, with all that is above it.
///   - colors: 4 bytes for each of 256 colours.
+ (NSData *)paintValues:(NSData *)values
                  width:(NSInteger)width
                 height:(NSInteger)height
                   step:(NSInteger)step
                 lowest:(double)lowest
                highest:(double)highest
                 colors:(NSData *)colors NS_SWIFT_NAME(paint(values:width:height:step:lowest:highest:colors:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
