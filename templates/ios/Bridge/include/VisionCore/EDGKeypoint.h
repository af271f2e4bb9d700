// A point of a pose.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// In pixels of the upright picture, from the top left corner, within the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectedKeypoint) NS_SWIFT_SENDABLE
@interface EDGKeypoint : NSObject

@property(nonatomic, readonly) float x;
@property(nonatomic, readonly) float y;
/// 0 to 1, how sure the model is that the point can be seen; 1 of a model that does not say.
@property(nonatomic, readonly) float score;
/// Whether it is worth drawing: its score is at least 0.25, as PyTorch draws them.
@property(nonatomic, readonly, getter=isVisible) BOOL visible;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
