// Which of the candidates are shown.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Thresholds) NS_SWIFT_SENDABLE
@interface EDGThresholds : NSObject

/// Those that the app was made with.
@property(class, nonatomic, readonly) EDGThresholds *standardThresholds NS_SWIFT_NAME(standard);

/// 0 to 1: a score must be above it.
@property(nonatomic, readonly) double confidence;
/// 0 to 1: of two boxes that overlap more, the better one stays.
@property(nonatomic, readonly) double iou;
/// 1 to 30,000 a picture.
@property(nonatomic, readonly) NSInteger maxDetections;
/// Whether boxes of different classes suppress each other.
@property(nonatomic, readonly, getter=isClassAgnostic) BOOL classAgnostic;

/// Fails with `EDGErrorInvalidThresholds` for a value outside its range.
- (nullable instancetype)initWithConfidence:(double)confidence
                                        iou:(double)iou
                              maxDetections:(NSInteger)maxDetections
                              classAgnostic:(BOOL)classAgnostic
                                      error:(NSError **)error NS_DESIGNATED_INITIALIZER
    NS_SWIFT_NAME(init(confidence:iou:maxDetections:classAgnostic:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
