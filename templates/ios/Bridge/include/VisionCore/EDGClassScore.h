// The probability of a class.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(LikelyClass) NS_SWIFT_SENDABLE
@interface EDGClassScore : NSObject

/// The index into `EDGModelInfo.classNames`.
@property(nonatomic, readonly) NSInteger classIndex;
/// 0 to 1. The sum over all classes of the model is 1.
@property(nonatomic, readonly) float score;

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
