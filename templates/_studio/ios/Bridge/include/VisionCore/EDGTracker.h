// Tracks objects from frame to frame.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

@class EDGDetection, EDGDetectionResult;

/// ByteTrack. One tracker for one camera or video; not for two threads at a time.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Tracker) @interface EDGTracker : NSObject

/// The lowest score that can continue a track: use it as the detector's confidence threshold.
@property(class, nonatomic, readonly) double leastScore;

/// Returns the tracked objects in the next frame, in the order of their tracks, with their track IDs. A new object is
/// returned from its second frame on, in the very first frame at once. A hidden object is waited for.
///
/// - Parameter result: Of a detector, not of a tracker.
///
/// Fails with `EDGErrorOutOfMemory`.
- (nullable NSArray<EDGDetection *> *)followResult:(EDGDetectionResult *)result
                                             error:(NSError **)error NS_SWIFT_NAME(follow(_:));

- (instancetype)init NS_DESIGNATED_INITIALIZER;

@end

NS_ASSUME_NONNULL_END
