// A keypoint of a pose.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// In pixels of the upright picture, from its top left corner, inside the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedKeypoint) NS_SWIFT_SENDABLE
@interface EDGKeypoint : NSObject

@property(nonatomic, readonly) float x;
@property(nonatomic, readonly) float y;
/// The visibility that the model predicts, 0 to 1; 1 if it predicts none.
@property(nonatomic, readonly) float score;
/// Whether its score is at least 0.25: Ultralytics draws these.
@property(nonatomic, readonly, getter=isVisible) BOOL visible;

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
