// Which thing in this frame is which one of the frames before.
#import <Foundation/Foundation.h>

#import <VisionCore/EDGDetectionResult.h>

NS_ASSUME_NONNULL_BEGIN

/// Follows things through the frames of one camera or video, by ByteTrack. One source, one tracker; not for two threads
/// at a time.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Tracker) @interface EDGTracker : NSObject

/// A detection with a score above it can continue a track: a detector's confidence should be this one.
@property(class, nonatomic, readonly) double leastScore;

/// Looks at the next frame and returns the things that are followed, in the order of their tracks: each where it is
/// believed to be, with its number and all that was found with it. A new one is there from its second frame on, those
/// of the very first frame at once; one that is hidden is waited for.
///
/// - Parameter result: Of a detector; its boxes, not those that a tracker gave.
///
/// Fails with `EDGErrorOutOfMemory`.
- (nullable NSArray<EDGDetection *> *)followResult:(EDGDetectionResult *)result
                                             error:(NSError **)error NS_SWIFT_NAME(follow(_:));

/// The same, and boxes and keypoints of what stands still are held still; what moves is late by a little.
///
/// - Parameter seconds: When the frame was seen, by a clock that never goes back.
- (nullable NSArray<EDGDetection *> *)followResult:(EDGDetectionResult *)result
                                    smoothedAtTime:(double)seconds
                                             error:(NSError **)error NS_SWIFT_NAME(follow(_:smoothedAt:));

- (instancetype)init NS_DESIGNATED_INITIALIZER;

@end

NS_ASSUME_NONNULL_END
