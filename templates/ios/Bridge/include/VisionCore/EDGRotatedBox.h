// An oriented box.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// A corner, in pixels of the upright picture. It may be outside the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedCorner) NS_SWIFT_SENDABLE
@interface EDGCorner : NSObject

@property(nonatomic, readonly) float x;
@property(nonatomic, readonly) float y;

- (instancetype)init NS_UNAVAILABLE;

@end

/// In pixels of the upright picture. It may be partly outside the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedRotatedBox) NS_SWIFT_SENDABLE
@interface EDGRotatedBox : NSObject

@property(nonatomic, readonly) float centerX;
@property(nonatomic, readonly) float centerY;
@property(nonatomic, readonly) float width;
@property(nonatomic, readonly) float height;
/// As the model gives it, in radians, clockwise. The width need not be the longer side.
@property(nonatomic, readonly) float angle;
/// The four corners, in order around the box.
@property(nonatomic, readonly, copy) NSArray<EDGCorner *> *corners;

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
