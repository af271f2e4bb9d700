// The trial of an extra program on this device: are its results right, and is it faster?
#import <Foundation/Foundation.h>

#import <VisionCore/EDGDetector.h>

NS_ASSUME_NONNULL_BEGIN

/// The comparison of an extra program with the golden vectors.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(ProgramProof) NS_SWIFT_SENDABLE
@interface EDGProof : NSObject

/// Whether every stage passed.
@property(nonatomic, readonly, getter=isPassed) BOOL passed;
/// The largest difference of the result stage; infinite if values cannot be compared.
@property(nonatomic, readonly) double worst;
/// Of `worst`, such as "px".
@property(nonatomic, readonly, copy) NSString *unit;
@property(nonatomic, readonly) NSInteger pictureCount;
/// The first failure, in English; empty: none.
@property(nonatomic, readonly, copy) NSString *problem;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// One timed and compared run of an extra program.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(ProgramTiming) NS_SWIFT_SENDABLE
@interface EDGTiming : NSObject

/// The inference time.
@property(nonatomic, readonly) double milliseconds;
/// Of the other detector.
@property(nonatomic, readonly) double otherMilliseconds;
/// The first failure of the comparison, in English; empty: none.
@property(nonatomic, readonly, copy) NSString *problem;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Trial) @interface EDGTrial : NSObject

/// Whether a debugger runs the app, such as Xcode's: it may stop the app at any time.
@property(class, nonatomic, readonly, getter=isDebuggerAttached) BOOL debuggerAttached;

/// Compares every stage with the golden vectors, within the tolerances of the detector's program. Takes about a second
/// for each picture.
///
/// Fails with `EDGErrorVectorsUnreadable` or `EDGErrorRuntimeFailure`. Differences are in the proof and are no failure.
+ (nullable EDGProof *)proveDetector:(EDGDetector *)detector
                         vectorsPath:(NSString *)vectorsPath
                               error:(NSError **)error NS_SWIFT_NAME(prove(_:vectorsPath:));

/// Runs the detector on one golden picture, compares its outputs as `prove` does, and runs the other detector once.
/// `detectAgain` of both is not possible afterwards.
///
/// - Parameters:
///   - detector: The detector of an extra program.
///   - other: The detector of model.pte.
///   - vectorsPath: The folder with index.json.
///   - run: The number of the run, from 0. Each run takes the next picture.
///
/// Fails with `EDGErrorVectorsUnreadable` or `EDGErrorRuntimeFailure`. Differences are in the timing and are no
/// failure.
+ (nullable EDGTiming *)measureDetector:(EDGDetector *)detector
                                against:(EDGDetector *)other
                            vectorsPath:(NSString *)vectorsPath
                                    run:(NSInteger)run
                                  error:(NSError **)error NS_SWIFT_NAME(measure(_:against:vectorsPath:run:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
