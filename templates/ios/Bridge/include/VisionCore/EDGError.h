// The errors of the bridge. It throws no exceptions.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

// clang-format off: it does not know NS_SWIFT_NAME in an enumeration

FOUNDATION_EXPORT NSErrorDomain const EDGErrorDomain;

/// `localizedDescription` names the error and the value, `localizedRecoverySuggestion` the remedy.
typedef NS_ERROR_ENUM(EDGErrorDomain, EDGError) {
  /// The model's file is missing or cannot be read.
  EDGErrorModelUnreadable NS_SWIFT_NAME(modelUnreadable) = 1,
  /// The model has other inputs or outputs than the app expects.
  EDGErrorModelNotExpected NS_SWIFT_NAME(modelNotExpected) = 2,
  /// The model's file is truncated, changed or another one: its SHA-256 is not the expected one.
  EDGErrorModelDamaged NS_SWIFT_NAME(modelDamaged) = 3,
  /// A backend that the model needs is not linked into the app.
  EDGErrorBackendMissing NS_SWIFT_NAME(backendMissing) = 4,
  /// An operator that the model needs is not linked into the app.
  EDGErrorOperatorMissing NS_SWIFT_NAME(operatorMissing) = 5,
  /// There is not enough memory.
  EDGErrorOutOfMemory NS_SWIFT_NAME(outOfMemory) = 6,
  /// The runtime cannot prepare or run the model.
  EDGErrorRuntimeFailure NS_SWIFT_NAME(runtimeFailure) = 7,
  /// A picture has no pixels, rows shorter than its width, or an unknown format.
  EDGErrorInvalidImage NS_SWIFT_NAME(invalidImage) = 8,
  /// A threshold is outside its range or NaN.
  EDGErrorInvalidThresholds NS_SWIFT_NAME(invalidThresholds) = 9,
  /// The golden vectors are missing, truncated or of another layout.
  EDGErrorVectorsUnreadable NS_SWIFT_NAME(vectorsUnreadable) = 10,
  /// The model was exported for another release of ExecuTorch than the app has.
  EDGErrorModelOfOtherRelease NS_SWIFT_NAME(modelOfOtherRelease) = 11,
} NS_SWIFT_NAME(DetectorError);
// clang-format on

NS_ASSUME_NONNULL_END
