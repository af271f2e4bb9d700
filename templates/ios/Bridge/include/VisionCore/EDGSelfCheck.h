// Compares the app on this device with PyTorch, or an int8 model with itself in Python.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// One stage of a detection, over all golden vectors.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheckStage) NS_SWIFT_SENDABLE
@interface EDGSelfCheckStage : NSObject

@property(nonatomic, readonly, copy) NSString *name;
/// Of `worst` and `tolerance`; empty: none.
@property(nonatomic, readonly, copy) NSString *unit;
/// The largest difference; infinite if values cannot be compared.
@property(nonatomic, readonly) double worst;
@property(nonatomic, readonly) double tolerance;
/// 0: the vectors have no values for this stage.
@property(nonatomic, readonly) NSInteger comparedCount;
@property(nonatomic, readonly, getter=isPassed) BOOL passed;
/// Mismatches that are not a difference between numbers.
@property(nonatomic, readonly, copy) NSArray<NSString *> *problems;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// All stages, from the first to the last.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheckReport) NS_SWIFT_SENDABLE
@interface EDGSelfCheckReport : NSObject

@property(nonatomic, readonly, copy) NSArray<EDGSelfCheckStage *> *stages;
@property(nonatomic, readonly) NSInteger pictureCount;
/// The number of objects in the vectors, over all pictures.
@property(nonatomic, readonly) NSInteger detectionCount;
/// The source of the vectors, in English.
@property(nonatomic, readonly, copy) NSString *comparedWith;
/// No stage failed, and at least one compared values.
@property(nonatomic, readonly, getter=isPassed) BOOL passed;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// Compares every stage with the golden vectors.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheck) @interface EDGSelfCheck : NSObject

/// Takes about a second for each picture: do not call it on the main thread. Loads its own model.
///
/// - Parameters:
///   - modelPath: The file model.pte.
///   - vectorsPath: The folder with index.json.
///
/// Fails like `EDGDetector`, and with `EDGErrorVectorsUnreadable`. Differences are in the report and are no failure.
+ (nullable EDGSelfCheckReport *)runWithModelPath:(NSString *)modelPath
                                      vectorsPath:(NSString *)vectorsPath
                                            error:(NSError **)error NS_SWIFT_NAME(run(modelPath:vectorsPath:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
