// The class of every pixel.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// The share of a class in the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedShare) NS_SWIFT_SENDABLE
@interface EDGClassShare : NSObject

/// The index into `EDGModelInfo.classNames`.
@property(nonatomic, readonly) NSInteger classIndex;
/// Of the picture's area, more than 0 and at most 1.
@property(nonatomic, readonly) float share;

- (instancetype)init NS_UNAVAILABLE;

@end

/// It has the size of the upright picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedClassMap) NS_SWIFT_SENDABLE
@interface EDGClassMap : NSObject

/// In pixels.
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// A byte for each pixel, row by row: the index into `EDGModelInfo.classNames`; 255: no class, or a hidden one.
@property(nonatomic, readonly, copy) NSData *pixels;
/// Of the classes in the picture, the largest first.
@property(nonatomic, readonly, copy) NSArray<EDGClassShare *> *shares;

/// Returns the map as a picture of 4 bytes a pixel: every `step`th pixel of every `step`th row, from the first one on.
/// Empty if a size is below 1 or there are too few bytes.
///
/// - Parameters:
///   - pixels: A byte for each pixel of the map, row by row.
///   - width: Of the map, in pixels.
///   - height: Like width.
///   - step: 1 or more.
///   - colors: 4 bytes for each of the 256 values of a pixel.
+ (NSData *)paintPixels:(NSData *)pixels
                  width:(NSInteger)width
                 height:(NSInteger)height
                   step:(NSInteger)step
                 colors:(NSData *)colors NS_SWIFT_NAME(paint(pixels:width:height:step:colors:));

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
