// What a detector finds in a picture.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// One object. Its corners are in pixels of the upright picture, from the top left corner, within the picture.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Detection) NS_SWIFT_SENDABLE
@interface EDGDetection : NSObject

@property(nonatomic, readonly) float left;
@property(nonatomic, readonly) float top;
@property(nonatomic, readonly) float right;
@property(nonatomic, readonly) float bottom;
/// 0 to 1.
@property(nonatomic, readonly) float score;
/// The index into `EDGModelInfo.classNames`.
@property(nonatomic, readonly) NSInteger classIndex;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// All objects in a picture, and how long it took to find them.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectionResult) NS_SWIFT_SENDABLE
@interface EDGDetectionResult : NSObject

/// Best first.
@property(nonatomic, readonly, copy) NSArray<EDGDetection *> *detections;
/// How many boxes above the confidence there were before non-maximum suppression.
@property(nonatomic, readonly) NSInteger candidateCount;
/// Of the upright picture, in pixels.
@property(nonatomic, readonly) NSInteger imageWidth;
@property(nonatomic, readonly) NSInteger imageHeight;
/// Letterbox and normalization.
@property(nonatomic, readonly) double preprocessMilliseconds;
/// The model.
@property(nonatomic, readonly) double inferenceMilliseconds;
/// Boxes, non-maximum suppression, and back to the picture.
@property(nonatomic, readonly) double postprocessMilliseconds;
/// The sum of the three.
@property(nonatomic, readonly) double totalMilliseconds;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
