// What in a picture belongs to an object, pixel by pixel; and all of it as one picture in colours.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// A part of a bitmap of the size of the model's input, in which the picture lies with a border.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedMask) NS_SWIFT_SENDABLE
@interface EDGMask : NSObject

/// Of the whole bitmap, in its pixels.
@property(nonatomic, readonly) NSInteger bitmapWidth;
@property(nonatomic, readonly) NSInteger bitmapHeight;
/// Where the whole bitmap lies, in pixels of the upright picture: it sticks out by the border.
@property(nonatomic, readonly) double bitmapLeft;
@property(nonatomic, readonly) double bitmapTop;
@property(nonatomic, readonly) double bitmapRight;
@property(nonatomic, readonly) double bitmapBottom;
/// The part, in pixels of the bitmap: nothing outside of it belongs to the object.
@property(nonatomic, readonly) NSInteger left;
@property(nonatomic, readonly) NSInteger top;
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// A byte for each pixel of the part, row by row: 1 where it belongs to the object, else 0.
@property(nonatomic, readonly, copy) NSData *pixels;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// Paints masks over each other, half transparent with an edge. Not for two threads at a time.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(MaskCanvas) @interface EDGMaskCanvas : NSObject

@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// 4 bytes a pixel: red, green and blue, each times the last one, the opacity.
@property(nonatomic, readonly, copy) NSData *rgba;

/// Nothing is on it yet.
///
/// - Parameters:
///   - width: Of the masks' bitmaps, in pixels.
///   - height: As width.
- (instancetype)initWithWidth:(NSInteger)width
                       height:(NSInteger)height NS_DESIGNATED_INITIALIZER NS_SWIFT_NAME(init(width:height:));

/// Takes everything off it.
- (void)clear NS_SWIFT_NAME(clear());

/// Paints a mask over those that are there. What does not lie within the canvas, or has too few bytes, is left out.
///
/// - Parameters:
///   - pixels: A byte for each pixel of the part, row by row; not 0: to be painted.
///   - left: Of the part, in pixels of the canvas.
///   - top: As left.
///   - width: As left.
///   - height: As left.
///   - red: From 0 to 1, in sRGB.
///   - green: As red.
///   - blue: As red.
- (void)paintPixels:(NSData *)pixels
               left:(NSInteger)left
                top:(NSInteger)top
              width:(NSInteger)width
             height:(NSInteger)height
                red:(double)red
              green:(double)green
               blue:(double)blue NS_SWIFT_NAME(paint(pixels:left:top:width:height:red:green:blue:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
