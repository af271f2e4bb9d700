// Is the app, on this device, the same as PyTorch, or a quantized model as itself in Python?
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// One stage from a picture to its boxes, over all golden vectors.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheckStage) NS_SWIFT_SENDABLE
@interface EDGSelfCheckStage : NSObject

@property(nonatomic, readonly, copy) NSString *name;
/// Of `worst` and `tolerance`; empty: a plain number.
@property(nonatomic, readonly, copy) NSString *unit;
/// The largest difference; infinite where something cannot be compared.
@property(nonatomic, readonly) double worst;
@property(nonatomic, readonly) double tolerance;
/// How many values were compared; 0: the vectors held nothing for this stage.
@property(nonatomic, readonly) NSInteger comparedCount;
@property(nonatomic, readonly, getter=isPassed) BOOL passed;
/// What a difference cannot say.
@property(nonatomic, readonly, copy) NSArray<NSString *> *problems;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// All stages, from the first to the last.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheckReport) NS_SWIFT_SENDABLE
@interface EDGSelfCheckReport : NSObject

@property(nonatomic, readonly, copy) NSArray<EDGSelfCheckStage *> *stages;
@property(nonatomic, readonly) NSInteger pictureCount;
/// How many objects the vectors have, over all pictures.
@property(nonatomic, readonly) NSInteger detectionCount;
/// Whose numbers the vectors are, in English.
@property(nonatomic, readonly, copy) NSString *comparedWith;
/// No stage failed, and at least one compared something.
@property(nonatomic, readonly, getter=isPassed) BOOL passed;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// Holds every stage against golden vectors.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(SelfCheck) @interface EDGSelfCheck : NSObject

/// Takes about a second a picture; not for the main thread. Loads a model of its own.
///
/// - Parameters:
///   - modelPath: The file model.pte.
///   - vectorsPath: The folder that holds index.json.
///
/// Fails as `EDGDetector` and `EDGGoldenVectors` do. A difference is no failure: it is in the report.
+ (nullable EDGSelfCheckReport *)runWithModelPath:(NSString *)modelPath
                                      vectorsPath:(NSString *)vectorsPath
                                            error:(NSError **)error NS_SWIFT_NAME(run(modelPath:vectorsPath:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
