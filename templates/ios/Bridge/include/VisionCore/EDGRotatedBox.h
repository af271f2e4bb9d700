// A box as it is turned.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// A corner of a turned box, in pixels of the upright picture, which it may lie outside of.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedCorner) NS_SWIFT_SENDABLE
@interface EDGCorner : NSObject

@property(nonatomic, readonly) float x;
@property(nonatomic, readonly) float y;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// Places and lengths are in pixels of the upright picture, which it may stick out of.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedRotatedBox) NS_SWIFT_SENDABLE
@interface EDGRotatedBox : NSObject

@property(nonatomic, readonly) float centerX;
@property(nonatomic, readonly) float centerY;
@property(nonatomic, readonly) float width;
@property(nonatomic, readonly) float height;
/// The model's own, in radians, clockwise on the screen; nothing says that the width is the longer side.
@property(nonatomic, readonly) float angle;
/// All four, one after another around the box.
@property(nonatomic, readonly, copy) NSArray<EDGCorner *> *corners;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
