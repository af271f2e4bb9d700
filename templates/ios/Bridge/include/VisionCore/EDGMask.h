// The mask of an object, and a canvas for all masks of a picture.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// A part of a bitmap. The bitmap has the size of the model's input and contains the picture with a border.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedMask) NS_SWIFT_SENDABLE
@interface EDGMask : NSObject

/// The size of the whole bitmap in pixels.
@property(nonatomic, readonly) NSInteger bitmapWidth;
@property(nonatomic, readonly) NSInteger bitmapHeight;
/// The edges of the whole bitmap in pixels of the upright picture. It is larger than the picture by the border.
@property(nonatomic, readonly) double bitmapLeft;
@property(nonatomic, readonly) double bitmapTop;
@property(nonatomic, readonly) double bitmapRight;
@property(nonatomic, readonly) double bitmapBottom;
/// The part in pixels of the bitmap. No pixel outside it belongs to the object.
@property(nonatomic, readonly) NSInteger left;
@property(nonatomic, readonly) NSInteger top;
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// A byte for each pixel of the part, row by row: 1 for the object, else 0.
@property(nonatomic, readonly, copy) NSData *pixels;

- (instancetype)init NS_UNAVAILABLE;

@end

/// Paints masks over each other, half transparent with an edge. Not thread-safe.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(MaskCanvas) @interface EDGMaskCanvas : NSObject

@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// 4 bytes a pixel: premultiplied red, green and blue, and opacity.
@property(nonatomic, readonly, copy) NSData *rgba;

/// An empty canvas.
///
/// - Parameters:
///   - width: Of the masks' bitmaps, in pixels.
///   - height: Like width.
- (instancetype)initWithWidth:(NSInteger)width
                       height:(NSInteger)height NS_DESIGNATED_INITIALIZER NS_SWIFT_NAME(init(width:height:));

/// Removes all masks.
- (void)clear NS_SWIFT_NAME(clear());

/// Paints a mask over the earlier ones. Ignores a mask outside the canvas or with too few bytes.
///
/// - Parameters:
///   - pixels: A byte for each pixel of the part, row by row; 0: not painted.
///   - left: Of the part, in pixels of the canvas.
///   - top: Like left.
///   - width: Like left.
///   - height: Like left.
///   - red: From 0 to 1, in sRGB.
///   - green: Like red.
///   - blue: Like red.
- (void)paintPixels:(NSData *)pixels
               left:(NSInteger)left
                top:(NSInteger)top
              width:(NSInteger)width
             height:(NSInteger)height
                red:(double)red
              green:(double)green
               blue:(double)blue NS_SWIFT_NAME(paint(pixels:left:top:width:height:red:green:blue:));

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
